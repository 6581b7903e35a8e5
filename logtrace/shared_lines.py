"""Lines that gave several things: when they are done, and whether they gave anything.

Those are lines that several rules took (`continue`), ends that closed several starts (`closes`), and
lines that hold ready-made spans of several traces. The pipeline adds what each batch gave, and asks
here before it gives record numbers back to the source: each thing that a line gave comes back by
itself, and it is done when all have. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from logtrace.model import HalfSpan, Reject


class _Line(msgspec.Struct, gc=False):
    things: int
    left: int
    released: int = 0


class SharedLines:
    """The lines that are open and gave several things, by record number."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, halves: Iterable[HalfSpan]) -> None:
        """Take note of the lines that are several of the half-spans of a batch."""
        for number, things in Counter(half.number for half in halves).items():
            if things > 1:
                self._lines[number] = _Line(things, things)

    def add_ends(self, ends: Iterable[tuple[int, int]]) -> None:
        """Take note of lines, and of how many starts each of them has closed as an end."""
        for number, starts in ends:
            line = self._lines.setdefault(number, _Line(1, 1))
            line.things += starts - 1
            line.left += starts - 1

    def expect(self, traces: Mapping[int, int]) -> None:
        """Take note of the lines that gave spans to several traces: how many, by record number."""
        self._lines.update((number, _Line(things, things)) for number, things in traces.items())

    def rejected(self, released: list[tuple[int, Reject]]) -> list[Reject]:
        """Return the reasons, of those for which half-spans gave nothing, that count for a line.

        A line that gave something else has not been rejected; one that gave nothing at all has, once.
        """
        return [reason for _, reason in self.counted(released)]

    def counted(self, released: list[tuple[int, Reject]]) -> list[tuple[int, Reject]]:
        """Return of the same those that `rejected` gives the reasons of."""
        if not self._lines:
            return released
        counted = []
        for number, reason in released:
            line = self._lines.get(number)
            if line is not None:
                line.released += 1
            if line is None or line.released == line.things:
                counted.append((number, reason))
        return counted

    def done(self, numbers: list[int]) -> list[int]:
        """Return the record numbers, of those that come back, of lines with nothing more to come."""
        if not self._lines:
            return numbers
        done = []
        for number in numbers:
            line = self._lines.get(number)
            if line is not None and line.left > 1:
                line.left -= 1
                continue
            self._lines.pop(number, None)
            done.append(number)
        return done
