"""What `check` says of conditions is so: no line shows otherwise, whatever it holds."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.analysis.logic import covers, holds_always, holds_never
from logtrace.mapping.evaluator import evaluate
from logtrace.mapping.expressions import parse
from logtrace.mapping.nodes import Field, Node

# Few values, so that what is compared is often equal, near, or a number and its text.
TEXTS = st.sampled_from(["", "a", "ab", "abc", "b", "1", "1.0", "2", "-3", "true", "1e0"])
NUMBERS = st.sampled_from([0, 1, 1.0, 2, 3, -3, 2.5, 10**30])
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.one_of(
    SCALARS, SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(TEXTS, SCALARS, max_size=1)
)
LINES = st.lists(
    st.fixed_dictionaries({"a": VALUES, "b": VALUES, "t": st.one_of(st.none(), TEXTS)}),
    min_size=30,
    max_size=60,
)
"""`a` and `b` may hold anything, `t` text only."""

FIELDS = st.sampled_from(["a", "a", "b", "t"])
LITERALS = st.sampled_from(
    ['""', '"a"', '"ab"', '"b"', '"1"', '"1.0"', "0", "1", "1.0", "2", "3", "-3", "true", "false"]
)
COMPARISONS = st.sampled_from(
    ["==", "==", "!=", "<", "<=", ">", ">=", "startswith", "endswith", "contains"]
)
LEAVES = st.one_of(
    st.tuples(FIELDS, COMPARISONS, LITERALS).map(" ".join),
    st.tuples(LITERALS, st.sampled_from(["==", "<", ">=", "in"]), FIELDS).map(" ".join),
    st.tuples(FIELDS, st.lists(LITERALS, max_size=3).map(", ".join)).map(
        "{0[0]} in [{0[1]}]".format
    ),
    FIELDS.map("{} exists".format),
    st.tuples(FIELDS, st.sampled_from(['"^a"', '"b$"', '"[0-9]"'])).map(" matches ".join),
    st.tuples(FIELDS, COMPARISONS, FIELDS).map(" ".join),
    st.tuples(FIELDS, LITERALS).map("lower({0[0]}) == {0[1]}".format),
    st.tuples(FIELDS, LITERALS).map("coalesce({0[0]}, 1) == {0[1]}".format),
    st.tuples(FIELDS, LITERALS).map("{0[0]} + 1 > {0[1]}".format),
    st.tuples(FIELDS, LITERALS).map("({0[0]} == 1) == {0[1]}".format),
    FIELDS,
    LITERALS,
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from(["and", "and", "or"]), parts).map(
            "({0[0]} {0[1]} {0[2]})".format
        ),
        parts.map("(not {})".format),
    ),
    max_leaves=4,
)


def is_text(field: Field) -> bool:
    """Return whether a field holds text only."""
    return field.name == "t"


def holds(node: Node, line: dict[str, Any]) -> bool:
    """Return what the interpreter says."""
    return bool(evaluate(node, lambda variable: line.get(variable.name)))


@given(CONDITIONS, LINES)
@example("a == 1 and a == true", [{"a": True}, {"a": 1}])
@example("(a == 1 or a == true) and not a == 1", [{"a": True}])
@example('a == "1" and a == "1.0"', [{"a": 1}])
def test_never_and_always_are_certain(text: str, lines: list[dict[str, Any]]) -> None:
    """A condition that is said to hold never, or always, does."""
    node = parse(text)
    if holds_never(node, is_text):
        assert not any(holds(node, line) for line in lines)
    if holds_always(node, is_text):
        assert all(holds(node, line) for line in lines)


@given(st.lists(CONDITIONS, min_size=1, max_size=2), CONDITIONS, LINES)
@example(["a == true"], "a == 1", [{"a": 1}])
@example(["a in [1, 2]"], "a == true", [{"a": True}])
@example(["a contains 'a'"], "a contains 'ab'", [{"a": ["ab"]}])
def test_what_is_covered_is_taken(
    takers: list[str], text: str, lines: list[dict[str, Any]]
) -> None:
    """Where others are said to hold for all lines that a condition holds for, one of them does."""
    nodes, node = [parse(taker) for taker in takers], parse(text)
    if covers(nodes, node, is_text):
        for line in lines:
            assert not holds(node, line) or any(holds(taker, line) for taker in nodes)


@given(st.lists(LEAVES, min_size=1, max_size=3), LEAVES, LINES)
def test_more_terms_are_covered_by_fewer(
    terms: list[str], more: str, lines: list[dict[str, Any]]
) -> None:
    """A conjunction is covered by what has fewer of its terms, in any order."""
    fewer, all_of = " and ".join(terms), " and ".join([more, *reversed(terms)])
    assert covers([parse(fewer)], parse(all_of), is_text)
