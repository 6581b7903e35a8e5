"""Makes a `Trace`, as the Agent wants it, of spans that were collected.

Called by the assembler when it closes a trace or a chunk of it. Spans are changed in place: parents,
and the marks that the Agent reads from a chunk (trace API; the meaning of the tags is the Agent's).

On the first span alone: `_sampling_priority_v1`, `_dd.p.dm` and `_dd.agent_psr`, which are the trace's
decision, the same in each of its chunks (`decisions`: taken when the first one leaves, by its root);
and `_dd.p.tid`. On every span that is its service's entry: `_dd.top_level`. We send
`Datadog-Client-Computed-Top-Level`, since in a chunk that comes late the Agent would take each span
whose parent is in another chunk for an entry, and count it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from logtrace.assemble.closed import Root
from logtrace.assemble.decisions import BY_DEFAULT, MECHANISM, PRIORITY, Decision, Decisions, lift
from logtrace.assemble.parents import (
    TAG,
    UNKNOWN,
    break_cycles,
    infer,
    sort_by_start,
    sort_outermost_first,
)
from logtrace.model import Closed, MappedSpan, Span, Trace

# What `BY_DEFAULT` sets, as constants: the usual case where nobody gave a rate.
KEEP = BY_DEFAULT.priority
UNDECIDED = BY_DEFAULT.mechanism

COMPLETE = Closed.COMPLETE
"""Bound once: to look up a member of an enum takes Python 3.11 a third of what a trace does here."""

UPPER_HALF = "_dd.p.tid"
TOP_LEVEL = "_dd.top_level"

_start = attrgetter("start")


def finish_alone(alone: Sequence[MappedSpan], decisions: Decisions, size: int = 0) -> list[Trace]:
    """Make a trace of each span, which together are of lines of `size` bytes.

    The hot path of access logs, hence few loops and calls.
    """
    share = size // (len(alone) or 1)
    by_default, by_rule = decisions.by_default, decisions.by_rule
    if not by_default and not by_rule:
        decisions.take_each([mapped.span for mapped in alone])
    traces = []
    for mapped in alone:
        span = mapped.span
        metrics = span.metrics
        if by_default:
            if metrics and PRIORITY in metrics:
                decisions.take(span)
            else:
                metrics[PRIORITY] = KEEP
                span.meta[MECHANISM] = UNDECIDED
        metrics[TOP_LEVEL] = 1
        if mapped.trace_high:
            span.meta[UPPER_HALF] = mapped.trace_high
        numbers = [mapped.number, *mapped.more] if mapped.more else [mapped.number]
        spans = [span]
        if mapped.children:
            spans += sorted(mapped.children, key=_start)
            for child in mapped.children:
                if child.service != span.service:
                    child.metrics[TOP_LEVEL] = 1
        if by_rule:
            decisions.judge(spans, COMPLETE)
        traces.append(Trace(spans, numbers, COMPLETE, share))
    return traces


def finish(
    collected: list[MappedSpan], reason: Closed, known: Root | None, decisions: Decisions
) -> tuple[Trace, Root]:
    """Make a trace of `collected`, root first, then by start.

    Args:
        collected: at least one span, all of one trace, in order of arrival.
        reason: why the trace is closed now.
        known: what is remembered of the trace if a chunk of it has left before.
        decisions: takes the trace's decision, if none has left.

    Returns:
        The trace, with the children of its spans, and what to remember of it.
    """
    if len(collected) == 1 and known is None and not collected[0].children:
        return _finish_single(collected[0], reason, decisions)
    spans: list[Span] = []
    numbers: list[int] = []
    claims: list[MappedSpan] = []
    high = ""
    given = single = True
    carried = False
    for mapped in collected:
        span = mapped.span
        if mapped.children:
            spans += reversed(mapped.children)  # before it, as if they had been logged before
            carried = carried or any(PRIORITY in child.metrics for child in mapped.children)
        spans.append(span)
        numbers.append(mapped.number)
        if mapped.root:
            claims.append(mapped)
        elif not mapped.parented:
            span.parent_id = UNKNOWN
            given = False
        if mapped.trace_high:
            high = mapped.trace_high
        if mapped.more:
            single = False
        metrics = span.metrics
        if metrics and PRIORITY in metrics:
            carried = True
    if not single:
        numbers += [number for mapped in collected for number in mapped.more]

    root, doubtful = _choose_root(claims, known)
    root, root_id, shared = _relate(spans, root, known, given and not doubtful)
    first = spans[0]
    decision = _decide(spans, carried, known, decisions, reason)
    if high:
        first.meta[UPPER_HALF] = high
    if root is None and known is not None:
        return Trace(spans, numbers, reason, shared_ids=shared), known
    return Trace(spans, numbers, reason, shared_ids=shared), (
        root_id,
        first.service,
        first.name,
        decision,
    )


def _finish_single(mapped: MappedSpan, reason: Closed, decisions: Decisions) -> tuple[Trace, Root]:
    """Return what `finish` does of one span whose trace is new: that is most of many logs."""
    span = mapped.span
    metrics, meta = span.metrics, span.meta
    if not decisions.by_default or (metrics and PRIORITY in metrics):
        decision = decisions.judge((span,), reason)
        metrics[TOP_LEVEL] = 1
    else:
        decision = BY_DEFAULT
        metrics[PRIORITY] = KEEP
        metrics[TOP_LEVEL] = 1
        meta[MECHANISM] = UNDECIDED
    if mapped.trace_high:
        meta[UPPER_HALF] = mapped.trace_high
    numbers = [mapped.number, *mapped.more] if mapped.more else [mapped.number]
    root_id = span.span_id
    if mapped.root or mapped.parented:
        if span.parent_id == root_id:
            span.parent_id, meta[TAG] = 0, "cycle"
        if not mapped.root:
            root_id = 0
    else:
        span.parent_id = 0
    return Trace([span], numbers, reason), (root_id, span.service, span.name, decision)


def _choose_root(claims: list[MappedSpan], known: Root | None) -> tuple[Span | None, bool]:
    """Return the root, of spans that the log says are or that seem to be; None: it is not here.

    And whether the parents of others, which only seemed to be, are to be found now: in a trace through
    several services each has a server without a parent.
    """
    if not claims:
        return None, False
    if len(claims) == 1 and known is None:
        return claims[0].span, False
    known_id = known[0] if known is not None else 0
    seeming = [mapped.span for mapped in claims if not mapped.parented]
    root = next((mapped.span for mapped in claims if mapped.parented), None)
    if root is None and known_id not in (0, *(span.span_id for span in seeming)):
        doubtful = seeming
    else:
        root = root or min(seeming, key=lambda span: (span.start, -span.duration))
        doubtful = [span for span in seeming if span is not root]
    for span in doubtful:
        span.parent_id = UNKNOWN
    return root, bool(doubtful)


def _relate(
    spans: list[Span], root: Span | None, known: Root | None, given: bool
) -> tuple[Span | None, int, bool]:
    """Sort spans, which are in line order; set parents and marks.

    Return the root, its id, and whether ids are shared.
    """
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
    return root, root_id, _mark_entries(spans, root_id, known)


def _decide(
    spans: list[Span], carried: bool, known: Root | None, decisions: Decisions, reason: Closed
) -> Decision:
    """Set the trace's decision on its first span: the one known, carried by a span, or taken now."""
    decision = lift(spans) if carried else None
    if known is not None:
        decision = known[3]
    if decision is None:
        return decisions.judge(spans, reason)
    decision.mark(spans[0])
    return decision


def _mark_entries(spans: list[Span], root_id: int, known: Root | None) -> bool:
    """Mark the spans by which a service was entered, after untangling the parents if they need it.

    Those are spans without a parent, with a parent of another service, or with one that is not in
    this chunk, unless an earlier chunk was the same service's. Return whether spans share an id.
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

    shared = len(services) < len(spans)
    tangled = shared or any(orphan.parent_id in services for orphan in orphans)
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
    return shared
