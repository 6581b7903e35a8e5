"""Which files that are called as rotation calls them are whose."""

import os
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.missing import REMEMBERED
from tests.support.crew import Make


@pytest.mark.parametrize("age", [-1, 0, 1])
def test_how_old_one_may_be(make: Make, age: int) -> None:
    """What is more than an hour older than the newest that was seen is told by its age, unopened."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    crew.read(crew.tail())
    crew.ledger.commit()
    crew.end()
    seen = crew.app.path.stat().st_mtime_ns
    crew.app.rotate()
    older = crew.app.path.with_name("app.log.2")
    crew.app.lines(1, older)
    os.utime(older, ns=(seen, seen - REMEMBERED - age * SECOND))
    crew.begin()
    crew.scan()
    assert ["app.log.1", "app.log.2"][: 1 + (age <= 0)] == crew.names()


@pytest.mark.parametrize("written", [False, True])
def test_an_inode_that_another_file_had(make: Make, tmp_path: Path, written: bool) -> None:
    """What stands at the inode of a file that was done with is that only if it holds what that held."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    rotated = crew.app.rotate()
    crew.app.lines(5)
    crew.scan()
    tail = crew.tail(rotated)
    crew.read(tail)
    crew.roster.leave(tail)
    crew.ledger.commit()
    crew.end()
    if written:
        rotated.write_bytes(
            b"something else, and enough of it to tell it from what was there before\n"
        )
    crew.app.rotate()
    crew.app.lines(1)
    crew.begin()
    crew.scan()
    assert (["app.log", "app.log.1"] + ["app.log.2"] * written) == crew.names()


def test_what_was_passed_over_is_known(make: Make) -> None:
    """Files beside a log that is seen first are put down as done, and forgotten like others."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    assert ["app.log"] == crew.names()
    assert {False, True} == {entry.finished for entry in crew.ledger.files.values()}
    assert {str(crew.app.path)} == {entry.stream for entry in crew.ledger.files.values()}


def test_nothing_is_looked_for_twice(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all is known that stands there, directories are not listed for it any more."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    monkeypatch.setattr("logtrace.source.generations.files_in", lambda _: pytest.fail("listed"))
    for _ in range(3):
        crew.scan()
