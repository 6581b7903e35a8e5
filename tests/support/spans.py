"""Builders of spans for tests: short, with defaults that make a valid span."""

from collections.abc import Sequence

from logtrace.clock import SECOND
from logtrace.model import Mapped, MappedSpan, Span, Trace
from tests.support.clock import NOON


def mapped_span(
    number: int = 0,
    *,
    trace: int = 1,
    span: int | None = None,
    parent: int | None = None,
    root: bool = False,
    time: int | None = None,
    start: int = NOON,
    duration: int = SECOND,
    service: str = "shop",
    name: str = "web.request",
    high: str = "",
    more: tuple[int, ...] = (),
    children: Sequence[Span] = (),
) -> MappedSpan:
    """Return a span of record `number`.

    Its id is `number + 1` unless `span` is given; `parent` None: the log does not say (a root's
    parent is 0); its line is stamped with its end unless `time` is given.
    """
    return MappedSpan(
        span=Span(
            service=service,
            name=name,
            resource="/",
            trace_id=trace,
            span_id=number + 1 if span is None else span,
            start=start,
            duration=duration,
            parent_id=parent or 0,
        ),
        number=number,
        time=start + duration if time is None else time,
        trace_high=high,
        root=root,
        parented=root or parent is not None,
        more=more,
        children=children,
    )


def child(
    parent: int,
    span: int,
    *,
    trace: int = 1,
    start: int = NOON,
    duration: int = SECOND,
    service: str = "shop",
) -> Span:
    """Return a child of the span `parent`, as mapping makes it of a timer."""
    return Span(service, "timer", "timer", trace, span, start, duration, parent)


def mapped(*spans: MappedSpan) -> Mapped:
    """Return what mapping gives for lines that were all finished spans."""
    return Mapped(spans=list(spans))


def numbers(traces: list[Trace]) -> list[tuple[str, list[int]]]:
    """Return reason and sorted record numbers of each trace: who left with whom, and why."""
    return [(trace.reason.value, sorted(trace.numbers)) for trace in traces]
