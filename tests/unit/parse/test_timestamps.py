"""Times of every format: exact, the same with and without caches, and never an error."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import FunctionType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import TimeConfig
from logtrace.errors import ConfigError
from logtrace.parse.time_texts import REMEMBERED, Reader
from logtrace.parse.timestamps import build_times
from tests.support.lines import text

SECOND = 1_000_000_000
UNITS = {"epoch_s": 10**9, "epoch_ms": 10**6, "epoch_us": 10**3, "epoch_ns": 1}
LOCAL = "%Y-%m-%d %H:%M:%S,%f"
FORMATS = [None, "rfc3339", "clf", *UNITS, LOCAL, "%d %b %Y %I:%M:%S %p %z", "%s.%f"]
ZONES = ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]

ODD: list[Any] = [
    *(None, True, False, [], [1795341600], {}, {"ts": 1}, b"2026-11-22T10:00:00Z", object()),
    *(float("nan"), float("inf"), float("-inf"), "", " ", "-", "null", "nan", "inf", "yesterday"),
    *("\ud800", "2026-\ud800", "2026-11-22T10:00:00.\udfff", "22/Nov/2026:\ud800", "\x00" * 30),
    *("x" * 100_000, "9" * 100_000, "9." + "9" * 100_000, "2026-" + "9" * 100_000, " " * 100_000),
    *("2026-11-22T10:00:00." + "1" * 100_000, "22/" + "N" * 100_000, "-" * 100_000, "1e9999"),
    *("\u0661\u0667\u0669\u0665", "\uff11\uff17\uff19\uff15", "\u00b2", "1_795_341_600", "0x10"),
]


def reader(form: str | None = None, zone: str | None = None) -> Reader:
    """Return the reader of a format and a zone."""
    return build_times(
        TimeConfig(
            format=None if form is None else text(form), zone=None if zone is None else text(zone)
        )
    ).read


def at(iso: str, ns: int = 0) -> int:
    """Return the nanoseconds of a time in ISO 8601, and `ns` more."""
    return instant(datetime.fromisoformat(iso)) + ns


def instant(moment: datetime) -> int:
    """Return the nanoseconds of a moment, without a float on the way."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


# ── RFC 3339 ──────────────────────────────────────────────────────────────────────────────────────

MOMENTS = st.datetimes(
    datetime(1969, 1, 1),  # noqa: DTZ001
    datetime(2200, 12, 31),  # noqa: DTZ001
).map(lambda moment: moment.replace(microsecond=0))


@given(
    MOMENTS,
    st.sampled_from("Tt "),
    st.sampled_from(["", ".", ","]),
    st.text("0123456789", min_size=1, max_size=15),
    st.one_of(st.none(), st.integers(-1439, 1439)),
)
def test_rfc3339_is_exact(
    moment: datetime, letter: str, point: str, digits: str, minutes: int | None
) -> None:
    """Any second of two centuries with any fraction and offset is read to the nanosecond."""
    offset = timezone(timedelta(minutes=minutes or 0))
    shown = moment.isoformat(letter) + (point + digits if point else "")
    zone = "Z" if minutes is None else offset.tzname(None).removeprefix("UTC") or "+00:00"
    fraction = int(Decimal(f"0.{digits}") * SECOND) if point else 0
    expected = instant(moment.replace(tzinfo=offset)) + fraction

    read, seen = reader("rfc3339"), reader()

    assert [expected] * 4 == [made(shown + zone) for made in (read, read, seen, seen)]


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        ("2026-11-22T10:00:05Z", 0),
        ("2026-11-22T10:00:05.1Z", 100_000_000),
        ("2026-11-22T10:00:05.12Z", 120_000_000),
        ("2026-11-22T10:00:05.123Z", 123_000_000),
        ("2026-11-22T10:00:05,123Z", 123_000_000),
        ("2026-11-22T10:00:05.000001Z", 1_000),
        ("2026-11-22T10:00:05.123456789Z", 123_456_789),
        ("2026-11-22T10:00:05.000000001Z", 1),
        ("2026-11-22T10:00:05.1234567899Z", 123_456_789),
        ("2026-11-22T10:00:05.9999999999999Z", 999_999_999),
        ("2026-11-22T11:00:05.5+01:00", 500_000_000),
        ("2026-11-22T04:30:05.5-0530", 500_000_000),
        ("2026/11/22 10:00:05.5", 500_000_000),
        ("2026-11-22 10:00:04.5 UTC", -500_000_000),
        ("2026-11-22T10:00:04.999999999", -1),
    ],
)
@pytest.mark.parametrize("form", [None, "rfc3339"])
def test_every_width_of_a_fraction(form: str | None, value: str, ns: int) -> None:
    """Nought to nine digits count in full, further ones are cut."""
    assert at("2026-11-22T10:00:05Z", ns) == reader(form)(value)


def test_before_1970_fractions_still_go_forward() -> None:
    """Half a second after 23:59:59 is half a second before the epoch."""
    assert -SECOND // 2 == reader("rfc3339")("1969-12-31T23:59:59.5Z")


def test_a_leap_second_is_the_second_after_59() -> None:
    """It is told from no other second by what comes out, and its fraction goes on."""
    read = reader("rfc3339")

    assert at("2017-01-01T00:00:00Z", 250_000_000) == read("2016-12-31T23:59:60.25Z")
    assert at("2017-01-01T00:00:00Z") == read("2016-12-31T23:59:60Z")
    assert at("2017-01-01T00:00:00Z") == reader(zone="Asia/Tokyo")("2017-01-01T08:59:60")
    assert read("2016-12-31T23:59:61Z") is None


@pytest.mark.scenario(110)
def test_midnight_is_written_as_0() -> None:
    """24:00 is no time of RFC 3339."""
    assert reader("rfc3339")("2026-11-22T24:00:00Z") is None
    assert at("2026-11-23T00:00:00Z") == reader("rfc3339")("2026-11-23T00:00:00Z")


# ── zones ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(110)
@given(st.sampled_from(ZONES), MOMENTS, st.integers(0, 999))
def test_times_without_zone_are_of_the_configured_one(zone: str, moment: datetime, ms: int) -> None:
    """What a clock on the wall of that zone showed is turned into UTC."""
    local = moment.replace(tzinfo=ZoneInfo(zone))
    shown = f"{moment.isoformat(' ')},{ms:03d}"
    expected = instant(local.astimezone(UTC)) + ms * 1_000_000

    assert [expected] * 3 == [reader(form, zone)(shown) for form in (None, "rfc3339", LOCAL)]


@pytest.mark.scenario(110)
@pytest.mark.parametrize(
    ("zone", "shown", "expected"),
    [
        ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        ("America/New_York", "2026-03-08 02:30:00", "2026-03-08T07:30:00Z"),
        ("America/New_York", "2026-11-01 01:30:00", "2026-11-01T05:30:00Z"),
        ("Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00Z"),
        ("Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-03T15:45:00Z"),
        ("Asia/Kathmandu", "2026-11-22 10:00:00", "2026-11-22T04:15:00Z"),
        ("+05:45", "2026-11-22 10:00:00", "2026-11-22T04:15:00Z"),
        ("-0330", "2026-11-22 10:00:00", "2026-11-22T13:30:00Z"),
        ("-23:59", "2026-11-22 10:00:00", "2026-11-23T09:59:00Z"),
        ("utc", "2026-11-22 10:00:00", "2026-11-22T10:00:00Z"),
        ("GMT", "2026-11-22 10:00:00", "2026-11-22T10:00:00Z"),
        ("Z", "2026-11-22 10:00:00", "2026-11-22T10:00:00Z"),
        ("America/New_York", "2026-11-22 10:00:00Z", "2026-11-22T10:00:00Z"),
        ("America/New_York", "2026-11-22 10:00:00+02:00", "2026-11-22T08:00:00Z"),
    ],
)
def test_changes_of_clocks_and_fixed_offsets(zone: str, shown: str, expected: str) -> None:
    """A skipped time is read with the offset before, a repeated one is the first; own zones win."""
    assert at(expected) == reader(zone=zone)(shown)


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("epoch_s", 1795341605, 1795341605_000000000),
        ("epoch_s", "1795341605", 1795341605_000000000),
        ("epoch_s", 1795341605.123, 1795341605_123000000),
        ("epoch_s", 1795341605.1234567, 1795341605_123456700),
        ("epoch_s", "1795341605.123456789", 1795341605_123456789),
        ("epoch_s", "1795341605.1234567899", 1795341605_123456789),
        ("epoch_s", "1795341605.", 1795341605_000000000),
        ("epoch_s", 0.1, 100_000_000),
        ("epoch_s", 1e-9, 1),
        ("epoch_s", "1.795341605e9", 1795341605_000000000),
        ("epoch_s", "1.795341605123456789E+9", 1795341605_123456789),
        ("epoch_s", 0, 0),
        ("epoch_s", -1, -SECOND),
        ("epoch_s", -1.5, -1_500_000_000),
        ("epoch_s", "-0.25", -250_000_000),
        ("epoch_ms", 1795341605123, 1795341605_123000000),
        ("epoch_ms", "1795341605123.456789", 1795341605_123456789),
        ("epoch_ms", 1795341605123.25, 1795341605_123250000),
        ("epoch_us", 1795341605123456, 1795341605_123456000),
        ("epoch_us", "1795341605123456.7899", 1795341605_123456789),
        ("epoch_us", 1.795341605123456e15, 1795341605_123456000),
        ("epoch_ns", 1795341605123456789, 1795341605_123456789),
        ("epoch_ns", "1795341605123456789", 1795341605_123456789),
        ("epoch_ns", "1795341605123456789.9", 1795341605_123456789),
        ("epoch_ns", 1.795341605e18, 1795341605_000000000),
    ],
)
def test_numbers_of_a_unit(form: str, value: Any, expected: int) -> None:
    """A number, or text that is one, counts the unit; no digit that is written is lost."""
    assert expected == reader(form)(value)


@given(st.floats(-1e20, 1e20), st.sampled_from(sorted(UNITS)))
def test_a_float_is_the_decimal_that_is_written_for_it(value: float, form: str) -> None:
    """The binary value behind it does not show; below a nanosecond is cut."""
    expected = int(Decimal(repr(value)) * UNITS[form])

    assert [expected] * 2 == [reader(form)(value), reader(form)(repr(value))]


@given(st.decimals(0, 10**12, places=12), st.sampled_from(sorted(UNITS)))
def test_text_with_a_fraction_is_exact(value: Decimal, form: str) -> None:
    """Digits beyond those of a float count too."""
    assert int(value * UNITS[form]) == reader(form)(f"{value:f}")


@pytest.mark.scenario(110)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1795341605, 1795341605_000000000),
        (1795341605123, 1795341605_123000000),
        (1795341605123456, 1795341605_123456000),
        (1795341605123456789, 1795341605_123456789),
        ("1795341605", 1795341605_000000000),
        (" 1795341605123 ", 1795341605_123000000),
        ("1795341605.5", 1795341605_500000000),
        ("1795341605123.25", 1795341605_123250000),
        (1795341605.5, 1795341605_500000000),
        (1795341605123.25, 1795341605_123250000),
        (1.795341605e18, 1795341605_000000000),
        ("1.795341605e18", 1795341605_000000000),
        (0, 0),
        (-1, -SECOND),
        (99_999_999_999, 99_999_999_999 * SECOND),
        (100_000_000_000, 100_000_000_000 * 10**6),
        (99_999_999_999_999, 99_999_999_999_999 * 10**6),
        (100_000_000_000_000, 100_000_000_000_000 * 10**3),
        (99_999_999_999_999_999, 99_999_999_999_999_999 * 10**3),
        (100_000_000_000_000_000, 100_000_000_000_000_000),
        ("-99999999999", -99_999_999_999 * SECOND),
        ("-100000000000", -100_000_000_000 * 10**6),
    ],
)
def test_the_size_of_a_number_tells_its_unit(value: Any, expected: int) -> None:
    """Without a format seconds end at 1e11, milliseconds at 1e14, microseconds at 1e17."""
    assert expected == reader()(value)


@pytest.mark.parametrize("form", [None, "epoch_ns"])
def test_a_number_of_any_size_is_read(form: str | None) -> None:
    """That it is out of range is for the mapping to say."""
    read = reader(form)

    assert (10**5000, -(10**5000)) == (read(10**5000), read(-(10**5000)))


# ── other formats ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("22/Nov/2026:10:00:05 +0000", "2026-11-22T10:00:05Z"),
        ("22/nov/2026:10:00:05 -0330", "2026-11-22T13:30:05Z"),
        ("02/Jan/2026:00:00:00 +1300", "2026-01-01T11:00:00Z"),
        ("31/Dec/2026:23:59:60 +0000", "2027-01-01T00:00:00Z"),
        ("31/Feb/2026:10:00:05 +0000", None),
        ("22/Nov/2026:10:00:05", None),
        ("22/11/2026:10:00:05 +0000", None),
        ("[22/Nov/2026:10:00:05 +0000]", None),
    ],
)
@pytest.mark.parametrize("form", [None, "clf"])
def test_the_common_log_format(form: str | None, value: str, expected: str | None) -> None:
    """Its dates have an English month and always an offset."""
    assert (None if expected is None else at(expected)) == reader(form)(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sun, 22 Nov 2026 10:00:05 GMT", "2026-11-22T10:00:05Z"),
        ("Sun, 22 Nov 2026 10:00:05 +0100", "2026-11-22T09:00:05Z"),
        ("Mon, 2 Nov 2026 10:00:05 GMT", "2026-11-02T10:00:05Z"),
        ("22 Nov 2026 10:00:05", "2026-11-22T09:00:05Z"),
        ("Sun Nov 22 10:00:05 2026", "2026-11-22T09:00:05Z"),
        (" Mon Nov  2 10:00:05 2026\n", "2026-11-02T09:00:05Z"),
    ],
)
def test_dates_as_mail_and_http_have_them(value: str, expected: str) -> None:
    """They are told by trying; where they name no zone, the configured one counts."""
    assert at(expected) == reader(zone="Europe/Berlin")(value)


@pytest.mark.scenario(110)
@given(MOMENTS, st.text("0123456789", min_size=1, max_size=9))
def test_strptime_codes_with_a_fraction(moment: datetime, digits: str) -> None:
    """The digits of %f are a fraction of as many digits as there are."""
    expected = instant(moment.replace(tzinfo=UTC)) + int(digits.ljust(9, "0"))
    read = reader(LOCAL)

    assert [expected] * 2 == [read(f"{moment.isoformat(' ')},{digits}") for _ in range(2)]


def test_a_format_reads_nothing_else() -> None:
    """Where a format is given, values of another shape are bad times, not guesses."""
    values = [
        1795341605,
        "1795341605",
        "2026-11-22T10:00:05Z",
        "22/Nov/2026:10:00:05 +0000",
        "2026-11-22 10:00:05,5",
    ]
    taken = {
        form: [place for place, value in enumerate(values) if reader(form)(value) is not None]
        for form in ("epoch_s", "rfc3339", "clf", LOCAL)
    }

    assert {"epoch_s": [0, 1], "rfc3339": [2, 4], "clf": [3], LOCAL: [4]} == taken


# ── caches ────────────────────────────────────────────────────────────────────────────────────────

HEADS = ["2026-11-22 10:00:05,", "2026-11-22 10:00:06,", "2026-11-22T10:00:05."]
ODD_HEADS = [
    "2026-11-22  10:00:05,",
    "2026-11-22 10:00:05",
    "2026-02-30 10:00:05,",
    "2026-11-22 1:0:5,",
]
DIGITS = ["5", "05", "55", "1234", "123456789", "1234567890", ""]
ODD_DIGITS = ["\u0665", "-1", "+1", " 1", "1_0", "1.5"]
TAILS = ["", "Z", "+01:00", " CET", "5", "Z5"]
VALUES = st.builds(
    "{}{}{}".format,
    st.sampled_from(HEADS + ODD_HEADS),
    st.sampled_from(DIGITS * 2 + ODD_DIGITS),
    st.sampled_from(TAILS),
)


@given(
    st.sampled_from([None, "rfc3339", LOCAL, LOCAL + "%z", LOCAL + " %Z", LOCAL + "5", "%F %T%z"]),
    st.sampled_from([None, "Europe/Berlin"]),
    st.lists(VALUES, max_size=30),
)
def test_what_was_read_before_changes_nothing(
    form: str | None, zone: str | None, values: list[str]
) -> None:
    """A reader gives for each value what a new one gives, in whatever order they come."""
    read = reader(form, zone)

    assert [reader(form, zone)(value) for value in values] == [read(value) for value in values]


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        (["05.5Z", "05.5Z"], "05.5+01:00", -3600 * SECOND + SECOND // 2),
        (["05.5Z", "06.5+01:00"], "05.5+01:00", -3600 * SECOND + SECOND // 2),
        (["05.5Z", "05.5Z", "05.25+01:00"], "05.5Z", SECOND // 2),
        (["05.5Z"], "05.55", -3600 * SECOND + 550_000_000),
        (["05.5"], "05.5Z", SECOND // 2),
        (["05.5"], "05,75", -3600 * SECOND + 750_000_000),
        (["05.5Z"], "05.123456789Z", 123_456_789),
        (["05.5Z"], "05.1234567891Z", 123_456_789),
        (["05.5Z"], "05.\u0665Z", None),
        (["05.5Z"], "05.-1Z", None),
        (["05.5Z"], "05.+1Z", None),
        (["05.5Z"], "05. 1Z", None),
        (["05.5Z"], "05.1_0Z", None),
        (["05.5Z"], "05.Z", None),
        (["05.5"], "05.", None),
        (["05Z"], "05Z5", None),
        (["05Z", "05Z"], "05Z", 0),
        (["05.5Z"], "05Z", 0),
    ],
)
@pytest.mark.parametrize("form", [None, "rfc3339"])
def test_times_of_one_second_do_not_mix(
    form: str | None, before: list[str], value: str, expected: int | None
) -> None:
    """Another zone, another width or nonsense in the second that was just read is seen."""
    read = reader(form, "Europe/Berlin")
    start = "2026-11-22T10:00:"
    assert None not in [read(start + shown) for shown in before]

    assert (None if expected is None else at("2026-11-22T10:00:05Z", expected)) == read(
        start + value
    )


def test_a_fraction_at_an_unusual_place_is_remembered_whole() -> None:
    """The second reading of a time with two blanks is that of the first."""
    read = reader("rfc3339")

    assert [at("2026-11-22T10:00:05Z", 500_000_000)] * 2 == [
        read("2026-11-22  10:00:05,5"),
        read("2026-11-22  10:00:05,5"),
    ]


@pytest.mark.parametrize("form", [None, LOCAL, "%Y-%m-%d %H:%M:%S"])
def test_what_is_remembered_is_bounded(form: str | None) -> None:
    """More different times than a cache holds are all read right, and do not pile up."""
    read = reader(form)
    point = "" if form == "%Y-%m-%d %H:%M:%S" else ",25"
    start = datetime(2026, 11, 22, tzinfo=UTC)
    for count in range(REMEMBERED + 100):
        moment = start + timedelta(seconds=count)
        shown = moment.strftime("%Y-%m-%d %H:%M:%S") + point
        assert instant(moment) + (250_000_000 if point else 0) == read(shown)
    sizes = [len(cache) for cache in caches(read)]

    assert 0 < max(sizes) <= REMEMBERED


def caches(read: Any, *above: Any) -> Iterator[dict[str, int]]:
    """Yield the dicts that a reader, and those it calls, keep."""
    for cell in read.__closure__ or ():
        found = cell.cell_contents
        if isinstance(found, dict):
            yield found
        elif isinstance(found, FunctionType) and found not in (read, *above):
            yield from caches(found, read, *above)


def test_readers_share_nothing() -> None:
    """Two sources with the same format and other zones do not see each other's times."""
    readers = reader(LOCAL, "Europe/Berlin"), reader(LOCAL), reader(LOCAL, "Asia/Tokyo")

    assert [at("2026-11-22T09:00:05Z"), at("2026-11-22T10:00:05Z"), at("2026-11-22T01:00:05Z")] == [
        read("2026-11-22 10:00:05,0") for read in readers
    ]


# ── what is no time ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", FORMATS)
def test_odd_values_are_no_time(form: str | None) -> None:
    """Whatever a field may hold instead of a time gives None, also when it comes again."""
    read = reader(form, "Europe/Berlin")
    good = ["2026-11-22T10:00:00.5Z", "2026-11-22 10:00:00,5", "1795341600.5"]

    for value in (*ODD, *good, *ODD):
        if value not in good:
            assert read(value) is None, repr(value)[:60]


@given(
    st.sampled_from(FORMATS),
    st.lists(
        st.one_of(
            st.text(),
            st.text("0123456789-:.,/ TZ+eNov", max_size=40),
            st.integers(),
            st.floats(),
            st.binary(),
            st.lists(st.integers()),
            st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d*)?(Z|[+-]\d\d:?\d\d)?"),
        ),
        max_size=5,
    ),
)
def test_nothing_raises(form: str | None, values: list[Any]) -> None:
    """Every value gives an int or None."""
    read = reader(form)

    assert all(type(read(value)) in (int, type(None)) for value in values)


# ── configuration ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(110)
@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("rfc3393", "unknown time format 'rfc3393'; did you mean rfc3339?"),
        ("epoch", "unknown time format 'epoch'; did you mean epoch_s?"),
        (
            "iso",
            "unknown time format 'iso'; use rfc3339, clf, epoch_s, epoch_ms, epoch_us, epoch_ns, "
            "tai64n or strptime codes such as %Y-%m-%d %H:%M:%S",
        ),
        (
            "%H:%M",
            "'%H:%M': no month and day (%m %d, %b %d or %j)",
        ),
        (
            "%Y %Y-%m-%d %H",
            "'%Y %Y-%m-%d %H': a code stands twice; name each part of the time once",
        ),
    ],
)
def test_a_format_that_cannot_be_used(form: str, problem: str) -> None:
    """The configuration is told what is wrong with it, where, and what would be right."""
    with pytest.raises(ConfigError) as caught:
        reader(form)

    assert f"logtrace.yaml:7:5: time.format: {problem}" == str(caught.value)


@pytest.mark.parametrize(
    "zone",
    [
        *("Mars/Olympus", "", "Europe", "+1", "+24:00", "../UTC", "/UTC", "\0", "\ud800"),
        pytest.param("x" * 5000, id="long"),
    ],
)
def test_a_zone_that_does_not_exist(zone: str) -> None:
    """A zone is a name that is known or an offset; a path or nonsense is neither."""
    with pytest.raises(ConfigError) as caught:
        reader(zone=zone)

    fix = "use a name such as Europe/Berlin, or an offset such as +01:00"
    assert f"logtrace.yaml:7:5: time.zone: unknown time zone {zone!r}; {fix}" == str(caught.value)


def test_both_problems_are_said_at_once() -> None:
    """Format and zone are wrong each for itself."""
    with pytest.raises(ConfigError) as caught:
        reader("iso", "Nowhere")

    assert {"time.format", "time.zone"} == {problem.key for problem in caught.value.problems}
