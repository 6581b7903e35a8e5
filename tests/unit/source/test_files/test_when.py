"""When a file is looked at again, when directories are listed, and where a file is entered."""

from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.files import (
    AWAKE,
    POLL,
    SCAN,
    SCAN_SHARE,
    WOKEN_SCAN,
    LogFiles,
)
from logtrace.source.ledger import Ledger
from logtrace.source.roster import LINGER
from tests.support.clock import FakeClock
from tests.support.files import FollowedFiles, LogWriter, source
from tests.support.log import recording_telemetry
from tests.support.tailing import Follow


def lost(followed: FollowedFiles) -> list[int]:
    """Return how many bytes were said to be lost, each time."""
    return [said["bytes"] for said in followed.events("lines_lost")]


def test_a_busy_file_is_polled(follow: Follow, app: LogWriter) -> None:
    """A file that was just read is looked at again after 30 ms, not before."""
    app.lines(1)
    followed = follow("*.log")
    followed.read()
    app.lines(1)
    followed.round()
    app.lines(1)
    assert POLL == followed.files.patience()
    assert [] == followed.round(POLL - 1)
    assert 1 == len(followed.round(1))


@pytest.mark.scenario(38)
@pytest.mark.parametrize(("count", "most", "longest"), [(1, 180, POLL), (400, 40, SCAN // 3)])
def test_how_long_a_quiet_file_is_polled(
    follow: Follow, app: LogWriter, count: int, most: int, longest: int
) -> None:
    """A few files all the time, many less and less; then only the scan looks, until one changes."""
    for number in range(count):
        app.lines(1, app.path.with_name(f"{number}.log"))
    app.lines(1)
    followed = follow("*.log")
    followed.round()
    pauses = []
    while not followed.files.quiet:
        pauses.append(followed.files.patience())
        followed.round(pauses[-1])
    assert pauses[0] == POLL
    assert len(pauses) < most
    assert longest <= max(pauses)
    assert AWAKE <= sum(pauses) <= AWAKE + SCAN

    app.lines(1)
    assert 0 < followed.files.patience() <= SCAN
    assert 1 == len(followed.round(followed.files.patience()))
    assert not followed.files.quiet


@pytest.mark.parametrize("left", ["room", "half a line", "open"])
def test_how_long_what_stays_awake_is_polled(follow: Follow, app: LogWriter, left: str) -> None:
    """A log that ends in NULs, or that was renamed, once a second; wake-ups are as for the others."""
    app.lines(1)
    app.write({"room": b"\0" * 100, "half a line": b"half", "open": b""}[left])
    followed = follow("app.log")
    followed.read()
    if left != "room":
        app.rotate()
    followed.read(SECOND)
    assert not followed.files.quiet
    followed.read(AWAKE)
    for _ in range(3):
        assert followed.files.quiet
        assert SCAN - POLL <= followed.files.patience() <= SCAN
        followed.round(followed.files.patience())


@pytest.mark.scenario(70)
def test_directories_are_listed_once_a_second(follow: Follow, app: LogWriter) -> None:
    """A new file is found by the next scan."""
    followed = follow("*.log")
    followed.round()
    app.lines(1)
    assert SCAN == followed.files.patience()
    assert [] == followed.round(SCAN - 1)
    assert 1 == len(followed.round(1))


def test_waking(follow: Follow, app: LogWriter) -> None:
    """After an event directories are listed at once, but not more than ten times a second."""
    followed = follow("*.log")
    followed.round()
    app.lines(1)
    followed.files.wake()
    assert [] == followed.round(WOKEN_SCAN - 1)
    assert 1 == len(followed.round(1))
    app.lines(1, app.path.with_name("other.log"))
    assert [] == followed.round(WOKEN_SCAN)


@pytest.mark.scenario(38)
def test_waking_for_an_idle_file(follow: Follow, app: LogWriter) -> None:
    """A change of a file that is not polled any more is seen at once, too."""
    app.lines(1)
    followed = follow("*.log")
    followed.read()
    for _ in range(10):
        followed.round()
    assert followed.files.quiet
    app.lines(1)
    followed.files.wake()
    assert 1 == len(followed.round(WOKEN_SCAN))


@pytest.mark.scenario(19)
def test_a_scan_that_takes_long(tmp_path: Path) -> None:
    """Where listing takes a second it is done once in forty."""

    class Slow(FakeClock):
        """A clock by which everything takes a second."""

        def monotonic(self) -> int:
            self.advance(SECOND)
            return super().monotonic()

    clock = Slow()
    telemetry, _ = recording_telemetry(clock)
    files = LogFiles([source(tmp_path / "*.log")], Ledger.in_memory(telemetry), clock, telemetry)
    files.read()
    assert (SCAN_SHARE - 1) * SECOND == files.patience()


def test_places_to_watch(follow: Follow, app: LogWriter) -> None:
    """The directories of the last scan."""
    followed = follow("*.log")
    assert set() == followed.files.directories()
    followed.round()
    assert {(str(app.path.parent), False)} == followed.files.directories()


@pytest.mark.scenario(89)
def test_the_wall_clock_may_jump(follow: Follow, app: LogWriter) -> None:
    """An hour back or forth neither stalls reading nor loses anything."""
    followed = follow("*.log")
    written, found = [], []
    for hours in (1, -2, 1):
        written += app.lines(1)
        followed.clock.step_wall(hours * 3600 * SECOND)
        found += followed.read()
    assert written == found
    assert [] == lost(followed)


@pytest.mark.scenario(2)
def test_files_that_were_there_before(follow: Follow, app: LogWriter) -> None:
    """By default old lines are left alone at the first start; the line being written then is not."""
    app.lines(3)
    app.write("half")
    followed = follow("*.log", read_from=None)
    assert [] == followed.read()
    app.write(" a line\n")
    assert [b"half a line"] == followed.read()
    new = app.lines(1, app.path.with_name("new.log"))
    assert new == followed.read()


@pytest.mark.scenario(7)
def test_a_directory_that_comes_later(follow: Follow, app: LogWriter) -> None:
    """It is read from its beginning when it is there, each time it comes again."""
    followed = follow("new/*.log", read_from="end")
    followed.read()
    for _ in range(3):
        path = app.path.with_name("new") / "app.log"
        path.parent.mkdir()
        written = app.lines(2, path)
        assert written == followed.read()
        path.unlink()
        path.parent.rmdir()
        followed.read(LINGER)
