"""Logs that others wrote, and what `convert` makes of them by a preset."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.lines import DATA

SAMPLES = DATA / "samples"
"""The directory of the logs; it is not part of the project, and not everywhere."""


def converted(
    preset: str, log: Path, directory: Path, more: str = ""
) -> tuple[list[dict[str, Any]], str]:
    """Return the spans that a preset makes of a log, and what is said of the lines.

    Traces are in the order in which they were closed; each span follows its trace's root. What the
    source says over its preset is `more`, as YAML, each key on a line of its own.
    """
    config = directory / "logtrace.yaml"
    keys = "".join(f"    {line}\n" for line in more.splitlines())
    config.write_text(f"sources:\n  - path: {log}\n    format: {preset}\n{keys}")
    command = [sys.executable, "-m", "logtrace", "convert", "-c", config, log]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [span for trace in json.loads(done.stdout) for span in trace], done.stderr.strip()


def nanoseconds(text: str, layout: str) -> int:
    """Return a time in UTC, as `strptime` reads it, in nanoseconds since 1970."""
    moment = datetime.strptime(text, layout).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9 + moment.microsecond * 1000


def children(spans: list[dict[str, Any]], parent: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the children of a span, by their starts."""
    found = [span for span in spans if span.get("parent_id") == parent["span_id"]]
    return sorted(found, key=lambda span: int(span["start"]))
