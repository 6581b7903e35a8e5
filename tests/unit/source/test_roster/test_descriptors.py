"""More files than may be open: which are closed, and what becomes of them."""

import os
from pathlib import Path

import pytest

from logtrace.source import roster as module
from logtrace.source.tail import Rewritten
from tests.support.crew import Crew, Make
from tests.support.tailing import may_open


@pytest.fixture
def two_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two descriptors."""
    monkeypatch.setattr(module, "DESCRIPTORS", 2)


def paths(crew: Crew, count: int) -> list[Path]:
    """Return the paths of so many logs, each with a line in it, after a scan."""
    made = [crew.directory / f"{number}.log" for number in range(count)]
    for path in made:
        crew.app.lines(2, path)
    crew.scan()
    return made


@pytest.mark.usefixtures("two_open")
def test_a_bounded_number_is_open(make: Make) -> None:
    """More files than that are followed; the one that was read least recently is closed."""
    crew = make("?.log")
    logs = paths(crew, 4)
    assert ["0.log", "1.log", "2.log", "3.log"] == crew.names()
    assert 2 == len(crew.opened())
    for log in logs:
        assert 2 == len(crew.read(crew.tail(log)))
    assert ["2.log", "3.log"] == crew.opened()
    crew.read(crew.tail(logs[2]))
    crew.app.lines(1, logs[2])
    crew.read(crew.tail(logs[2]))
    crew.read(crew.tail(logs[0]))
    assert ["0.log", "2.log"] == crew.opened()


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_is_gone(make: Make) -> None:
    """A file that is not there any more when it is to be opened again is missing."""
    crew = make("?.log")
    logs = paths(crew, 3)
    tail = next(tail for tail in crew.roster.tails.values() if tail.fd < 0)
    Path(tail.entry.path).unlink()
    assert not crew.roster.open(tail)
    assert tail.place not in crew.roster.tails
    assert tail.entry.gone
    assert len(logs) - 1 == len(crew.roster.tails)


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_is_another(make: Make) -> None:
    """A path that names another file by now is not read as the one that was followed."""
    crew = make("?.log")
    paths(crew, 3)
    tail = next(tail for tail in crew.roster.tails.values() if tail.fd < 0)
    path = Path(tail.entry.path)
    path.rename(crew.directory / "elsewhere")
    crew.app.lines(1, path)
    assert not crew.roster.open(tail)
    assert (-1, True) == (tail.fd, bool(tail.entry.gone))


@pytest.mark.usefixtures("two_open")
@pytest.mark.parametrize("longer", [False, True])
def test_a_closed_file_whose_inode_another_has(make: Make, longer: bool) -> None:
    """A file of another name is another, of a stream of its own; nothing was cut."""
    crew = make("?.log", "other/*")
    logs = paths(crew, 3)
    for log in logs:
        crew.read(crew.tail(log))
    closed = next(tail for tail in crew.roster.tails.values() if tail.fd < 0)
    (crew.directory / "other").mkdir()
    other = Path(closed.entry.path).rename(crew.directory / "other" / "log")
    other.write_bytes(b"")  # as a file system gives the inode of a deleted file to the next
    lines = crew.app.lines(9 if longer else 1, other)
    crew.scan()
    assert str(other) == crew.tail(other).entry.stream
    assert lines == crew.read(crew.tail(other))
    assert [] == crew.log.named("file_truncated")


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_was_renamed(make: Make) -> None:
    """It is known by what it holds: it goes on where it was, in its stream."""
    crew = make("?.log*")
    logs = paths(crew, 3)
    for log in logs:
        crew.read(crew.tail(log))
    entry = next(tail for tail in crew.roster.tails.values() if tail.fd < 0).entry
    renamed = Path(entry.path).rename(entry.path + ".1")
    lines = crew.app.lines(1, renamed)
    crew.scan()
    assert entry is crew.tail(renamed).entry
    assert lines == crew.read(crew.tail(renamed))


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_was_cut(make: Make) -> None:
    """It is noticed before anything is read of it."""
    crew = make("?.log")
    logs = paths(crew, 3)
    crew.read(crew.tail(logs[0]))
    crew.read(crew.tail(logs[1]))
    crew.read(crew.tail(logs[2]))
    logs[0].write_bytes(b"new\n")
    with pytest.raises(Rewritten):
        crew.roster.open(crew.tail(logs[0]))


def test_half_of_what_the_process_may_open(make: Make) -> None:
    """Where few files may be open the bound is lower: the state, the Agent and others need some."""
    crew = make("*.log")
    for number in range(60):
        crew.app.lines(1, crew.directory / f"{number:02}.log")
    with may_open(100):
        crew.scan()
    assert (60, 50) == (len(crew.names()), len(crew.opened()))


def test_a_closed_file_is_not_polled(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing left to read it is left to the scan: to open it with each look costs too much."""
    monkeypatch.setattr(module, "DESCRIPTORS", 1)
    crew = make("*.log")
    for name in ("a.log", "b.log"):
        crew.app.lines(1, crew.directory / name)
        crew.scan()
        crew.read(crew.tail(crew.directory / name))
    assert [crew.tail(crew.directory / "b.log")] == list(crew.roster.active)
    crew.app.lines(1, crew.directory / "a.log")
    crew.scan()
    assert crew.tail(crew.directory / "a.log") in crew.roster.active


@pytest.mark.usefixtures("two_open")
def test_listed_files_are_closed_before_others(make: Make) -> None:
    """A rotated or deleted file can be opened again hardly or not at all: it stays open."""
    crew = make("?.log")
    logs = paths(crew, 2)
    rotated = crew.tail(logs[0])
    logs[0].rename(crew.directory / "rotated")
    crew.app.lines(1, crew.directory / "2.log")
    crew.scan()
    assert rotated.fd >= 0
    assert [False, True] == [
        crew.tail(logs[1]).fd >= 0,
        crew.tail(crew.directory / "2.log").fd >= 0,
    ]


@pytest.mark.usefixtures("two_open")
def test_live_files_are_read_beside_many_rotated_ones(make: Make) -> None:
    """When rotated files take all descriptors one of them is left: new files do not wait for them."""
    crew = make("?.log")
    logs = paths(crew, 2)
    for log in logs:
        log.rename(crew.directory / f"rotated-{log.name}")
    crew.app.lines(3, logs[0])
    crew.scan()
    assert 3 == len(crew.read(crew.tail(logs[0])))
    assert 2 == len(crew.opened())


@pytest.mark.scenario(66)
@pytest.mark.usefixtures("two_open")
def test_what_must_be_given_up_is_counted(make: Make) -> None:
    """A deleted file that has to be closed takes its unread lines with it: they are lost, said so."""
    crew = make("?.log")
    tails = [crew.tail(log) for log in paths(crew, 2)]
    for tail in tails:
        crew.read(tail)
        rest = crew.app.lines(1, Path(tail.entry.path))
        os.unlink(tail.entry.path)
        tail.look(crew.now)
    crew.app.lines(1, crew.directory / "2.log")
    crew.scan()

    assert [(len(rest[0]) + 1, "descriptors")] == [
        (said["bytes"], said["reason"]) for said in crew.log.named("lines_lost")
    ]
    assert [True, False] == [bool(tail.entry.gone) for tail in tails]
    assert tails[0].entry.size == tails[0].entry.offset


def test_closing_gives_all_descriptors_back(make: Make) -> None:
    """Nothing stays open."""
    crew = make("?.log")
    before = len(os.listdir("/proc/self/fd"))
    paths(crew, 3)
    assert before + 3 == len(os.listdir("/proc/self/fd"))
    crew.roster.close()
    assert before == len(os.listdir("/proc/self/fd"))


def test_files_that_come_and_go_leave_nothing_behind(make: Make) -> None:
    """After many short-lived files there are as many descriptors, tails and streams as before."""
    crew = make("app.log")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        crew.app.lines(1)
        crew.scan()
        tail = crew.tail()
        crew.app.path.unlink()
        crew.scan()
        crew.read(tail)
        crew.roster.leave(tail)
    assert before == len(os.listdir("/proc/self/fd"))
    assert ({}, {}) == (crew.roster.tails, crew.roster.active)
