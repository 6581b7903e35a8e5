"""Traces that are not kept: sent for the Agent's statistics, done with, and no loss."""

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import RULE, Rig, line

KEEP = "wait: 1s, keep: [{when: duration > 1s, rate: 1}, {rate: 0}]"


@pytest.fixture
def keeping(tmp_path, agent: FakeAgent):
    """Return a daemon that keeps slow traces only."""
    rig = Rig(tmp_path, agent, RULE)
    yaml = tmp_path / "logtrace.yaml"
    yaml.write_text(yaml.read_text().replace("wait: 1s", KEEP))
    rig.crash()
    yield rig
    rig.close()


def priorities(rig: Rig) -> list[float | None]:
    """Return the priority of each trace's first span, in the order of trace ids."""
    spans = sorted(rig.agent.spans, key=lambda span: span["trace_id"])
    return [span["metrics"].get("_sampling_priority_v1") for span in spans]


def test_traces_that_are_not_kept_are_sent_and_done(keeping: Rig) -> None:
    """With a priority that has the Agent count and drop them; each is counted, nothing is lost."""
    keeping.write(line(0), line(1, ms=1500), line(2))
    keeping.step(20)

    assert [-1, 2, -1] == priorities(keeping)
    assert 1 == keeping.telemetry.count("traces_kept", "keep[0]")
    assert 2 == keeping.telemetry.count("traces_not_kept", "keep[1]")
    assert 0 == keeping.lost()

    keeping.crash()
    keeping.step(20)
    assert 3 == len(keeping.delivered)


def test_a_late_span_has_the_decision_of_its_trace(keeping: Rig) -> None:
    """Also after a stop in order, and also if it would have been decided otherwise."""
    keeping.write(line(0))
    keeping.step(20)
    keeping.write(line(0, ms=1500))
    keeping.step(20)

    assert [-1, -1] == priorities(keeping)
    assert 1 == keeping.telemetry.count("traces_not_kept", "keep[1]")
    assert 0 == keeping.telemetry.count("traces_kept", "keep[0]")
