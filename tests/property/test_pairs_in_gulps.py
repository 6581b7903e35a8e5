"""Pairs, spans inside them, and resets: the traces are the same, however the log is cut into batches."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace import logs
from logtrace.clock import MILLISECOND, SECOND, SystemClock
from logtrace.config import load
from logtrace.config.model import Config
from logtrace.model import Trace
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry
from tests.support.lines import batches

CONFIG = """
traces: {wait: 2s, idle: 10m}
sources:
  - name: shop
    path: /app.log
    format: json
    reset: k == "reset"
    spans:
      - {start: k == "b", end: k == "e", name: op, key: "{id}", timeout: 1h}
      - {when: k == "w", name: w, duration: "1 ms"%s}
"""
BEGIN = datetime(2026, 11, 22, 10, tzinfo=UTC)

Line = tuple[int, str, int, int]
"""Milliseconds since the line before; what it is; its id; its thread."""

LINES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 10, 400, 1500, 5000]),
        st.sampled_from(["b", "b", "w", "w", "e", "e", "reset"]),
        st.integers(1, 3),
        st.integers(1, 2),
    ),
    min_size=2,
    max_size=25,
)


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Config]:
    """The configuration: the source has a scope, or the lines are paired by a key alone."""
    path: Path = tmp_path_factory.mktemp("gulps") / "logtrace.yaml"
    found = {}
    for form in ("scope", "key"):
        text = CONFIG % ("" if form == "scope" else ', trace_id: "{t}"')
        if form == "scope":
            text = text.replace("    reset:", '    scope: "{t}"\n    reset:')
        path.write_text(text)
        found[form] = load(path, {})
    return found


def written(lines: list[Line]) -> list[str]:
    """Return the log."""
    moment, found = BEGIN, []
    for gap, kind, number, thread in lines:
        moment += timedelta(milliseconds=gap)
        record = {"ts": moment.isoformat(), "k": kind, "id": str(number), "t": str(thread)}
        found.append(json.dumps(record))
    return found


def told(traces: list[Trace]) -> list[list[tuple[str, int, int, int, int]]]:
    """Return which spans left together, whatever the order."""
    return sorted(
        sorted((s.name, s.start, s.duration, s.parent_id, s.error) for s in trace.spans)
        for trace in traces
    )


def read(config: Config, lines: list[Line], sizes: list[int], live: bool) -> list[Trace]:
    """Read a log in batches of so many lines: each when it is written, or all when they are old."""
    stages = Stages(config, Telemetry(logs.silent(), SystemClock()))
    log, chunks = written(lines), []
    for size in [*sizes, len(log)]:
        chunks.append(log[:size])
        log = log[size:]
    traces: list[Trace] = []
    place = 0
    for given_batch in batches(*filter(None, chunks)):
        count = len(given_batch.lines)
        gap = sum(gap for gap, *_ in lines[place : place + count]) * MILLISECOND if live else 0
        place += count
        behind = {"shop"} if not live and place < len(lines) else set[str]()
        given_batch.behind = bool(behind)
        traces += stages.elapse(gap, behind).traces
        traces += stages.process(given_batch).traces
    return [*traces, *stages.elapse(3600 * SECOND, ()).traces, *stages.flush().traces]


@pytest.mark.parametrize("form", ["scope", "key"])
@given(lines=LINES, sizes=st.lists(st.integers(1, 9), max_size=9))
def test_the_traces_are_those_of_live_reading(
    configs: dict[str, Config], form: str, lines: list[Line], sizes: list[int]
) -> None:
    """What is given up at a later line comes behind the spans before that line, in a gulp too."""
    config = configs[form]
    live = told(read(config, lines, [1] * len(lines), live=True))

    assert live == told(read(config, lines, [], live=False))
    assert live == told(read(config, lines, sizes, live=False))
