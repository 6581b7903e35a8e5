"""Real nginx access logs: the preset accounts for every line, and reads what an independent eye does."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "samples"
LOGS = [SAMPLES / "opensearch-catalog/nginx/raw.log", SAMPLES / "lnav/logfile_shop_access_log.0"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"real logs are not here: {SAMPLES}"),
]


def converted(log: Path, directory: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the spans that the preset makes of a log, and what `convert` says of the lines."""
    config = directory / "logtrace.yaml"
    config.write_text(f"sources:\n  - path: {log}\n    format: nginx\n")
    command = [sys.executable, "-m", "logtrace", "convert", "-c", config, log]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [span for trace in json.loads(done.stdout) for span in trace], done.stderr.strip()


def read(line: str) -> tuple[str, str, int, str]:
    """Return resource, status, start and client of a line, taken apart at blanks and quotes."""
    head, request, rest = line.split('"')[:3]
    client = head.split(" ")[0]
    stamp = head[head.index("[") + 1 : head.index("]")]
    start = int(datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").timestamp()) * 10**9
    method, target, _ = request.split(" ")
    return f"{method} {target.partition('?')[0]}", rest.split()[0], start, client


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_every_line_is_a_span_with_what_stands_in_it(log: Path, tmp_path: Path) -> None:
    """No line is unmatched or rejected; resource, status, time and client are the line's."""
    lines = log.read_text().splitlines()
    spans, said = converted(log, tmp_path)
    expected = [read(line) for line in lines]
    found = [
        (
            span["resource"],
            span["meta"]["http.status_code"],
            span["start"],
            span["meta"]["network.client.ip"],
        )
        for span in spans
    ]
    assert expected == found
    assert f"{len(lines):,} lines; {len(lines):,} spans in {len(lines):,} traces" == said
    errors = [span.get("error", 0) for span in spans]
    assert [int(status >= "500") for _, status, _, _ in expected] == errors
