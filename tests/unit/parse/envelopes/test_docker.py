import csv
import gzip
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from logtrace.config.model import TimeConfig
from logtrace.model import Reject
from logtrace.parse.timestamps import build_times
from tests.support.lines import Joining, batch, enveloped, real

NEZHA = [
    "truth/nezha/2022-08-22_05_19_log.csv.gz",
    "truth/nezha/2022-08-23_13_29_log.csv.gz",
    "truth/nezha/2023-01-29_08_52_log.csv.gz",
]


def test_json_inside_is_read_with_the_fields_of_the_envelope() -> None:
    """The inner object gives the fields; `docker.time` and `docker.stream` are there beside it."""
    made = Joining("json", "a docker.time docker.stream", unwrap="docker")

    made.take(batch(enveloped('{"a":"é"}\n'), enveloped('{"a":2}\n', stream="stderr")))

    assert [
        (0, ("é", "2026-11-22T10:00:00.5Z", "stdout")),
        (1, (2, "2026-11-22T10:00:00.5Z", "stderr")),
    ] == made.said


def test_text_inside_is_matched_without_its_newline() -> None:
    """`$` is the end of the text inside; the envelope's fields stand behind the groups."""
    made = Joining("regex", "a docker.time", r"(?P<a>\w+)( \w+)?$", unwrap="docker")

    made.take(batch(enveloped("one\n"), enveloped("two more\r\n")))

    time = "2026-11-22T10:00:00.5Z"
    assert [(0, ("one", time)), (1, ("two", time))] == made.said
    assert made.parser.slot("docker.stream") is None


def test_every_line_is_accounted_for() -> None:
    """A line without envelope, and one with nonsense inside, are rejected each for its own reason."""
    made = Joining("json", "a", unwrap="docker")

    made.take(
        batch(
            enveloped('{"a":1}\n'),
            '{"a":2}',
            enveloped("plain\n"),
            "",
            enveloped("\n"),
            '{"log":7}',
            "[]",
            enveloped('{"a":3}\n'),
        )
    )

    assert [
        1,
        Reject.BAD_ENVELOPE,
        Reject.BAD_JSON,
        Reject.EMPTY_LINE,
        Reject.EMPTY_LINE,
        Reject.BAD_ENVELOPE,
        Reject.BAD_ENVELOPE,
        3,
    ] == [value for _, value in made.said]
    assert [*range(8)] == [number for number, _ in made.said]


def test_a_newline_inside_does_not_shift_lines() -> None:
    """Text that holds newlines cannot make the lines of a batch trade places."""
    made = Joining("json", "a", unwrap="docker")

    made.take(batch(enveloped('{"a":1}\n{"a":\n'), enveloped("2}\n"), enveloped('{"a":\n3}\n')))

    assert [(0, Reject.BAD_JSON), (1, Reject.BAD_JSON), (2, 3)] == made.said


def test_an_envelope_without_a_time_has_none() -> None:
    """A missing field of the envelope is None, as everywhere."""
    made = Joining("json", "a docker.time", unwrap="docker")

    assert [(0, (1, None))] == made.take(batch('{"log":"{\\"a\\":1}\\n"}'))


def test_a_line_that_docker_cut_is_one_line() -> None:
    """Pieces without a newline go on in the next line of their stream, whatever stands between."""
    made = Joining("regex", "a docker.stream", "(?P<a>.*)", unwrap="docker")

    made.take(
        batch(
            enveloped("one "),
            enveloped("two\n", stream="stderr"),
            enveloped("line"),
            enveloped(" of three\n"),
            enveloped("next\n"),
        )
    )

    assert [
        (0, ("one line of three", "stdout")),
        (1, ("two", "stderr")),
        (4, ("next", "stdout")),
    ] == made.said
    assert {0: [2, 3]} == made.ties


@pytest.mark.parametrize("name", NEZHA)
def test_real_container_logs_are_read_to_the_last_line(name: str) -> None:
    """Each line of three clusters has an envelope, whose time is the one that was measured."""
    entries = _entries(real(name))
    made = Joining("regex", "docker.time", r"(?P<text>.*)", unwrap="docker")
    read_time = build_times(TimeConfig()).read

    made.take(batch(*(entry["Log"] for entry in entries)))

    assert {} == made.ties
    times = [read_time(value) for _, value in made.said]
    assert len(entries) == len(times)
    assert all(ns is not None for ns in times)
    shown = Counter(
        abs(ns // 10**9 - int(datetime.fromisoformat(entry["Timestamp"]).timestamp())) <= 1
        for ns, entry in zip(times, entries, strict=True)
        if ns is not None
    )
    assert shown[True] > 0.99 * len(entries)


def _entries(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))
