"""What rotation makes of a name, and which files of such names are whose."""

import os
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.generations import original_name
from logtrace.source.missing import REMEMBERED
from tests.support.crew import Make


@pytest.mark.parametrize(
    "name",
    [
        "app.log.1",
        "app.log.10.gz",
        "app.log.2.bz2",
        "app.log-1",
        "app.log_1",
        "app.log-20261125",
        "app.log-20261125.gz",
        "app.log.2026-11-25",
        "app.log.2026-11-25_13",
        "app.log-2026112513",
        "app.log-20261125-1764030000",
        "app.log.2026-11-25T13:00:00Z",
        "app.log.2026-11-25T13:00:00+01:00",
        "app.log.1764030000",
        "app.1.log",
        "app.1.log.gz",
        "app-20261125.log",
        "app-2026-11-25.log.gz",
        "app-2026-11-25-3.log",
        "app-11-25-2026-1.log.gz",
        "app.2026-11.log",
        "app-2026-11-25T13-00-00.123.log",
        "app_20261125.log",
    ],
)
def test_names_that_rotation_gives(name: str) -> None:
    """A number or a date behind the name of the log, or a date before its extension."""
    assert "app.log" == original_name(name, {"app.log", "log", "app"})


@pytest.mark.parametrize(
    "name",
    [
        "app.log",
        "app.log.gz",
        "app.log.bak",
        "app.log.old",
        "app.log.lock",
        "app.log.1.tmp",
        "app.log.1.xz",
        "app.log.1~",
        "app.log1",
        "app.log.d1",
        "app1.log",
        "app-1.log",
        "app_2.log",
        "app-8080.log",
        "app-error.log",
        "app-error-20261125.log",
        "app.12345.log",
        "myapp.log.1",
        ".app.log.1",
        "app.logs.1",
        "app",
        "1.log",
        ".1",
        "",
    ],
)
def test_names_of_other_files(name: str) -> None:
    """What is called otherwise may be another application's."""
    assert original_name(name, {"app.log"}) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("messages-20261125", True), ("messages.1", True), ("messages-2", False)],
)
def test_names_without_extension(name: str, expected: bool) -> None:
    """Behind a bare name a number must be set off by a dot: `worker-2` is another worker's."""
    assert ("messages" if expected else None) == original_name(name, {"messages"})


def test_the_longest_name_counts() -> None:
    """A file belongs to the log whose name it extends by least."""
    assert "app.log.1" == original_name("app.log.1.2", {"app.log", "app.log.1"})


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
