"""Nezha (third-party logs with true spans): the ids of our spans are those of the truth.

Each row of its CSV holds a line as Docker's json-file driver wrote it, and the trace and span id that
are true for the line. Inside the envelope a line is JSON (zap, pino, Python's) or text (logback, .NET).
"""

import csv
import gzip
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "truth" / "nezha"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real logs are not here: {DATA}"),
]

MINUTES = ["2022-08-22_05_19", "2022-08-23_13_29", "2023-01-29_08_52"]

SOURCE = r"""
  - path: {log}
    format: {format}
    unwrap: docker
    time: {{field: docker.time}}
    service: nezha
    spans:
      - {kind}
        extract: 'TraceID: (?P<trace_id>\w+) SpanID: (?P<span_id>\w+)'
        trace_id: "{{trace_id}}"
        span_id: "{{span_id}}"
        name: log.lines
"""
EACH_LINE = "when: 'true'\n        instant: true"
EACH_SPAN = 'group: "{trace_id}/{span_id}"\n        pause: 1h'

Row = dict[str, str]


def truth(minute: str) -> list[Row]:
    """Return the rows of a minute by time."""
    with gzip.open(DATA / f"{minute}_log.csv.gz", "rt", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: int(row["TimeUnixNano"]))


def is_json(row: Row) -> bool:
    """Return whether the text in the envelope is JSON."""
    inner: str = json.loads(row["Log"])["log"]
    return inner.startswith("{")


def ids(row: Row) -> tuple[int, int] | None:
    """Return trace and span id of a line as the Agent has them, None if it has none."""
    if len(row["TraceID"]) != 32 or len(row["SpanID"]) != 16:
        return None
    return int(row["TraceID"][16:], 16), int(row["SpanID"], 16)


def converted(rows: list[Row], kind: str, directory: Path) -> list[dict[str, Any]]:
    """Return the spans that `convert` makes of the lines: JSON and text in a file of their own."""
    sources, logs = [], []
    for form, wanted in (("json", True), ("regex\n    pattern: '^(?P<message>.*)$'", False)):
        log = directory / f"{wanted}.log"
        log.write_text("".join(row["Log"] + "\n" for row in rows if is_json(row) is wanted))
        sources.append(SOURCE.format(log=log, format=form, kind=kind))
        logs.append(log)
    config = directory / "logtrace.yaml"
    config.write_text("sources:\n" + "".join(sources))
    command = [sys.executable, "-m", "logtrace", "convert", "-c", config, *logs]
    done = subprocess.run(command, capture_output=True, check=True)
    return [span for trace in json.loads(done.stdout) for span in trace]


@pytest.mark.parametrize("minute", MINUTES)
def test_every_line_has_the_true_ids_and_its_time(minute: str, tmp_path: Path) -> None:
    """A span for each line that has ids, with these ids, at the nanosecond of the envelope."""
    rows = truth(minute)

    def stamp(row: Row) -> int:
        seconds, _, fraction = json.loads(row["Log"])["time"].rstrip("Z").partition(".")
        whole = int(datetime.fromisoformat(seconds + "+00:00").timestamp())
        return whole * 10**9 + int(fraction.ljust(9, "0"))

    expected = Counter((*pair, stamp(row)) for row in rows if (pair := ids(row)))
    spans = converted(rows, EACH_LINE, tmp_path)
    assert expected == Counter((s["trace_id"], s["span_id"], s["start"]) for s in spans)
    assert len(expected) > 4000


@pytest.mark.parametrize("minute", MINUTES)
def test_every_true_span_is_found_once_and_no_other(minute: str, tmp_path: Path) -> None:
    """Lines that name the same span are one span."""
    rows = truth(minute)
    spans = converted(rows, EACH_SPAN, tmp_path)

    ours = Counter((span["trace_id"], span["span_id"]) for span in spans)
    assert {pair for row in rows if (pair := ids(row))} == set(ours)
    assert {1} == set(ours.values())
