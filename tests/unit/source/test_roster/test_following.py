"""Which files are followed: names, streams, leaving, failures."""

import os
import resource

import pytest

from logtrace.source.missing import SEARCH
from logtrace.telemetry import QUIET
from tests.support.crew import Make
from tests.support.files import source

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def test_a_new_file_is_followed(make: Make) -> None:
    """It is open, to be looked at at once, said, and written down before a line is read."""
    crew = make("*.log")
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()

    assert [tail] == list(crew.roster.active)
    assert (True, False, crew.now) == (tail.listed, tail.rotated, tail.due)
    assert [{"file": str(crew.app.path), "source": "app", "offset": 0}] == crew.log.named(
        "file_opened"
    )
    crew.end()
    crew.begin()
    assert {tail.entry.key} == crew.ledger.files.keys()


def test_an_idle_file_is_woken_by_a_change(make: Make) -> None:
    """A scan stirs what has another size or time; what has not is left alone."""
    crew = make("*.log")
    crew.app.lines(1)
    crew.scan()
    crew.read(crew.tail())
    crew.roster.active.clear()
    crew.scan()
    assert {} == crew.roster.active
    crew.app.lines(1)
    crew.scan()
    assert [crew.tail()] == list(crew.roster.active)
    crew.read(crew.tail())
    crew.roster.active.clear()
    os.utime(crew.app.path, ns=(0, 0))
    crew.scan()
    assert [crew.tail()] == list(crew.roster.active)
    assert 1 == len(crew.log.named("file_opened"))


@pytest.mark.parametrize(("pattern", "listed"), [("app.log", False), ("app.log*", True)])
def test_a_renamed_file_stays_in_its_stream(make: Make, pattern: str, listed: bool) -> None:
    """Listed or not, it is followed on, as a rotated file of the stream that it began."""
    crew = make(pattern)
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()
    crew.roster.active.clear()
    rotated = crew.app.rotate()
    crew.scan()
    assert tail is crew.tail(rotated)
    assert [tail] == list(crew.roster.active)
    assert (listed, True, crew.now) == (tail.listed, tail.rotated, tail.left)

    left = crew.now
    rotated = rotated.rename(crew.app.rotated(2))
    crew.scan()
    assert tail is crew.tail(rotated)
    assert left == tail.left
    crew.again()
    (entry,) = crew.ledger.files.values()
    assert str(crew.app.path) == entry.stream
    assert str(rotated if listed else crew.app.path) == entry.path


def test_listed_and_gone_before_it_is_opened(make: Make) -> None:
    """A file that was deleted or replaced since it was listed is nothing to be said of."""
    crew = make("*.log")
    crew.app.lines(1)
    listed = crew.discovery.scan()
    crew.app.path.rename(crew.directory / "app.log.kept")
    before = len(os.listdir("/proc/self/fd"))
    crew.roster.reconcile(listed, crew.now)
    crew.app.lines(1)
    crew.roster.reconcile(listed, crew.now)
    assert before == len(os.listdir("/proc/self/fd"))
    assert [] == crew.names()
    assert [] == crew.log.events[1:]
    crew.scan()
    assert ["app.log"] == crew.names()


def test_another_source_takes_over(make: Make) -> None:
    """A file that the configuration gives to another source goes on there at its offset."""
    crew = make("*.log")
    crew.app.lines(3)
    crew.scan()
    crew.read(crew.tail())
    offset = crew.tail().entry.offset
    crew.sources = [source(crew.directory / "*.log", name="other")]
    crew.again()
    crew.scan()
    assert ("other", offset) == (crew.tail().entry.source, crew.tail().entry.offset)


def test_a_drained_file_is_finished(make: Make) -> None:
    """A rotated file that was read to its end is left for good: it is not sought again."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()
    crew.app.rotate()
    crew.scan()
    crew.read(tail)
    crew.roster.leave(tail)
    assert (True, True, -1) == (tail.entry.finished, bool(tail.entry.gone), tail.fd)
    crew.scan(SEARCH)
    assert ({}, {}) == (crew.roster.tails, crew.roster.active)


def test_a_deleted_file_gives_up_its_inode(make: Make) -> None:
    """When it is left another file may have it, and is not mistaken for the old one."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()
    crew.app.path.unlink()
    crew.scan()
    crew.read(tail)
    crew.roster.leave(tail)
    assert 0 == tail.entry.identity.inode


def test_an_undrained_file_is_sought(make: Make) -> None:
    """A file that is left with lines in it is found again, under whatever name."""
    crew = make("app.log")
    lines = crew.app.lines(2)
    crew.scan()
    tail = crew.tail()
    crew.app.path.rename(crew.directory / "app.log-20261122")
    crew.scan()
    crew.roster.leave(tail)
    crew.scan()

    again = crew.tail(crew.directory / "app.log-20261122")
    assert again is not tail
    assert (False, True, 0) == (again.listed, again.rotated, again.entry.gone)
    assert lines == crew.read(again)
    assert tail.entry is again.entry


def test_a_file_that_was_rotated_while_nobody_looked(make: Make) -> None:
    """After a restart it is found by what it is, and comes before the new file of its stream."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    rest = crew.app.lines(2)
    crew.again()
    rotated = crew.app.rotate()
    crew.app.lines(1)
    crew.scan()

    assert crew.roster.streams.held(crew.tail(), crew.now)
    assert rest == crew.read(crew.tail(rotated))
    assert not crew.roster.streams.held(crew.tail(), crew.now)


def test_a_sighting_under_two_names(make: Make) -> None:
    """A file that two missing ones could be is followed once, and no descriptor is left over."""
    crew = make("app.log", "app2.log")
    paths = [crew.app.path, crew.directory / "app2.log"]
    text = b"the same text in two files, and more than sixty-four bytes of it\n"
    for path in paths:
        crew.app.write(text, path)
    crew.scan()
    for path in paths:
        crew.read(crew.tail(path))
    crew.again()
    for path in paths:
        path.unlink()
    crew.app.write(text + b"more\n", crew.directory / "app2.1")
    os.link(crew.directory / "app2.1", crew.directory / "app2.2")
    before = len(os.listdir("/proc/self/fd"))
    crew.scan()
    assert 1 == len(crew.roster.tails)
    assert before + 1 == len(os.listdir("/proc/self/fd"))


@as_user
def test_a_file_that_may_not_be_read(make: Make) -> None:
    """It is said once, with the fix, tried with each scan, and read from its beginning then."""
    crew = make("app.log")
    lines = crew.app.lines(2)
    crew.app.path.chmod(0)
    for _ in range(3):
        crew.scan()
    assert [] == crew.names()
    (said,) = crew.log.named("file_failed")
    assert (str(crew.app.path), "Permission denied") == (said["file"], said["error"])
    assert "give this user read access" in said["fix"]

    crew.app.path.chmod(0o600)
    crew.scan()
    assert lines == crew.read(crew.tail())


def test_a_failure_is_said_once_for_each_cause(make: Make) -> None:
    """The same again is not news; another cause, or another file, is."""
    crew = make("app.log")
    for path in ("/a.log", "/b.log"):
        for number in (13, 13, 24, 24):
            crew.roster.fail(path, OSError(number, os.strerror(number)))
    assert [
        ("/a.log", "Permission denied"),
        ("/a.log", "Too many open files"),
        ("/b.log", "Permission denied"),
        ("/b.log", "Too many open files"),
    ] == [(said["file"], said["error"]) for said in crew.log.named("file_failed")]
    assert "raise LimitNOFILE" == crew.log.named("file_failed")[1]["fix"]


@pytest.mark.scenario(20)
def test_no_descriptor_left(make: Make) -> None:
    """When the process may open no more that is said, each time anew, and the file followed later."""
    crew = make("app.log")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    for times in (1, 2):
        lines = crew.app.lines(1)
        found = crew.discovery.scan()
        crew.clock.advance(QUIET)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))
        try:
            crew.roster.reconcile(found, crew.now)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        assert ["Too many open files"] * times == [
            said["error"] for said in crew.log.named("file_failed")
        ]
        crew.scan()
        assert lines == crew.read(crew.tail())
        crew.app.rotate()
