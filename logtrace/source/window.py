"""Bytes that come one way only, by their offset: a window over what was read last.

`source.compressed` and `source.given` say what comes; `source.tail` reads it as if it were a file. What
comes next is cheap, going back starts again at the beginning, and a far place is reached step by step
(`reach`), so that other files have their turn. Held in memory are the head, what was read last, and of
an over-long line as much as is kept: some MiB, however much there is.
"""

from __future__ import annotations

from logtrace.source.identity import ANCHOR, HEAD
from logtrace.source.lines import BLOCK, MAX_LINE

STEPS = 8
"""Blocks that are passed over before others have their turn."""

_FRONT = MAX_LINE + 2 * BLOCK  # bytes from where the tail stands: all that is kept of a line


class Window:
    """Bytes that come one way only.

    Attributes:
        end: how many of them have come.
        idle: whether nothing more came when it was last asked for.
        error: why nothing more will, or "".
    """

    end: int
    idle: bool
    error: str = ""

    def __init__(self) -> None:
        self._head = b""
        self.restart()

    def restart(self) -> None:
        """Go back to the beginning."""
        self.end, self.idle = 0, False
        self._front, self._base = bytearray(), 0
        self._rear, self._rear_at = bytearray(), -1

    # ── what comes: for subclasses to say ─────────────────────────────────────────────────────────

    @property
    def whole(self) -> bool:
        """Whether it ends where such a thing may end, as far as it is there."""
        return self.idle

    def more(self, size: int) -> bool:
        """Return whether more may come if the file on the disk has that size."""
        return not self.idle

    def same(self) -> bool:
        """Return whether it is still what came so far."""
        return True

    def trouble(self, stalled: bool) -> str:
        """Return what is wrong with it, "" if nothing is, or it is not known yet.

        Args:
            stalled: whether nothing more will come.
        """
        return self.error

    def _advance(self) -> bool:
        """Give `_take` what comes next, perhaps nothing; return False and be idle at the end."""
        raise NotImplementedError

    # ── reading ───────────────────────────────────────────────────────────────────────────────────

    def reach(self, offset: int) -> bool:
        """Go on towards `offset`, some steps; return whether it is reached."""
        if offset < self._base:
            self.restart()
        for _ in range(STEPS):
            if self.end >= offset:
                return True
            if not self._advance():
                return False
            self.keep(min(offset, self.end) - ANCHOR)
        return self.end >= offset

    def keep(self, offset: int) -> None:
        """Let go of what stands before `offset`."""
        if offset <= self._base:
            return
        if self._rear_at >= 0 and offset >= self._rear_at:
            del self._rear[: offset - self._rear_at]
            self._front, self._base = self._rear, offset
            self._rear, self._rear_at = bytearray(), -1
        else:
            gone = min(offset - self._base, len(self._front))
            del self._front[:gone]
            self._base += gone

    def read(self, length: int, offset: int) -> bytes:
        """Return bytes as `pread` does; fewer at the end, and where too little of it is near."""
        if offset + length <= min(HEAD, self.end):
            return self._head[offset : offset + length]
        if offset < self._base and self.end <= HEAD:  # all that has come is in the head still
            self._front, self._base = bytearray(self._head), 0
            self._rear, self._rear_at = bytearray(), -1
        if offset < self._base or self._base + len(self._front) < offset < self._rear_at:
            self.restart()
        for _ in range(STEPS):
            if self.end >= offset + length or not self._advance():
                break
            self._trim(offset)
        if offset >= self._rear_at >= 0:
            at = offset - self._rear_at
            return bytes(self._rear[at : at + length])
        at, gap = offset - self._base, self._base + len(self._front) - self._rear_at
        found = bytes(self._front[at : at + length])
        if self._rear_at >= 0 and gap >= 0:  # the end of it stands in the other part
            found += self._rear[gap : gap + length - len(found)]
        return found

    def _trim(self, offset: int) -> None:
        """Let go of what was read last and stands before `offset`, but for an anchor's length."""
        spare = min(offset - self._rear_at, len(self._rear)) - ANCHOR
        if self._rear_at >= 0 and spare > BLOCK:
            del self._rear[:spare]
            self._rear_at += spare

    def _take(self, found: bytes) -> None:
        if self.end < HEAD:
            self._head = (self._head[: self.end] + found)[:HEAD]
        self.end += len(found)
        if self._rear_at < 0 and len(self._front) + len(found) <= _FRONT:
            self._front += found
            return
        if self._rear_at < 0:
            self._rear = self._front[-ANCHOR:]
            self._rear_at = self.end - len(found) - len(self._rear)
        self._rear += found
