import threading
from datetime import UTC, datetime

from logtrace.clock import MILLISECOND, SECOND, SystemClock


def test_times_are_in_nanoseconds() -> None:
    """Both clocks are those of the machine, as ints."""
    clock = SystemClock()
    today = datetime.now(UTC).timestamp() * SECOND
    assert abs(clock.now() - today) < 10 * SECOND
    assert clock.monotonic() <= clock.monotonic()


def test_waiting_ends_when_the_event_is_set() -> None:
    """A set event ends it at once, with True."""
    event = threading.Event()
    event.set()
    assert SystemClock().wait(event, 3600 * SECOND)


def test_waiting_ends_with_the_timeout() -> None:
    """Without the event it lasts as long as was said, and gives False."""
    clock = SystemClock()
    begin = clock.monotonic()
    assert not clock.wait(threading.Event(), 5 * MILLISECOND)
    assert clock.monotonic() - begin >= 5 * MILLISECOND
