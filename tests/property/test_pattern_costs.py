"""What a pattern is judged to cost is never less than what it costs: counted, for patterns of any kind.

Small patterns of all that multiplies ways (optional parts, repeats with and without an end, branches,
atomic groups, assertions, back references) are matched with short hostile texts by an engine that counts
(tests/support/steps.py).
"""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from logtrace.patterns import backtracking
from logtrace.patterns.automaton import Budget
from logtrace.patterns.costs import Cost, steps
from logtrace.patterns.parts import Catastrophe
from tests.support.steps import Steps

ATOMS = st.sampled_from(["a", "a", "b", "b", "ab", "aa", "[ab]", ".", "[^a]", "c", "$", "(?<=a)"])
ENDLESS = ["*", "+", "{2,}", "*?", "+?", "*+", "++"]
REPEATS = [
    "?",
    "??",
    "?+",
    "{2}",
    "{3}",
    "{6}",
    "{0,3}",
    "{1,2}",
    "{0,7}",
    "{2,5}?",
    "{2,3}+",
    *ENDLESS,
]
ENDS = st.sampled_from(["", "$", "$", "c", "b"])
UNITS = ("a", "b", "ab", "aab", "abb", "aabb")
TEXTS = [
    *(
        f"{(unit * 30)[:length]}{end}"
        for unit in UNITS
        for length in (7, 14, 26)
        for end in ("", "!")
    ),
    *("".join("ab"[number >> bit & 1] for bit in range(5)) for number in range(32)),
]


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.tuples(parts, st.sampled_from(REPEATS)).map("(?:{0[0]}){0[1]}".format)
    return st.one_of(
        repeated,
        repeated,
        st.lists(parts, min_size=2, max_size=4).map("".join),
        st.lists(st.one_of(parts, st.just("")), min_size=2, max_size=3).map(
            lambda each: f"(?:{'|'.join(each)})"
        ),
        parts.map("(?>{})".format),
        parts.map("(?={})".format),
        parts.map("(?!{})".format),
        parts.map("(?:({}))".format),
    )


PATTERNS = st.recursive(ATOMS, _grown, max_leaves=9)


def cost(pattern: str, searched: bool) -> Cost | None:
    """Return what a pattern is judged to cost, None for one that is refused."""
    if backtracking.trouble(pattern, re.DOTALL, searched):
        return None
    try:
        return backtracking.cost(pattern, re.DOTALL, searched, Budget(backtracking.MOST_STEPS))
    except Catastrophe:
        pytest.fail("judged in two ways")


@given(PATTERNS, ENDS, st.booleans())
@example("(?:a?){11}", "$", False)
@example("(?:(?:a?){3}){3}", "c", False)
@example("(?:a|b?){8}", "c", True)
@example("(?:ab|ac?)*(?:ba)*", "$", False)
@example("(?:a(?=.*b))*", "c", True)
@example("(?>(?:a*b|a)*)", "c", False)
@example(r"(?:(a*)(?:\1)?)", "b", False)
@example("(?:(?:|a)(?:|b)){4}", "c", False)
@example("(?:a?b?){0,9}(?:a?b?)", "$", False)
def test_what_is_let_through_costs_no_more_than_its_bound(
    pattern: str, end: str, searched: bool
) -> None:
    """In characters that are taken; in all that are looked at, by the parts of the pattern."""
    pattern += end
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern, re.DOTALL)
        except re.error:  # a group that refers to itself, say
            assume(False)
    judged = cost(pattern, searched)
    assume(judged is not None)
    assert judged is not None
    for text in TEXTS:
        bound = steps(judged, len(text) + 1) + 2
        if bound > 100_000:
            continue  # counting to there takes too long; what is above it shows in shorter texts
        counted = Steps(text, most=bound * (len(pattern) + 3))
        counted.run(pattern, searched, re.DOTALL)
        assert counted.taken <= bound, text


@pytest.mark.parametrize("length", [6, 8, 10])
def test_the_counted_ways_are_real(length: int) -> None:
    """Of optional parts in a row there are as many as the bound supposes: it is no mere fear."""
    pattern = "a?" * length + "a" * length + "b"
    judged = cost(pattern, searched=False)
    assert judged is not None
    counted = Steps("a" * (2 * length - 1))
    counted.run(pattern, searched=False)
    assert 2**length < counted.taken <= steps(judged, 2 * length) < 64 * 2**length
