"""Delays between attempts."""

import time

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.ship.backoff import LONGEST, LONGEST_WISH, delay, wish


def test_the_delay_doubles_up_to_its_bound() -> None:
    """With the most jitter: 100 ms, 200 ms, … 10 s, and never more."""
    assert [100, 200, 400] == [delay(n, 1.0) // MILLISECOND for n in (1, 2, 3)]
    assert LONGEST == delay(10, 1.0) == delay(10**9, 1.0)


def test_half_of_the_delay_is_chance() -> None:
    """Chance 0 gives half of what chance 1 gives."""
    assert [50, 75, 100] == [delay(1, chance) // MILLISECOND for chance in (0.0, 0.5, 1.0)]


NOW = 1_795_348_800 * SECOND
"""2026-11-22 12:00:00 UTC, a Sunday."""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7", 7 * SECOND),
        (" 3 ", 3 * SECOND),
        ("2.5", 2_500 * MILLISECOND),
        ("Sun, 22 Nov 2026 12:00:04 GMT", 4 * SECOND),
        ("Sun, 22 Nov 2026 13:00:04 +0100", 4 * SECOND),
        ("Sun, 22 Nov 2026 12:00:04 -0000", 4 * SECOND),
        ("86400", LONGEST_WISH),
        ("9" * 5000, LONGEST_WISH),
        ("Wed, 21 Oct 2037 07:28:00 GMT", LONGEST_WISH),
    ],
)
def test_a_wish_is_seconds_or_a_date(said: str, expected: int) -> None:
    """Retry-After in both of its forms, and a fraction; believed up to five minutes."""
    assert expected == wish(said, NOW)


def test_a_date_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever this machine is."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert 4 * SECOND == wish("Sun, 22 Nov 2026 12:00:04 -0000", NOW)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "0",
        "-5",
        "soon",
        "nan",
        "inf",
        "1e9",
        "\u0667",
        "\xb2",
        "2.5.1",
        "Fri, 31 Dec 1999 23:59:59 GMT",
        "Sun, 99 Nov 2026 99:99:99 GMT",
        "Sun, 22 Nov 99999999999 12:00:04 GMT",
        "Sun, 22 Nov 2026 12:00:04 +9999999999",
        "(" * 60_000,
        "\x00",
    ],
)
def test_what_is_no_wish_asks_for_nothing(said: str) -> None:
    """Garbage, the past, and what only looks like a number."""
    assert 0 == wish(said, NOW)
