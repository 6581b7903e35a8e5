"""One message when the Agent goes, one when it is back."""

from logtrace.clock import SECOND
from logtrace.ship.outage import CALM, Outage
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
    clock.advance(CALM)
    outage.settle()
    outage.settle()

    assert (True, False) == (lasted, outage.lasts)
    assert ["error 0"] == [fields["error"] for fields in log.named("agent_unreachable")]
    assert [100.0] == [fields["after_secs"] for fields in log.named("agent_recovered")]
    assert 100 == telemetry.count("send_failures")
    assert "error 99" == outage.last_error


def test_the_next_one_is_said_again() -> None:
    """Two outages are two, also within the time in which repeats are quiet."""
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    outage = Outage("http://agent", telemetry, clock)
    for _ in range(2):
        outage.failed("gone", SECOND)
        outage.ended()
        clock.advance(CALM)
        outage.settle()

    assert 2 == len(log.named("agent_unreachable")) == len(log.named("agent_recovered"))


def test_without_an_outage_nothing_ends() -> None:
    """The usual case: not a word."""
    telemetry, log = recording_telemetry()
    outage = Outage("http://agent", telemetry, FakeClock())
    outage.ended()
    outage.settle()
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


def test_an_agent_that_flaps_is_away_once() -> None:
    """It takes one payload and not the next, for minutes: one outage, over when it is quiet."""
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    outage = Outage("http://agent", telemetry, clock)
    seen = set()
    for _ in range(100):
        outage.failed("429", SECOND)
        seen.add((outage.lasts, outage.unsteady))
        clock.advance(SECOND)
        outage.ended()
        seen.add((outage.lasts, outage.unsteady))
        clock.advance(CALM - SECOND - 1)
        outage.settle()
    flapping = [event for _, event, _ in log.events]
    clock.advance(1 + SECOND)
    outage.settle()

    assert {(True, False), (False, True)} == seen
    assert ["agent_unreachable"] == flapping
    assert [496.0] == [fields["after_secs"] for fields in log.named("agent_recovered")]
    assert (False, False) == (outage.lasts, outage.unsteady)


def test_to_be_left_alone_is_no_calm() -> None:
    """It is tried every ten seconds only: what it takes then, once, does not end the outage."""
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    outage = Outage("http://agent", telemetry, clock)
    for _ in range(10):
        outage.failed("429", SECOND, 10 * SECOND)
        clock.advance(10 * SECOND)
        outage.settle()
        outage.ended()
        outage.settle()

    assert ["agent_unreachable"] == [event for _, event, _ in log.events]


def test_an_agent_that_is_away_is_never_back() -> None:
    """However long nothing was tried."""
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    outage = Outage("http://agent", telemetry, clock)
    outage.failed("gone", SECOND)
    clock.advance(10 * CALM)
    outage.settle()
    outage.settle(calm=0)

    assert [] == log.named("agent_recovered")


def test_what_the_agent_wishes_holds_for_all() -> None:
    """A failure of another lane, which knows of no wish, takes nothing from it."""
    clock = FakeClock()
    outage = Outage("http://agent", recording_telemetry()[0], clock)
    until = clock.monotonic() + 7 * SECOND
    outage.failed("429", SECOND, 7 * SECOND)
    clock.advance(SECOND)
    outage.failed("reset", SECOND)
    spared, retried = outage.spared_until, outage.retry_at
    clock.advance(10 * SECOND)
    outage.failed("reset", SECOND)

    assert (until, until) == (spared, retried)
    assert clock.monotonic() + SECOND == outage.retry_at
