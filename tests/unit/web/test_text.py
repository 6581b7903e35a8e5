"""Words and numbers for people."""

import pytest

from logtrace.clock import SECOND
from logtrace.web.text import (
    axis,
    count_text,
    date_text,
    duration_text,
    hue,
    time_text,
    trace_id_text,
    visible,
)
from tests.support.clock import NOON
from tests.support.traces import span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ü 漢 text", "plain ü 漢 text"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\tc\rd\x00", r"a\nb\tc\rd\x00"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("\u200b\ufeff\u2028", r"\u200b\ufeff\u2028"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_not_a_printable_character_is_shown_as_an_escape(text: str, expected: str) -> None:
    """No text of a span moves a cursor, changes a colour or turns the direction of reading."""
    assert expected == visible(text)
    assert visible(text).isprintable()


def test_long_text_is_cut() -> None:
    """At most so many characters of the original are shown."""
    assert "abc…" == visible("abcdefgh", 4)
    assert "abcd" == visible("abcd", 4)


@pytest.mark.parametrize(
    ("ns", "expected"),
    [
        (0, "0"),
        (7, "7 ns"),
        (1_500, "1.50 µs"),
        (1_250_000, "1.25 ms"),
        (21_000_000, "21.0 ms"),
        (212_000_000, "212 ms"),
        (59 * SECOND, "59.0 s"),
        (200 * SECOND, "3 m 20 s"),
        (7260 * SECOND, "2 h 1 m"),
        (-1_500, "-1.50 µs"),
    ],
)
def test_durations(ns: int, expected: str) -> None:
    """Three digits that count, and the unit that fits."""
    assert expected == duration_text(ns)


def test_times_and_dates() -> None:
    """UTC; a time that no calendar has is shown as it is."""
    assert "12:00:00.005" == time_text(NOON + 5_999_999)
    assert "2026-11-22" == date_text(NOON)
    assert f"{2**70} ns" == time_text(2**70)
    assert "" == date_text(2**70)


def test_trace_ids_are_hex_with_the_upper_half_where_there_is_one() -> None:
    """64 bits are 16 digits, 128 are 32."""
    assert "00000000000000ff" == trace_id_text([span(255)])
    assert "ab" * 8 + "00000000000000ff" == trace_id_text([span(255, meta={"_dd.p.tid": "ab" * 8})])


def test_a_service_has_always_the_same_hue() -> None:
    """On every machine, in every run."""
    assert [6, 8, 1] == [hue(name, 10) for name in ("shop", "payments", "billing")]


def test_counts() -> None:
    """One is one, more are many."""
    assert ["1 span", "0 spans", "12,000 spans"] == [count_text(n, "span") for n in (1, 0, 12000)]


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (0, ["0"]),
        (3, ["0", "1 ns", "2 ns", "3 ns"]),
        (212_000_000, ["0", "50 ms", "100 ms", "150 ms", "200 ms"]),
        (1_900, ["0", "0.5 µs", "1 µs", "1.5 µs"]),
    ],
)
def test_the_marks_of_an_axis_are_round(duration: int, expected: list[str]) -> None:
    """Two to six of them, in one unit."""
    assert expected == [text for _, text in axis(duration)]
