"""Which files are followed, and under which name: joins what discovery finds to open tails.

Called by `source.files` in the pipeline thread. One path through all its rotations is one log stream: a
file belongs to the stream of the path that it was first seen under, whatever it is called later. A
file that discovery does not list any more is followed by its descriptor until it has been quiet for a
while (`LINGER`), then it is missing. At most `DESCRIPTORS` are open; the others are opened again, by
path and identity, when they change.

A file that cannot be opened is not forgotten: it is said once, and tried again with each scan.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable, Sequence

from logtrace.clock import SECOND, Clock
from logtrace.config.model import SourceConfig
from logtrace.source.archives import Archives, was_read
from logtrace.source.checkpoint import FileEntry
from logtrace.source.compressed import Unpacked, kind
from logtrace.source.copies import Copies, offset_in, original
from logtrace.source.discovery import FIXES, Found
from logtrace.source.identity import Verdict, judge, number
from logtrace.source.ledger import Ledger
from logtrace.source.missing import open_file
from logtrace.source.registry import Registry
from logtrace.source.tail import Rewritten, Tail
from logtrace.source.window import Window
from logtrace.telemetry import Telemetry

DESCRIPTORS = 512
"""Files held open at once; above it those that were read least recently are closed. Where the process
may open fewer than twice as many, half of what it may."""

LINGER = 60 * SECOND
"""How long a file that was renamed away must be quiet before it is left: its writer may go on."""

LINGER_DELETED = 10 * SECOND
"""The same for a deleted file, whose room on the disk is free only when it is closed."""

RETRY = SECOND
"""How long a file that cannot be read is left alone."""

HOLD = 30 * SECOND
"""How long the next file of a stream waits at most for the one before to be read to its end."""


class Roster:
    """The followed files.

    Attributes:
        tails: each of them, by device and inode.
        active: those to look at between scans.
        unknown: streams that may have lines in archives that are looked into now.
        unopened: source of each file that the last scan could not open, by path.
    """

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        ledger: Ledger,
        clock: Clock,
        telemetry: Telemetry,
        once: bool,
    ) -> None:
        self.tails: dict[tuple[int, int], Tail] = {}
        self.active: dict[Tail, None] = {}
        self._registry = Registry(sources, ledger, clock, telemetry, once)
        self._ledger, self._clock, self._telemetry = ledger, clock, telemetry
        self._once = once
        self._sources = {source.name for source in sources}
        self.unknown: set[str] = set()
        self.unopened: dict[str, str] = {}
        self._archives = Archives(self._registry.missing.alike, self._alike, once)
        self._copies = Copies()
        self._streams: dict[str, list[Tail]] = {}
        self._open: dict[Tail, None] = {}  # least recently read first
        self._failed: dict[str, str] = {}
        self._scans = 0

    # ── scans ─────────────────────────────────────────────────────────────────────────────────────

    def reconcile(self, found: Iterable[Found], now: int) -> None:
        """Bring what is followed in line with what is there; `now` is monotonic."""
        self._scans += 1
        self.unopened = {}
        newcomers = []
        for item in found:
            tail = self.tails.get((item.device, item.inode))
            if tail is not None:
                self._meet(tail, item, now)
            elif (item.device, item.inode) not in self._archives:
                newcomers.append(item)
        for tail in list(self.tails.values()):
            if tail.listed and tail.seen != self._scans:
                self._rename(tail, tail.entry.path, False, now)
        if newcomers:
            self.notice_cuts(now)
            fresh = [self._adopt(item, now) for item in newcomers]
            self._ledger.register(entry for entry in fresh if entry is not None)
        self._registry.started()
        for sighting in self._registry.missing.search(self._sources, self.tails, now):
            status = os.fstat(sighting.fd)
            place = number(status)
            if place in self.tails or place in self._archives:  # found twice, under two names
                os.close(sighting.fd)
                continue
            if sighting.decoder is not None:
                entry, path = sighting.entry, sighting.path
                decoder = sighting.decoder
                self._archives.add(path, entry.source, False, False, sighting.fd, decoder, now)
                continue
            self._registry.place(sighting.entry, status)
            self._follow(sighting.entry, sighting.fd, sighting.path, False, now)
        self.look_into_archives(now, scan=True)
        self._registry.expire(self._archives.keys())

    def look_into_archives(self, now: int, scan: bool = False) -> None:
        """Find out, step by step, which files the archives are, and follow those that are known now."""
        for known in self._archives.step(now, scan):
            archive, entry = known.archive, known.entry
            path, fd, status = archive.path, archive.fd, archive.status
            if archive.before not in (None, entry):
                self._registry.disown(archive.before)
            try:
                if entry is None:
                    entry = self._registry.new(
                        path, archive.source, fd, status, known.offset, archive.content
                    )
                    self._ledger.register([entry])
                else:
                    self._registry.place(entry, status)
                    entry.packed = 0
            except OSError as error:
                os.close(fd)
                self.fail(path, error)
                continue
            if archive.listed:
                entry.source = archive.source
            self._follow(entry, fd, path, archive.listed, now, archive.content)
        self.unknown = self._archives.streams() if self._archives.busy else set()

    def _alike(self, path: str) -> list[Tail]:
        """Return the followed files that an archive may be a copy of."""
        related = self._registry.missing.related
        return [
            tail for tails in self._streams.values() for tail in tails if related(tail.entry, path)
        ]

    def _meet(self, tail: Tail, item: Found, now: int) -> None:
        tail.seen = self._scans
        if item.path != tail.entry.path or not tail.listed:
            self._rename(tail, item.path, True, now)
        if item.size != tail.disk or item.mtime != tail.mtime:
            self.stir(tail, now)

    def _rename(self, tail: Tail, path: str, listed: bool, now: int) -> None:
        """Note under which name a file stands now, and whether discovery lists it."""
        before, tail.listed = tail.rotated, listed
        if tail.entry.path != path:
            tail.entry.path = path
            self._ledger.touch(tail.entry)
        if tail.rotated and not before:
            tail.left, tail.drained = now, False
        self.stir(tail, now)

    def notice_cuts(self, now: int) -> None:
        """Begin anew in files that were cut since they were looked at last.

        Done before anything new is followed: a newcomer may be the copy of a cut file.
        """
        for tail in [tail for tail in self.active if tail.due <= now]:
            try:
                if tail in self.active and self.open(tail):
                    tail.look(now)
                    tail.verify()
            except Rewritten:
                self.rewritten(tail, now)
            except OSError as error:
                self.fail(tail.entry.path, error)

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
                entry = self._registry.at(status)
                if not (entry and was_read(entry, status, Unpacked(fd, decoder))):
                    at_end = self._registry.enters_at_end(item.source)
                    self._archives.add(
                        item.path, item.source, True, at_end, fd, decoder, now, entry
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
                self.unopened[item.path] = item.source
                self.fail(item.path, error)
            return None
        if entry is None:
            os.close(fd)
            return None
        self._failed.pop(item.path, None)
        entry.source = item.source  # the configuration may have given the file to another
        self._follow(entry, fd, item.path, True, now)
        return entry if fresh else None

    def _first_seen(
        self, item: Found, fd: int, status: os.stat_result, now: int
    ) -> FileEntry | None:
        """Return the new entry of a file, None while it may turn out to be a copy."""
        if self._registry.enters_at_end(item.source):
            return self._registry.new(item.path, item.source, fd, status, None)
        copied, offset = original(item.path, fd, self._streams), None
        if copied is not None:
            place = (item.device, item.inode)
            if not self._once and self._copies.wait(place, item.size, now):
                return None
            offset = offset_in(copied, item.path, fd)
        return self._registry.new(item.path, item.source, fd, status, offset)

    def _replaced(self, item: Found, fd: int) -> FileEntry | None:
        """Return the entry of the deleted file that this one was put in place of, with all of it."""
        for tail in self._streams.get(item.path, ()):
            entry = tail.entry
            if tail.fd < 0 or os.fstat(tail.fd).st_nlink:
                continue
            status = os.fstat(fd)
            if judge(entry.identity, entry.offset, fd, status) is Verdict.SAME:
                self.leave(tail)
                self._registry.place(entry, status)
                return entry
        return None

    # ── tails ─────────────────────────────────────────────────────────────────────────────────────

    def _follow(
        self,
        entry: FileEntry,
        fd: int,
        path: str,
        listed: bool,
        now: int,
        packed: Window | None = None,
    ) -> None:
        if entry.path != path:
            entry.path = path
            self._ledger.touch(entry)
        self._registry.missing.discard(entry)
        tail = Tail(entry, fd, os.fstat(fd), self._registry.encodings.get(entry.source), packed)
        tail.listed, tail.seen, tail.left = listed, self._scans, now
        self.tails[tail.place] = tail
        stream = self._streams.setdefault(entry.stream, [])
        if stream and not tail.rotated:
            self._telemetry.file_rotated(path, entry.source)
        stream.append(tail)
        stream.sort(key=lambda other: (not other.rotated, other.mtime))
        self._telemetry.file_opened(path, entry.source, entry.offset)
        self._hold_open(tail)
        self.stir(tail, now)
        # It is quiet since it was last written, not since we look: a half line at its end is old news.
        tail.fresh = now - min(max(0, self._clock.now() - tail.mtime), now)

    def stir(self, tail: Tail, now: int) -> None:
        """Have a tail looked at in the next round."""
        tail.due = tail.fresh = now
        self.active[tail] = None

    def held(self, tail: Tail, now: int) -> bool:
        """Return whether an older file of the same stream is to be read first."""
        if tail.entry.stream in self.unknown and now - tail.left < HOLD:
            return True
        for other in self._streams[tail.entry.stream]:
            if other is tail:
                return False
            if other.rotated and not (other.drained or other.failing) and now - other.left < HOLD:
                return True
        return False

    def rewritten(self, tail: Tail, now: int) -> None:
        """Start again in a file that was cut: with a new key, from its beginning."""
        status = os.fstat(tail.fd)
        try:
            entry = self._registry.restarted(tail.entry, tail.fd, status)
        except OSError as error:  # it will look as cut the next time
            self.fail(tail.entry.path, error)
            tail.failing, tail.due = True, now + RETRY
            return
        tail.attach(tail.fd)
        tail.begin(entry, status)
        self.stir(tail, now)

    def leave(self, tail: Tail) -> None:
        """Stop following a file: it is missing from now on, or, if it was drained, finished."""
        entry = tail.entry
        entry.finished = tail.drained
        if not tail.links:  # the inode may be given to another file
            self._registry.displace(entry)
        stream = self._streams[entry.stream]
        stream.remove(tail)
        if not stream:
            del self._streams[entry.stream]
        del self.tails[tail.place]
        self.active.pop(tail, None)
        self.shut(tail)
        self._registry.miss(entry)

    # ── descriptors ───────────────────────────────────────────────────────────────────────────────

    def open(self, tail: Tail) -> bool:
        """Make sure that a tail has its file open; return False if that is not there any more.

        Raises OSError when the file cannot be opened now, `Rewritten` when it was cut.
        """
        if tail.fd >= 0:
            return True
        entry = tail.entry
        try:
            tail.attach(open_file(entry.path))
        except FileNotFoundError:
            self.leave(tail)
            return False
        self._hold_open(tail)
        status = os.fstat(tail.fd)
        if number(status) != tail.place:
            self.leave(tail)
            return False
        if not tail.recognises(status):
            raise Rewritten
        return True

    def used(self, tail: Tail) -> None:
        """Note that a tail was read: its descriptor is the last to be closed."""
        del self._open[tail]
        self._open[tail] = None

    def shut(self, tail: Tail) -> None:
        """Close a descriptor."""
        self._open.pop(tail, None)
        tail.close()

    def _hold_open(self, tail: Tail) -> None:
        """Count a descriptor; above the bound close another, of a listed file if there is one."""
        self._open[tail] = None
        if len(self._open) <= _bound():
            return
        victim = next((other for other in self._open if other.listed and other is not tail), None)
        if victim is not None:
            self.shut(victim)
            if not (victim.rotated or victim.pending or victim.entry.owed):
                self.active.pop(victim, None)  # the scan sees its changes for less than opening it
            return
        victim = next(iter(self._open))
        if not victim.links and victim.pending:
            entry = victim.entry
            self._telemetry.lines_lost(entry.path, entry.size - entry.offset, "descriptors")
            entry.offset = entry.size
        self.leave(victim)

    # ── failures ──────────────────────────────────────────────────────────────────────────────────

    def fail(self, path: str, error: OSError) -> None:
        """Say, once for each cause, that a file cannot be read now."""
        reason = error.strerror or str(error)
        if self._failed.get(path) != reason:
            self._failed[path] = reason
            self._telemetry.file_failed(path, reason, FIXES.get(error.errno or 0, ""))

    def close(self) -> None:
        """Close all descriptors."""
        for tail in self.tails.values():
            tail.close()
        self._archives.close()


def _bound() -> int:
    """Return how many files may be held open now."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return DESCRIPTORS if allowed == resource.RLIM_INFINITY else min(DESCRIPTORS, allowed // 2)
