from logtrace.assemble.domain import DOUBTS, HOLD, Domain
from logtrace.assemble.open_trace import OpenTrace
from logtrace.assemble.stream_time import FOREVER
from logtrace.clock import SECOND
from tests.support.clock import NOON

HOUR = 3600 * SECOND


def open_trace(domain: Domain, trace_id: int = 1) -> OpenTrace:
    """Return a trace of a new stream of the domain."""
    return OpenTrace(trace_id, domain.join(0), 0, SECOND)


def test_horizon_is_the_oldest_stream_that_is_behind():
    """Streams that are read to their end hold nothing back; of the others the oldest counts."""
    domain = Domain("shop")
    for minutes, behind in ((3, True), (2, True), (1, False)):
        stream = domain.join(0)
        stream.meet(NOON + minutes * 60 * SECOND, 0)
        stream.follow(NOON + minutes * 60 * SECOND, 1, FOREVER, 0)
        stream.behind = behind

    assert NOON + 120 * SECOND == domain.horizon(0)


def test_nothing_is_held_when_no_stream_is_behind():
    """The horizon is for ever when all streams are read to their ends."""
    assert FOREVER == Domain("shop").horizon(0)


def test_released_in_order_of_their_moments():
    """A held trace is released when the horizon reaches its moment, not before."""
    domain = Domain("shop")
    late, soon = open_trace(domain), open_trace(domain)
    domain.hold(late, 20, 0)
    domain.hold(soon, 10, 0)

    assert [] == domain.released(9)
    assert [soon] == domain.released(10)
    assert [late] == domain.released(30)


def test_hold_expires():
    """A trace is held for thirty seconds at most, whatever the horizon."""
    domain = Domain("shop")
    trace = open_trace(domain)
    domain.hold(trace, FOREVER, 0)

    assert [] == domain.expired(HOLD - 1)
    assert [trace] == domain.expired(HOLD)
    assert [] == domain.expired(2 * HOLD)


def test_forgets_traces_that_have_left():
    """Entries of traces that were closed otherwise do not pile up behind a stream that stands still."""
    domain = Domain("shop")
    for index in range(5_000):
        trace = open_trace(domain, index)
        domain.hold(trace, FOREVER, 0)
        trace.closed = True

    assert len(domain.expired(HOLD)) <= 1_001
    assert len(domain.released(FOREVER)) <= 1_001


def test_salts_differ():
    """Equal trace ids of two domains can be told apart."""
    assert Domain("shop").salt != Domain("billing").salt


def test_skew_of_the_first_shared_trace_is_believed():
    """One trace that two streams share an hour apart is enough: there may be no other."""
    domain = Domain("shop")
    first, second = domain.join(0), domain.join(0)
    domain.compare(first, second, -HOUR)

    assert (0, HOUR) == (first.skew, second.skew)


def test_a_skew_is_outvoted():
    """One slow trace is no skew: later traces outvote it, and then it cannot outvote them."""
    domain = Domain("shop")
    first, second = domain.join(0), domain.join(0)
    domain.compare(second, first, HOUR)
    for _ in range(DOUBTS):
        domain.compare(second, first, SECOND - second.skew)
    settled = second.skew
    domain.compare(second, first, HOUR)

    assert (0, 0) == (settled, second.skew)


def test_a_small_difference_is_no_skew():
    """A trace that takes minutes from one stream to the other says nothing of their clocks."""
    domain = Domain("shop")
    first, second = domain.join(0), domain.join(0)
    domain.compare(second, first, 200 * SECOND)

    assert 0 == second.skew


def test_peers_move_together():
    """Streams whose clocks were compared keep their difference when another joins them."""
    domain = Domain("shop")
    first, second, third = (domain.join(0) for _ in range(3))
    domain.compare(third, second, -HOUR)
    domain.compare(third, first, HOUR)

    assert [0, HOUR, 0] == [stream.skew for stream in (first, second, third)]
