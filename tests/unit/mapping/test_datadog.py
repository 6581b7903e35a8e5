from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.mapping.datadog import number, spans
from logtrace.model import Span

SPAN = {
    "service": "shop",
    "name": "job",
    "resource": "import",
    "trace_id": 1,
    "span_id": 2,
    "parent_id": 3,
    "start": 1_795_341_600_000_000_000,
    "duration": 5,
    "error": 1,
    "type": "worker",
    "meta": {"a": "b"},
    "metrics": {"n": 1},
}


def test_a_span_is_what_it_says() -> None:
    """Key by key."""
    expected = Span(
        *("shop", "job", "import", 1, 2, 1_795_341_600_000_000_000, 5, 3, 1, "worker"),
        meta={"a": "b"},
        metrics={"n": 1.0},
    )
    assert [(expected, "")] == list(spans([[SPAN]]))


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ([[SPAN, SPAN], [SPAN]], 3),
        ([SPAN, SPAN], 2),
        ({"traces": [[SPAN]]}, 1),
        (SPAN, 1),
        ([[]], 0),
        ({"traces": None}, 0),
        ([[7, "x", None]], 0),
    ],
)
def test_shapes_of_lines(row: Any, count: int) -> None:
    """A list of traces, one that is wrapped, a list of spans, one span."""
    assert count == len(list(spans(row)))


@pytest.mark.parametrize(
    ("keys", "trace", "high"),
    [
        ({"trace_id": 2**64 - 1}, 2**64 - 1, ""),
        ({"trace_id": "18446744073709551615"}, 2**64 - 1, ""),
        ({"trace_id": "660E8A2F10B5C7D1"}, 0x660E8A2F10B5C7D1, ""),
        ({"trace_id": 1, "meta": {"_dd.p.tid": "6553f10000000000"}}, 1, "6553f10000000000"),
        ({"trace_id": 0}, 0, ""),
        ({"trace_id": None}, 0, ""),
        ({"trace_id": 1.5}, 0, ""),
    ],
)
def test_trace_ids(keys: dict[str, Any], trace: int, high: str) -> None:
    """Numbers and text, with their upper halves; 0 where there is none."""
    ((span, found),) = spans([[{**SPAN, **keys}]])
    assert (trace, high) == (span.trace_id, found)


def test_what_the_agent_does_not_take_is_left_out() -> None:
    """A value of another type costs itself, not its span."""
    odd = {"service": 7, "meta": {"a": 1, "b": "x"}, "metrics": {"n": "3", "m": "x", "l": []}}
    ((span, _),) = spans([[{**SPAN, **odd, "span_events": [1, {"name": "e"}], "span_links": "x"}]])

    assert ("", {"b": "x"}, {"n": 3.0}) == (span.service, span.meta, span.metrics)
    assert ([{"name": "e"}], None) == (span.span_events, span.span_links)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        (7.9, 7),
        (-1, 0),
        ("x", 0),
        (None, 0),
        (2**63, 0),
        ("9" * 30, 0),
        (float("nan"), 0),
    ],
)
def test_numbers(value: Any, expected: int) -> None:
    """Whole, from 0 on, and of 63 bits."""
    assert expected == number(value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SPAN, "traces", "span_events"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(ANYTHING)
@example({"start": False})
def test_nothing_raises(row: Any) -> None:
    """Whatever JSON a line holds."""
    for span, high in spans(row):
        assert (type(span.trace_id), type(span.start), type(high)) == (int, int, str)
