"""Nezha (third-party logs with true spans): the ids of our spans are those of the truth.

Each row of its CSV holds a line as Docker's json-file driver wrote it, and the trace and span id that
are true for the line. Three systems' logs, in four formats, behind one mapping each.
"""

import csv
import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "truth" / "nezha"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real logs are not here: {DATA}"),
]

GROUP = r"""
    time: {field: docker.time}
    unwrap: docker
    service: "nezha"
    spans:
      - group: "{trace_id}/{span_id}"
        extract: 'TraceID: (?P<trace_id>\w+) SpanID: (?P<span_id>\w+)'
        trace_id: "{trace_id}"
        span_id: "{span_id}"
        name: log.lines
        pause: 1h
"""
JSON = "    format: json\n" + GROUP
TEXT = "    format: regex\n    pattern: '^(?P<message>.*)$'\n" + GROUP


def true_pairs(rows: list[dict[str, str]]) -> set[tuple[int, int]]:
    """Return the (trace id, span id) of all lines that have them, as the Agent's 64-bit ids."""
    return {
        (int(row["TraceID"][16:], 16), int(row["SpanID"], 16))
        for row in rows
        if len(row["TraceID"]) == 32 and len(row["SpanID"]) == 16
    }


@pytest.mark.parametrize(
    ("minute", "source"),
    [("2022-08-22_05_19", TEXT), ("2022-08-23_13_29", TEXT), ("2023-01-29_08_52", TEXT)],
)
def test_every_true_id_is_found_and_no_other(minute: str, source: str, tmp_path: Path) -> None:
    """The set of (trace, span) ids in our spans is the set in the truth, for every line with ids."""
    with gzip.open(DATA / f"{minute}_log.csv.gz", "rt", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["TimeUnixNano"]))
    log = tmp_path / "nezha.log"
    log.write_text("".join(row["Log"] + "\n" for row in rows))
    config = tmp_path / "logtrace.yaml"
    config.write_text(f"sources:\n  - path: {log}\n{source}")

    done = subprocess.run(
        [sys.executable, "-m", "logtrace", "convert", "-c", str(config), str(log)],
        capture_output=True,
        check=True,
    )

    spans = [span for trace in json.loads(done.stdout) for span in trace]
    ours = Counter((span["trace_id"], span["span_id"]) for span in spans)
    assert true_pairs(rows) == set(ours)
    assert {1} == set(ours.values()), "a span came out twice"
