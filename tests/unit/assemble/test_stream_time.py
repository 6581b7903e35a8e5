from logtrace.assemble.domain import Domain
from logtrace.assemble.stream_time import LEAP, STRAYS, Stream
from logtrace.clock import SECOND
from tests.support.clock import NOON

HOUR = 3600 * SECOND


def met(active: int = 0) -> Stream:
    """Return a stream whose first line is stamped with noon."""
    stream = Domain("shop").join(active)
    read(stream, NOON, active=active)
    return stream


def read(stream: Stream, time: int, *, active: int = 0, lines: int = 1, behind: bool = True) -> int:
    """Let a batch come whose newest line is stamped `time`; return T."""
    leap = stream.leap(behind)
    stream.meet(time, active)
    stream.follow(time, lines, leap, active)
    stream.behind = behind
    return stream.time(active)


def test_first_line_is_time_zero():
    """T starts at 0, whenever and with whatever time the first line comes."""
    assert 0 == met(active=5 * SECOND).time(5 * SECOND)


def test_elapsed_time_moves_a_stream():
    """Without lines T moves with elapsed time."""
    assert 3 * SECOND == met().time(3 * SECOND)


def test_old_lines_move_a_stream_that_is_behind():
    """Hours of log that are read at once are hours of T."""
    assert HOUR == read(met(), NOON + HOUR)


def test_time_counts_once():
    """Lines written while time elapsed do not move T again, nor do lines that come out of order."""
    stream = met()

    assert 10 * SECOND == read(stream, NOON + 9 * SECOND, active=10 * SECOND)
    assert 10 * SECOND == read(stream, NOON + 2 * SECOND, active=10 * SECOND)
    assert 11 * SECOND == read(stream, NOON + 11 * SECOND, active=10 * SECOND)


def test_reading_lines_sooner_or_later_gains_nothing():
    """T does not run ahead when lines are read now at once, now a second after they were written."""
    stream = met()
    active = 0
    for second in range(1, 101):
        active = second * SECOND
        delay = SECOND if second % 2 else 0
        read(stream, NOON + active - delay, active=active, behind=False)

    assert 100 * SECOND == stream.time(active)


def test_a_clock_that_leaps_does_not_move_a_stream_that_is_read_live():
    """A line from the future in a live log is a wrong clock; a gap in an old log is a gap."""
    live = met()
    read(live, NOON, behind=False)

    assert 0 == read(live, NOON + LEAP + 1, behind=False)
    assert LEAP + 1 == read(met(), NOON + LEAP + 1, behind=True)


def test_a_clock_that_was_set_back_is_followed_again():
    """After a thousand lines from an hour ago T goes on from there, without a jump."""
    stream = met()
    read(stream, NOON + HOUR)
    for _ in range(STRAYS // 100):
        assert HOUR == read(stream, NOON, lines=100)

    assert HOUR + SECOND == read(stream, NOON + SECOND)


def test_a_few_stray_lines_change_nothing():
    """Old lines in between do not make T run ahead when the clock's own lines go on."""
    stream = met()
    read(stream, NOON + HOUR)
    for second in range(STRAYS):
        read(stream, NOON, lines=STRAYS - 1)
        read(stream, NOON + HOUR + second * SECOND)

    assert HOUR + (STRAYS - 1) * SECOND == stream.time(0)


def test_expects_what_a_line_will_do():
    """T can be asked for before the line is taken in, and asking does not move it."""
    stream = met()

    assert HOUR == stream.expect(NOON + HOUR, stream.leap(True), 0)
    assert 0 == stream.expect(NOON - HOUR, stream.leap(True), 0)
    assert 0 == stream.time(0)
