"""One open file → line batches.

Called by `source.files`, which decides when; `source.roster` opens, names and closes. A `Tail` reads
whole lines in blocks from the offset in its ledger entry, and moves nothing but the entry's anchor: the
offset moves when the ledger admits the batch. A line without a newline stays in the file until it is
finished, or until the caller gives up waiting for that. Of a line longer than `MAX_LINE` the beginning
is given and the rest passed over, in constant memory and a bounded step at a time.

Raises `Rewritten` when what was read is no longer before the offset, OSError when the file cannot be
read; after either everything is as it was before.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import accumulate
from operator import add

from logtrace.model import LineBatch
from logtrace.source.checkpoint import FileEntry
from logtrace.source.identity import ANCHOR, anchor_at, digest, is_intact, number, widen

BLOCK = 128 * 1024
"""Bytes read at once: larger blocks fall out of the processor's cache further down the line."""

MAX_LINE = 1024 * 1024
"""Bytes of a line that are kept."""

STRIDE = 32
"""Blocks that are searched for the end of an over-long line before others have their turn."""


class Rewritten(Exception):
    """The file was truncated, or something else stands where the tail had read."""


class Tail:
    """A file that is followed.

    Attributes:
        entry: what the ledger keeps of it; `entry.size` is its size when last looked at.
        fd: its descriptor, -1 while it is closed.
        place: its device and inode.
        mtime: its modification time when last looked at.
        links: how many names it has; 0: deleted.
        listed: whether discovery finds it.
        left: monotonic time at which it lost the name of its stream.
        drained: whether it was read to its end after that.
        failing: whether it could not be read when it was last tried.
        fresh: monotonic time at which it was last seen to change.
        due: monotonic time at which to look at it again.
        turn: the round in which it was last read.
        seen: the scan that last found it.
        sound: its size when what was read of it was last known to be there.
    """

    __slots__ = (
        "drained",
        "due",
        "entry",
        "failing",
        "fd",
        "fresh",
        "left",
        "links",
        "listed",
        "mtime",
        "place",
        "scanned",
        "seen",
        "sound",
        "turn",
    )

    def __init__(self, entry: FileEntry, fd: int, status: os.stat_result) -> None:
        self.entry, self.fd = entry, fd
        self.links, self.mtime = status.st_nlink, status.st_mtime_ns
        self.place = number(status)
        self.listed = self.drained = self.failing = False
        self.left = self.fresh = self.due = self.turn = self.seen = 0
        self.scanned = 0  # no newline between the offset and here
        entry.size = self.sound = status.st_size

    @property
    def rotated(self) -> bool:
        """Whether the path of its stream does not name it any more."""
        return not self.listed or self.entry.path != self.entry.stream

    @property
    def pending(self) -> bool:
        """Whether it has bytes that were not looked at."""
        return self.entry.size > self.entry.offset and self.entry.size > self.scanned

    @property
    def unfinished(self) -> bool:
        """Whether it ends in the middle of a line, and that is all that is left to read."""
        return self.entry.offset < self.entry.size <= self.scanned

    def look(self, now: int) -> bool:
        """Ask the file system for size, time and links; return whether something changed."""
        status, entry = os.fstat(self.fd), self.entry
        self.links = status.st_nlink
        if status.st_size == entry.size and status.st_mtime_ns == self.mtime:
            return False
        entry.size, self.mtime, self.fresh = status.st_size, status.st_mtime_ns, now
        if entry.size < self.scanned:  # the unfinished line was taken back
            self.scanned = 0
        return True

    def verify(self) -> None:
        """Raise `Rewritten` unless what was read is still there; the entry keeps the size it had."""
        entry = self.entry
        if entry.size < entry.offset or not is_intact(entry.identity, entry.offset, self.fd):
            entry.size = (
                self.sound
            )  # what is there now is another file's: it is not missing in this
            raise Rewritten
        self.sound = entry.size

    def read(self, give_up: bool = False) -> LineBatch | None:
        """Return the next block of lines, None if no line is finished.

        Args:
            give_up: whether an unfinished last line is to be taken as it is.
        """
        entry = self.entry
        offset = entry.offset
        if self.scanned > offset:
            end = self._line_end()
            if end is None:
                done = give_up and self.scanned >= entry.size
                return self._one_line(self.scanned, self.scanned) if done else None
            if end - offset >= BLOCK:
                return self._one_line(end, end + 1)
        guard = min(ANCHOR, offset)
        data = os.pread(self.fd, guard + BLOCK, offset - guard)
        if digest(data[:guard]) != entry.identity.anchor:
            raise Rewritten
        end = data.rfind(b"\n", guard) + 1
        if end:
            more = entry.size > offset - guard + len(data)
            return self._batch(data[guard:end], data[max(0, end - ANCHOR) : end], more)
        self.scanned = offset - guard + len(data)
        if self.scanned > offset and (give_up or len(data) == guard + BLOCK):
            return self.read(give_up)
        return None

    def _batch(self, block: bytes, anchor: bytes, more: bool) -> LineBatch:
        entry = self.entry
        lines, starts = split(block, entry.offset)
        widen(entry.identity, self.fd, starts[-1])
        entry.identity.anchor = digest(anchor)
        return LineBatch(entry.source, entry.stream, entry.key, block, lines, starts, behind=more)

    def _line_end(self) -> int | None:
        """Search on for the newline that ends the line at the offset; return where it is."""
        for _ in range(STRIDE):
            data = os.pread(self.fd, BLOCK, self.scanned)
            found = data.find(b"\n")
            if found >= 0:
                return self.scanned + found
            self.scanned += len(data)
            if len(data) < BLOCK:
                break
        return None

    def _one_line(self, end: int, after: int) -> LineBatch | None:
        """Return a batch of the line from the offset to `end`, the next one starting at `after`."""
        entry = self.entry
        self.verify()
        line = read_line(self.fd, entry.offset, end)
        if b"\n" in line:  # the unfinished line was rewritten since it was searched
            self.scanned = 0
            return None
        anchor = anchor_at(self.fd, after)
        widen(entry.identity, self.fd, after)
        entry.identity.anchor = anchor
        return LineBatch(
            entry.source,
            entry.stream,
            entry.key,
            line + b"\n",
            [line],
            [entry.offset, after],
            behind=entry.size > after,
        )

    def close(self) -> None:
        """Close the descriptor; what is known of the file stays."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def split(block: bytes, offset: int) -> tuple[list[bytes], list[int]]:
    """Return the lines of a block that stands at `offset`, and where each starts, and its end."""
    lines = block.split(b"\n")
    lines.pop()
    ends = accumulate(map(len, lines), initial=offset)
    return lines, list(map(add, ends, range(len(lines) + 1)))


def read_line(fd: int, start: int, end: int) -> bytes:
    """Return the line between two offsets, of an over-long one as much as is kept.

    Raises `Rewritten` if the file is shorter.
    """
    length = min(end - start, MAX_LINE + 1)
    line = os.pread(fd, length, start)
    if len(line) < length:
        raise Rewritten
    return shorten(line)


def shorten(line: bytes) -> bytes:
    """Return what is kept of a line: not more than `MAX_LINE`, and no UTF-8 character is split."""
    if len(line) <= MAX_LINE:
        return line
    length = MAX_LINE
    while length > MAX_LINE - 4 and line[length] & 0xC0 == 0x80:
        length -= 1
    return line[:length]


def lines_cut(lines: Sequence[bytes], starts: Sequence[int]) -> int:
    """Return 1 if the one line of a batch is not all that stands in the file, else 0."""
    return int(len(lines) == 1 and starts[1] - starts[0] > len(lines[0]) + 1)


def last_line_start(fd: int, size: int) -> int:
    """Return the offset behind the last newline: where a file is entered at its end.

    The line that is being written at that moment is thereby read when it is finished. Of a line
    longer than `MAX_LINE` only what is still to come is read.
    """
    at = size
    while at > max(0, size - MAX_LINE):
        start = max(0, at - BLOCK)
        found = os.pread(fd, at - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return size if at else 0
