"""Makes a group of traces fit to be sent; what is left out for that is counted, and settled.

A *group* is one payload's traces. Called by a lane, which has one of its own, in its thread. Nothing is
lost here without being counted by its reason.
"""

from __future__ import annotations

from collections.abc import Callable

from logtrace.errors import AgentRejected
from logtrace.model import Drop, Span, Trace
from logtrace.ship import encode, normalise
from logtrace.ship.event_tag import events_as_tags
from logtrace.ship.findings import Findings, Prepared
from logtrace.ship.queue import count_spans
from logtrace.ship.shared import Shared

Group = list[Trace]
Prepare = Callable[[list[Span], int], Prepared]


class Preparer:
    """What is done to the traces of one lane before they are sent, or instead."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._redactor = shared.redactor() if shared.redactor else None

    def ready(self, group: Group) -> Group:
        """Return the traces of `group` that are to be sent, with nothing in them that must not leave."""
        group, skipped = self._shared.ages.sift(group)
        if skipped:
            self._shared.queue.settle(skipped)
        self._redact(group)
        return self._prepared(group, normalise.prepare)

    def examined(self, group: Group) -> Group:
        """Return `group`, which was refused, without what is wrong with it: each value is looked at."""
        return self._prepared(group, normalise.examine)

    def chunks(self, group: Group, native_events: bool) -> list[list[Span]]:
        """Return the spans of each trace, as an Agent reads them that knows events, or does not."""
        chunks = [trace.spans for trace in group]
        if not native_events:
            found = Findings()
            chunks = [events_as_tags(spans, found.note) for spans in chunks]
            self._count(found)
        return chunks

    def drop(self, group: Group, reason: Drop, error: AgentRejected) -> None:
        """Count all of `group` as lost."""
        self._shared.telemetry.spans_dropped(reason, count_spans(group), str(error))
        if self._shared.quarantine is not None:
            for trace in group:
                self._shared.quarantine.put(trace, str(error))
        self._shared.queue.settle(group)

    def _redact(self, group: Group) -> None:
        """Take out of the spans what must not leave."""
        if self._redactor is None or not self._redactor.seeks:
            return
        self._redactor.redact_spans([span for trace in group for span in trace.spans])
        for rule, count in self._redactor.take_counts().items():
            self._shared.telemetry.texts_redacted(rule, count)

    def _prepared(self, group: Group, prepare: Prepare) -> Group:
        """Return the traces of `group` as the Agent keeps them; count what that took."""
        queue, now = self._shared.queue, self._shared.clock.now()
        kept = []
        found = Findings()
        for trace in group:
            prepared = prepare(trace.spans, now)
            if prepared.findings is not None:
                found.add(prepared.findings)
                lost = len(trace.spans) - len(prepared.spans)
                if not prepared.spans:
                    queue.settle([trace])
                    continue
                queue.forget(lost)
                trace.spans = prepared.spans
            if trace.shared_ids:
                normalise.note_shared_ids(trace, found)
            kept.append(trace)
        self._count(found)
        return kept

    def _count(self, found: Findings) -> None:
        for rewrite, count in found.rewritten.items():
            self._shared.telemetry.spans_rewritten(rewrite, count)
        for refusal, count in found.refused.items():
            self._shared.telemetry.spans_refused(refusal, count, found.refusals[refusal])


def by_traces(group: Group) -> tuple[Group, ...]:
    """Return a group as two of half as many traces; nothing if it has only one."""
    middle = len(group) // 2
    return (group[:middle], group[middle:]) if middle else ()


def by_spans(group: Group) -> tuple[Group, ...]:
    """Return a group as two; a single trace as two chunks of it; nothing if it has only one span."""
    [trace, *others] = group
    if others or len(trace.spans) < 2:
        return by_traces(group)
    first, second = encode.halves(trace)
    first.size = trace.size * len(first.spans) // len(trace.spans)
    second.size = trace.size - first.size
    return [first], [second]
