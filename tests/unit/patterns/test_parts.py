from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]

import pytest

from logtrace.patterns.parts import (
    NO_ASIDE,
    Aside,
    Part,
    empty_too_often,
    never_fails,
    often_nothing,
    one_way,
    or_nothing,
    ways_of,
)


def test_what_is_tried_adds_up() -> None:
    """Its cost, and what it can read."""
    assert Aside((3, 1), 0b11) == Aside((1, 1), 0b01) + Aside((2,), 0b10)
    assert (Aside((2, 4), 1), NO_ASIDE) == (Aside((1, 2), 1).times(2), Aside((1, 2), 1).times(0))


def test_what_is_read_elsewhere_too_is_counted_there() -> None:
    """What takes the square of a text is not."""
    assert Aside((3,)) == Aside((1, 2), 7).once()
    assert Aside((1, 0, 2), 7) == Aside((1, 0, 2), 7).once()


@pytest.mark.parametrize(
    "pattern", ["a?", "a*?", "(?:a?){3}", "(a|b?)", "(?>a*)", "(?:a*)++", "(a?(b|))"]
)
def test_what_never_fails(pattern: str) -> None:
    """It matches nothing, at least."""
    assert all(never_fails(*item) for item in _parser.parse(pattern))


@pytest.mark.parametrize(
    "pattern", ["a", "a+", "$", "(?=a?)", r"(?<=a)", "(a|b)", "(?>a)", "(a?b)"]
)
def test_what_can_fail(pattern: str) -> None:
    """An end and an assertion too, though they take nothing."""
    assert not all(never_fails(*item) for item in _parser.parse(pattern))


def test_a_part_that_may_have_no_turn() -> None:
    """Or one that takes nothing, where it can be empty: so it is left in two ways."""
    assert Part(2, {0: 1}, {0: 2}) == or_nothing(Part(1, {0: 1}, {0: 1}))
    assert Part(1, {0: 1}, {0: 1}) == or_nothing(Part(0, {0: 1}, {0: 1}))


def test_one_way_through_a_part() -> None:
    """However many there are within it."""
    assert Part(1, {0: 1}, {1: 1}, NO_ASIDE) == one_way(
        Part(5, {0: 3}, {1: 2}, Aside((9,))), NO_ASIDE
    )


def test_ways_are_those_of_all() -> None:
    """Each as often as it is come to."""
    assert {0: 3, 1: 2} == ways_of((1, {0: 1}), (2, {0: 1, 1: 1}), (0, {7: 1}))


def test_nothing_many_times() -> None:
    """Each turn multiplies the ways; what must come a thousand times counts as many enough."""
    assert 8 == often_nothing(Part(2, {}, {}), 3, 3).empty
    assert 2**64 == often_nothing(Part(2, {}, {}), 1000, 1000).empty
    assert 1 == often_nothing(Part(1, {}, {}), 1000, 1000).empty


def test_a_repeat_is_shown_as_it_should_be_written() -> None:
    """With the number that it has."""
    fixes = [empty_too_often(13, most).fix.rpartition(", ")[0] for most in (13, 20, op.MAXREPEAT)]
    assert ["write {0,13} for {13}", "write {0,20} for {13,20}", "write * for {13,}"] == fixes
