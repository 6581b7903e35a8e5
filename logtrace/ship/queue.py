"""What the pipeline and the shipper share: traces that wait, and record numbers that are done.

The pipeline offers traces and takes done numbers; the shipper takes traces and settles them. Every span
offered is pending until it is settled, every number comes out exactly once. The one lock of the ship
stage is here, and held for list operations only.
"""

from __future__ import annotations

import threading
from collections import deque

from logtrace.model import Trace


class Queue:
    """Traces in, numbers out.

    Attributes:
        spans: spans that were offered and not taken.
        oldest: monotonic time of the offer since which there was always a trace waiting.
        pending: spans that were offered and are not settled.
        filled: set when there may be something to take; cleared by who waits for it.
        settled: set while nothing is pending.
    """

    def __init__(self) -> None:
        self.spans = 0
        self.oldest = 0
        self.pending = 0
        self.filled = threading.Event()
        self.settled = threading.Event()
        self.settled.set()
        self._lock = threading.Lock()
        self._traces: deque[Trace] = deque()
        self._done: list[int] = []

    def offer(self, traces: list[Trace], now: int) -> None:
        """Append traces at monotonic time `now`."""
        spans = count_spans(traces)
        with self._lock:
            if not self._traces:
                self.oldest = now
            self._traces.extend(traces)
            self.spans += spans
            self.pending += spans
            self.settled.clear()

    def take(self, wanted: int) -> list[Trace]:
        """Remove and return the oldest traces that have `wanted` spans together, or all."""
        taken = []
        spans = 0
        with self._lock:
            while self._traces and spans < wanted:
                trace = self._traces.popleft()
                spans += len(trace.spans)
                taken.append(trace)
            self.spans -= spans
        return taken

    def settle(self, traces: list[Trace]) -> None:
        """Declare the spans of `traces` done, and hand back their numbers."""
        spans = count_spans(traces)
        numbers = [number for trace in traces for number in trace.numbers]
        with self._lock:
            self._done += numbers
            self._forget(spans)

    def forget(self, spans: int) -> None:
        """Declare so many spans done whose traces go on without them."""
        with self._lock:
            self._forget(spans)

    def take_done(self) -> list[int]:
        """Return the numbers that were handed back since the last call, sorted."""
        if not self._done:
            return []
        with self._lock:
            done, self._done = self._done, []
        done.sort()
        return done

    def _forget(self, spans: int) -> None:
        self.pending -= spans
        if not self.pending:
            self.settled.set()

    def __bool__(self) -> bool:
        return bool(self._traces)


def count_spans(traces: list[Trace]) -> int:
    """Return how many spans `traces` have together."""
    return sum([len(trace.spans) for trace in traces])
