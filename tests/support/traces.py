"""Builders of what the shipper is given, and Hypothesis strategies for any of it."""

import random
from typing import Any

from hypothesis import strategies as st

from logtrace.clock import MILLISECOND, SECOND
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


def trace(number: int = 1, spans: int = 1, size: int = 0, **fields: Any) -> Trace:
    """Return a trace of so many spans, made by record `number`, of lines of `size` bytes."""
    members = [span(number, **fields)]
    members += [
        span(number, **(fields | {"span_id": number + 1000 * i, "parent_id": number}))
        for i in range(1, spans)
    ]
    return Trace(members, [number], Closed.COMPLETE, size)


def traces(first: int, count: int) -> list[Trace]:
    """Return `count` traces of one span each, numbered from `first`."""
    return [trace(number) for number in range(first, first + count)]


MOST = 2**64 - 1
"""The largest id."""

ODD_TEXTS = [
    "web.request",
    "GET /käse/{id}",
    "名前",
    "a\x00b\n",
    "🧀" * 500,
    "select 'x' from \"y\"",
]


def varied(count: int) -> list[Trace]:
    """Return traces with all that an Agent takes as it is, extreme values among it; always the same."""
    chance = random.Random(8126)
    made = []
    for number in range(count):
        trace_id = chance.choice([1, MOST, 2**63, chance.randrange(1, MOST)])
        spans = [
            _varied_span(chance, trace_id, number * 100 + place + 1)
            for place in range(number % 20 + 1)
        ]
        made.append(Trace(spans, [number], Closed.COMPLETE))
    return made


def _varied_span(chance: random.Random, trace_id: int, number: int) -> Span:
    texts = ["", *ODD_TEXTS]
    return Span(
        service=chance.choice(["shop", "payments", "zahlung-ä"]),
        name=chance.choice(["web.request", "db.query"]),
        resource=chance.choice(ODD_TEXTS),
        trace_id=trace_id,
        span_id=MOST - number,
        start=NOON + chance.randrange(SECOND),
        duration=chance.choice([0, 1, 2**40 + 1]),
        parent_id=chance.choice([0, 2**63 + number]),
        error=chance.randrange(2),
        type=chance.choice(["", "web", "custom"]),
        meta={f"key.{index}": chance.choice(texts) for index in range(chance.randrange(4))},
        metrics={"rows": 17.0, "ratio": chance.random()} if chance.randrange(2) else {},
    )


ids = st.integers(1, 2**64 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
attributes = st.dictionaries(texts, texts | st.booleans() | st.integers() | floats, max_size=2)
events = st.fixed_dictionaries(
    {"name": texts, "time_unix_nano": st.integers(0, 2**63 - 1), "attributes": attributes}
)
links = st.fixed_dictionaries(
    {"trace_id": ids, "span_id": ids},
    optional={
        "trace_id_high": ids,
        "attributes": st.dictionaries(texts, texts, min_size=1, max_size=2),
        "tracestate": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
        "flags": st.integers(1, 2**32 - 1),
    },
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
        span_links=st.none() | st.lists(links, min_size=1, max_size=2),
    )
    return draw(st.lists(spans, min_size=1, max_size=3))


payloads = st.lists(span_lists(), max_size=2)
