"""The Agent goes away for minutes, under load, and comes back."""

import pytest

from logtrace.clock import SECOND
from tests.support.rig import Rig, line


@pytest.mark.scenario(100)
def test_nothing_is_lost_and_two_messages_are_logged(rig: Rig) -> None:
    """All lines written during an outage arrive afterwards; it is said once that it began and ended."""
    rig.write(line(0))
    rig.step(4)
    rig.agent.down()
    for number in range(1, 50):
        rig.write(line(number))
        rig.step()
    assert [0] == rig.delivered

    rig.agent.up()
    rig.step(60)

    assert list(range(50)) == rig.delivered
    assert 1 == len(rig.events.named("agent_recovered"))
    assert 0 == rig.lost()


@pytest.mark.scenario(99)
def test_reading_stops_while_the_queue_is_full(rig: Rig) -> None:
    """With the Agent away no more is read than the queue holds; the rest stays in the file."""
    rig.agent.down()
    for start in range(0, 60_000, 10_000):
        rig.write(*(line(number) for number in range(start, start + 10_000)))
        rig.step(20)

    assert rig.telemetry.total("lines_read") < 50_000

    rig.agent.up()
    rig.step(120)
    assert list(range(60_000)) == rig.delivered


@pytest.mark.slow
def test_what_is_read_while_a_reply_is_held_is_bounded_in_bytes(rig: Rig) -> None:
    """Short lines before, then 80 MB of long ones and no answer: 64 MiB are read, the rest waits."""
    rig.write(*(line(number) for number in range(3000)))
    rig.step(10)
    before = rig.telemetry.total("bytes_read")
    long = "x" * 16_000
    for start in range(3000, 8000, 500):
        rig.write(*(line(number, note=long) for number in range(start, start + 500)))
    for _ in range(700):  # as while the shipper waits for the reply
        rig.clock.advance(SECOND)
        rig.pipeline.step()
    held = rig.telemetry.total("bytes_read") - before
    rig.step(300)

    assert 50 * 2**20 < held < 72 * 2**20
    assert list(range(8000)) == rig.delivered
