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


def test_since_when_and_until_when() -> None:
    """When it went, when it is tried again, when it came back, and what was said last."""
    clock = FakeClock()
    outage = Outage("http://agent", recording_telemetry()[0], clock)
    assert (0, 0) == (outage.since, outage.last_error_at)
    went = clock.monotonic()
    outage.failed("gone", 2 * SECOND)
    clock.advance(3 * SECOND)
    outage.failed("still gone", 5 * SECOND)
    assert (went, went + 3 * SECOND, went + 8 * SECOND) == (
        outage.since,
        outage.last_error_at,
        outage.retry_at,
    )

    clock.advance(SECOND)
    outage.ended()
    assert (went + 4 * SECOND, "still gone") == (outage.since, outage.last_error)
    outage.objected("400: bad")
    assert ("400: bad", clock.monotonic()) == (outage.last_error, outage.last_error_at)
