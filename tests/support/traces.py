"""Builders of what the shipper is given, and Hypothesis strategies for any of it."""

from typing import Any

from hypothesis import strategies as st

from logtrace.clock import MILLISECOND
from logtrace.model import Closed, Span, Trace
from tests.support.clock import NOON


def span(number: int = 1, **fields: Any) -> Span:
    """Return a root span of its own trace, both with the id `number`, but for the given fields."""
    usual: dict[str, Any] = {
        "service": "shop",
        "name": "web.request",
        "resource": f"GET /{number}",
        "trace_id": number,
        "span_id": number,
        "start": NOON,
        "duration": 5 * MILLISECOND,
    }
    return Span(**(usual | fields))


def trace(number: int = 1, spans: int = 1, **fields: Any) -> Trace:
    """Return a trace of so many spans, made by record `number`."""
    members = [span(number, **fields)]
    members += [
        span(number, **(fields | {"span_id": number + 1000 * i, "parent_id": number}))
        for i in range(1, spans)
    ]
    return Trace(members, [number], Closed.COMPLETE)


def traces(first: int, count: int) -> list[Trace]:
    """Return `count` traces of one span each, numbered from `first`."""
    return [trace(number) for number in range(first, first + count)]


ids = st.integers(1, 2**64 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
attributes = st.dictionaries(texts, texts | st.booleans() | st.integers() | floats, max_size=2)
events = st.fixed_dictionaries(
    {"name": texts, "time_unix_nano": st.integers(0, 2**63 - 1), "attributes": attributes}
)


@st.composite
def span_lists(draw: st.DrawFn) -> list[Span]:
    """Draw the spans of one trace, each of which the Agent must take."""
    trace_id = draw(ids)
    spans = st.builds(
        Span,
        service=texts,
        name=texts,
        resource=texts,
        trace_id=st.just(trace_id),
        span_id=ids,
        start=st.integers(0, 2**62),
        duration=st.integers(0, 2**62),
        parent_id=ids | st.just(0),
        error=st.integers(0, 1),
        type=texts,
        meta=st.dictionaries(texts, texts, max_size=2),
        metrics=st.dictionaries(texts, floats, max_size=2),
        span_events=st.lists(events, max_size=1),
    )
    return draw(st.lists(spans, min_size=1, max_size=3))


payloads = st.lists(span_lists(), max_size=2)
