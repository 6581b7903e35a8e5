"""The time of the line before: found when it is asked for, in time that does not grow with the batch."""

from typing import Any

from logtrace.mapping.line_times import LineTimes, row_reader, time_value
from logtrace.mapping.nodes import Field
from logtrace.model import Records
from tests.support.mapping import NOON, FakeParser, read_time

FIELDS = (Field("ts"), Field("when"))
PARSER = FakeParser(["ts", "when", "x"], "item")


def made(*values: Any, stream: str = "a", lines: list[int] | None = None) -> Records:
    """Return records of which each has a value in `ts`."""
    records = PARSER.records([{"ts": value} for value in values])
    records.batch.stream = stream
    if lines is not None:
        records.lines = lines
    return records


def test_the_nearest_before_that_has_a_time() -> None:
    """Not the line itself, nor one after it."""
    times = LineTimes(PARSER, FIELDS, read_time)
    records = made(1, None, "?", 4)

    assert [None, 1, 1, 1] == [
        found and (found - NOON) // 10**9
        for found in (times.before(records, index) for index in range(4))
    ]


def test_lines_that_could_not_be_parsed_stand_between() -> None:
    """A line is known by its index, not by how many rows there are before it."""
    times = LineTimes(PARSER, FIELDS, read_time)
    records = made(1, None, 9, lines=[2, 5, 7])

    assert NOON + 10**9 == times.before(records, 5)
    assert NOON + 9 * 10**9 == times.before(records, 8)


def test_of_each_stream_the_last_is_kept() -> None:
    """What comes in the next batch follows it; another stream has its own."""
    times = LineTimes(PARSER, FIELDS, read_time)
    times.end(made(1, 2, None))
    times.end(made(8, stream="b"))
    times.end(made(None))

    assert NOON + 2 * 10**9 == times.before(made(None), 0)
    assert NOON + 8 * 10**9 == times.before(made(None, stream="b"), 0)
    assert times.before(made(None, stream="c"), 0) is None


def test_what_is_no_time_at_all_is_passed_over() -> None:
    """A year that no log is of says nothing for the next line."""
    times = LineTimes(PARSER, FIELDS, read_time)
    assert NOON + 10**9 == times.before(made(1, 2**60, None), 2)


def test_each_row_is_read_once() -> None:
    """However many lines in a row have no time."""
    read = []
    times = LineTimes(PARSER, FIELDS, lambda value: read.append(value))  # type: ignore[func-returns-value]
    records = made(*["?"] * 500)
    for index in range(500):
        times.before(records, index)
    times.end(records)

    assert 500 == len(read)


def test_streams_are_bounded() -> None:
    """More of them than are kept are still each read right."""
    times = LineTimes(PARSER, FIELDS, read_time)
    for number in range(5000):
        times.end(made(number, stream=str(number)))

    assert NOON + 4999 * 10**9 == times.before(made(None, stream="4999"), 0)
    assert len(times._lasts) <= 4096


def test_the_first_time_field_that_has_a_value() -> None:
    """Flat or nested."""
    (row,) = PARSER.records([{"when": 3, "x": {"y": 4}}]).rows
    read = row_reader(PARSER, row)

    assert 3 == time_value(FIELDS, read)
    assert 4 == time_value((Field("x.y"), *FIELDS), read)
    assert 3 == time_value((Field("x.y", exact=True), *FIELDS), read)
    assert time_value((), read) is None
