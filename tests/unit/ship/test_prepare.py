"""What is done to traces before they are sent, or instead."""

from pathlib import Path

from logtrace.clock import SECOND
from logtrace.errors import AgentRejected
from logtrace.model import Drop
from logtrace.ship.ages import Ages
from logtrace.ship.handshake import Handshake
from logtrace.ship.outage import Outage
from logtrace.ship.prepare import Preparer, by_spans, by_traces
from logtrace.ship.quarantine import Quarantine
from logtrace.ship.queue import Queue
from logtrace.ship.redact import Redactor
from logtrace.ship.shared import Shared
from logtrace.ship.sizes import Sizes
from logtrace.telemetry import Telemetry
from tests.support.clock import NOON, FakeClock
from tests.support.log import recording_telemetry
from tests.support.traces import span, trace, traces


def shared(path: Path | None = None, skip: int | None = None) -> tuple[Shared, Telemetry]:
    """Return what lanes have in common, and who is told what happens."""
    clock = FakeClock()
    telemetry, _ = recording_telemetry(clock)
    made = Shared(
        Queue(),
        Sizes(),
        Handshake(telemetry),
        Outage("http://agent", telemetry, clock),
        Ages(telemetry, clock, skip),
        Quarantine(path, telemetry, clock) if path else None,
        telemetry,
        clock,
        lambda: 1.0,
        lambda: Redactor(["emails"]),
    )
    return made, telemetry


def test_what_is_left_out_is_settled_and_counted() -> None:
    """What is too old, has no good span, or is a bad span of a good trace; the rest is redacted."""
    common, telemetry = shared(skip=60 * SECOND)
    good = trace(4, meta={"mail": "ann@example.org"}, size=100)
    good.spans.append(span(4, span_id=0))
    offered = [trace(1, start=NOON - 3600 * SECOND, size=10), trace(2, trace_id=0, size=20), good]
    common.queue.offer(offered, 0)
    ready = Preparer(common).ready(common.queue.take(100, 1000))

    assert [good] == ready
    assert [{"mail": "?"}] == [span.meta for span in good.spans]
    assert ([1, 2], 1, 100) == (common.queue.take_done(), common.queue.pending, common.queue.held)
    assert 1 == telemetry.count("spans_dropped", "too_old")
    assert 2 == telemetry.count("spans_dropped", "agent_would_refuse")
    assert 1 == telemetry.count("texts_redacted", "emails")


def test_what_is_dropped_is_kept_for_a_look(tmp_path: Path) -> None:
    """Counted as lost, written to the quarantine, and done."""
    common, telemetry = shared(tmp_path / "quarantine.jsonl")
    group = traces(1, 2)
    common.queue.offer(group, 0)
    Preparer(common).drop(group, Drop.TOO_LARGE, AgentRejected("413: says why", 413))

    assert 2 == telemetry.count("spans_dropped", "too_large")
    assert 2 == (tmp_path / "quarantine.jsonl").read_text().count("413: says why")
    assert [1, 2] == common.queue.take_done()


def test_a_group_is_halved_by_its_traces() -> None:
    """In their order, none of them torn; a single one cannot be."""
    group = [trace(number, spans=2) for number in (1, 2, 3)]

    assert (group[:1], group[1:]) == by_traces(group)
    assert () == by_traces(group[:1]) == by_traces([])
    assert (group[:1], group[1:]) == by_spans(group)


def test_a_single_trace_is_halved_by_its_spans() -> None:
    """Its size is halved with it, so that all of it is given back; a single span cannot be."""
    first, second = by_spans([trace(1, spans=3, size=101)])

    assert [(1, 33), (2, 68)] == [(len(t.spans), t.size) for t in (*first, *second)]
    assert () == by_spans([trace(1)])
