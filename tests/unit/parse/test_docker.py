import csv
import gzip
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from logtrace.config.model import TimeConfig
from logtrace.model import Reject
from logtrace.parse.timestamps import build_reader
from tests.support.lines import batch, column, enveloped, outcomes, parser, real

NEZHA = [
    "truth/nezha/2022-08-22_05_19_log.csv.gz",
    "truth/nezha/2022-08-23_13_29_log.csv.gz",
    "truth/nezha/2023-01-29_08_52_log.csv.gz",
]


def test_json_inside_is_read_with_the_fields_of_the_envelope() -> None:
    """The inner object gives the fields; `docker.time` and `docker.stream` are there beside it."""
    made = parser("json", "a docker.time docker.stream docker", unwrap="docker")

    records = made.parse(batch(enveloped('{"a":"é"}\n'), enveloped('{"a":2}\n', stream="stderr")))

    assert ["é", 2] == column(made, records, "a")
    assert ["2026-11-22T10:00:00.5Z"] * 2 == column(made, records, "docker.time")
    assert ["stdout", "stderr"] == column(made, records, "docker.stream")


def test_text_inside_is_matched_without_its_newline() -> None:
    """`$` is the end of the text inside; the envelope's fields stand behind the groups."""
    made = parser("regex", "", r"(?P<a>\w+)( \w+)?$", unwrap="docker")

    records = made.parse(batch(enveloped("one\n"), enveloped("two more\r\n")))

    assert ["one", "two"] == column(made, records, "a")
    assert ["2026-11-22T10:00:00.5Z"] * 2 == column(made, records, "docker.time")
    assert made.slot("docker") is None


def test_every_line_is_accounted_for() -> None:
    """A line without envelope, and one with nonsense inside, are rejected each for its own reason."""
    made = parser("json", "a", unwrap="docker")
    lines = batch(
        enveloped('{"a":1}\n'),
        '{"a":2}',
        enveloped("plain\n"),
        "",
        enveloped("\n"),
        '{"log":7}',
        "[]",
        enveloped('{"a":3}\n'),
    )

    records = made.parse(lines)

    assert [
        1,
        Reject.BAD_ENVELOPE,
        Reject.BAD_JSON,
        Reject.EMPTY_LINE,
        Reject.EMPTY_LINE,
        Reject.BAD_ENVELOPE,
        Reject.BAD_ENVELOPE,
        3,
    ] == outcomes(made, records, "a")
    assert records.rejects == sorted(records.rejects)


def test_a_newline_inside_does_not_shift_lines() -> None:
    """Text that holds newlines cannot make the lines of a batch trade places."""
    made = parser("json", "a", unwrap="docker")

    records = made.parse(
        batch(enveloped('{"a":1}\n{"a":'), enveloped("2}"), enveloped('{"a":\n3}'))
    )

    assert [Reject.BAD_JSON, Reject.BAD_JSON, 3] == outcomes(made, records, "a")


def test_an_envelope_without_a_time_has_none() -> None:
    """A missing field of the envelope is None, as everywhere."""
    made = parser("json", "a docker.time", unwrap="docker")

    records = made.parse(batch('{"log":"{\\"a\\":1}\\n"}'))

    assert [None] == column(made, records, "docker.time")


@pytest.mark.parametrize("name", NEZHA)
def test_real_container_logs_are_read_to_the_last_line(name: str) -> None:
    """Each line of three clusters has an envelope, whose time is the one that was measured."""
    entries = _entries(real(name))
    made = parser("regex", "", r"(?P<text>.*)", unwrap="docker")
    read_time = build_reader(TimeConfig())

    records = made.parse(batch(*(entry["Log"] for entry in entries)))

    assert [] == records.rejects
    times = [read_time(value) for value in column(made, records, "docker.time")]
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
