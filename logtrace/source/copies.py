"""Newcomers that may be the copy which copytruncate makes of a followed file.

Called by `source.roster` for each file that was never seen. Such a copy is there before the original is
cut, and may take a while to write; read at once it would be read twice. So a file whose name extends a
followed file's (`app.log` → `app.log.1`, `app-20261122.log`) and that begins with the same bytes waits,
unread, until it was quiet for `WAIT`. If the original is cut meanwhile, the file is recognised as what
was cut (`Missing.recognise`) and read on from there. Raises OSError where a file cannot be read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from logtrace.clock import SECOND
from logtrace.source.identity import EVIDENCE, HEAD, Verdict, judge
from logtrace.source.tail import Tail

WAIT = 10 * SECOND
"""How long a suspected copy must be quiet before it is taken for a file of its own."""

MAX_WAITING = 1000
"""Suspects remembered at once."""


class Copies:
    """The suspects."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], tuple[int, int]] = {}

    def wait(self, place: tuple[int, int], size: int, now: int) -> bool:
        """Return whether a suspect, known by device and inode, is to be left alone for now."""
        before, since = self._waiting.pop(place, (-1, now))
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
        if size != before:
            since = now
        if now - since >= WAIT:
            return False
        self._waiting[place] = (size, since)
        return True


def original(path: str, fd: int, streams: Mapping[str, Sequence[Tail]]) -> Tail | None:
    """Return the followed file that the open one looks like a copy of, if any."""
    for name in _shorter(path):
        for tail in streams.get(name, ()):
            if tail.fd >= 0 and not tail.rotated and _same_beginning(tail, fd):
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


def _same_beginning(tail: Tail, fd: int) -> bool:
    if tail.entry.offset < EVIDENCE:
        return False
    ours, theirs = os.pread(tail.fd, HEAD, 0), os.pread(fd, HEAD, 0)
    length = min(len(ours), len(theirs))
    return length >= EVIDENCE and ours[:length] == theirs[:length]
