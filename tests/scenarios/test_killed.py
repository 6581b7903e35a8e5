"""kill -9 at the worst moments."""

import pytest

from tests.support.rig import Rig, line


@pytest.mark.scenario(73)
def test_killed_before_anything_was_acknowledged(rig: Rig) -> None:
    """Lines that were read but not shipped are read again, once."""
    rig.agent.down()
    rig.write(line(0), line(1))
    rig.step(3)
    rig.crash()
    rig.agent.up()
    rig.step(5)

    assert [0, 1] == rig.delivered


def test_killed_after_the_acknowledgement_was_recorded(rig: Rig) -> None:
    """What was acknowledged and recorded is never sent again."""
    rig.write(line(0), line(1))
    rig.step(5)
    rig.crash()
    rig.step(5)

    assert [0, 1] == rig.delivered


@pytest.mark.scenario(72)
def test_killed_between_the_acknowledgement_and_its_record(rig: Rig) -> None:
    """What is sent twice carries the same ids both times."""
    rig.write(line(0), line(1))
    rig.step(2)
    rig.clock.advance(2_000_000_000)
    rig.pipeline.step()
    while rig.shipper.step():
        pass
    rig.crash()
    rig.step(5)

    assert {0, 1} == set(rig.delivered)
    assert 2 == len({(span["trace_id"], span["span_id"]) for span in rig.agent.spans})


@pytest.mark.scenario(77)
def test_killed_while_a_trace_is_open(rig: Rig) -> None:
    """A line whose trace is still open comes back; the lines around it do not."""
    rig.write(line(0), line(1))
    rig.step(5)
    rig.write(line(2))
    rig.step(1)
    rig.crash()
    read = rig.telemetry.total("lines_read")
    rig.step(5)

    assert [0, 1, 2] == rig.delivered
    assert 1 == rig.telemetry.total("lines_read") - read
