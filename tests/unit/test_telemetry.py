import inspect
import re

import pytest

from logtrace import telemetry as module
from logtrace.clock import SECOND
from logtrace.model import Closed, Drop, Reject
from logtrace.telemetry import COUNTERS, QUIET, Telemetry
from tests.support.clock import FakeClock
from tests.support.log import RecordingLog


@pytest.fixture
def clock() -> FakeClock:
    """A clock turned by hand."""
    return FakeClock()


@pytest.fixture
def log() -> RecordingLog:
    """What was logged."""
    return RecordingLog()


@pytest.fixture
def telemetry(log: RecordingLog, clock: FakeClock) -> Telemetry:
    """A telemetry over both."""
    return Telemetry(log, clock)


def test_counters_add_up_by_label(telemetry: Telemetry) -> None:
    """A counter has a value for each label, and a total."""
    telemetry.lines_rejected("shop", Reject.BAD_JSON, 2)
    telemetry.lines_rejected("shop", Reject.NO_TIME, 3)
    telemetry.lines_rejected("mesh", Reject.BAD_JSON, 5)

    assert 7 == telemetry.count("lines_rejected", Reject.BAD_JSON)
    assert 10 == telemetry.total("lines_rejected")
    assert 0 == telemetry.total("spans_dropped")


def test_what_happened_no_time_is_not_counted(telemetry: Telemetry) -> None:
    """Adding nothing makes no counter: the counts list only what occurred."""
    telemetry.lines_ignored("shop", 0)
    telemetry.traces_closed(Closed.IDLE, 0, 0)
    assert {} == telemetry.counts


def test_decisions_are_counted_by_rule(telemetry: Telemetry) -> None:
    """Kept or not: neither is a loss."""
    telemetry.traces_decided("keep[0]", True, 2)
    telemetry.traces_decided("keep[1]", False, 3)
    assert {("traces_kept", "keep[0]"): 2, ("traces_not_kept", "keep[1]"): 3} == telemetry.counts


def test_a_repeating_event_is_logged_once_in_a_while(
    telemetry: Telemetry, log: RecordingLog, clock: FakeClock
) -> None:
    """Within ten seconds it is counted; the next one says how many there were in between."""
    for _ in range(5):
        telemetry.spans_dropped(Drop.TOO_LARGE, 1)
    clock.advance(QUIET)
    telemetry.spans_dropped(Drop.TOO_LARGE, 1)

    assert [None, 4] == [fields.get("suppressed") for fields in log.named("spans_dropped")]
    assert 6 == telemetry.count("spans_dropped", Drop.TOO_LARGE)


def test_different_causes_do_not_silence_each_other(
    telemetry: Telemetry, log: RecordingLog
) -> None:
    """Each file and error has its own ten seconds."""
    telemetry.file_failed("/a.log", "permission denied")
    telemetry.file_failed("/b.log", "permission denied")
    telemetry.file_failed("/a.log", "permission denied")
    assert ["/a.log", "/b.log"] == [fields["file"] for fields in log.named("file_failed")]


def test_a_recovered_agent_that_fails_again_is_said_at_once(
    telemetry: Telemetry, log: RecordingLog
) -> None:
    """Recovery ends the silence about the Agent."""
    telemetry.agent_unreachable("http://x", "refused", SECOND)
    telemetry.agent_recovered("http://x", 2 * SECOND)
    telemetry.agent_unreachable("http://x", "refused", SECOND)
    assert ["agent_unreachable", "agent_recovered", "agent_unreachable"] == [
        event for _, event, _ in log.events
    ]


def test_memory_for_repeats_is_bounded(
    telemetry: Telemetry, log: RecordingLog, clock: FakeClock
) -> None:
    """Endless causes, such as names of files, are forgotten; every one is still logged."""
    for number in range(5000):
        telemetry.file_failed(f"/{number}.log", "gone")
    assert 5000 == len(log.named("file_failed"))
    assert len(telemetry._repeats) <= 1001


@pytest.mark.parametrize(("left", "level"), [(0, "info"), (3, "warning")])
def test_an_unclean_end_is_a_warning(
    telemetry: Telemetry, log: RecordingLog, left: int, level: str
) -> None:
    """The level of `daemon_stopped` says whether all was delivered."""
    telemetry.daemon_stopped(left)
    assert [(level, "daemon_stopped", {"spans_left": left})] == log.events


def test_no_counter_can_be_forgotten() -> None:
    """COUNTERS, which `logtrace status` shows, names every counter that is added to, and no other."""
    added = re.findall(r'_add\(\s*"(\w+)"', inspect.getsource(module))
    assert sorted(COUNTERS) == sorted(set(added))


def test_counters_that_did_not_happen_are_told_too(telemetry: Telemetry) -> None:
    """All are there from the start: one without labels is 0, one with labels has none yet."""
    telemetry.lines_rejected("shop", Reject.BAD_JSON, 2)
    counted = telemetry.counted()

    assert list(COUNTERS) == list(counted)
    assert {"": 0} == counted["spans_stale"]
    assert {} == counted["spans_dropped"]
    assert {"bad_json": 2} == counted["lines_rejected"]


def test_rejected_lines_are_counted_by_source_too(telemetry: Telemetry) -> None:
    """Each source's own, by reason."""
    telemetry.lines_rejected("shop", Reject.BAD_JSON, 2)
    telemetry.lines_rejected("mesh", Reject.NO_TIME, 1)
    assert {"bad_json": 2} == telemetry.rejected("shop")
    assert {} == telemetry.rejected("other")


def test_what_went_wrong_last_is_remembered(telemetry: Telemetry) -> None:
    """Warnings and errors, not the life cycle."""
    telemetry.daemon_started("1", 1)
    telemetry.lines_lost("/a.log", 10, "file_gone")
    assert ["lines_lost"] == [happening.event for happening in telemetry.lately()]


def test_the_last_shipping_is_dated(telemetry: Telemetry, clock: FakeClock) -> None:
    """An operator sees that the Agent takes payloads, and since when it has not."""
    assert 0 == telemetry.shipped_at
    telemetry.payload_shipped(1, 1, 1)
    assert clock.now() == telemetry.shipped_at
