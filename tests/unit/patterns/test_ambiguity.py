import re
from re import _parser  # type: ignore[attr-defined]

import pytest

from logtrace.patterns.ambiguity import Pairs
from logtrace.patterns.automaton import Automaton, Budget
from logtrace.patterns.parts import Aside, Catastrophe


def pairs(pattern: str) -> Pairs:
    """Return the pairs of positions of a pattern."""
    automaton = Automaton(Budget(10_000), lambda key, build: Aside((1,)))
    automaton.sequence(_parser.parse(pattern, re.DOTALL), re.DOTALL)
    return Pairs(automaton)


@pytest.mark.parametrize(
    "pattern", ["(?:a|aa)*b", "(?:a*)*b", "(?:(?>a)(?:bd?|[bc]))*!", "(?:(?:a?)*x)*!"]
)
def test_two_ways_round_a_loop(pattern: str) -> None:
    """By different positions, two loops, behind an atomic group, or by a turn that takes nothing."""
    with pytest.raises(Catastrophe) as caught:
        pairs(pattern)
    assert "exponential" in caught.value.what


@pytest.mark.parametrize("pattern", ["(?:a|b)*b", "(?:a++)*b", "(?>a|ab)*c", "(?:ab|ac)*a"])
def test_one_way_round_a_loop(pattern: str) -> None:
    """Even where it may also be left: that is no two ways round."""
    assert pairs(pattern).components


def test_a_loop_that_another_way_leaves() -> None:
    """With the same character with which one goes on, though from another position."""
    apart, left = pairs("(?:ab|cd)*e"), pairs("(?:ab|ac?)*b")
    assert ({0: {0}, 1: {1}, 2: {2}, 3: {3}}, False) == apart.at_once({0, 1, 2, 3})
    assert left.at_once({0, 1, 2})[1]
