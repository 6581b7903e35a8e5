"""Files that the ledger knows and nobody has found: looks for them, and in the end gives them up.

Called by `source.roster` with every scan. A file can be missing because it was renamed while nobody
looked, because its inode was cut and a copy holds what it was (copytruncate), because its file system is
mounted under another number, or because it is gone. So it is sought under any name in its directory:
by inode under every name (if only the inode speaks for it, because nothing was read of it yet, under
names that begin as its own does), by head and anchor under names that begin so. What is not found
within `GRACE` is counted as lost and forgotten, but not while its directory cannot be read or another
file system stands in its place.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Container, Iterator
from itertools import islice

import msgspec

from logtrace.clock import SECOND
from logtrace.source.checkpoint import FileEntry
from logtrace.source.discovery import COMPRESSED
from logtrace.source.identity import Verdict, judge, number
from logtrace.source.ledger import Ledger
from logtrace.telemetry import Telemetry

GRACE = 3600 * SECOND
"""How long a file may be missing before it is forgotten."""

LONG_GRACE = 30 * 24 * GRACE
"""The same for a file whose file system is not there."""

SEARCH = 10 * SECOND
"""How long to wait between two searches."""

MAX_COMPARED = 1000
"""Entries that a file is compared with, and files that are opened in a directory, at most."""


class Sighting(msgspec.Struct):
    """A missing file that was found: its entry, where it is, and the open descriptor."""

    entry: FileEntry
    path: str
    fd: int


class Missing:
    """Entries of files that are not followed, by key."""

    def __init__(
        self, entries: Collection[FileEntry], ledger: Ledger, telemetry: Telemetry
    ) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self._ledger, self._telemetry = ledger, telemetry
        self._due = 0

    def add(self, entry: FileEntry, wall: int) -> None:
        """Take up a file that was lost sight of; it is sought with the next search."""
        entry.gone = wall
        self._entries[entry.key] = entry
        self._ledger.touch(entry)
        self._due = 0

    def discard(self, entry: FileEntry) -> None:
        """Strike out a file that was found."""
        self._entries.pop(entry.key, None)
        if entry.gone or entry.finished:
            entry.gone, entry.finished = 0, False
            self._ledger.touch(entry)

    def recognise(self, path: str, fd: int, status: os.stat_result) -> FileEntry | None:
        """Return the entry of the missing file that an open file with an unknown inode is, if any."""
        likely = (entry for entry in self._entries.values() if related(entry, path))
        for entry in islice(likely, MAX_COMPARED):
            if judge(entry.identity, entry.offset, fd, status) is Verdict.SAME:
                return entry
        return None

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
        for entry in self._entries.values():
            if entry.source in sources and (entry.owed or not entry.finished):
                directory = os.path.dirname(os.path.realpath(entry.path))
                directories.setdefault(directory, {})[entry.key] = entry
        return [
            sighting
            for directory, wanted in directories.items()
            for sighting in self._search(directory, wanted, taken)
        ]

    def _search(
        self, directory: str, wanted: dict[int, FileEntry], taken: Container[tuple[int, int]]
    ) -> Iterator[Sighting]:
        inodes = {entry.identity.inode for entry in wanted.values()}
        compared = 0
        for item in _files(directory):
            named = any(_alike(entry, item.name) for entry in wanted.values())
            if item.inode() not in inodes:
                if not named or compared == MAX_COMPARED or item.path.endswith(COMPRESSED):
                    continue
                compared += 1
            sighting = self._inspect(item, wanted, taken)
            if sighting is not None:
                del wanted[sighting.entry.key]
                yield sighting
                if not wanted:
                    return

    def _inspect(
        self,
        item: os.DirEntry[str],
        wanted: dict[int, FileEntry],
        taken: Container[tuple[int, int]],
    ) -> Sighting | None:
        try:
            fd = open_file(item.path)
        except OSError:
            return None  # not readable, so not known to be it; the search is repeated
        status = os.fstat(fd)
        if number(status) not in taken:
            for entry in wanted.values():
                if not entry.offset and not _alike(entry, item.name):
                    continue
                if judge(entry.identity, entry.offset, fd, status) is Verdict.SAME:
                    return Sighting(entry, item.path, fd)
        os.close(fd)
        return None

    def expire(self, wall: int) -> list[FileEntry]:
        """Forget what has been missing for too long; return it."""
        forgotten = []
        for entry in list(self._entries.values()):
            if not entry.gone:
                entry.gone = wall
                self._ledger.touch(entry)
            missing = wall - entry.gone
            if missing < GRACE or self._ledger.is_open(entry) or _stands(entry):
                continue
            if missing >= LONG_GRACE or _reachable(entry):
                self._give_up(entry)
                forgotten.append(entry)
        return forgotten

    def _give_up(self, entry: FileEntry) -> None:
        unread = 0 if entry.finished else max(0, entry.size - entry.offset)
        owed = sum(entry.owed[1::2]) - sum(entry.owed[::2])
        if unread + owed:
            self._telemetry.lines_lost(entry.path, unread + owed, "file_gone")
        del self._entries[entry.key]
        self._ledger.forget(entry)


def related(entry: FileEntry, path: str) -> bool:
    """Return whether a path may be a later name of the file: same directory, same beginning."""
    directory, name = os.path.split(path)
    return directory == os.path.dirname(entry.stream) and _alike(entry, name)


def _alike(entry: FileEntry, name: str) -> bool:
    first = os.path.basename(entry.stream)
    return name.startswith(first.split(".")[0] or first)


def open_file(path: str) -> int:
    """Open a file for reading, whatever it is, without waiting or taking over a terminal."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)


def _files(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as items:
            return [item for item in items if item.is_file(follow_symlinks=False)]
    except OSError:
        return []


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
