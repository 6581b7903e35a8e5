"""Of one stream the older file first."""

import os

import pytest

from logtrace.source.streams import HOLD
from tests.support.crew import Make


def test_the_next_file_of_a_stream(make: Make) -> None:
    """A new file under a path goes on with its stream, and that is said."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    old = crew.tail()
    crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    new = crew.tail()

    assert new is not old
    assert new.entry.key != old.entry.key
    assert new.entry.stream == old.entry.stream
    assert [{"file": str(crew.app.path), "source": "app"}] == crew.log.named("file_rotated")


def test_the_older_file_first(make: Make) -> None:
    """A file is held until the rotated ones of its stream are read to their end, oldest first."""
    crew = make("app.log")
    tails = []
    for _ in range(3):
        crew.app.lines(1)
        crew.scan()
        tails.append(crew.tail())
        os.utime(crew.app.path, ns=(0, len(tails)))
        crew.scan()
        crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    tails.append(crew.tail())

    for index, tail in enumerate(tails):
        held = [crew.roster.streams.held(each, crew.now) for each in tails]
        assert [False] * (index + 1) + [True] * (3 - index) == held
        crew.read(tail)


def test_an_older_file_that_is_long_to_read(make: Make) -> None:
    """The next one waits as long as there is anything to read in it, be it for hours."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    old = crew.tail()
    crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    new = crew.tail()

    assert old.pending
    assert crew.roster.streams.held(new, old.left + 1000 * HOLD)
    crew.read(old)
    assert not crew.roster.streams.held(new, old.left + 1000 * HOLD)


def test_what_holds_nothing_back(make: Make) -> None:
    """A rotated file that cannot be read, or waits for the rest of a line, for so long only."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.app.write("half of a line")
    crew.scan()
    old = crew.tail()
    crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    new = crew.tail()
    crew.read(old)
    old.drained = False

    last = max(old.left, old.fresh)
    assert crew.roster.streams.held(new, last + HOLD - 1)
    assert not crew.roster.streams.held(new, last + HOLD)
    old.failing = True
    assert not crew.roster.streams.held(new, crew.now)


@pytest.mark.parametrize("closed", [False, True])
def test_lines_that_come_late_to_an_older_file(make: Make, closed: bool) -> None:
    """A file that has grown since it was drained is drained no more; one that has not stays so."""
    crew = make("app.log*")
    crew.app.lines(1)
    crew.scan()
    old = crew.tail()
    rotated = crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    new = crew.tail()
    crew.read(old)
    if closed:
        crew.roster.shut(old)

    crew.roster.look_back(new, crew.now)
    assert old.drained
    assert not crew.roster.streams.held(new, crew.now)
    crew.app.lines(1, rotated)
    crew.roster.look_back(new, crew.now)
    assert not old.drained
    assert crew.roster.streams.held(new, crew.now)
    assert 1 == len(crew.read(old))


def test_an_older_file_that_went_away_while_it_was_closed(make: Make) -> None:
    """Nothing was added to it that can be known of: it holds nothing back."""
    crew = make("app.log*")
    crew.app.lines(1)
    crew.scan()
    old = crew.tail()
    rotated = crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    crew.read(old)
    crew.roster.shut(old)
    rotated.unlink()

    crew.roster.look_back(crew.tail(), crew.now)
    assert old.drained
