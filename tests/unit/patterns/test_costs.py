import pytest

from logtrace.patterns.costs import (
    Cost,
    added,
    everywhere,
    is_small,
    largest,
    power,
    smaller,
    steps,
    times,
)


def test_costs_are_added_and_compared_by_power() -> None:
    """Each power for itself, the shorter as if it had zeros."""
    assert (4, 2, 5) == added([(1, 2), (3, 0, 5)])
    assert (3, 2, 5) == largest([(1, 2), (3, 0, 5)])
    assert ((), ()) == (added([]), largest([]))


def test_what_is_done_often() -> None:
    """So many times, or once for each character; nothing stays nothing."""
    assert (3, 6) == times(3, (1, 2))
    assert (0, 1, 2) == everywhere((1, 2))
    assert () == everywhere(())


def test_a_power_that_is_beyond_all_bounds_stays_there() -> None:
    """A thousand loops in a row are no thousand numbers."""
    cost: Cost = (1,)
    for _ in range(1000):
        cost = added([cost, everywhere(cost)])
    assert 20 > power(cost) > 10


@pytest.mark.parametrize(
    ("cost", "expected"), [((), 0), ((7,), 7), ((7, 2), 27), ((0, 0, 1), 50), ((0, 0, 0, 6), 996)]
)
def test_steps_for_a_text_of_ten(cost: Cost, expected: int) -> None:
    """Pairs and triples of places are counted once each."""
    assert expected == steps(cost, 10)


def test_a_power_is_that_of_what_is_there() -> None:
    """Zeros have none."""
    assert [0, 0, 1, 2] == [power(cost) for cost in ((), (5,), (5, 1, 0), (0, 0, 1))]


def test_the_smaller_bound_is_that_for_a_usual_text() -> None:
    """A large number is less than a square."""
    assert (90_000,) == smaller((0, 0, 1), (90_000,))
    assert is_small((0, 8), 8)
    assert not is_small((1, 8), 8)
