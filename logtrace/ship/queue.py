"""What the pipeline and the shipper share: traces that wait, and record numbers that are done.

The pipeline offers traces and takes done numbers; the shipper takes traces and settles them. Every span
offered is pending until it is settled, and held with the size of its trace; every number comes out
exactly once. Locked by itself, for list operations only.
"""

from __future__ import annotations

import threading
from collections import deque

from logtrace.model import Trace


class Queue:
    """Traces in, numbers out.

    Attributes:
        spans: spans that were offered and not taken, and
        size: bytes of the lines behind them.
        oldest: monotonic time of the offer since which there was always a trace waiting.
        pending: spans that were offered and are not settled, and
        held: bytes of the lines behind them.
        filled: set when there may be something to take; cleared by who waits for it.
        settled: set while nothing is pending.
    """

    def __init__(self) -> None:
        self.spans = self.size = 0
        self.oldest = 0
        self.pending = self.held = 0
        self.filled = threading.Event()
        self.settled = threading.Event()
        self.settled.set()
        self._lock = threading.Lock()
        self._traces: deque[Trace] = deque()
        self._done: list[int] = []

    def offer(self, traces: list[Trace], now: int) -> None:
        """Append traces at monotonic time `now`."""
        spans, size = count_spans(traces), count_bytes(traces)
        with self._lock:
            if not self._traces:
                self.oldest = now
            self._traces.extend(traces)
            self.spans += spans
            self.size += size
            self.pending += spans
            self.held += size
            self.settled.clear()

    def take(self, wanted: int, room: int) -> list[Trace]:
        """Remove and return the oldest traces with `wanted` spans, or of `room` bytes, or all."""
        taken = []
        spans = size = 0
        with self._lock:
            while self._traces and spans < wanted and size < room:
                trace = self._traces.popleft()
                spans += len(trace.spans)
                size += trace.size
                taken.append(trace)
            self.spans -= spans
            self.size -= size
        return taken

    def settle(self, traces: list[Trace]) -> None:
        """Declare the spans of `traces` done, and hand back their numbers."""
        spans, size = count_spans(traces), count_bytes(traces)
        numbers = [number for trace in traces for number in trace.numbers]
        with self._lock:
            self._done += numbers
            self.held -= size
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


def count_bytes(traces: list[Trace]) -> int:
    """Return of how many bytes of lines `traces` were made."""
    return sum([trace.size for trace in traces])
