"""Children of spans: both engines make the same ones, and they never leave their parents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping.compiler import compile_source
from logtrace.mapping.interpreter import Interpreter
from logtrace.mapping.rules import check
from logtrace.model import MappedSpan, Role
from tests.support.mapping import FakeParser, read_time, rule, source

pytestmark = pytest.mark.fuzz

TIMER = st.one_of(
    st.integers(-1, 12), st.sampled_from([None, "-", "3", "2.5", 0.5, "x", 10**30, "4s", "-1"])
)
LIST = st.one_of(
    TIMER,
    st.lists(TIMER, max_size=4),
    st.lists(st.sampled_from(["1", "2.5", "-", "", "x", "0"]), max_size=40).map(", ".join),
    st.just("1, 2 : 3"),
)
LINES = st.lists(
    st.fixed_dictionaries(
        {"ts": st.integers(0, 3), "d": st.integers(0, 10), "a": TIMER, "b": TIMER, "l": LIST}
        | {"m": LIST, "n": st.sampled_from(["op", "", None])}
    ),
    min_size=1,
    max_size=3,
)
LONG = st.sampled_from(["{a} ms", "{b} ms", "{a} s", "{b}", "3 ms", "{a + b} us", "{b} ns"])
PLACE = st.one_of(
    st.sampled_from(["start", "end", "after-previous"]).map(lambda place: {"place": place}),
    LONG.map(lambda offset: {"place": "offset", "offset": offset}),
)
SINGLE = st.fixed_dictionaries(
    {"name": st.sampled_from(["c", "c", "{n}"]), "duration": LONG},
    optional={"when": st.sampled_from(["a > 3", "b exists"]), "service": st.just("{n}")},
)
EACH = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["c", "{each.y}"]),
        "each": st.just({"x": "{l}", "y": "{m}"}),
        "duration": st.sampled_from(["{each.x} ms", "{each.y} ms", "{each.x}{a} us"]),
    },
    optional={
        "when": st.sampled_from(["each.index != 1", "each.y exists", "each.x > 1 and a > 1"]),
        "resource": st.just("{each.y} of {n}"),
        "tags": st.just({"k": "{each.index}"}),
        "metrics": st.just({"k": "{each.x}"}),
        "error": st.just("each.y >= 2"),
    },
)
CHILDREN = st.lists(
    st.tuples(st.one_of(SINGLE, EACH), PLACE).map(lambda parts: parts[0] | parts[1]),
    min_size=1,
    max_size=4,
)
KINDS = st.sampled_from(
    [
        {"when": "true", "duration": "{d} ms"},
        {"when": "true", "duration": "{d} ms", "at": "start", "trace_id": "x"},
        {"start": "true", "end": "false"},
        {"group": "g"},
    ]
)


@given(KINDS, CHILDREN, LINES)
def test_both_engines_make_the_same_children_within_their_parents(
    kind: dict[str, Any], children: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    """Whatever timers, lists and places there are; each with an id of its own, in its parent's trace."""
    checked = check(source(rule(name="op", children=children, **kind)))
    parser = FakeParser(checked.fields)
    records = parser.records(lines)
    made: list[list[MappedSpan]] = []
    for build in (Interpreter, compile_source):
        engine = build(checked, parser, read_time)
        mapped = engine.map(records)
        assert [] == mapped.rejects
        spans = mapped.spans + mapped.alone
        for first, last in zip(mapped.halves, mapped.halves[1:], strict=False):
            half = engine.half_rules[0]
            end = last if half.kind == "pair" or last.role is Role.MEMBER else None
            finished = half.finish(first, end, half.identify(first), 0, first.time, last.time)
            assert isinstance(finished, MappedSpan)
            spans.append(finished)
        made.append(spans)

    assert made[0] == made[1]
    for mapped_span in made[0]:
        parent = mapped_span.span
        ids = {child.span_id for child in mapped_span.children}
        assert len(ids | {parent.span_id}) == len(mapped_span.children) + 1
        for child in mapped_span.children:
            assert (parent.trace_id, parent.span_id) == (child.trace_id, child.parent_id)
            assert parent.start <= child.start
            assert 0 <= child.duration
            assert child.start + child.duration <= parent.start + parent.duration
