"""Lines that are spans already: several of one trace, several traces in one line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import Rig

READY = """
    format: datadog-json
    read_from: beginning
"""
START = 1_795_341_600_000_000_000


def span(trace: int, span_id: int, parent: int = 0) -> dict[str, Any]:
    """Return a span as a tracer writes it."""
    return {
        "service": "shop",
        "name": "job",
        "resource": "x",
        "trace_id": trace,
        "span_id": span_id,
        "parent_id": parent,
        "start": START,
        "duration": 5,
    }


@pytest.fixture
def ready(tmp_path: Path, agent: FakeAgent) -> Iterator[Rig]:
    """A daemon over a log of spans."""
    rig = Rig(tmp_path, agent, READY)
    yield rig
    rig.close()


def delivered(rig: Rig) -> list[tuple[int, int]]:
    """Return trace and span id of each span that the Agent acknowledged, in order."""
    return sorted((span["trace_id"], span["span_id"]) for span in rig.agent.spans)


def test_spans_of_one_line_go_together(ready: Rig) -> None:
    """As they are, once, and not again after a crash."""
    ready.write(json.dumps([[span(1, 11), span(1, 12, 11)]]) + "\n")
    ready.step(5)
    ready.crash()
    ready.step(5)

    assert [(1, 11), (1, 12)] == delivered(ready)
    assert 0 == ready.lost()


def test_a_line_of_several_traces_is_done_when_all_of_them_are(ready: Rig) -> None:
    """A crash in between costs nothing: what was not sent is read again; then the line is done."""
    ready.write(json.dumps([[span(1, 11)], [span(2, 21, 99)]]) + "\n")
    ready.step(5)
    assert [(1, 11)] == delivered(ready)  # the other has no root: it waits to be idle
    ready.crash()
    ready.step(40)
    assert {(1, 11), (2, 21)} == set(delivered(ready))

    sent = len(delivered(ready))
    ready.crash()
    ready.step(40)
    assert sent == len(delivered(ready))
