"""Golden cases: a configuration, a log, and the traces that `convert` makes of it.

A case is a folder: config.yaml, input.log, expected.json (the output of `convert`) and counts.txt (what
it says of the lines). `make golden` writes the two expected files anew: read the difference before
committing it. A user's bug report becomes a case. The log is taken as written on 1 December 2026: that
tells the year of lines that do not.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logtrace.cli import root

CASES = Path(__file__).parent / "cases"
REWRITE = os.environ.get("LOGTRACE_GOLDEN") == "rewrite"
WRITTEN = 1_796_083_200
"""When the logs were written last, in seconds since 1970."""


def convert(case: Path, directory: Path) -> tuple[str, str]:
    """Return what `logtrace convert` prints for a case on stdout and stderr."""
    log = Path(shutil.copyfile(case / "input.log", directory / "input.log"))
    os.utime(log, (WRITTEN, WRITTEN))
    result = CliRunner().invoke(root, ["convert", "-c", str(case / "config.yaml"), str(log)])
    assert 0 == result.exit_code, result.output
    return result.stdout, result.stderr


def readable(output: str) -> str:
    """Return the traces one span a line, keys in order, so that a difference can be read."""
    traces: list[list[dict[str, Any]]] = json.loads(output)
    rows = [",\n  ".join(json.dumps(span, sort_keys=True) for span in trace) for trace in traces]
    return "[" + ",\n".join(f"\n [{row}]" for row in rows) + "\n]\n"


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_a_case_gives_the_expected_traces(case: Path, tmp_path: Path) -> None:
    """The traces, their ids and the counts are exactly the expected ones."""
    stdout, stderr = convert(case, tmp_path)
    if REWRITE:
        (case / "expected.json").write_text(readable(stdout))
        (case / "counts.txt").write_text(stderr)
    assert (case / "expected.json").read_text() == readable(stdout)
    assert (case / "counts.txt").read_text() == stderr
