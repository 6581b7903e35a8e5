"""The followed files of each log stream, in the order in which they are read.

Used by `source.roster`. A stream is one path through all its rotations: its older files come first, and
the next one waits until the one before was read to its end: while there is anything to read in it, and
`HOLD` at most for what may still come, such as the rest of its last line. (A limit on reading itself
would have all files of a long outage read at once, and as many traces open as they have in all.)
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.clock import SECOND
from logtrace.source.tail import Tail

HOLD = 30 * SECOND
"""How long the next file of a stream waits at most for what may still come in the one before."""


class Streams:
    """Tails by their stream.

    Attributes:
        tails: of each stream, rotated files first, by the time they were last written.
        unknown: streams that may have lines in files that are not known yet.
        incomplete: streams that may have rotated files that are not followed yet.
    """

    def __init__(self) -> None:
        self.tails: dict[str, list[Tail]] = {}
        self.unknown: set[str] = set()
        self.incomplete: set[str] = set()

    def add(self, tail: Tail) -> bool:
        """Take up a tail; return whether others of its stream are followed."""
        stream = self.tails.setdefault(tail.entry.stream, [])
        stream.append(tail)
        stream.sort(key=lambda other: (not other.rotated, other.mtime))
        return len(stream) > 1

    def remove(self, tail: Tail) -> None:
        """Strike out a tail."""
        stream = self.tails[tail.entry.stream]
        stream.remove(tail)
        if not stream:
            del self.tails[tail.entry.stream]

    def held(self, tail: Tail, now: int) -> bool:
        """Return whether an older file of the same stream is to be read first."""
        stream = tail.entry.stream
        open_question = stream in self.unknown or (stream in self.incomplete and not tail.rotated)
        if open_question and now - tail.left < HOLD:
            return True
        for older in self.before(tail):
            if older.drained or older.failing:
                continue
            if older.pending or now - max(older.left, older.fresh) < HOLD:
                return True
        return False

    def before(self, tail: Tail) -> list[Tail]:
        """Return the rotated files of its stream that stand before a tail, oldest first."""
        stream = self.tails[tail.entry.stream]
        return [older for older in stream[: stream.index(tail)] if older.rotated]

    def continued(self, tail: Tail) -> bool:
        """Return whether something stands in a file of its stream that comes after a tail."""
        stream = self.tails[tail.entry.stream]
        return any(newer.entry.size for newer in stream[stream.index(tail) + 1 :])

    def newest(self, stream: str) -> int | None:
        """Return when the newest file of a stream was written, None if none is followed."""
        return max((tail.mtime for tail in self.tails.get(stream, ())), default=None)

    def __iter__(self) -> Iterator[Tail]:
        """Go through all tails."""
        return (tail for tails in self.tails.values() for tail in tails)
