"""Delays between attempts."""

from logtrace.clock import MILLISECOND, SECOND
from logtrace.ship.backoff import LONGEST, LONGEST_WISH, delay


def test_the_delay_doubles_up_to_its_bound() -> None:
    """With the most jitter: 100 ms, 200 ms, … 30 s, and never more."""
    assert [100, 200, 400] == [delay(n, 1.0) // MILLISECOND for n in (1, 2, 3)]
    assert LONGEST == delay(10, 1.0) == delay(10**9, 1.0)


def test_half_of_the_delay_is_chance() -> None:
    """Chance 0 gives half of what chance 1 gives."""
    assert [50, 75, 100] == [delay(1, chance) // MILLISECOND for chance in (0.0, 0.5, 1.0)]


def test_the_agents_wish_is_respected_within_reason() -> None:
    """Retry-After is never undercut, unless it is longer than five minutes."""
    assert 7 * SECOND == delay(1, 0.0, 7 * SECOND)
    assert LONGEST == delay(20, 1.0, 1 * SECOND)
    assert LONGEST_WISH == delay(1, 0.0, 86_400 * SECOND)
