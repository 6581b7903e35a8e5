"""Newcomers that may be the copy which copytruncate makes of a followed file.

Called by `source.roster` for each file that was never seen. Such a copy is there before the original is
cut, and may take a while to write; read at once it would be read twice. So a file whose name extends a
followed file's (`app.log` → `app.log.1`, `app-20261122.log`) and that begins and ends as the same bytes
of that do waits, unread, until it was quiet for `WAIT`; one that only begins alike is a file of its own.
If the original is cut meanwhile, the file is recognised as what was cut (`Missing.recognise`) and read
on from there. So is what another program moved to another file system, once the original, which it
deleted, is left. Raises OSError where a file cannot be read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from logtrace.clock import SECOND
from logtrace.source.identity import ANCHOR, EVIDENCE, HEAD, Verdict, is_intact, judge
from logtrace.source.names import original_name
from logtrace.source.tail import Tail

WAIT = 10 * SECOND
"""How long a suspected copy must be quiet before it is taken for a file of its own."""

MAX_WAITING = 1000
"""Suspects remembered at once; the others wait for one of these to be let go."""


class Copies:
    """The suspects."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], tuple[int, int]] = {}
        self._swept = 0

    def wait(self, place: tuple[int, int], size: int, now: int) -> bool:
        """Return whether a suspect, known by device and inode, is to be left alone for now."""
        before, since = self._waiting.pop(place, (-1, now))
        if size != before:
            since = now
        if now - since >= WAIT:
            return False
        if len(self._waiting) >= MAX_WAITING and now > self._swept:
            self._swept = now  # what should have been let go long ago is there no more
            waiting = self._waiting.items()
            self._waiting = {each: seen for each, seen in waiting if now - seen[1] < 2 * WAIT}
        if len(self._waiting) < MAX_WAITING:
            self._waiting[place] = (size, since)
        return True


def original(path: str, fd: int, streams: Mapping[str, Sequence[Tail]]) -> Tail | None:
    """Return the followed file that the open one looks like a copy of, if any."""
    for name in _shorter(path):
        for tail in streams.get(name, ()):
            if tail.fd >= 0 and not tail.rotated and _may_be_copied(tail, path, fd):
                return tail
    return None


def offset_in(tail: Tail, path: str, fd: int) -> int:
    """Return where to start in a copy of a file that was not cut: behind what was read of it.

    Only a name that begins with the whole of the original's says that it is meant as a copy; two
    files of an application may well begin alike.
    """
    if path.startswith(tail.entry.path):
        verdict = judge(tail.entry.identity, tail.entry.offset, fd, os.fstat(fd))
        if verdict is Verdict.SAME:
            return tail.entry.offset
    return 0


def _shorter(path: str) -> list[str]:
    """Return the names that a rotation could have extended to this one."""
    directory, name = os.path.split(path)
    extension = os.path.splitext(name)[1]
    beginnings = [os.path.join(directory, name[:end]) for end in range(1, len(name))]
    return beginnings + [beginning + extension for beginning in beginnings]


def holds(fd: int, status: os.stat_result, tail: Tail) -> bool:
    """Return whether an open file holds what a followed one does, as far as both go.

    With less than is evidence it must be all there is, with the time that it had, and nowhere else.
    """
    if tail.fd < 0 or tail.packed is not None:
        return False
    old = os.fstat(tail.fd)
    size = min(status.st_size, old.st_size)
    if size < EVIDENCE and not (
        size
        and status.st_size == old.st_size
        and status.st_mtime_ns == old.st_mtime_ns
        and not old.st_nlink
    ):
        return False
    return _alike(fd, tail.fd, size)


def _may_be_copied(tail: Tail, path: str, fd: int) -> bool:
    entry = tail.entry
    status = os.fstat(fd)
    # Of a file of which nothing was read, only one that bears its whole name is taken for a copy.
    known = entry.identity.covered if path.startswith(entry.path) else entry.offset
    if known < EVIDENCE and not _may_be_of_little(tail, path, status):
        return False
    if not is_intact(entry.identity, entry.offset, tail.fd):
        return True  # it was cut a moment ago; the next scan knows what became of it
    return _alike(tail.fd, fd, status.st_size)


def _may_be_of_little(tail: Tail, path: str, status: os.stat_result) -> bool:
    """Return whether name and time say that a file may be a copy of one that has only a few bytes."""
    entry = tail.entry
    if not entry.offset or status.st_size > tail.disk:
        return False
    older = status.st_size == tail.disk and status.st_mtime_ns < tail.mtime
    names = {os.path.basename(entry.path)}
    return not older and original_name(os.path.basename(path), names) is not None


def _alike(one: int, other: int, size: int) -> bool:
    """Return whether two open files agree at the beginning, and at the end, of so many bytes."""
    parts = (min(HEAD, size), 0), (min(ANCHOR, size), max(0, size - ANCHOR))
    return all(os.pread(one, *part) == os.pread(other, *part) for part in parts)
