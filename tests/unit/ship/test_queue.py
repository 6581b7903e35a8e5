"""What the pipeline and the shipper share."""

from logtrace.ship.queue import Queue
from tests.support.traces import trace, traces


def test_traces_come_out_in_order_up_to_the_spans_wanted() -> None:
    """A trace is never split: the last one may go over."""
    queue = Queue()
    queue.offer([trace(1, spans=2), trace(2, spans=3), trace(3)], now=5)

    assert 0 == queue.size
    assert [1, 2] == [t.numbers[0] for t in queue.take(3, 1)]
    assert 1 == queue.spans
    assert [3] == [t.numbers[0] for t in queue.take(100, 1)]
    assert not queue


def test_no_more_is_taken_than_there_is_room_for() -> None:
    """Lines of so many bytes are a payload; what is taken is held until it is settled."""
    queue = Queue()
    offered = [trace(number, size=40) for number in (1, 2, 3, 4)]
    queue.offer(offered, now=5)
    taken = queue.take(100, 100)

    assert offered[:3] == taken
    assert (40, 160) == (queue.size, queue.held)
    queue.settle(taken)
    assert (40, 40) == (queue.size, queue.held)


def test_spans_are_pending_until_they_are_settled() -> None:
    """Taking alone changes nothing; settling hands back the numbers, once, sorted."""
    queue = Queue()
    offered = traces(1, 3)
    queue.offer(offered, now=5)
    queue.take(100, 1)
    assert 3 == queue.pending
    assert not queue.settled.is_set()

    queue.settle(offered[::-1])
    assert 0 == queue.pending
    assert queue.settled.is_set()
    assert [1, 2, 3] == queue.take_done()
    assert [] == queue.take_done()


def test_forgotten_spans_are_not_pending() -> None:
    """A span that is dropped from a trace no longer counts; the trace goes on."""
    queue = Queue()
    queue.offer([trace(1, spans=3)], now=5)
    queue.forget(2)

    assert 1 == queue.pending


def test_the_age_is_that_of_the_first_offer_into_an_empty_queue() -> None:
    """Later offers do not make the oldest trace younger."""
    queue = Queue()
    queue.offer(traces(1, 1), now=5)
    queue.offer(traces(2, 1), now=9)
    assert 5 == queue.oldest

    queue.take(100, 1)
    queue.offer(traces(3, 1), now=12)
    assert 12 == queue.oldest
