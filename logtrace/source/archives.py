"""Which file is this archive? Compares compressed files with those that are known, step by step.

Called by `source.roster` with archives that discovery lists and with those that `source.missing` has
found under a likely name. An archive is the file whose head it begins with and whose anchor stands
before that file's offset, both decompressed. To get there takes as long as it takes to decompress, so it
is done in steps (`step`), one each round. An archive of a file that is still followed waits until that
is left, so that it is read on from where that ended; one that is still being written waits for its end.

An archive that is none of the known files is one of its own, if discovery lists it. Nothing is raised
for what an archive holds; a file that cannot be read is left to the next scan.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import msgspec

from logtrace.clock import SECOND
from logtrace.source.checkpoint import FileEntry
from logtrace.source.compressed import Unpacked
from logtrace.source.gunzip import Packing
from logtrace.source.identity import ANCHOR, EVIDENCE, HEAD, anchor_at, has_head, number
from logtrace.source.likeness import is_meant
from logtrace.source.tail import Tail

WAIT = 10 * SECOND
"""How long an archive that ends in the middle, or whose original is still followed, must be quiet to be
taken as it is."""

MAX_OPEN = 64
"""Archives that are looked into at once; the others wait for the next scan."""

MAX_REFUSED = 1000
"""Archives that are remembered to be none of the missing files."""

Place = tuple[int, int]


class Archive(msgspec.Struct, eq=False):
    """A compressed file that is looked into.

    Attributes:
        path: its name.
        source: whose it would be.
        listed: whether discovery finds it.
        stream: the log stream that it belongs to by its name, if it is none of the known files.
        at_end: whether it was there at the first start of a source that is read from the end.
        fd: its descriptor.
        decoder: what decompresses it.
        status: what fstat said of it.
        content: its decompressed bytes.
        since: monotonic time since when it did not change.
        before: the file that had its inode; it may be that, read on after a restart.
        resting: whether nothing can be done with it before something happens.
        passed: what it was compared with already, by key: whether it is the same.
        unlike: keys of followed files whose bytes are not its own.
    """

    path: str
    source: str
    listed: bool
    stream: str | None
    at_end: bool
    fd: int
    decoder: Packing
    status: os.stat_result
    content: Unpacked
    since: int
    before: FileEntry | None = None
    resting: bool = False
    passed: dict[int, bool] = msgspec.field(default_factory=dict)
    unlike: set[int] = msgspec.field(default_factory=set)

    @property
    def place(self) -> Place:
        """Device and inode."""
        return number(self.status)

    @property
    def wanted(self) -> bool:
        """Whether it is read if it is none of the known files."""
        return self.listed or self.stream is not None


class Known(msgspec.Struct):
    """What an archive turned out to be.

    Attributes:
        archive: the archive, open; its content is near the offset.
        entry: the missing file that it is; None: one of its own.
        offset: where to start in one of its own.
    """

    archive: Archive
    entry: FileEntry | None
    offset: int = 0


Missing = Callable[[str], Iterable[FileEntry]]
"""Gives the missing files that may have a later name."""

Followed = Callable[[str], Iterable[Tail]]
"""Gives the followed files that may have it."""


class Archives:
    """Compressed files that are looked into."""

    def __init__(self, missing: Missing, followed: Followed, once: bool) -> None:
        self._missing, self._followed, self._once = missing, followed, once
        self._archives: dict[Place, Archive] = {}
        self._refused: dict[Place, tuple[int, frozenset[int]]] = {}
        self._at_end: set[Place] = set()  # those that wait, and were there at the first start

    def __contains__(self, place: Place) -> bool:
        """Return whether an archive, by device and inode, is looked into."""
        return place in self._archives

    @property
    def busy(self) -> bool:
        """Whether the next step can do something without anything happening before."""
        return any(not each.resting for each in self._archives.values())

    def streams(self) -> set[str]:
        """Return the streams that may hold unread lines: of what archives may be, their own names."""
        streams = {entry.stream for entry in self._wanted()}
        own = (each for each in self._archives.values() if not each.resting)
        return streams | {each.stream or each.path for each in own}

    def keys(self) -> set[int]:
        """Return the keys of missing files that may be found in an archive."""
        return {entry.key for entry in self._wanted()}

    def _wanted(self) -> list[FileEntry]:
        return [
            entry
            for archive in self._archives.values()
            for entry in self._missing(archive.path)
            if archive.passed.get(entry.key, True)
        ]

    def add(
        self,
        path: str,
        source: str,
        listed: bool,
        at_end: bool,
        fd: int,
        decoder: Packing,
        now: int,
        before: FileEntry | None = None,
        stream: str | None = None,
    ) -> None:
        """Look into an open file from now on; its descriptor is taken over. See `Archive`."""
        status = os.fstat(fd)
        content = Unpacked(fd, decoder)
        at_end = at_end or number(status) in self._at_end
        archive = Archive(
            path, source, listed, stream, at_end, fd, decoder, status, content, now, before
        )
        refused = self._refused.get(archive.place)
        keys = frozenset(entry.key for entry in self._missing(path))
        if not archive.wanted and refused == (status.st_mtime_ns, keys):
            os.close(fd)
        elif len(self._archives) >= MAX_OPEN:
            os.close(fd)
            self._at_end.update([archive.place] if at_end else [])
        else:
            self._at_end.discard(archive.place)
            self._archives[archive.place] = archive

    def claim(self, place: Place, stream: str) -> None:
        """Have an archive read as one of a stream if it is none of the known files."""
        self._archives[place].stream = stream

    def step(self, now: int, scan: bool) -> list[Known]:
        """Look on; return what is known now.

        Args:
            now: monotonic time.
            scan: whether to look at those, too, for which something must happen first.
        """
        found = []
        busy = False
        for place, archive in list(self._archives.items()):
            if busy if not archive.resting else not scan:
                continue
            busy, archive.resting = busy or not archive.resting, True
            try:
                known = self._look(archive, now)
            except OSError:
                known = None
                self._drop(place)
            if known is None:
                if place in self._archives and not archive.resting:  # the others have their turn
                    self._archives[place] = self._archives.pop(place)
                continue
            if known.entry is None and not archive.wanted:
                self._refuse(archive)
            else:
                del self._archives[place]
                found.append(known)
        return found

    def _drop(self, place: Place) -> None:
        os.close(self._archives.pop(place).fd)

    def _refuse(self, archive: Archive) -> None:
        keys = frozenset(entry.key for entry in self._missing(archive.path))
        if len(self._refused) >= MAX_REFUSED:
            self._refused.clear()
        self._refused[archive.place] = (archive.status.st_mtime_ns, keys)
        self._drop(archive.place)

    def close(self) -> None:
        """Close all of them."""
        for place in list(self._archives):
            self._drop(place)

    # ── one archive ───────────────────────────────────────────────────────────────────────────────

    def _look(self, archive: Archive, now: int) -> Known | None:
        """Take some steps; return what it is if that is known now."""
        content = archive.content
        status = os.fstat(archive.fd)
        if not status.st_nlink:
            self._drop(archive.place)
            return None
        if (status.st_size, status.st_mtime_ns) != (
            archive.status.st_size,
            archive.status.st_mtime_ns,
        ):
            archive.status, archive.since = status, now
            archive.passed = {key: same for key, same in archive.passed.items() if same}
            archive.unlike.clear()
            if not content.same():
                archive.content = content = Unpacked(archive.fd, archive.decoder)
                archive.passed.clear()
        quiet = self._once or now - archive.since >= WAIT
        content.read(HEAD, 0)
        if content.end < HEAD and not _ended(content, quiet):
            return None
        tails = self._followed(archive.path)
        followed = [tail.entry for tail in tails if tail.fd < 0 or tail.packed is not None]
        missing = list(self._missing(archive.path))
        if archive.before is not None and archive.before not in missing:
            missing.append(archive.before)
        for entry in sorted((*missing, *followed), key=lambda entry: entry.offset):
            if entry.key not in archive.passed:
                little = is_meant(entry, archive.path, archive.status.st_mtime_ns)
                if not _may_be(entry, content, little):
                    continue
                if (same := self._compare(entry, content, quiet)) is None:
                    archive.resting = content.idle
                    return None
                archive.passed[entry.key] = same
        found = [entry for entry in missing if archive.passed.get(entry.key)]
        if found:
            return Known(archive, max(found, key=lambda entry: entry.offset))
        return self._own(archive, quiet)

    def _compare(self, entry: FileEntry, content: Unpacked, quiet: bool) -> bool | None:
        """Return whether it is the file of an entry, None if more must be decompressed first."""
        if content.reach(entry.offset):
            return anchor_at(content, entry.offset) == entry.identity.anchor
        return False if _ended(content, quiet) else None

    def _own(self, archive: Archive, quiet: bool) -> Known | None:
        """Return that it is a file of its own, if it is that."""
        content, offset = archive.content, 0
        if not archive.wanted:
            return Known(archive, None)
        originals = self._originals(archive, quiet)
        if originals is None:
            archive.resting = content.idle
            return None
        if originals:
            waiting = [tail for tail in originals if tail.rotated and not tail.drained]
            if not quiet or waiting or any(not tail.links for tail in originals):
                return None
            offset = min(content.end, max(tail.entry.offset for tail in originals))
        elif archive.at_end:
            content.reach(1 << 62)
            if not _ended(content, quiet):
                archive.resting = content.idle
                return None
            offset = content.end
        return Known(archive, None, offset)

    def _originals(self, archive: Archive, quiet: bool) -> list[Tail] | None:
        """Return the followed files whose bytes it holds; None: it must be decompressed further."""
        content, originals = archive.content, []
        tails = [tail for tail in self._followed(archive.path) if tail.packed is None]
        for tail in sorted(tails, key=lambda tail: tail.disk):
            if tail.fd < 0 or tail.entry.key in archive.unlike:
                continue
            if not archive.passed.get(tail.entry.key):
                size = os.fstat(tail.fd).st_size  # it may have grown since it was looked at
                length = min(HEAD, size, content.end)
                same = bool(length) and content.read(length, 0) == os.pread(tail.fd, length, 0)
                if same and not content.reach(size) and not _ended(content, quiet):
                    return None
                end = min(size, content.end)
                at = max(0, end - ANCHOR)
                same = same and content.read(end - at, at) == os.pread(tail.fd, end - at, at)
                archive.passed[tail.entry.key] = same
                if not same:
                    archive.unlike.add(tail.entry.key)
                    continue
            originals.append(tail)
        return originals


def _ended(content: Unpacked, quiet: bool) -> bool:
    """Return whether nothing more is to be expected of an archive."""
    return content.idle and (content.whole or bool(content.error) or quiet)


def _may_be(entry: FileEntry, content: Unpacked, little: bool = False) -> bool:
    """Return whether an archive begins as a file does, as far as that was read.

    Args:
        entry: the file.
        content: the archive.
        little: whether its name and time speak for it, so that a few bytes are enough.
    """
    known = entry.identity
    enough = 1 if little else EVIDENCE
    return known.covered >= enough and has_head(known, content)


def was_read(entry: FileEntry, status: os.stat_result, content: Unpacked) -> bool:
    """Return whether an open archive is one that was read to its end, perhaps written on since."""
    return 0 < entry.packed <= status.st_size and has_head(entry.identity, content)
