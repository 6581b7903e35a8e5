"""Makes a `Trace`, as the Agent wants it, of spans that were collected.

Called by the assembler when it closes a trace or a chunk of it. Spans are changed in place: parents,
and the marks that the Agent reads from a chunk (trace API; the meaning of the tags is the Agent's):
`_sampling_priority_v1`, `_dd.p.dm` and `_dd.p.tid` on the first span, `_dd.top_level` on every span
that is its service's entry. We send `Datadog-Client-Computed-Top-Level`, since in a chunk that comes
late the Agent would take each span whose parent is in another chunk for an entry, and count it.
"""

from __future__ import annotations

from collections.abc import Iterable

from logtrace.assemble.closed import Root
from logtrace.assemble.parents import (
    TAG,
    UNKNOWN,
    break_cycles,
    infer,
    sort_by_start,
    sort_outermost_first,
)
from logtrace.model import Closed, MappedSpan, Span, Trace

PRIORITY = "_sampling_priority_v1"
KEEP = 1
"""Automatic keep: without a priority the Agent samples by its own score and traces vanish."""

DECISION = "_dd.p.dm"
BY_DEFAULT = "-0"
"""Sampling mechanism: nobody decided anything yet."""

UPPER_HALF = "_dd.p.tid"
TOP_LEVEL = "_dd.top_level"


def finish_alone(alone: Iterable[MappedSpan]) -> list[Trace]:
    """Make a trace of each span: the hot path of access logs, hence one loop and no calls."""
    traces = []
    for mapped in alone:
        span = mapped.span
        if span.metrics:
            span.metrics[PRIORITY] = KEEP
            span.metrics[TOP_LEVEL] = 1
        else:
            span.metrics = {PRIORITY: KEEP, TOP_LEVEL: 1}
        span.meta[DECISION] = BY_DEFAULT
        if mapped.trace_high:
            span.meta[UPPER_HALF] = mapped.trace_high
        numbers = [mapped.number, *mapped.more] if mapped.more else [mapped.number]
        traces.append(Trace([span], numbers, Closed.COMPLETE))
    return traces


def finish(collected: list[MappedSpan], reason: Closed, known: Root | None) -> tuple[Trace, Root]:
    """Make a trace of `collected`, root first, then by start.

    Args:
        collected: at least one span, all of one trace, in order of arrival.
        reason: why the trace is closed now.
        known: what is remembered of the trace if a chunk of it has left before.

    Returns:
        The trace, and what to remember of it.
    """
    if len(collected) == 1 and known is None:
        return _finish_single(collected[0], reason)
    spans: list[Span] = []
    numbers: list[int] = []
    root: Span | None = None
    high = ""
    given = single = True
    for mapped in collected:
        span = mapped.span
        spans.append(span)
        numbers.append(mapped.number)
        if mapped.root:
            root = root or span
        elif not mapped.parented:
            span.parent_id = UNKNOWN
            given = False
        if mapped.trace_high:
            high = mapped.trace_high
        if mapped.more:
            single = False
    if not single or len(set(numbers)) < len(numbers):
        numbers = _lines(collected)

    root, root_id = _relate(spans, root, known, given)
    first = spans[0]
    first.metrics[PRIORITY] = KEEP
    first.meta[DECISION] = BY_DEFAULT
    if high:
        first.meta[UPPER_HALF] = high
    if root is None and known is not None:
        return Trace(spans, numbers, reason), known
    return Trace(spans, numbers, reason), (root_id, first.service, first.name)


def _finish_single(mapped: MappedSpan, reason: Closed) -> tuple[Trace, Root]:
    """Return what `finish` does of one span whose trace is new: that is most of many logs."""
    span = mapped.span
    metrics, meta = span.metrics, span.meta
    metrics[PRIORITY] = metrics[TOP_LEVEL] = KEEP
    meta[DECISION] = BY_DEFAULT
    if mapped.trace_high:
        meta[UPPER_HALF] = mapped.trace_high
    numbers = list({mapped.number, *mapped.more}) if mapped.more else [mapped.number]
    root_id = 0 if mapped.parented and not mapped.root else span.span_id
    if not mapped.parented and not mapped.root:
        span.parent_id = 0
    elif span.parent_id == span.span_id:
        span.parent_id, meta[TAG] = 0, "cycle"
    return Trace([span], numbers, reason), (root_id, span.service, span.name)


def _relate(
    spans: list[Span], root: Span | None, known: Root | None, given: bool
) -> tuple[Span | None, int]:
    """Sort spans, which are in line order; set parents and marks; return the root, and its id."""
    root_id = root.span_id if root else known[0] if known else 0
    if given:
        sort_by_start(spans)
    else:
        sort_outermost_first(spans)
        acting = infer(spans, root_id)
        if acting is not None:
            root, root_id = acting, acting.span_id
    if root is not None and spans[0] is not root:
        spans.insert(0, spans.pop(next(i for i, span in enumerate(spans) if span is root)))
    _mark_entries(spans, root_id, known)
    return root, root_id


def _lines(collected: list[MappedSpan]) -> list[int]:
    """Return the record numbers of all lines behind the spans, each once."""
    numbers = dict.fromkeys(mapped.number for mapped in collected)
    for mapped in collected:
        numbers.update(dict.fromkeys(mapped.more))
    return list(numbers)


def _mark_entries(spans: list[Span], root_id: int, known: Root | None) -> None:
    """Mark the spans by which a service was entered, after untangling the parents if they need it.

    Those are spans without a parent, with a parent of another service, or with one that is not in
    this chunk, unless an earlier chunk was the same service's.
    """
    services: dict[int, str] = {}
    entries = []
    orphans = []
    for span in spans:
        parent = span.parent_id
        if not parent:
            entries.append(span)
        else:
            above = services.get(parent)
            if above is None:
                orphans.append(span)
            elif above != span.service:
                entries.append(span)
        services[span.span_id] = span.service

    tangled = len(services) < len(spans) or any(orphan.parent_id in services for orphan in orphans)
    if tangled:  # ids are shared, or a parent comes after its child: there may be a cycle
        break_cycles(spans, root_id)
        entries = [span for span in spans if not span.parent_id]
        orphans = [span for span in spans if span.parent_id]
    elsewhere = known[1] if known is not None else None
    for span in orphans:
        if services.get(span.parent_id, elsewhere) != span.service:
            entries.append(span)
    for span in entries:
        span.metrics[TOP_LEVEL] = 1
