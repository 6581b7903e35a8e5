"""The newest traces that a receiver got, in bounded memory.

Filled by the receiver's threads, read by the pages. Chunks of one trace id are one trace; when there
are too many traces, or too many spans in all, the trace that was quiet longest goes first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from logtrace.model import Span
from logtrace.web.strict import Rewritten, Verdict

TRACES = 200
SPANS = 50_000
NOTES = 1_000
"""Changes remembered for one trace."""

PROBLEMS = 50


@dataclass(slots=True)
class Received:
    """One trace, as the Agent would have it. It may grow while it is being shown.

    Attributes:
        spans: of all chunks so far, in the order they came; not empty.
        seen: wall-clock time of the newest chunk.
        chunks: how many there were.
        notes: what the Agent would have changed.
        missing: spans that were not kept here because there were too many.
    """

    spans: list[Span] = field(default_factory=list)
    seen: int = 0
    chunks: int = 0
    notes: list[Rewritten] = field(default_factory=list)
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A payload that was refused, or a trace that the Agent would have dropped."""

    seen: int
    reason: str
    detail: str


class Recent:
    """The newest traces and troubles; all methods may be called from any thread."""

    def __init__(self, traces: int = TRACES, spans: int = SPANS) -> None:
        """Keep at most so many traces, and so many spans in all of them."""
        self._lock = threading.Lock()
        self._traces: OrderedDict[int, Received] = OrderedDict()
        self._troubles: deque[Trouble] = deque(maxlen=PROBLEMS)
        self._most_traces, self._most_spans = traces, spans
        self._spans = 0

    def add(self, verdict: Verdict, now: int) -> None:
        """Take in what became of a payload at wall-clock time `now`."""
        notes: dict[int, list[Rewritten]] = {}
        for note in verdict.rewritten:
            notes.setdefault(note.trace_id, []).append(note)
        with self._lock:
            for spans in verdict.traces:
                self._add_trace(spans, now, notes.pop(spans[0].trace_id, []))
            for dropped in verdict.dropped:
                self._troubles.appendleft(Trouble(now, dropped.reason, dropped.detail))

    def refuse(self, status: int, message: str, now: int) -> None:
        """Take in that a payload was answered with an error status."""
        with self._lock:
            self._troubles.appendleft(Trouble(now, str(status), message))

    def newest(self) -> list[Received]:
        """Return the traces, the one heard of last first."""
        with self._lock:
            return list(reversed(self._traces.values()))

    def troubles(self) -> list[Trouble]:
        """Return the newest refusals and drops, the last one first."""
        with self._lock:
            return list(self._troubles)

    def get(self, trace_id: int) -> Received | None:
        """Return a trace by the lower 64 bits of its id, or None if it is not (or no longer) here."""
        with self._lock:
            return self._traces.get(trace_id)

    def _add_trace(self, spans: list[Span], now: int, notes: list[Rewritten]) -> None:
        trace_id = spans[0].trace_id
        trace = self._traces.setdefault(trace_id, Received())
        self._traces.move_to_end(trace_id)
        kept = spans[: self._most_spans - len(trace.spans)]
        trace.spans += kept
        trace.missing += len(spans) - len(kept)
        trace.notes += notes[: NOTES - len(trace.notes)]
        trace.seen = now
        trace.chunks += 1
        self._spans += len(kept)
        while len(self._traces) > self._most_traces or self._spans > self._most_spans:
            _, oldest = self._traces.popitem(last=False)
            self._spans -= len(oldest.spans)
