"""What formats say, what their texts mean, and which texts name no moment."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.parse.layouts import ISO, SECOND, Moment, compile_layout, nanoseconds

BERLIN = ZoneInfo("Europe/Berlin")
DAY = "%Y-%m-%d "

# Each names a whole moment in a way of its own; strftime and strptime know them all.
FORMATS = [
    "%Y-%m-%d %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S %z",
    "%A, %d %B %Y %I:%M:%S %p",
    "%a %b %d %H:%M:%S %Y",
    "%j of %Y at %H.%M.%S",
    "%Y%m%d%H%M%S",
    "[%y-%m-%d] (%H:%M:%S)",
    "%m/%d/%Y  100%% %H:%M:%S",
]
MOMENTS = st.datetimes(
    datetime(1969, 1, 1),  # noqa: DTZ001
    datetime(2068, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def epoch(text: str) -> int:
    """Return the seconds since 1970 of a time in ISO 8601."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def second(layout: str, text: str, zone: tzinfo | None = None) -> int | None:
    """Return the second that `text` means in a format."""
    found = compile_layout(layout).read(text, zone)
    return None if found is None else found.second // SECOND


# ── what a match means ────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from(FORMATS), MOMENTS)
def test_a_format_means_what_it_means_elsewhere(layout: str, moment: datetime) -> None:
    """Texts are read as Python's own strptime reads them."""
    text = moment.strftime(layout)
    expected = datetime.strptime(text, layout).replace(tzinfo=UTC)

    assert epoch(expected.isoformat()) == second(layout, text)


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        ("", 0),
        ("5", 500_000_000),
        ("05", 50_000_000),
        ("123", 123_000_000),
        ("000000001", 1),
        ("999999999", 999_999_999),
        ("9999999999", 999_999_999),
        ("0" * 60 + "1", 0),
    ],
)
def test_nanoseconds_of_a_fraction(fraction: str, expected: int) -> None:
    """Digits are worth what their place says; below a nanosecond they are cut, not rounded."""
    assert expected == nanoseconds(fraction)


def test_a_moment_says_where_its_fraction_is() -> None:
    """Second and fraction are apart; without a fraction there is no place."""
    at = epoch("2026-11-22T10:00:05Z") * SECOND

    assert Moment(at, "25", 20) == ISO.read("2026-11-22T10:00:05.25Z", None)
    assert Moment(at, "25", 21) == ISO.read("2026-11-22  10:00:05,25Z", None)
    assert Moment(at, "", -1) == ISO.read("2026-11-22T10:00:05Z", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:00:05Z", "2026-11-22T10:00:05Z"),
        ("2026-11-22t10:00:05z", "2026-11-22T10:00:05Z"),
        ("2026/11/22 10:00:05", "2026-11-22T10:00:05Z"),
        ("2026-11-22 10:00", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22  10:00:05 +0100", "2026-11-22T09:00:05Z"),
        ("2026-11-22T10:00:05-03:30", "2026-11-22T13:30:05Z"),
        ("2026-11-22T10:00:05+03", "2026-11-22T07:00:05Z"),
        ("2026-11-22 10:00:05 UTC", "2026-11-22T10:00:05Z"),
        ("2026-11-22 10:00:05 gmt", "2026-11-22T10:00:05Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("2026-11-22T23:59:60Z", "2026-11-23T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_iso_and_its_relatives(text: str, expected: str) -> None:
    """T or blanks, dashes or slashes, with or without seconds and zone; 60 is the next second."""
    found = ISO.read(text, None)

    assert found is not None
    assert epoch(expected) * SECOND == found.second


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T",
        "2026-11-22T10",
        "2026-11-22T1:00:00",
        "2026-11-22T10:00:5",
        "2026-11-22T10:00:05.",
        "2026-11-22T10:00:05.Z",
        "2026-11-22T10:00:05. 5",
        "2026-11-22T10:00.5",
        "2026-11-22T10:00:05.5.5",
        "2026-11-22T10:00:05Z ",
        "2026-11-22T10:00:05Z\n",
        " 2026-11-22T10:00:05Z",
        "2026-11-22T10:00:05ZZ",
        "2026-11-22T10:00:05 QQQ",
        "2026-11-22   10:00:05",
        "2026-11/22 10:00:05",
        "2026-1-22 10:00:05",
        "12026-11-22 10:00:05",
        "-2026-11-22 10:00:05",
        "0000-11-22T10:00:05",
        "2026-00-22T10:00:05",
        "2026-13-22T10:00:05",
        "2026-11-00T10:00:05",
        "2026-11-31T10:00:05",
        "2026-02-29T10:00:05",
        "1900-02-29T10:00:05",
        "2026-11-22T24:00:00",
        "2026-11-22T10:60:00",
        "2026-11-22T10:00:61",
        "2026-11-22T10:00:05+24:00",
        "2026-11-22T10:00:05+01:60",
        "2026-11-22T10:00:05+1",
        "2026-11-22T10:00:05+01:0",
        "\uff12\uff10\uff12\uff16-11-22T10:00:05",
        "2026-11-22T1\u0660:00:05",
        "2026-11-22T10:00:05.\u0665",
        "2026-11-22T10:00:05\ud800",
        "2026-11-22T10:00:05.\x00",
    ],
)
def test_text_that_names_no_moment(text: str) -> None:
    """A day, hour or offset that does not exist is none; nor is anything beside the time."""
    assert ISO.read(text, None) is None


def test_the_first_and_the_last_year() -> None:
    """All years of the calendar are read, whatever the zone makes of their ends."""
    tokyo = ZoneInfo("Asia/Tokyo")
    first, last = "0001-01-01T00:00:00", "9999-12-31T23:59:60"
    ends = (epoch(f"{first}Z"), epoch("9999-12-31T23:59:59Z") + 1)

    found = [ISO.read(text, None) for text in (first, last)]
    assert ends == tuple(moment.second // SECOND for moment in found if moment)
    assert ISO.read(first + "+23:59", None) is not None
    assert ISO.read(last + "-23:59", None) is not None
    assert ISO.read(first, tokyo) is not None
    assert ISO.read(last, tokyo) is not None


def test_longer_text_is_no_time() -> None:
    """What is longer than any time is not looked at."""
    fits = "2026-11-22T10:00:05." + "1" * 43 + "Z"

    assert 64 == len(fits)
    assert ISO.read(fits, None) is not None
    assert ISO.read(fits.replace("Z", "1Z"), None) is None
    assert ISO.read("9" * 100_000, None) is None


# ── zones ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-15 12:00:00", "2026-01-15T11:00:00Z"),
        ("2026-07-15 12:00:00", "2026-07-15T10:00:00Z"),
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("2026-03-29 02:00:00", "2026-03-29T01:00:00Z"),
        ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
        ("2026-10-25 01:59:59", "2026-10-24T23:59:59Z"),
        ("2026-10-25 02:00:00", "2026-10-25T00:00:00Z"),
        ("2026-10-25 02:59:59", "2026-10-25T00:59:59Z"),
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
        ("2026-10-25 02:59:60", "2026-10-25T01:00:00Z"),
        ("2026-10-25 02:30:00+01:00", "2026-10-25T01:30:00Z"),
        ("2026-10-25 02:30:00Z", "2026-10-25T02:30:00Z"),
    ],
)
def test_a_time_without_zone_is_of_the_given_one(text: str, expected: str) -> None:
    """Of a repeated hour it is the first, a skipped one goes on before; a named zone wins."""
    found = ISO.read(text, BERLIN)

    assert found is not None
    assert epoch(expected) * SECOND == found.second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:00 UTC", "2026-07-01T10:00:00Z"),
        ("10:00 gmt", "2026-07-01T10:00:00Z"),
        ("10:00 Z", "2026-07-01T10:00:00Z"),
        ("10:00 CEST", "2026-07-01T08:00:00Z"),
        ("10:00 CET", "2026-07-01T09:00:00Z"),
        ("10:00 PDT", "2026-07-01T17:00:00Z"),
        ("10:00 QQQ", "2026-07-01T08:00:00Z"),
    ],
)
def test_a_zone_by_letters_is_the_one_they_name(text: str, expected: str) -> None:
    """Letters that nobody knows leave it to the zone of the configuration."""
    assert epoch(expected) == second("%Y-%m-%d %H:%M %Z", f"2026-07-01 {text}", BERLIN)


@pytest.mark.parametrize(
    ("zone", "ahead"),
    [
        *(("Z", 0), ("z", 0), ("UTC", 0), ("GMT", 0), ("+0000", 0), ("-00:00", 0), (" +01", 3600)),
        *(("+0330", 12_600), ("-03:30", -12_600), ("+23:59", 86_340), ("-2359", -86_340)),
    ],
)
def test_offsets(zone: str, ahead: int) -> None:
    """An offset has hours, and may have minutes and a colon."""
    at = epoch("2026-11-22T10:00:00Z")

    assert at - ahead == second("%Y-%m-%d %H:%M%z", f"2026-11-22 10:00{zone}", BERLIN)


# ── codes ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("layout", "text", "expected"),
    [
        ("%d.%m.%Y %H:%M:%S", "2.1.2026 3:4:5", "2026-01-02T03:04:05Z"),
        ("%b %e %Y %H:%M", "Nov  2 2026 10:00", "2026-11-02T10:00:00Z"),
        ("%b %e %Y %H:%M", "nov 22 2026 10:00", "2026-11-22T10:00:00Z"),
        ("%B %d %Y %H:%M", "SEPT 22 2026 10:00", "2026-09-22T10:00:00Z"),
        ("%F %T", "2026-11-22 10:00:05", "2026-11-22T10:00:05Z"),
        ("%D %R", "11/22/26 10:00", "2026-11-22T10:00:00Z"),
        (DAY + "%H:%M", "2026-11-22 \t 10:00", "2026-11-22T10:00:00Z"),
        (DAY + "%H", "2026-11-22 10", "2026-11-22T10:00:00Z"),
        (DAY + "%H.%M", "2026-11-22 10.30", "2026-11-22T10:30:00Z"),
        (DAY + "%H %%T", "2026-11-22 10 %T", "2026-11-22T10:00:00Z"),
        (DAY + "%H (UTC)", "2026-11-22 10 (utc)", "2026-11-22T10:00:00Z"),
        ("%s", "1795341605", "2026-11-22T10:00:05Z"),
        ("%s.%f", "1795341605.25", "2026-11-22T10:00:05Z"),
        ("%y-%m-%d %H", "69-01-01 00", "1969-01-01T00:00:00Z"),
        ("%y-%m-%d %H", "99-01-01 00", "1999-01-01T00:00:00Z"),
        ("%y-%m-%d %H", "00-01-01 00", "2000-01-01T00:00:00Z"),
        ("%y-%m-%d %H", "68-01-01 00", "2068-01-01T00:00:00Z"),
        ("%Y %j %H", "2026 1 00", "2026-01-01T00:00:00Z"),
        ("%Y %j %H", "2024 366 00", "2024-12-31T00:00:00Z"),
        (DAY + "%I %p", "2026-11-22 12 AM", "2026-11-22T00:00:00Z"),
        (DAY + "%I %p", "2026-11-22 1 a.m.", "2026-11-22T01:00:00Z"),
        (DAY + "%I %p", "2026-11-22 12 pm", "2026-11-22T12:00:00Z"),
        (DAY + "%I%p", "2026-11-22 11P.M.", "2026-11-22T23:00:00Z"),
    ],
)
def test_codes(layout: str, text: str, expected: str) -> None:
    """Each code reads its part, in any case, with or without leading zeros; the rest is literal."""
    assert epoch(expected) == second(layout, text)


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (DAY + "%H.%M", "2026-11-22 10:30"),
        (DAY + "%H.%M", "2026-11-22 10.30 "),
        (DAY + "%H", "2026-11-2210"),
        (DAY + "%H", "2026-11-22 24"),
        (DAY + "%H", "2026-02-29 10"),
        (DAY + "%H%f", "2026-11-22 100000000000"),
        (DAY + "%H %%T", "2026-11-22 10 %10:00:00"),
        (DAY + "%I %p", "2026-11-22 0 AM"),
        (DAY + "%I %p", "2026-11-22 13 PM"),
        (DAY + "%I %p", "2026-11-22 1 XM"),
        ("%Y %j %H", "2026 0 00"),
        ("%Y %j %H", "2026 366 00"),
        ("%Y %j %H", "9999 366 00"),
        ("%Y %j %H", "0001 0 00"),
        ("%b %d %Y %H", "Nox 22 2026 10"),
        ("%b %d %Y %H", "\u017fep 22 2026 10"),
        ("%s", "-5"),
        ("%s", "1795341605123"),
        ("%s", "17953416\uff10\uff15"),
    ],
)
def test_text_that_does_not_fit_its_format(layout: str, text: str) -> None:
    """Other text, and parts that make no moment, give no time."""
    assert second(layout, text) is None


@pytest.mark.parametrize(
    ("layout", "problem"),
    [
        ("%Y-%m-%d %Q", "unknown code '%Q'; known are %Y %y %m"),
        ("%Y-%m-%d %H:%M %", "unknown code '%'; known are"),
        ("%Y-%m-%d %\n", "unknown code '%\\n'; known are"),
        ("%H:%M:%S", "no month and day (%m %d, %b %d or %j)"),
        ("%Y %d %H:%M:%S", "no month and day (%m %d, %b %d or %j)"),
        ("%Y %m %H:%M:%S", "no month and day"),
        ("%Y-%m-%d", "no hour (%H, or %I with %p)"),
        ("%Y-%m-%d %I:%M", "no hour (%H, or %I with %p)"),
        ("%Y-%m-%d %H:%M %Y", "a code stands twice; name each part of the time once"),
        ("%Y-%m-%d %e %H:%M", "a code stands twice"),
        ("%F %T %M", "a code stands twice"),
        ("", "no month and day"),
        ("%%", "no month and day"),
    ],
)
def test_a_format_that_cannot_tell_a_moment_is_refused(layout: str, problem: str) -> None:
    """What is missing, unknown or doubled is said when the format is compiled."""
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        compile_layout(layout)


# ── the width before the fraction ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("layout", "width"),
    [
        ("%Y-%m-%d %H:%M:%S,%f", 20),
        ("%F %T.%f", 20),
        ("%Y-%m-%d %H:%M:%S.%f %z", 20),
        ("%Y-%m-%d %H:%M:%S.%f%Z", 20),
        ("%Y-%m-%d %H:%M:%S.%f%%]", 20),
        ("[%d/%b/%Y %H:%M:%S.%f]", 22),
        ("on %Y-%m-%d at %H:%M:%S.%f", 26),
        ("%s.%f", 11),
        ("%Y-%m-%d %H:%M:%S", None),
        ("%Y-%m-%d %I:%M:%S.%f %p", None),
        ("%H:%M:%S.%f %Y-%m-%d", None),
        ("%d %B %Y %H:%M:%S.%f", None),
        ("%A %Y-%m-%d %H:%M:%S.%f", None),
        ("%z %Y-%m-%d %H:%M:%S.%f", None),
    ],
)
def test_width(layout: str, width: int | None) -> None:
    """It is known where all before the fraction has one width, and nothing behind it counts."""
    assert width == compile_layout(layout).width


@given(
    st.sampled_from(["%Y-%m-%d %H:%M:%S,%f", "[%d/%b/%Y %H:%M:%S.%f %z]", "%y%m%d%H%M%S%f"]),
    MOMENTS,
    st.integers(0, 999_999_999),
)
def test_what_stands_before_the_fraction_tells_the_second(
    layout: str, moment: datetime, ns: int
) -> None:
    """Two times that are alike up to the width are of one second, and differ by their digits."""
    made = compile_layout(layout)
    digits = f"{ns:09d}"
    whole, other = (moment.strftime(layout.replace("%f", part)) for part in ("0", digits))
    first, then = made.read(whole, None), made.read(other, None)

    assert first is not None
    assert then is not None
    assert whole[: made.width] == other[: made.width]
    assert (first.second, digits, made.width, None) == then
