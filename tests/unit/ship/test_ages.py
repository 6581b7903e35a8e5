"""Old traces: counted, warned of, left out if that is wanted."""

from typing import Any

from logtrace.clock import SECOND
from logtrace.model import Trace
from logtrace.ship.ages import ACCEPTED, Ages
from tests.support.clock import NOON, FakeClock
from tests.support.log import RecordingLog, recording_telemetry
from tests.support.stage import Stage
from tests.support.traces import trace

HOUR = 3600 * SECOND


def aged(hours: float, number: int = 1, **fields: Any) -> Trace:
    """Return a trace that ended so long ago."""
    return trace(number, 2, start=NOON - int(hours * HOUR), duration=0, **fields)


def sifted(
    *traces: Trace, skip: int | None = None
) -> tuple[list[int], list[int], dict[str, int], RecordingLog]:
    """Return numbers of what is sent and of what is left out, the counters, and the log."""
    telemetry, log = recording_telemetry()
    sent, skipped = Ages(telemetry, FakeClock(), skip).sift(list(traces))
    counts = {" ".join(key).strip(): value for key, value in telemetry.counts.items()}
    numbers = [[trace.numbers[0] for trace in part] for part in (sent, skipped)]
    return numbers[0], numbers[1], counts, log


def test_what_is_fresh_passes() -> None:
    """Nothing is counted, nothing said."""
    sent, skipped, counts, log = sifted(aged(0), aged(0.1, 2))
    assert ([1, 2], [], {}, []) == (sent, skipped, counts, log.events)


def test_what_is_old_is_sent_and_warned_of() -> None:
    """Older than ten minutes: the statistics land at now. Once, with the greatest age."""
    sent, skipped, counts, log = sifted(aged(0), aged(1, 2), aged(2, 3))
    assert ([1, 2, 3], [], {}) == (sent, skipped, counts)
    assert [7200] == [fields["age_secs"] for fields in log.named("statistics_shifted")]


def test_what_the_backend_may_not_keep_is_counted() -> None:
    """Older than 18 hours: sent all the same, each span counted as stale."""
    sent, skipped, counts, _ = sifted(aged(17.9), aged(18.1, 2))
    assert ([1, 2], [], {"spans_stale": 2}) == (sent, skipped, counts)


def test_what_is_not_wanted_is_left_out() -> None:
    """Its spans are counted as lost on purpose."""
    sent, skipped, counts, log = sifted(aged(1), aged(5, 2), aged(0, 3), skip=2 * HOUR)
    assert ([1, 3], [2], {"spans_dropped too_old": 2}) == (sent, skipped, counts)
    assert [True] == [fields["intentional"] for fields in log.named("spans_dropped")]


def test_a_trace_is_as_old_as_its_youngest_span() -> None:
    """A late child keeps it."""
    old = aged(5)
    old.spans[1].duration = 4 * HOUR
    assert ([1], []) == sifted(old, skip=2 * HOUR)[:2]


def test_a_day_of_backlog_is_warned_of_once_an_hour() -> None:
    """Not for each payload."""
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    ages = Ages(telemetry, clock)
    for _ in range(100):
        ages.sift([aged(24)])
        clock.advance(SECOND)
    clock.advance(HOUR)
    ages.sift([aged(24)])
    assert 2 == len(log.named("statistics_shifted"))


def test_what_is_left_out_is_done() -> None:
    """Its record numbers come back, so that its lines are not read again."""
    stage = Stage(skip=ACCEPTED)
    stage.ship(aged(0), aged(19, 2))
    assert [1] == sorted(set(stage.agent.ids))
    assert [1, 2] == stage.shipper.take_done()
    assert 0 == stage.shipper.pending


def test_what_is_of_the_future_is_sent_and_said() -> None:
    """A wrong zone or unit: the Agent takes it, the backend may not. Whatever stands beside it."""
    long = trace(5, 2, start=NOON - 20 * HOUR, duration=23 * HOUR)
    sent, skipped, counts, log = sifted(
        aged(-1.9), aged(-2.1, 2), aged(-9, 3), aged(20, 4), long, skip=19 * HOUR
    )
    assert ([1, 2, 3, 5], [4], {"spans_postdated": 6, "spans_dropped too_old": 2}) == (
        sent,
        skipped,
        counts,
    )
    assert [9 * 3600] == [fields["ahead_secs"] for fields in log.named("spans_postdated")]
