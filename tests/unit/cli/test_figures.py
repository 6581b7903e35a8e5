import pytest

from logtrace.cli.figures import ago, by_label, safe, shortened, size, span


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (123_456, "123 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678, "12.3 MB"),
        (5 * 10**9, "5.0 GB"),
        (5 * 10**18, "5,000 PB"),
        (None, "?"),
    ],
)
def test_a_size_has_its_unit(count: int | None, text: str) -> None:
    """Three digits that count, at most."""
    assert text == size(count)


@pytest.mark.parametrize(
    ("secs", "text"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (10, "10 s"),
        (59.4, "59 s"),
        (60, "1 m 0 s"),
        (200, "3 m 20 s"),
        (3599, "59 m 59 s"),
        (3600, "1 h 0 m"),
        (86399, "23 h 59 m"),
        (86400, "1 d 0 h"),
        (10**9, "11,574 d 1 h"),
        (None, "?"),
    ],
)
def test_a_duration_has_two_units_at_most(secs: float | None, text: str) -> None:
    """The smaller one only where it says something."""
    assert text == span(secs)


def test_how_long_ago() -> None:
    """Both times are of the document; what is not known is not said."""
    assert "3 m 20 s ago" == ago("2026-11-22T12:00:00.000Z", "2026-11-22T12:03:20.500Z")
    assert "0.0 s ago" == ago("2026-11-22T12:00:01.000Z", "2026-11-22T12:00:00.000Z")
    assert "" == ago(None, "2026-11-22T12:00:00.000Z") == ago("yesterday", "today")


def test_labels_are_ordered_by_their_counts() -> None:
    """The largest first, then by name."""
    assert "1,200 b, 3 a, 3 c" == by_label({"c": 3, "b": 1200, "a": 3})


def test_of_a_long_path_the_end_is_shown() -> None:
    """That is where files differ."""
    assert "/var/log/app.log" == shortened("/var/log/app.log", 16)
    assert "…ar/log/app.log" == shortened("/var/log/app.log", 15)


def test_nothing_reaches_the_terminal_raw() -> None:
    """Escapes, line ends, what turns the writing direction, and half characters are made visible."""
    hostile = "\x1b[2J\n\u202e\udcff\x9b"
    for shown in (safe(hostile), shortened(hostile, 100), by_label({hostile: 1})):
        assert shown.isprintable()
        assert "\\x1b[2J" in shown
