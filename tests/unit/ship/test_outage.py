"""One message when the Agent goes, one when it is back."""

from logtrace.clock import SECOND
from logtrace.ship.outage import Outage
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry


def test_however_often_it_fails() -> None:
    """It is said once that it began, with the first error, and once that it ended, after how long."""
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    outage = Outage("http://agent", telemetry, clock)
    for number in range(100):
        outage.failed(f"error {number}", SECOND)
        clock.advance(SECOND)
    lasted = outage.lasts
    outage.ended()
    outage.ended()

    assert (True, False) == (lasted, outage.lasts)
    assert ["error 0"] == [fields["error"] for fields in log.named("agent_unreachable")]
    assert [100.0] == [fields["after_secs"] for fields in log.named("agent_recovered")]
    assert 100 == telemetry.count("send_failures")
    assert "error 99" == outage.last_error


def test_the_next_one_is_said_again() -> None:
    """Two outages are two, also within the time in which repeats are quiet."""
    telemetry, log = recording_telemetry()
    outage = Outage("http://agent", telemetry, FakeClock())
    for _ in range(2):
        outage.failed("gone", SECOND)
        outage.ended()

    assert 2 == len(log.named("agent_unreachable")) == len(log.named("agent_recovered"))


def test_without_an_outage_nothing_ends() -> None:
    """The usual case: not a word."""
    telemetry, log = recording_telemetry()
    Outage("http://agent", telemetry, FakeClock()).ended()
    assert [] == log.events
