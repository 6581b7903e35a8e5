import re
from re import _parser  # type: ignore[attr-defined]

import pytest

from logtrace.patterns.automaton import Automaton, Budget
from logtrace.patterns.parts import Aside, Catastrophe, Part


def built(pattern: str, tail: bool = False) -> tuple[Automaton, Part]:
    """Return the automaton of a pattern; what is matched apart costs one step for each character."""
    automaton = Automaton(Budget(10_000), lambda key, build: Aside((0, 1)))
    return automaton, automaton.sequence(_parser.parse(pattern, re.DOTALL), re.DOTALL, tail)


@pytest.mark.parametrize(
    ("pattern", "ways"),
    [
        ("a?", 1),
        ("(?:|)", 2),
        ("(?:|){3}", 8),
        ("(?:a?){3}", 1),
        ("(?:a?){0,3}", 2),
        ("(?:a?){0,9}", 2),
        ("(?:a*)?", 2),
        ("a?b?c?", 1),
        ("(?:a?|b?){2}", 4),
        ("a", 0),
    ],
)
def test_the_ways_to_match_nothing(pattern: str, ways: int) -> None:
    """A turn that takes nothing ends a repeat, unless it must come."""
    assert ways == built(pattern)[1].empty


def test_the_ways_to_come_to_a_position() -> None:
    """The third of three parts that may be empty is come to in one way, from each of the others."""
    automaton, whole = built("(?:a?){3}b")
    assert {0: 1, 1: 1, 2: 1, 3: 1} == whole.first
    assert {1: 1, 2: 1, 3: 1} == automaton.follow[0]
    assert {1: 2} == built("a(?:|)b")[0].follow[0]


def test_optional_turns_come_one_behind_the_other() -> None:
    """The second cannot come without the first."""
    automaton, whole = built("a{0,3}b")
    assert {0: 1, 3: 1} == whole.first
    assert {1: 1, 3: 1} == automaton.follow[0]


def test_what_a_loop_ends_with_may_be_a_turn_of_nothing() -> None:
    """So what is behind it is tried twice."""
    assert {0: 1, 1: 2} == built("(?:a?)*b")[0].follow[0]


@pytest.mark.parametrize(
    ("repeat", "instead"), [("{30}", "{0,30}"), ("{30,40}", "{0,40}"), ("{30,}", "*")]
)
def test_a_part_that_may_be_empty_cannot_come_often(repeat: str, instead: str) -> None:
    """Thirty times are too many ways; as many as that at most are not."""
    with pytest.raises(Catastrophe) as caught:
        built(f"(?:a?){repeat}b")
    assert f"write {instead} for {repeat}, which takes the same text" == caught.value.fix
    assert 2 == len(built("(?:a?){0,30}b")[0].masks)


def test_an_atomic_group_is_gone_through_in_one_way() -> None:
    """What is in it is bound; what is behind it is not."""
    automaton, _ = built("(?>ab)c")
    assert ({1: 1}, {}) == (automaton.bound[0], automaton.follow[0])
    assert ({}, {2: 1}) == (automaton.bound[1], automaton.follow[1])


def test_what_is_tried_in_vain_is_a_cost() -> None:
    """Of the position before an assertion, or before an atomic group that can read on and then fail."""
    assert {0: Aside((0, 1))} == built("a(?=b*c)d")[0].tried[0]
    assert {0: Aside((0, 1))} == built("a(?>b*c)d")[0].tried[0]
    assert {0: Aside((1,))} == built("a(?>bc*)d")[0].tried[0]


def test_what_cannot_fail_at_the_end_is_matched_once() -> None:
    """It is no part of what is tried again and again."""
    automaton, whole = built("ab?(?:c|)", tail=True)
    assert (1, Aside((0, 2))) == (len(automaton.masks), automaton.once)
    assert {0: 1} == whole.last


def test_digits_of_an_id_are_written_out() -> None:
    """So many of them, no more: where a loop would end anywhere."""
    assert 32 == len(built("[0-9a-f]{32}")[0].masks)
    assert 1 == len(built("[0-9a-f]{1,32}")[0].masks)


def test_a_budget_is_kept() -> None:
    """What needs more steps is too large."""
    with pytest.raises(OverflowError):
        Budget(3).spend(4)
