from pathlib import Path

import pytest

from logtrace.insight.line import LineStory, Teller
from logtrace.model import LineBatch, Reject
from tests.support.settings import read_text

RULE = "    spans: [{when: level exists, name: x, instant: true}]\n"
REGEX = r"""
    format: regex
    pattern: '^(?P<time>\S+) (?P<level>[A-Z]+) (?P<rest>.*)$'
"""


def story(directory: Path, source: str, *lines: str, heading: str = "") -> LineStory:
    """Return the story of a record of these lines."""
    text = f"sources:\n  - path: /var/log/x.log\n    name: app{source}{RULE}"
    reading = read_text(directory, text)
    assert [] == reading.problems
    batches, start = [], 0
    for number, line in enumerate(lines, start=10):
        data = line.encode("utf-8", "surrogateescape")
        end = start + len(data) + 1
        batch = LineBatch("app", "x.log", 1, data + b"\n", [data], [start, end], number)
        batch.heading = heading.encode()
        batches.append(batch)
        start = end
    return Teller(reading.config).tell(batches)


def test_all_fields_of_a_line_are_told(tmp_path: Path) -> None:
    """Not only those that rules read; nulls are no fields."""
    told = story(tmp_path, "\n    format: json\n", '{"level":"a","b":{"c":1},"d":null,"odd key":2}')
    assert {"level": "a", "b": {"c": 1}, "odd key": 2} == told.fields
    assert told.story is not None
    assert told.story.mapped.rejects


def test_the_groups_of_a_pattern_are_its_fields(tmp_path: Path) -> None:
    """In their order."""
    told = story(tmp_path, REGEX, "12:00 INFO hello")
    assert [("time", "12:00"), ("level", "INFO"), ("rest", "hello")] == list(told.fields.items())
    assert (None, None) == (told.reject, told.stop)
    assert {"level", "time"} == told.known


def test_where_a_pattern_stopped(tmp_path: Path) -> None:
    """What it took, and what it wanted."""
    told = story(tmp_path, REGEX, "12:00 info hello")
    assert Reject.PATTERN_MISMATCH is told.reject
    assert told.stop is not None
    assert ("12:00 ", "(?P<level>[A-Z]+)") == (
        "12:00 info"[: told.stop.taken],
        told.stop.wanted[:17],
    )
    assert told.story is None


@pytest.mark.usefixtures("re2")
def test_where_a_pattern_stopped_that_re2_runs(tmp_path: Path) -> None:
    """That is not told: Python's engine could take for ever to find out."""
    source = "\n    format: regex\n    pattern: '^(?P<level>(?:a+)+)$'\n"
    told = story(tmp_path, source, "a" * 40 + "!")
    assert (Reject.PATTERN_MISMATCH, None) == (told.reject, told.stop)


def test_where_a_grok_pattern_stopped(tmp_path: Path) -> None:
    """Its names are kept whole."""
    source = (
        "\n    format: grok\n    pattern: '%{TIME:time} %{WORD:level} %{INT:n} %{GREEDYDATA:m}'\n"
    )
    told = story(tmp_path, source, "12:00:01 INFO x hello")
    assert told.stop is not None
    assert ("12:00:01 INFO ", "%{INT:n} %{GREEDYDATA:m}") == (
        "12:00:01 INFO x"[: told.stop.taken],
        told.stop.wanted,
    )


@pytest.mark.parametrize(
    ("line", "at"), [('{"a": 1, b}', 9), ('{"é" 1}', 5), ('{"a": 1', 7), ("", None)]
)
def test_where_json_breaks(tmp_path: Path, line: str, at: int | None) -> None:
    """The character at which the decoder gave up."""
    told = story(tmp_path, "\n    format: json\n", line)
    assert {} == told.fields
    assert (told.broken[1] if told.broken else None) == at


def test_a_record_of_several_lines_is_told_as_one(tmp_path: Path) -> None:
    """As the parser saw it."""
    source = REGEX + "    multiline: {start: '^[0-9]'}\n"
    told = story(tmp_path, source, "12:00 INFO hello", "  at x")
    assert "12:00 INFO hello\n  at x" == told.text
    assert "hello\n  at x" == told.fields["rest"]
    assert told.story is not None
    assert 10 == told.story.mapped.rejects[0][0] + 10


def test_an_envelope_is_taken_off(tmp_path: Path) -> None:
    """What is inside is the text."""
    line = '{"log":"12:00 INFO hello\\n","stream":"stdout","time":"2026-11-22T12:00:00Z"}'
    told = story(tmp_path, REGEX + "    unwrap: docker\n", line)
    assert "12:00 INFO hello" == told.text
    assert "hello" == told.fields["rest"]
    bad = story(tmp_path, REGEX + "    unwrap: docker\n", "nothing like it")
    assert Reject.BAD_ENVELOPE is bad.reject


def test_what_is_no_record_is_skipped(tmp_path: Path) -> None:
    """Such as the comment that names the columns, which name the fields of those behind it."""
    heading = "#Fields: time level cs(User-Agent)\n"
    comment = story(tmp_path, "\n    format: w3c\n", heading.strip())
    assert (True, None) == (comment.skipped, comment.reject)
    told = story(tmp_path, "\n    format: w3c\n", "12:00:00 high curl", heading=heading)
    assert ("high", "curl") == (told.fields["level"], told.fields["cs(User-Agent)"])


def test_hostile_lines_are_told_like_any_other(tmp_path: Path) -> None:
    """Bytes that are no text, depth without end, very long ones."""
    for line in ("\udcff\udcfe", "[" * 100_000, '{"a":' * 5_000, "x" * 2_000_000):
        assert None is story(tmp_path, "\n    format: json\n", line).story
        assert None is story(tmp_path, REGEX, line).story
