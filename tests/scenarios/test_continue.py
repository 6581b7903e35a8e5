"""One line ends a phase and begins the next: it is done when both are."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import Rig

PHASES = """
    format: json
    read_from: beginning
    time: {field: ts}
    spans:
      - start: phase == "load"
        end: phase == "sort"
        name: job.load
        key: "{job}"
        trace_id: "{job}"
        continue: true
      - start: phase == "sort"
        end: phase == "done"
        name: job.sort
        key: "{job}"
        trace_id: "{job} too"
"""


def line(second: int, phase: str) -> str:
    """Return a line of the job that says which phase begins."""
    return json.dumps({"ts": f"2026-11-22T11:00:{second:02}Z", "phase": phase, "job": "j1"}) + "\n"


@pytest.fixture
def phases(tmp_path: Path, agent: FakeAgent) -> Iterator[Rig]:
    """A daemon with two rules, the first of which lets its lines go on."""
    rig = Rig(tmp_path, agent, PHASES)
    yield rig
    rig.close()


def names(rig: Rig) -> list[str]:
    """Return the names of the spans that the Agent has, in the order of arrival."""
    return [span["name"] for span in rig.agent.spans]


def test_a_line_is_open_until_all_that_it_gave_is_done(phases: Rig) -> None:
    """When the daemon is killed between the two, the line is read again, and nothing is rejected."""
    phases.write(line(1, "load"), line(2, "sort"))
    phases.step(60)
    assert ["job.load"] == names(phases)

    phases.crash()
    phases.write(line(9, "done"))
    phases.step(60)
    assert ["job.load", "job.sort"] == names(phases)
    assert 0 == phases.lost()


def test_what_one_line_gave_is_one_trace(phases: Rig) -> None:
    """That of the first rule, and when all is done nothing is read again."""
    phases.write(line(1, "load"), line(2, "sort"), line(4, "done"))
    phases.step(60)
    phases.crash()
    phases.step(60)

    assert ["job.load", "job.sort"] == names(phases)
    assert 1 == len({span["trace_id"] for span in phases.agent.spans})
