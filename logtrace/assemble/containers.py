"""Spans that may contain later ones: the tightest is found in logarithmic time.

Used by `parents`, which goes through the spans of a trace by their starts and keeps one of these for all
spans, and one for each service, name, and so on. Nothing raises; a span without length contains nothing.
"""

from __future__ import annotations

from bisect import bisect_left

from logtrace.model import Span


class Containers:
    """Spans that can still be the tightest container of some later span, by rising end.

    Their durations rise too, because a container that ends earlier and is longer never wins.
    """

    __slots__ = ("_ends", "_spans")

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._spans: list[Span] = []

    def tightest(self, end: int) -> Span | None:
        """Return the shortest span that lasts until `end`; of equal ones the one that starts later."""
        at = bisect_left(self._ends, end)
        return self._spans[at] if at < len(self._ends) else None

    def overlapping(self, start: int, end: int) -> Span | None:
        """Return the span that ends last before `end`, if that is not before `start`."""
        at = bisect_left(self._ends, end)
        return self._spans[at - 1] if at and self._ends[at - 1] >= start else None

    def add(self, span: Span) -> None:
        """Add a span; none that was added before starts later."""
        duration = span.duration
        if not duration:
            return
        ends, spans = self._ends, self._spans
        end = span.start + duration
        at = low = bisect_left(ends, end)
        while low and spans[low - 1].duration >= duration:
            low -= 1
        high = at + (at < len(ends) and ends[at] == end)
        ends[low:high] = (end,)
        spans[low:high] = (span,)
