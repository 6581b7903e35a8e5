"""The Agent refuses one trace of a payload."""

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import Rig, line


@pytest.mark.scenario(103)
def test_only_the_refused_trace_is_lost(rig: Rig, agent: FakeAgent) -> None:
    """A 400 costs the trace that causes it; the others are delivered and the loss is counted."""
    agent.refuse(lambda span: span["trace_id"] == 3)
    rig.write(*(line(number) for number in range(8)))
    rig.step(10)

    assert [0, 1, 3, 4, 5, 6, 7] == rig.delivered
    assert 1 == rig.telemetry.count("spans_dropped", "agent_rejected")

    rig.crash()
    rig.step(3)
    assert [0, 1, 3, 4, 5, 6, 7] == rig.delivered
