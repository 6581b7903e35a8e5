"""Traces that are old when they are sent, as after a long outage: counted, warned of, or left out.

Those of the future are, too, but not left out: a wrong zone or unit of a source's times, which the Agent
does not look for.

The Agent takes spans of any age and the backend those of the last 18 hours, but the Agent's statistics
(hits, errors, latency) count an old span into the bucket that is open when it arrives. Who minds that
leaves them out (`run --skip-older-than`). Called by the lanes of the shipper, each with a group of
traces that is about to be sent.
"""

from __future__ import annotations

from logtrace.clock import SECOND, Clock
from logtrace.model import Drop, Span, Trace
from logtrace.telemetry import Telemetry

ACCEPTED = 18 * 3600 * SECOND
"""What ended longer ago the backend may not keep: it is sent all the same, and counted as stale."""

NOTICEABLE = 600 * SECOND
"""What ended longer ago makes a step in the Agent's statistics that a person will wonder about."""


AHEAD = 2 * 3600 * SECOND
"""What ends later than so long after now the backend may not keep either."""


class Ages:
    """Looks at the age of what is sent."""

    def __init__(self, telemetry: Telemetry, clock: Clock, skip: int | None = None) -> None:
        """Count and warn; with `skip`, leave out traces that ended more nanoseconds ago."""
        self._telemetry, self._clock, self._skip = telemetry, clock, skip

    def sift(self, traces: list[Trace]) -> tuple[list[Trace], list[Trace]]:
        """Return the traces to send, and those to leave out."""
        now = self._clock.now()
        noticeable, latest = now - NOTICEABLE, now + AHEAD
        # By its first span, the root: that of a whole trace ends last. Most traces are not old.
        odd = [
            trace
            for trace in traces
            if not noticeable <= (first := trace.spans[0]).start + first.duration <= latest
        ]
        if not odd:
            return traces, []
        old = [trace for trace in odd if _end(trace.spans[:1]) < noticeable]
        if len(old) < len(odd):
            self._tell_postdated([trace for trace in odd if _end(trace.spans[:1]) > latest], now)
        if not old:
            return traces, []
        ends = [(_end(trace.spans), trace) for trace in old]
        skipped = []
        if self._skip is not None:
            skipped = [trace for end, trace in ends if end < now - self._skip]
            self._telemetry.spans_dropped(Drop.TOO_OLD, sum(len(trace.spans) for trace in skipped))
        left_out = {id(trace) for trace in skipped}
        sent = [(end, trace) for end, trace in ends if id(trace) not in left_out]
        if sent:
            stale = sum(len(trace.spans) for end, trace in sent if end < now - ACCEPTED)
            self._telemetry.spans_stale(stale)
            self._telemetry.statistics_shifted(now - min(end for end, _ in sent))
        if not skipped:
            return traces, []
        return [trace for trace in traces if id(trace) not in left_out], skipped

    def _tell_postdated(self, traces: list[Trace], now: int) -> None:
        count = sum(len(trace.spans) for trace in traces)
        furthest = max(_end(trace.spans) for trace in traces) - now
        self._telemetry.spans_postdated(count, furthest)


def _end(spans: list[Span]) -> int:
    if len(spans) == 1:
        return spans[0].start + spans[0].duration
    return max([span.start + span.duration for span in spans])
