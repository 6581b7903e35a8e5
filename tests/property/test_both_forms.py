"""v0.3 JSON and v0.4 MessagePack say the same of every span, as decoders of others read them."""

from __future__ import annotations

import json
from typing import Any

import msgpack
from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.model import Span
from logtrace.ship.encode import V03, V04
from tests.support.traces import MOST, span

EXTREME = [1, 2**53 + 1, 2**63 - 1, 2**63, MOST]
"""Ids that a signed integer or a float would not hold."""

FLOATS = [0.0, -0.0, 0.1, 1 / 3, 5e-324, 2.0**53, 1e21, 1.7976931348623157e308]
"""Numbers that are easily changed on the way."""

ids = st.sampled_from(EXTREME) | st.integers(1, MOST)
times = st.sampled_from([0, 1, 2**53 + 1]) | st.integers(0, 2**62)
texts = st.text(st.characters(), max_size=8)  # lone surrogates among them
floats = st.sampled_from(FLOATS) | st.floats(allow_nan=False, allow_infinity=False)
values = st.one_of(
    st.builds(lambda text: {"type": 0, "string_value": text}, st.text(max_size=5)),
    st.builds(lambda flag: {"type": 1, "bool_value": flag}, st.booleans()),
    st.builds(lambda number: {"type": 2, "int_value": number}, st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda number: {"type": 3, "double_value": number}, floats),
)
events = st.fixed_dictionaries(
    {
        "time_unix_nano": times,
        "name": st.text(max_size=5),
        "attributes": st.dictionaries(st.text(max_size=5), values, max_size=2),
    }
)
spans = st.builds(
    Span,
    service=texts,
    name=texts,
    resource=texts,
    trace_id=ids,
    span_id=ids,
    start=times,
    duration=times,
    parent_id=ids | st.just(0),
    error=st.integers(0, 1),
    type=texts,
    meta=st.dictionaries(texts, texts, max_size=3),
    metrics=st.dictionaries(texts, floats, max_size=3),
    span_events=st.lists(events, max_size=2),
)


def exactly(value: Any) -> Any:
    """Return a value in a form in which 1, 1.0 and True differ, and 0.0 and -0.0."""
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    return type(value), repr(value)


def spans_of(payload: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the spans of all traces."""
    return [fields for trace in payload for fields in trace]


@given(st.lists(st.lists(spans, min_size=1, max_size=3), max_size=2))
@example([[span(1, span_id=number, parent_id=number, trace_id=number) for number in EXTREME]])
@example([[span(1, metrics=dict(zip("abcdefgh", FLOATS, strict=True)))]])
@example([[span(1, name="\ud83e\uddc0", meta={"\udc00": "\ud800", "🧀": "\x00"})]])
def test_both_forms_say_the_same(payload: list[list[Span]]) -> None:
    """Field by field, value by value, to the last bit."""
    compact = msgpack.unpackb(V04.encode(payload))
    readable = json.loads(V03.encode(payload))

    assert [len(trace) for trace in payload] == [len(trace) for trace in compact]
    assert [len(trace) for trace in payload] == [len(trace) for trace in readable]
    for one, other in zip(spans_of(compact), spans_of(readable), strict=True):
        assert sorted(one) == sorted(other)
        for field in one:
            assert exactly(one[field]) == exactly(other[field]), field


@given(st.lists(spans, min_size=1, max_size=3))
def test_numbers_come_back_as_they_went(trace: list[Span]) -> None:
    """Ids, times and metrics are the same integers and floats in either form as in the span."""
    for traces in (msgpack.unpackb(V04.encode([trace])), json.loads(V03.encode([trace]))):
        for meant, said in zip(trace, traces[0], strict=True):
            for field in ("trace_id", "span_id", "start", "duration"):
                assert exactly(getattr(meant, field)) == exactly(said[field])
            assert exactly(meant.parent_id) == exactly(said.get("parent_id", 0))
            numbers = said.get("metrics", {}).values()
            assert exactly(list(meant.metrics.values())) == exactly(list(numbers))
