"""Files that the ledger knows and nobody has found: looks for them, and in the end gives them up.

Called by `source.roster` with every scan. A file can be missing because it was renamed while nobody
looked, because its inode was cut and a copy holds what it was (copytruncate), because its file system is
mounted under another number, or because it is gone. So it is sought under any name in its directory: by
inode under every name (if only the inode speaks for it, because nothing was read of it yet, under names
that begin as its own does), by head and anchor under names that begin so. An archive under such a name
that begins as it does is handed to `source.archives`. What is not found within `GRACE` is counted as
lost and forgotten, but not while its directory cannot be read or another file system stands in its
place. How long that is already is measured by the wall clock across restarts, and by none that can be
set within a run. `olddir` of its source counts as its directory, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from contextlib import suppress
from itertools import islice

import msgspec

from logtrace.clock import SECOND, Clock
from logtrace.source.checkpoint import FileEntry, length
from logtrace.source.compressed import Unpacked, kind
from logtrace.source.gunzip import Packing
from logtrace.source.identity import EVIDENCE, Content, Verdict, is_intact, judge, number
from logtrace.source.ledger import Ledger
from logtrace.source.likeness import Likeness, alike, is_meant, vouched
from logtrace.telemetry import Telemetry

GRACE = 3600 * SECOND
"""How long a file may be missing before it is forgotten."""

LONG_GRACE = 30 * 24 * GRACE
"""The same for a file whose file system is not there."""

SEARCH = 10 * SECOND
"""How long to wait between two searches, and between two looks whether a file may be forgotten."""

REMEMBERED = GRACE + 60 * SECOND
"""A file that is done with is remembered while it is no more than so much older than the newest of a
stream that is followed: its like may turn up under a new name or as an archive, and must be known."""

MAX_COMPARED = 1000
"""Entries that a file is compared with, and files that are opened in a directory, at most."""


class Sighting(msgspec.Struct):
    """A missing file that was found: its entry, where it is, and the open descriptor.

    With a decoder it is an archive that may be the file.
    """

    entry: FileEntry
    path: str
    fd: int
    decoder: Packing | None = None


class Missing:
    """Entries of files that are not followed, by key."""

    def __init__(
        self,
        entries: Collection[FileEntry],
        ledger: Ledger,
        clock: Clock,
        telemetry: Telemetry,
        olddirs: Mapping[str, str] | None = None,
    ) -> None:
        """Take up what an earlier run has left.

        Args:
            entries: the files.
            ledger: where they are forgotten.
            clock: says how long they are missing.
            telemetry: is told what is lost.
            olddirs: by source, where rotated files are moved to.
        """
        self._entries: dict[int, FileEntry] = {}
        self._ledger, self._clock, self._telemetry = ledger, clock, telemetry
        self._olddirs = olddirs or {}
        self._directories: dict[str, Likeness] = {}
        self._homes: dict[int, set[str]] = {}  # the directories that an entry is in, by key
        self._since: dict[int, int] = {}  # monotonic time since when, by key
        self._due = self._expiry = 0
        for entry in entries:
            self._take_up(entry)

    def add(self, entry: FileEntry) -> None:
        """Take up a file that was lost sight of; it is sought with the next search."""
        entry.gone = self._clock.now()
        self._since[entry.key] = self._clock.monotonic()
        self._take_up(entry)
        self._ledger.touch(entry)
        self._due = 0

    def _take_up(self, entry: FileEntry) -> None:
        self._strike_out(entry)
        self._entries[entry.key] = entry
        self._expiry = 0
        homes = {os.path.dirname(entry.stream), self._olddirs.get(entry.source)}
        self._homes[entry.key] = {home for home in homes if home is not None}
        for home in self._homes[entry.key]:
            self._directories.setdefault(home, Likeness()).add(entry)

    def _strike_out(self, entry: FileEntry) -> None:
        for home in self._homes.pop(entry.key, ()):
            self._directories[home].remove(entry)
        self._entries.pop(entry.key, None)

    def discard(self, entry: FileEntry) -> None:
        """Strike out a file that was found."""
        self._strike_out(entry)
        self._since.pop(entry.key, None)
        if entry.gone or entry.finished:
            entry.gone, entry.finished = 0, False
            self._ledger.touch(entry)

    def sought(self, sources: Container[str]) -> list[FileEntry]:
        """Return the files of these sources that lines are still expected of."""
        return [
            entry
            for entry in self._entries.values()
            if entry.source in sources and (entry.owed or not entry.finished)
        ]

    def recognise(self, path: str, fd: int, status: os.stat_result) -> FileEntry | None:
        """Return the entry of the missing file that an open file with an unknown inode is, if any.

        Of several it is the one of which most was read.
        """
        directory, name = os.path.split(path)
        if directory not in self._directories:
            return None
        for entry in _begun(self._directories[directory], name, fd):
            if not _made_anew(entry, path, status) and _is_same(entry, path, fd, status):
                return entry
        return None

    def alike(self, path: str) -> Iterator[FileEntry]:
        """Return the missing files that a path may be a later name of."""
        directory, name = os.path.split(path)
        if directory not in self._directories:
            return iter(())
        return islice(self._directories[directory].called(name), MAX_COMPARED)

    def of_stream(self, stream: str) -> list[FileEntry]:
        """Return the missing files of a stream."""
        return [entry for entry in self.alike(stream) if entry.stream == stream]

    def related(self, entry: FileEntry, path: str) -> bool:
        """Return whether a path may be a later name of a file."""
        return related(entry, path, self._olddirs.get(entry.source))

    def search(
        self, sources: Container[str], taken: Container[tuple[int, int]], now: int
    ) -> list[Sighting]:
        """Look for everything that lines are still expected of, if a search is due.

        Args:
            sources: names of the sources whose lines can be used.
            taken: device and inode of the files that are followed.
            now: monotonic time.
        """
        if now < self._due:
            return []
        self._due = now + SEARCH
        directories: dict[str, dict[int, FileEntry]] = {}
        real: dict[str, str] = {}
        for entry in self.sought(sources):
            for directory in self._whereabouts(entry, real):
                directories.setdefault(directory, {})[entry.key] = entry
        found: dict[int, Sighting] = {}
        archives = []
        known = {entry.identity.inode for entry in self._entries.values()} if directories else set()
        for directory, wanted in directories.items():
            for sighting in _search(directory, wanted, taken, known):
                if sighting.decoder is not None:
                    archives.append(sighting)
                elif found.setdefault(sighting.entry.key, sighting) is not sighting:
                    os.close(sighting.fd)
        return [*found.values(), *archives]

    def _whereabouts(self, entry: FileEntry, real: dict[str, str]) -> set[str]:
        """Return the directories to look for a file in; `real` remembers what links lead to."""
        directory = os.path.dirname(entry.path)
        if directory not in real:
            real[directory] = os.path.realpath(directory)
        directories = {real[directory]}
        if os.path.islink(entry.path):
            directories = {os.path.dirname(os.path.realpath(entry.path))}
        if entry.source in self._olddirs:
            directories.add(os.path.realpath(self._olddirs[entry.source]))
        return directories

    def expire(
        self, kept: Container[int] = (), newest: Callable[[str], int | None] = lambda _: None
    ) -> list[FileEntry]:
        """Forget what has been missing for too long; return it.

        Args:
            kept: keys of entries that are not forgotten.
            newest: gives the modification time of the newest file of a stream that is followed.
        """
        if not self._entries or (now := self._clock.monotonic()) < self._expiry:
            return []
        self._expiry, forgotten = now + GRACE, []
        for entry in list(self._entries.values()):
            missing = self._missing_for(entry, now)
            if missing < GRACE:
                self._expiry = min(self._expiry, now + GRACE - missing)
            elif (
                entry.key in kept
                or self._ledger.is_open(entry)
                or _remembered(entry, newest)
                or _stands(entry)
                or (missing < LONG_GRACE and not _reachable(entry))
            ):
                self._expiry = min(self._expiry, now + SEARCH)
            else:
                self._give_up(entry)
                forgotten.append(entry)
        return forgotten

    def _missing_for(self, entry: FileEntry, now: int) -> int:
        """Return for how long a file has been missing."""
        wall = self._clock.now()
        if not entry.gone:
            entry.gone = wall
            self._ledger.touch(entry)
        since = self._since.setdefault(entry.key, now - max(0, wall - entry.gone))
        return now - since

    def _give_up(self, entry: FileEntry) -> None:
        unread = 0 if entry.finished else max(0, entry.size - entry.offset)
        owed = length(entry.owed)
        if unread + owed:
            self._telemetry.lines_lost(entry.path, unread + owed, "file_gone")
        self._strike_out(entry)
        self._since.pop(entry.key, None)
        self._ledger.forget(entry)


def _begun(likeness: Likeness, name: str, file: int | Content) -> list[FileEntry]:
    """Return the entries that begin as an open file does, those of which most was read first."""
    begun = [
        *islice(likeness.begun(name, file), MAX_COMPARED),
        *islice(likeness.begun(name, file, little=True), MAX_COMPARED),
    ]
    return sorted(begun, key=lambda entry: -entry.offset)


def _is_same(entry: FileEntry, path: str, fd: int, status: os.stat_result) -> bool:
    """Return whether an open file is the one of an entry."""
    known = entry.identity
    if judge(known, entry.offset, fd, status) is Verdict.SAME:
        return True
    return (
        known.covered < EVIDENCE
        and status.st_size >= entry.size
        and vouched(entry, path, status.st_mtime_ns)
        and is_intact(known, entry.offset, fd)
    )


def _made_anew(entry: FileEntry, path: str, status: os.stat_result) -> bool:
    """Return whether a file was written where another is known to have been deleted, or cut.

    One that was put back has the time that it had.
    """
    is_gone = not entry.identity.inode
    return is_gone and path == entry.path and status.st_mtime_ns > entry.mtime


def _search(
    directory: str,
    wanted: dict[int, FileEntry],
    taken: Container[tuple[int, int]],
    known: Container[int],
) -> Iterator[Sighting]:
    inodes: dict[int, list[FileEntry]] = {}
    for entry in wanted.values():
        inodes.setdefault(entry.identity.inode, []).append(entry)
    likeness = Likeness(wanted.values())
    compared = 0
    for item in files_in(directory):
        if item.inode() not in inodes:
            if compared == MAX_COMPARED or not any(likeness.called(item.name)):
                continue
            compared += 1
        had = inodes.get(item.inode(), [])
        others = not had and item.inode() in known
        sighting = _inspect(item, had, likeness, taken, others)
        if sighting is not None:
            if sighting.decoder is None:
                del wanted[sighting.entry.key]
                likeness.remove(sighting.entry)
                inodes[sighting.entry.identity.inode].remove(sighting.entry)
            yield sighting
            if not wanted:
                return


def _inspect(
    item: os.DirEntry[str],
    had_inode: list[FileEntry],
    likeness: Likeness,
    taken: Container[tuple[int, int]],
    others: bool,
) -> Sighting | None:
    fd, sighting = -1, None
    with suppress(OSError):  # what is not readable is not known to be it; the search is repeated
        fd = open_file(item.path)
        status = os.fstat(fd)
        if number(status) not in taken:
            sighting = _compare(item, fd, status, had_inode, likeness, others)
    if sighting is None and fd >= 0:
        os.close(fd)
    return sighting


def _compare(
    item: os.DirEntry[str],
    fd: int,
    status: os.stat_result,
    had_inode: list[FileEntry],
    likeness: Likeness,
    others: bool,
) -> Sighting | None:
    """Return the entry that a file may be; one that is another's by its inode is not by a few bytes."""
    decoder = kind(fd, item.path)
    if decoder is not None:  # its inode says nothing: it is not the one of what it holds
        for entry in _begun(likeness, item.name, Unpacked(fd, decoder)):
            if entry.identity.covered >= EVIDENCE or is_meant(entry, item.path, status.st_mtime_ns):
                return Sighting(entry, item.path, fd, decoder)
        return None
    same = [entry for entry in had_inode if entry.offset]
    blank = [entry for entry in had_inode if not entry.offset and alike(entry, item.name)]
    begun = _begun(likeness, item.name, fd)
    if others:
        begun = [entry for entry in begun if entry.identity.covered >= EVIDENCE]
    for entry in (*same, *begun, *blank):
        if _is_same(entry, item.path, fd, status):
            return Sighting(entry, item.path, fd)
    return None


def related(entry: FileEntry, path: str, olddir: str | None = None) -> bool:
    """Return whether a path may be a later name of the file: same beginning, in a directory of its."""
    directory, name = os.path.split(path)
    return directory in (os.path.dirname(entry.stream), olddir) and alike(entry, name)


def open_file(path: str) -> int:
    """Open a file for reading, whatever it is, without waiting or taking over a terminal."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)


def files_in(directory: str) -> list[os.DirEntry[str]]:
    """Return the regular files of a directory, none if it cannot be listed."""
    try:
        with os.scandir(directory) as items:
            return [item for item in items if item.is_file(follow_symlinks=False)]
    except OSError:
        return []


def _remembered(entry: FileEntry, newest: Callable[[str], int | None]) -> bool:
    """Return whether a file that is done with may still turn up under another name."""
    if not entry.finished or entry.owed:
        return False
    latest = newest(entry.stream)
    return latest is not None and entry.mtime >= latest - REMEMBERED


def _stands(entry: FileEntry) -> bool:
    """Return whether the file is still where it was: its source is only not configured now."""
    try:
        return number(os.stat(entry.path)) == (entry.identity.device, entry.identity.inode)
    except OSError:
        return False


def _reachable(entry: FileEntry) -> bool:
    """Return whether the file's absence means that it is gone: its file system is there to ask."""
    try:
        os.listdir(directory := os.path.dirname(entry.path))
        return number(os.stat(directory))[0] == entry.identity.device
    except FileNotFoundError:
        return True
    except OSError:
        return False
