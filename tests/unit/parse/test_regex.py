import pytest

from logtrace.errors import ConfigError
from logtrace.model import Reject
from tests.support.lines import batch, column, outcomes, parser

LINE = r"^(?P<time>\S+ \S+) \[(?P<thread>[^\]]*)\](?: rc=(?P<rc>\d+))? (?P<message>.*)$"


def test_rows_are_the_groups() -> None:
    """A named group is a field; others only take their place."""
    made = parser("regex", "", r"(?P<a>\w)(\w)(?P<b>\w)")

    records = made.parse(batch("xyz", "uvw"))

    assert ["x", "u"] == column(made, records, "a")
    assert ["z", "w"] == column(made, records, "b")
    assert made.slot("c") is None


def test_a_group_without_part_is_missing_and_an_empty_one_is_empty() -> None:
    """None is a missing field; text of no characters is text."""
    made = parser("regex", "", LINE)

    records = made.parse(batch("2026-11-22 10:00 [] hello"))

    assert ([None], [""]) == (column(made, records, "rc"), column(made, records, "thread"))


def test_the_pattern_begins_where_the_line_does() -> None:
    """A pattern without ^ still starts at the start; without $ it may end early."""
    made = parser("regex", "", "b(?P<x>.)")

    records = made.parse(batch("b1 and more", "ab2"))

    assert ["1", Reject.PATTERN_MISMATCH] == outcomes(made, records, "x")


@pytest.mark.parametrize(
    ("line", "reason"),
    [("", Reject.EMPTY_LINE), ("  ", Reject.EMPTY_LINE), ("no", Reject.PATTERN_MISMATCH)],
)
def test_a_line_that_does_not_match_is_rejected_alone(line: str, reason: Reject) -> None:
    """Its neighbours are read, and every line is accounted for."""
    made = parser("regex", "", r"(?P<n>\d)")

    records = made.parse(batch("1", line, "2"))

    assert ["1", reason, "2"] == outcomes(made, records, "n")


def test_broken_text_is_repaired_and_counted() -> None:
    """Bytes that are not UTF-8 become U+FFFD in their own line alone."""
    made = parser("regex", "", "(?P<x>.*)$")

    records = made.parse(batch("é", b"\xff!", "ü"))

    assert (["é", "\ufffd!", "ü"], 1) == (column(made, records, "x"), records.repaired)


def test_line_ends_of_windows_and_byte_order_marks_are_no_text() -> None:
    """Neither gets into a field."""
    made = parser("regex", "", "(?P<x>.*)$")

    records = made.parse(batch(b"\xef\xbb\xbfa\r", "b\r", "c"))

    assert ["a", "b", "c"] == column(made, records, "x")


def test_characters_that_only_python_takes_for_line_ends_are_text() -> None:
    """A line separator or a form feed does not part lines."""
    made = parser("regex", "", "(?P<x>.*)$")

    records = made.parse(batch("a\u2028b", "c\x0cd\x85e"))

    assert ["a\u2028b", "c\x0cd\x85e"] == column(made, records, "x")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, "logtrace.yaml:7:5: pattern: missing; format regex needs it; add"),
        ("(?P<a>.)(", "logtrace.yaml:7:13: pattern: not a regular expression: missing )"),
        ("(.)", "logtrace.yaml:7:5: pattern: names no group"),
        ("%{WORD}", "names no group, so a line would have no fields; write format: grok"),
        ("(?<a>.)", "unknown extension ?<a; write (?P<name>…) for a group"),
        (r"(?P<a>(\w+\s*)*)x", "logtrace.yaml:7:5: pattern: can take exponential time"),
        (".*a.*b.*c.*(?P<d>d)", "to the power of 4"),
        (r"(?P<a>.)\2", "invalid group reference"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_a_problem(pattern: str | None, expected: str) -> None:
    """What is wrong is said at its place in the file, with a way out."""
    with pytest.raises(ConfigError) as caught:
        parser("regex", "", pattern)

    assert expected in str(caught.value)
    assert "; " in str(caught.value)


def test_a_slow_pattern_sees_only_the_beginning_of_a_long_line() -> None:
    """Where time grows with the square of the length, the line seems to end early."""
    made = parser("regex", "", "(?P<x>.*)a.*b.*$")

    records = made.parse(batch("1ab" + "-" * 5000, "-" * 5000 + "ab"))

    assert ["1", Reject.PATTERN_MISMATCH] == outcomes(made, records, "x")


def test_a_linear_pattern_sees_the_whole_line() -> None:
    """No line is cut that need not be."""
    made = parser("regex", "", r"(?P<x>[^ ]+) (?P<y>\w+)$")

    records = made.parse(batch("-" * 100_000 + " end"))

    assert ["end"] == column(made, records, "y")
