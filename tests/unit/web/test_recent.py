"""The newest traces, in bounded memory."""

from logtrace.web.recent import PROBLEMS, Recent
from logtrace.web.strict import judge
from tests.support.clock import NOON
from tests.support.traces import span


def add(recent: Recent, *numbers: int, spans: int = 1, now: int = NOON) -> None:
    """Add one payload with a trace for each number."""
    recent.add(judge([[span(number)] * spans for number in numbers], NOON), now)


def ids(recent: Recent) -> list[int]:
    """Return the ids of the traces, the newest first."""
    return [trace.spans[0].trace_id for trace in recent.newest()]


def test_chunks_of_one_trace_are_one_trace() -> None:
    """A later chunk joins the first and makes the trace the newest."""
    recent = Recent()
    add(recent, 1, 2)
    add(recent, 1, spans=2, now=NOON + 5)
    trace = recent.get(1)

    assert [1, 2] == ids(recent)
    assert trace
    assert (3, 2, NOON + 5) == (len(trace.spans), trace.chunks, trace.seen)


def test_the_trace_that_was_quiet_longest_goes_first() -> None:
    """Above the bound of traces, and above the bound of spans."""
    recent = Recent(traces=2)
    add(recent, 1, 2)
    add(recent, 1)
    add(recent, 3)
    assert [3, 1] == ids(recent)
    assert None is recent.get(2)

    recent = Recent(spans=10)
    add(recent, 1, spans=6)
    add(recent, 2, spans=6)
    assert [2] == ids(recent)


def test_a_trace_that_is_larger_than_all_room_is_cut() -> None:
    """What is left out is counted."""
    recent = Recent(spans=10)
    add(recent, 1, spans=7)
    add(recent, 1, spans=7)
    trace = recent.get(1)

    assert trace
    assert (10, 4) == (len(trace.spans), trace.missing)


def test_changes_go_with_their_trace() -> None:
    """Each trace has its own notes."""
    recent = Recent()
    recent.add(judge([[span(1, service="A")], [span(2)]], NOON), NOON)

    assert [1, 0] == [len(trace.notes) for trace in reversed(recent.newest())]


def test_troubles_are_bounded_and_newest_first() -> None:
    """Refusals and drops."""
    recent = Recent()
    for number in range(PROBLEMS + 5):
        recent.refuse(400, f"bad {number}", NOON)
    recent.add(judge([[]], NOON), NOON)
    troubles = recent.troubles()

    assert PROBLEMS == len(troubles)
    assert ("empty_trace", "400") == (troubles[0].reason, troubles[1].reason)
    assert f"bad {PROBLEMS + 4}" == troubles[1].detail
