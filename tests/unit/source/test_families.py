"""New files that a pattern names: which are of a log that was rotated, and which of their own."""

import os
import shutil

import pytest

from logtrace.source.families import SETTLED
from tests.support.crew import Crew, Make


def started(make: Make, *patterns: str) -> Crew:
    """Return a crew whose sources were there before, with a log that was read."""
    crew = make(*patterns)
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    return crew


def streams(crew: Crew) -> dict[str, str]:
    """Return of each followed file, by name, the name of its stream."""
    return {
        os.path.basename(tail.entry.path): os.path.basename(tail.entry.stream)
        for tail in crew.roster.tails.values()
    }


def rotate_twice(crew: Crew) -> None:
    """Rotate the log, and another one that nobody sees in between."""
    for _ in range(2):
        crew.app.rotate()
        crew.app.lines(3)


@pytest.mark.scenario(47)
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_rotated_twice_between_two_looks(make: Make, down: bool) -> None:
    """What was never seen under the log's name belongs to it, and is read before the log."""
    crew = started(make, "app.log*")
    crew.scan(2 * SETTLED)
    rotate_twice(crew)
    if down:
        crew.again()
    crew.scan()
    assert {"app.log.2": "app.log", "app.log.1": "app.log", "app.log": "app.log"} == streams(crew)
    older = crew.roster.streams.before(crew.tail())
    assert [str(crew.app.rotated(2)), str(crew.app.rotated(1))] == [
        tail.entry.path for tail in older
    ]


def test_known_files_come_before_those_that_look_like_them(make: Make) -> None:
    """A file that has its inode still is that one, whatever was written at the same time."""
    crew = started(make, "app.log*")
    key = crew.tail().entry.key
    rotate_twice(crew)
    shutil.copy2(crew.app.rotated(2), crew.app.path.with_name("app.log.0"))
    crew.again()
    crew.scan()
    assert key == crew.tail(crew.app.rotated(2)).entry.key


@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_beside_a_log_that_stays(make: Make, down: bool) -> None:
    """A file that only looks like a rotated one, such as a second process's, is a stream of its own."""
    crew = started(make, "app.log*")
    crew.scan(2 * SETTLED)
    crew.app.lines(2, crew.app.rotated(1))
    if down:
        crew.again()
    crew.scan()
    assert {"app.log": "app.log", "app.log.1": "app.log.1"} == streams(crew)


@pytest.mark.parametrize("name", ["app.log-service", "app.log.txt", "app.log.old", "app-2.log"])
def test_names_that_no_rotation_gives(make: Make, name: str) -> None:
    """They are streams of their own, even beside a log that was rotated."""
    crew = started(make, "app*")
    rotate_twice(crew)
    crew.app.lines(1, crew.app.path.with_name(name))
    crew.scan()
    assert name == streams(crew)[name]


def test_what_is_there_at_the_first_start(make: Make) -> None:
    """Each file is a stream of its own: which of them belong together nobody knows."""
    crew = make("app.log*")
    crew.app.lines(1)
    rotate_twice(crew)
    crew.scan()
    assert {name: name for name in ("app.log", "app.log.1", "app.log.2")} == streams(crew)


def test_a_log_that_is_not_there(make: Make) -> None:
    """Where no stream has the name, a file is of its own: logs may always have a date in their names."""
    crew = started(make, "*.log")
    dated = crew.app.path.with_name("daily-2026-11-25.log")
    crew.app.lines(1, dated)
    crew.scan()
    assert dated.name == streams(crew)[dated.name]


def test_a_log_that_is_new_itself(make: Make) -> None:
    """It may have been rotated before it was ever seen."""
    crew = started(make, "*.log*")
    daily = crew.app.path.with_name("a.log")
    crew.app.lines(1, daily.with_name("a-2026-11-24.log"))
    crew.app.lines(1, daily)
    crew.scan()
    assert "a.log" == streams(crew)["a-2026-11-24.log"]
