from logtrace.assemble.deadlines import TICK, Deadlines
from logtrace.assemble.domain import Domain
from logtrace.assemble.open_trace import OpenTrace
from logtrace.clock import SECOND


def open_trace(trace_id: int = 1) -> OpenTrace:
    """Return a trace that may be entered anywhere."""
    return OpenTrace(trace_id, Domain("shop").join(0), 0, SECOND)


def test_passes_after_it_is_due_and_only_once():
    """A trace comes up when its time is over, within a tick, never before, and once."""
    deadlines, trace = Deadlines(), open_trace()
    deadlines.enter(trace, SECOND)

    assert [] == deadlines.passed(SECOND - 1)
    assert [trace] == deadlines.passed(SECOND + TICK)
    assert [] == deadlines.passed(10 * SECOND)
    assert not deadlines


def test_an_earlier_entry_no_longer_counts():
    """A trace that is entered again comes up at its new time only."""
    deadlines, trace = Deadlines(), open_trace()
    deadlines.enter(trace, SECOND)
    deadlines.enter(trace, 5 * SECOND)

    assert [] == deadlines.passed(2 * SECOND)
    assert [trace] == deadlines.passed(5 * SECOND + TICK)


def test_an_entry_elsewhere_takes_over():
    """A trace that is entered with another stream's deadlines does not come up here."""
    here, there, trace = Deadlines(), Deadlines(), open_trace()
    here.enter(trace, SECOND)
    there.enter(trace, SECOND)

    assert [] == here.passed(10 * SECOND)
    assert [trace] == there.passed(10 * SECOND)


def test_comes_up_in_order_of_time():
    """Traces come up in the order of their times, whatever the order they were entered in."""
    deadlines = Deadlines()
    traces = {due: open_trace(due) for due in (7, 3, 5)}
    for due, trace in traces.items():
        deadlines.enter(trace, due * SECOND)

    assert [3, 5, 7] == [trace.trace_id for trace in deadlines.passed(60 * SECOND)]
