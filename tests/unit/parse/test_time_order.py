"""What the lines before say of a time that is not told in full."""

from datetime import UTC, datetime

import pytest

from logtrace.parse.layouts import SECOND
from logtrace.parse.time_order import DAY, LATE, TimeOrder, year_of

HOUR = 3600 * SECOND


def at(text: str) -> int:
    """Return the nanoseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def reader_of(year: int):  # type: ignore[no-untyped-def]
    """Return what reads month and day as of a year."""

    def read(text: str) -> int | None:
        try:
            return at(f"{year}-{text}")
        except ValueError:
            return None

    return read


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, 0),
        (-10 * HOUR, 0),
        (0, 0),
        (LATE, 0),
        (LATE + 1, HOUR),
        (HOUR, HOUR),
        (9 * HOUR, HOUR),
    ],
)
def test_which_of_two_hours(last: int | None, expected: int) -> None:
    """The first that is not before the line before, but for a minute; if there is none, the nearest."""
    order = TimeOrder()
    order.last = last
    assert expected == order.which(0, HOUR)


@pytest.mark.parametrize(("last", "expected"), [(1, 0), (HOUR // 2 - 1, 0), (HOUR // 2 + 1, HOUR)])
def test_a_time_that_is_no_lines_own_is_the_nearest(last: int, expected: int) -> None:
    """A start lies before the end that the line is written at."""
    order = TimeOrder()
    order.last, order.nearest = last, True
    assert expected == order.which(0, HOUR)


@pytest.mark.parametrize(
    ("last", "modified", "text", "expected"),
    [
        (None, "2026-11-22", "11-21", "2026-11-21"),
        (None, "2026-11-22", "11-23", "2026-11-23"),
        (None, "2026-11-22", "11-24", "2025-11-24"),
        (None, "2026-01-01", "12-31", "2025-12-31"),
        (None, "2026-11-22", "02-29", "2024-02-29"),
        (None, "1903-11-22", "02-29", "1896-02-29"),
        ("2025-12-31", "2026-06-01", "01-01", "2026-01-01"),
        ("2025-12-31", None, "01-01", "2026-01-01"),
        ("2026-01-01", "2026-06-01", "12-31", "2025-12-31"),
        ("2025-02-10", "2026-11-22", "01-01", "2026-01-01"),
        ("2025-02-10", "2026-11-22", "02-04", "2025-02-04"),
        ("2025-02-10", "2026-11-22", "11-21", "2025-11-21"),
        ("2026-11-21", "2026-11-22", "11-01", "2026-11-01"),
        ("2023-12-31", None, "02-29", "2024-02-29"),
        (None, None, "11-21", None),
        (None, "2026-11-22", "13-41", None),
    ],
)
def test_which_year(
    last: str | None, modified: str | None, text: str, expected: str | None
) -> None:
    """The first that goes on from the line before; without one, the last that the file can be of."""
    order = TimeOrder()
    order.last = at(last) if last else None
    order.begin("", at(modified) if modified else 0)

    found = order.year(text, reader_of)

    assert (at(expected) if expected else None) == found


def test_streams_have_times_of_their_own() -> None:
    """Going from one to another and back forgets nothing."""
    order = TimeOrder()
    order.begin("a", 0)
    order.last = 5
    order.begin("b", 7)
    assert (None, 7 + DAY) == (order.last, order.limit)
    order.last = 9
    order.begin("a", 0)
    assert (5, 0) == (order.last, order.limit)
    order.begin("b", 0)
    assert 9 == order.last


def test_streams_are_bounded() -> None:
    """What was longest ago may be forgotten."""
    order = TimeOrder()
    for number in range(10_000):
        order.begin(str(number), 0)
        order.last = number
    assert len(order._lasts) <= 4096


def test_what_goes_on_after_the_line_before() -> None:
    """A week back to ten months ahead, and not later than the file is."""
    order = TimeOrder()
    assert not order.fits(0)
    order.last = 0
    assert order.fits(0)
    assert order.fits(-7 * DAY)
    assert not order.fits(-7 * DAY - 1)
    assert not order.fits(301 * DAY)
    order.begin("", 1)
    assert not order.fits(2 * DAY)
    assert 2026 == year_of(at("2026-12-31T23:59:59"))
