"""Files that are not followed yet: finds out which they are, and has them followed.

Part of `source.roster`, which says what discovery lists and nobody follows. Such a file is one that is
missing, or replaces another, or the copy of a followed one, or an archive of any of these, or new. Also
those are found that discovery does not list: missing files under other names (`source.missing`), and
files that came and were rotated away unseen (`source.generations`).

Nothing raises for a file that cannot be opened or read: it is said, and tried again with the next scan.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from typing import Protocol

from logtrace.clock import Clock
from logtrace.config.model import SourceConfig
from logtrace.source.archives import Archives, was_read
from logtrace.source.checkpoint import FileEntry
from logtrace.source.compressed import Unpacked, kind
from logtrace.source.copies import Copies, holds, offset_in, original
from logtrace.source.discovery import MAGIC, Found
from logtrace.source.families import Families
from logtrace.source.generations import Generation, Generations
from logtrace.source.identity import Content, Verdict, judge, number
from logtrace.source.ledger import Ledger
from logtrace.source.missing import GRACE, open_file
from logtrace.source.registry import Registry
from logtrace.source.streams import Streams
from logtrace.source.tail import Tail

ALIVE = "alive"
"""The ledger's note of the wall-clock time at which files were last looked for."""


class Followed(Protocol):
    """The files that are followed already; see `roster.Roster`, whose attributes these are."""

    tails: dict[tuple[int, int], Tail]
    streams: Streams
    unopened: dict[str, str]

    def follow(
        self,
        entry: FileEntry,
        fd: int,
        path: str,
        listed: bool,
        now: int,
        packed: Unpacked | None = None,
    ) -> None:
        """Follow a file that is open."""
        ...

    def leave(self, tail: Tail) -> None:
        """Stop following a file."""
        ...

    def fail(self, path: str, error: OSError) -> None:
        """Say that a file cannot be read now."""
        ...

    def readable(self, path: str) -> None:
        """Take note that a file can be read again."""
        ...


class Arrivals:
    """Files that may be followed."""

    def __init__(
        self,
        roster: Followed,
        registry: Registry,
        sources: Sequence[SourceConfig],
        ledger: Ledger,
        clock: Clock,
        once: bool,
    ) -> None:
        self._roster, self._registry, self._ledger = roster, registry, ledger
        self._clock, self._once = clock, once
        self._sources = {source.name for source in sources}
        self._archives = Archives(registry.missing.alike, self._alike, once)
        self._generations = Generations(sources, ledger.files.values(), registry, roster.fail)
        self._families = Families(roster.streams, registry, sources, ledger.files.values())
        self._copies = Copies()
        self._alive = int(ledger.notes.get(ALIVE, b"0")) or None
        for source in sources:
            for path in source.path:
                if not MAGIC.search(path):  # it may have come and gone without being seen
                    self._look_for_unseen(os.path.abspath(path), source.name)

    def take(self, newcomers: Iterable[Found], now: int) -> None:
        """Follow what discovery lists, and what is found besides; `now` is monotonic."""
        listed = self._families.sort(newcomers)
        fresh = [entry for item in listed if (entry := self._adopt(item, now)) is not None]
        self._find_missing(now)
        fresh += self._find_generations(now)
        self._registry.started()
        self._families.looked()
        if fresh:
            self._ledger.register(fresh)
        self._alive = self._clock.now()
        self.look_into_archives(now, scan=True)
        self._registry.expire(self._archives.keys(), self._roster.streams.newest)

    def __contains__(self, place: tuple[int, int]) -> bool:
        """Return whether a file, by device and inode, is one that is looked into."""
        return place in self._archives

    @property
    def busy(self) -> bool:
        """Whether the next look into archives can do something without anything happening before."""
        return self._archives.busy

    @property
    def searching(self) -> bool:
        """Whether the next scan looks for files that came and were rotated away."""
        return self._generations.searching

    def note(self) -> None:
        """Note in the ledger when files were last looked for."""
        if self._alive is not None:
            self._ledger.put_note(ALIVE, b"%d" % self._alive)

    def close(self) -> None:
        """Close the files that are looked into."""
        self._archives.close()

    # ── listed by discovery ───────────────────────────────────────────────────────────────────────

    def _adopt(self, item: Found, now: int) -> FileEntry | None:
        """Follow a file that is not followed yet; return its entry if that is new."""
        fd = -1
        try:
            fd = open_file(item.path)
            status = os.fstat(fd)
            if number(status) != (item.device, item.inode):
                raise FileNotFoundError(errno.ENOENT, "replaced since it was listed")
            decoder = kind(fd, item.path)
            if decoder is not None:
                entry = self._registry.had(number(status))
                if not (entry and was_read(entry, status, Unpacked(fd, decoder))):
                    at_end = self._registry.enters_at_end(item.source)
                    stream = self._families.stream(item, now)
                    self._archives.add(
                        item.path, item.source, True, at_end, fd, decoder, now, entry, stream
                    )
                    return None
            else:
                entry = self._registry.recognise(item.path, fd, status) or self._replaced(item, fd)
            fresh = entry is None
            if entry is None:
                entry = self._first_seen(item, fd, status, now)
        except OSError as error:
            if fd >= 0:
                os.close(fd)
            if not isinstance(error, FileNotFoundError):
                self._roster.unopened[item.path] = item.source
                self._roster.fail(item.path, error)
            return None
        if entry is None:
            os.close(fd)
            return None
        self._roster.readable(item.path)
        if fresh:
            self.look_for_generations(entry)
        entry.source = item.source  # the configuration may have given the file to another
        self._roster.follow(entry, fd, item.path, True, now)
        return entry if fresh else None

    def _first_seen(
        self, item: Found, fd: int, status: os.stat_result, now: int
    ) -> FileEntry | None:
        """Return the new entry of a file, None while it may turn out to be a copy."""
        if self._registry.enters_at_end(item.source):
            return self._registry.new(item.path, item.source, fd, status, None)
        copied, offset = original(item.path, fd, self._roster.streams.tails), None
        if copied is not None:
            place = (item.device, item.inode)
            if not self._once and self._copies.wait(place, item.size, now):
                return None
            offset = offset_in(copied, item.path, fd)
            return self._registry.new(item.path, item.source, fd, status, offset)
        if not self._once and self._was_moved(item, fd, status):
            return None
        stream = self._families.stream(item, now)
        return self._new(item.path, item.source, fd, status, 0, None, stream)

    def _was_moved(self, item: Found, fd: int, status: os.stat_result) -> bool:
        """Return whether a file holds what a deleted one does that is followed until it is quiet."""
        original = self._families.original(item)
        tails = self._roster.streams.tails.get(original, ()) if original is not None else ()
        return any(
            tail.fd >= 0 and not os.fstat(tail.fd).st_nlink and holds(fd, status, tail)
            for tail in tails
        )

    def _replaced(self, item: Found, fd: int) -> FileEntry | None:
        """Return the entry of the deleted file that this one was put in place of, with all of it.

        It was written before that was deleted; what was written later is another, whatever it holds.
        """
        for tail in self._roster.streams.tails.get(item.path, ()):
            entry = tail.entry
            if tail.fd < 0 or (old := os.fstat(tail.fd)).st_nlink:
                continue
            status = os.fstat(fd)
            if status.st_mtime_ns >= old.st_ctime_ns:
                continue
            if judge(entry.identity, entry.offset, fd, status) is Verdict.SAME:
                self._roster.leave(tail)
                self._registry.place(entry, status)
                return entry
        return None

    # ── found otherwise ───────────────────────────────────────────────────────────────────────────

    def look_for_generations(self, entry: FileEntry) -> None:
        """Look, with the next scan, for what a stream has that is to get a new file."""
        last = self._roster.streams.newest(entry.stream)
        if last is None:
            missing = self._registry.missing.of_stream(entry.stream)
            last = max((each.mtime for each in missing), default=None)
        if last is not None:
            self._generations.look_for(entry.stream, entry.source, last, None)
        else:
            self._look_for_unseen(entry.stream, entry.source)

    def _look_for_unseen(self, stream: str, source: str) -> None:
        """Look for what a stream has of which the ledger knows nothing."""
        first = self._registry.started_at(source)
        if first is not None and self._alive is not None:
            first = max(first, self._alive - GRACE)  # what is older it may have had, and forgotten
        self._generations.look_for(stream, source, None, first)

    def _find_missing(self, now: int) -> None:
        for sighting in self._registry.missing.search(self._sources, self._roster.tails, now):
            entry, path, fd = sighting.entry, sighting.path, sighting.fd
            status = os.fstat(fd)
            place = number(status)
            if place in self._roster.tails or place in self._archives:  # found under two names
                os.close(fd)
            elif sighting.decoder is not None:
                try:
                    self._archives.add(path, entry.source, False, False, fd, sighting.decoder, now)
                except OSError:  # the search is repeated
                    os.close(fd)
            else:
                self._registry.place(entry, status)
                self._roster.follow(entry, fd, path, False, now)

    def _find_generations(self, now: int) -> list[FileEntry]:
        """Follow files that came and were rotated away unseen; return the new entries."""
        fresh = []
        roster = self._roster
        for found in self._generations.find(
            roster.tails, self._archives, roster.streams.tails, now
        ):
            try:
                entry = self._take_up(found, now)
            except OSError as error:
                os.close(found.fd)
                roster.fail(found.path, error)
                continue
            if entry is not None:
                fresh.append(entry)
        return fresh

    def _take_up(self, found: Generation, now: int) -> FileEntry | None:
        path, fd, status, decoder = found.path, found.fd, found.status, found.decoder
        if found.done:
            content = None if decoder is None else Unpacked(fd, decoder)
            entry = self._registry.new(path, found.source, fd, status, 0, content, found.stream)
            os.close(fd)
            entry.finished = True
            self._registry.miss(entry)
        elif decoder is not None:
            before = self._registry.had(number(status))
            self._archives.add(
                path, found.source, False, False, fd, decoder, now, before, found.stream
            )
            return None
        else:
            entry = self._new(path, found.source, fd, status, 0, None, found.stream)
            self._roster.follow(entry, fd, path, False, now)
        return entry

    def _new(
        self,
        path: str,
        source: str,
        fd: int,
        status: os.stat_result,
        offset: int,
        content: Content | None,
        stream: str | None,
    ) -> FileEntry:
        """Return the entry of a file that is none of those that are known."""
        place, entry = number(status), None
        if not offset:
            entry = self._registry.unread(stream, place, content is not None)
        before = self._registry.had(place)
        if before not in (None, entry):
            self._registry.disown(before)
        if entry is None:
            return self._registry.new(path, source, fd, status, offset, content, stream)
        self._registry.place(entry, status)
        return entry

    # ── archives ──────────────────────────────────────────────────────────────────────────────────

    def look_into_archives(self, now: int, scan: bool = False) -> None:
        """Find out, step by step, which files the archives are, and follow those that are known now."""
        for known in self._archives.step(now, scan):
            archive, entry = known.archive, known.entry
            path, fd, status = archive.path, archive.fd, archive.status
            try:
                if entry is None:
                    source, content = archive.source, archive.content
                    stream = archive.stream
                    entry = self._new(path, source, fd, status, known.offset, content, stream)
                    self._ledger.register([entry])
                else:
                    if archive.before not in (None, entry):
                        self._registry.disown(archive.before)
                    self._registry.place(entry, status)
                    entry.packed = 0
            except OSError as error:
                os.close(fd)
                self._roster.fail(path, error)
                continue
            if archive.listed:
                entry.source = archive.source
            self._roster.follow(entry, fd, path, archive.listed, now, archive.content)
        streams = self._roster.streams
        streams.unknown = self._archives.streams() if self._archives.busy else set()
        streams.incomplete = self._generations.waiting

    def _alike(self, path: str) -> list[Tail]:
        """Return the followed files that an archive may be a copy of."""
        related = self._registry.missing.related
        return [tail for tail in self._roster.streams if related(tail.entry, path)]
