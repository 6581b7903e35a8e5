"""Keeps a few of many traces to be shown: the slowest of each kind, and enough to see every kind.

Called by `preview`. Kinds are told by service and name of the first span. Memory is bounded in traces
and in spans, whatever the log holds. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappush, heappushpop
from itertools import zip_longest

from logtrace.model import Closed, Span

MOST_KINDS = 50
MOST_SPANS = 50_000
"""Spans that are kept at most, unless a single trace has more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A trace to be shown.

    Attributes:
        spans: as they would be sent, root first.
        numbers: record numbers of its lines, rising.
        reason: why it was closed.
        duration: from the first start to the last end, in nanoseconds.
        order: how many traces came before it.
    """

    spans: list[Span]
    numbers: list[int]
    reason: Closed
    duration: int
    order: int

    def __lt__(self, other: Kept) -> bool:
        """Return whether the other is rather to be kept: it is slower, or as slow and came first."""
        return (self.duration, -self.order) < (other.duration, -other.order)


class Slowest:
    """The slowest traces of each kind."""

    def __init__(self, limit: int, most_spans: int = MOST_SPANS) -> None:
        """Keep at most `limit` of each kind, and `most_spans` in all."""
        self._limit, self._most_spans = limit, most_spans
        self._kinds: dict[tuple[str, str], list[Kept]] = {}
        self._seen = 0
        self._spans = 0

    def add(self, spans: list[Span], numbers: list[int], reason: Closed) -> None:
        """Keep a trace, or not."""
        self._seen += 1
        if not self._limit:
            return
        start = min(span.start for span in spans)
        duration = max(span.start + span.duration for span in spans) - start
        kind = spans[0].service, spans[0].name
        heap = self._kinds.get(kind)
        if heap is None:
            if len(self._kinds) >= MOST_KINDS:
                return
            heap = self._kinds[kind] = []
        elif len(heap) >= self._limit and duration <= heap[0].duration:
            return
        kept = Kept(spans, sorted(numbers), reason, duration, self._seen)
        self._spans += len(spans)
        if len(heap) < self._limit:
            heappush(heap, kept)
        else:
            self._spans -= len(heappushpop(heap, kept).spans)
        while self._spans > self._most_spans and self._drop():
            pass

    def shown(self) -> list[Kept]:
        """Return at most `limit`: the slowest of every kind, then the next slowest of every kind.

        They are in the order of their first lines.
        """
        kinds = sorted((sorted(heap, reverse=True) for heap in self._kinds.values()), reverse=True)
        rounds = zip_longest(*kinds)
        chosen = [kept for each in rounds for kept in each if kept is not None][: self._limit]
        return sorted(chosen, key=lambda kept: (kept.numbers, kept.order))

    def _drop(self) -> bool:
        """Forget the fastest trace of the kind of which most spans are kept; False: none can go."""
        heaps = [heap for heap in self._kinds.values() if len(heap) > 1]
        heaps = heaps or [heap for heap in self._kinds.values() if heap]
        if len(heaps) == 1 and len(heaps[0]) == 1:
            return False
        largest = max(heaps, key=lambda heap: sum(len(kept.spans) for kept in heap))
        fastest = min(largest)
        largest.remove(fastest)
        largest.sort()  # sorted is a heap
        self._spans -= len(fastest.spans)
        return True
