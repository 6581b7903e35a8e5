from logtrace.assemble.domain import Domain
from logtrace.assemble.open_trace import OpenTrace, cut, keep
from logtrace.clock import SECOND
from tests.support.clock import NOON
from tests.support.spans import mapped_span

IDLE = 30 * SECOND
WAIT = 5 * SECOND


def trace_of(*arrivals: tuple[int, int, bool], late: bool = False) -> OpenTrace:
    """Return a trace of (second of arrival, rank of the stream, root) for each span."""
    domain = Domain("shop")
    streams = [domain.join(0) for _ in range(3)]
    trace = OpenTrace(1, streams[arrivals[0][1]], 0, WAIT, late=late)
    for number, (second, rank, root) in enumerate(arrivals):
        if trace.stream is not streams[rank]:
            trace.move(streams[rank])
        trace.spans.append(mapped_span(number, time=NOON + second * SECOND, root=root))
        trace.rooted |= root
    return trace


def numbers(trace: OpenTrace) -> list[list[int]]:
    """Return the record numbers of each part."""
    return [[mapped.number for mapped in part.spans] for part in cut(trace, IDLE, WAIT)]


def test_cut_waits_for_idle_until_the_root_is_known():
    """Before the root only `idle` cuts, behind it the wait does, and behind a cut the wait again."""
    trace = trace_of((0, 0, False), (20, 0, True), (26, 0, False), (32, 0, False))

    assert [[0, 1], [2], [3]] == numbers(trace)


def test_cut_says_which_parts_are_rooted():
    """A part is rooted when it holds the root."""
    trace = trace_of((0, 0, False), (40, 0, True), (46, 0, False))

    assert [False, True, False] == [part.rooted for part in cut(trace, IDLE, WAIT)]


def test_root_of_an_earlier_chunk_counts():
    """When the root has left with an earlier chunk the wait counts from the first span on."""
    trace = trace_of((0, 0, False), (6, 0, False))
    trace.rooted = True

    assert [[0], [1]] == numbers(trace)


def test_late_spans_are_cut_at_the_wait():
    """Spans that came late are never kept for `idle`."""
    assert [[0], [1]] == numbers(trace_of((0, 0, False), (6, 0, False), late=True))


def test_streams_are_put_in_order_of_their_moments():
    """A line that was read later from another stream takes its place in time."""
    trace = trace_of((0, 0, True), (20, 0, False), (3, 1, False))

    assert [[0, 2], [1]] == numbers(trace)


def test_skew_is_taken_into_account():
    """A stream whose clock is an hour ahead does not look an hour late."""
    trace = trace_of((0, 0, True), (3601, 1, False))
    trace.stream.skew = 3600 * SECOND

    assert [[0, 1]] == numbers(trace)


def test_keep_leaves_the_rest_as_it_was():
    """What is kept can be cut again: each span still knows its stream."""
    trace = trace_of((0, 0, True), (20, 1, False), (40, 2, False), (41, 1, False))
    parts = cut(trace, IDLE, WAIT)
    keep(trace, parts[1:])

    assert [[1], [2, 3]] == numbers(trace)
    assert [1, 2, 1] == [stream.rank for _, stream in trace.legs or []]
