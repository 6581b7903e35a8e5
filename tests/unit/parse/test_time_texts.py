"""Times whose text does not tell all: read by the lines before them, fast where nothing is in doubt."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import TimeConfig
from logtrace.parse.timestamps import Times, build_times
from tests.support.lines import text

SECOND = 10**9


def times(form: str | None = None, zone: str | None = None) -> Times:
    """Return what reads times of a format."""
    return build_times(
        TimeConfig(format=text(form) if form else None, zone=text(zone) if zone else None)
    )


def utc(shown: str) -> int:
    """Return the nanoseconds of a time in ISO 8601, UTC if it names no zone."""
    moment = datetime.fromisoformat(shown)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


NAIVE = "%Y-%m-%d %H:%M:%S"


@pytest.mark.scenario(110)
@pytest.mark.parametrize("form", [None, NAIVE, NAIVE + ".%f"])
def test_an_hour_that_comes_twice_is_told_by_the_order_of_lines(form: str | None) -> None:
    """A time that goes back was written after clocks were set back; then it goes on from there."""
    read = times(form, "Europe/Berlin").read
    point = ".5" if form and "%f" in form else ""
    shown = [
        "01:59:59",
        "02:00:00",
        "02:30:00",
        "02:59:59",
        "02:00:00",
        "02:00:01",
        "02:59:00",
        "03:00:00",
    ]
    first = ["+02:00"] * 4 + ["+01:00"] * 4

    found = [read(f"2026-10-25 {each}{point}") for each in shown]

    expected = [
        utc(f"2026-10-25T{each}{zone}") + (SECOND // 2 if point else 0)
        for each, zone in zip(shown, first, strict=True)
    ]
    assert expected == found


def test_a_little_disorder_is_no_change_of_clocks() -> None:
    """Lines of several threads may be a minute late."""
    read = times(NAIVE, "Europe/Berlin").read
    found = [read(f"2026-10-25 02:{minute}") for minute in ("30:00", "29:10", "31:00")]
    assert [utc(f"2026-10-25T00:{minute}") for minute in ("30:00", "29:10", "31:00")] == found


def test_a_time_that_is_skipped_goes_on() -> None:
    """It is read with the offset before, so that it lies after the line before it."""
    read = times(NAIVE, "Europe/Berlin").read
    assert utc("2026-03-29T00:59:59") == read("2026-03-29 01:59:59")
    assert utc("2026-03-29T01:30:00") == read("2026-03-29 02:30:00")
    assert utc("2026-03-29T01:30:00") == read("2026-03-29 03:30:00")


def test_a_zone_by_letters_tells_the_hour() -> None:
    """Then nothing is in doubt, in whatever order lines come."""
    read = times("%Y-%m-%d %H:%M:%S %Z", "Europe/Berlin").read
    for zone, hour in (("CET", 1), ("CEST", 0), ("CET", 1)):
        assert utc(f"2026-10-25T0{hour}:30:00") == read(f"2026-10-25 02:30:00 {zone}")


def test_a_start_is_near_its_end() -> None:
    """What a line names beside its own time does not count as the line before."""
    made = times(NAIVE, "Europe/Berlin")
    made.read("2026-10-25 02:50:00")
    made.read("2026-10-25 02:05:00")
    assert utc("2026-10-25T00:55:00") == made.moment("2026-10-25 02:55:00")
    assert utc("2026-10-25T01:04:00") == made.moment("2026-10-25 02:04:00")
    assert utc("2026-10-25T01:05:01") == made.read("2026-10-25 02:05:01")


def test_each_stream_is_where_it_is() -> None:
    """One file in the first hour, another in the second, read in turns."""
    made = times(NAIVE, "Europe/Berlin")
    for shown in ("02:50:00", "02:10:00"):
        made.begin("a", 0)
        made.read(f"2026-10-25 {shown}")
    made.begin("b", 0)
    assert utc("2026-10-25T00:10:00") == made.read("2026-10-25 02:10:00")
    made.begin("a", 0)
    assert utc("2026-10-25T01:10:00") == made.read("2026-10-25 02:10:00")


@given(st.integers(0, 6 * 3600), st.lists(st.integers(0, 1800), max_size=30))
def test_lines_in_order_are_read_in_order(begin: int, gaps: list[int]) -> None:
    """If no half hour is without a line, a night in October comes out as it was."""
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 24, 20, tzinfo=UTC) + timedelta(seconds=begin)
    moments = [now]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(seconds=gap))
    read = times(NAIVE, "Europe/Berlin").read
    for moment in moments:
        found = read(moment.astimezone(berlin).strftime(NAIVE))
        if moments[0] < datetime(2026, 10, 25, 1, tzinfo=UTC):
            assert utc(moment.isoformat()) == found


SYSLOG = "%b %d %H:%M:%S"


@pytest.mark.scenario(110)
@pytest.mark.parametrize("form", [None, SYSLOG])
def test_a_year_that_is_not_told(form: str | None) -> None:
    """By the file's time at first, then by the line before, over New Year and a 29 February."""
    made = times(form)
    made.begin("a", utc("2024-03-01T00:00:00"))
    shown = [
        "Dec 30 10:00:00",
        "Dec 31 23:59:59",
        "Jan  1 00:00:00",
        "Dec 31 23:59:58",
        "Feb 29 12:00:00",
    ]

    found = [made.read(each) for each in shown]

    expected = ["2023-12-30T10:00:00", "2023-12-31T23:59:59", "2024-01-01T00:00:00"]
    expected += ["2023-12-31T23:59:58", "2024-02-29T12:00:00"]
    assert [utc(each) for each in expected] == found
    assert made.read("Mai 41 00:00:00") is None
    assert made.read(7.5j) is None


def test_years_go_on_and_on() -> None:
    """A log that is followed for years, one line a month, never falls back."""
    made = times(SYSLOG)
    made.begin("a", utc("2020-02-01T00:00:00"))
    for month in range(1, 60):
        year, number = 2020 + (month - 1) // 12, (month - 1) % 12 + 1
        now = utc(f"{year}-{number:02}-03T00:00:00")
        made.begin("a", now)
        assert now == made.read(datetime(2000, number, 3, tzinfo=UTC).strftime(SYSLOG))


def test_without_a_file_and_a_line_before_there_is_no_year() -> None:
    """Standard input says nothing of it."""
    assert times(SYSLOG).read("Nov 22 10:00:00") is None


def test_a_fraction_without_a_year() -> None:
    """As klog writes it."""
    made = times("%m%d %H:%M:%S.%f")
    made.begin("a", utc("2026-11-22T00:00:00"))
    assert utc("2026-05-17T15:04:22.619632") == made.read("0517 15:04:22.619632")
    assert utc("2026-05-17T15:04:22.7") == made.read("0517 15:04:22.7")


def test_hours_and_years_together() -> None:
    """Clocks set back in a log that names neither year nor zone."""
    made = times(SYSLOG, "America/New_York")
    made.begin("a", utc("2013-11-04T00:00:00"))
    shown = ["Nov  3 01:59:14", "Nov  3 01:24:56", "Nov  3 01:50:16", "Nov  3 02:08:19"]
    expected = ["05:59:14", "06:24:56", "06:50:16", "07:08:19"]
    assert [utc(f"2013-11-03T{each}") for each in expected] == [made.read(each) for each in shown]


@pytest.mark.parametrize(
    ("form", "shown", "expected"),
    [
        (None, " 2026-11-22T10:00:00Z ", "2026-11-22T10:00:00"),
        ("rfc3339", "\t2026-11-22T10:00:00.5Z\n", "2026-11-22T10:00:00.5"),
        ("clf", " 22/Nov/2026:10:00:00 +0000", "2026-11-22T10:00:00"),
        (NAIVE, "2026-11-22 10:00:00 ", "2026-11-22T10:00:00"),
        (None, "2026-11-22 10:00:00.123 PDT", "2026-11-22T17:00:00.123"),
        (None, "2026-11-22T10:00:00+01:00[Europe/Berlin]", "2026-11-22T09:00:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-11-22 10:00:00 EST", "2026-11-22T15:00:00"),
        ("%s%f", "1795348800123456", "2026-11-22T12:00:00.123456"),
        ("%Y%m%d%H%M%S%f", "20261122100000123", "2026-11-22T10:00:00.123"),
        ("%d %b %Y %H:%M:%S", "19 août 2026 11:08:37", "2026-08-19T11:08:37"),
        ("%d. %B %Y %k:%M", "1. März 2026  9:08", "2026-03-01T09:08:00"),
        (None, "@400000004332258b3b6e1a8c", "2005-09-22T03:31:13.997071500"),
        ("tai64n", "@400000004332258b", "2005-09-22T03:31:13"),
    ],
)
def test_other_ways_to_write_a_time(form: str | None, shown: str, expected: str) -> None:
    """Blanks around, letters for zones, digits without anything between, months of other languages."""
    read = times(form).read
    whole, _, fraction = expected.partition(".")
    wanted = utc(whole) + int(fraction.ljust(9, "0") or 0)
    assert [wanted, wanted] == [read(shown), read(shown)]


@pytest.mark.parametrize("shown", ["2026-11-22 10:00:00 QQQ", "@4000000043322583ffffffff", "@x"])
def test_what_is_no_time(shown: str) -> None:
    """Letters that name no zone, and a fraction of more than a second."""
    assert times().read(shown) is None
