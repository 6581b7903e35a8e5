"""Whatever stands in a sound state file: the daemon starts, and a person is told what is wrong."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from logtrace.admin.ledger import describe
from logtrace.errors import StateError
from logtrace.source import contents
from logtrace.source.arrivals import ALIVE
from logtrace.source.checkpoint import NAME
from logtrace.source.missing import GRACE
from logtrace.source.rows import COLUMNS, TIMES, notes, row
from tests.support.files import FollowedFiles, LogWriter, source

VALUES = (
    *(None, -1, 1 << 62, (1 << 63) - 1, -(1 << 63), 0.5, "", "text"),
    *(b"", b"\xff\0", b"/a\0b", b"\x92\x00\xcf" + b"\xff" * 8),
)
"""What nobody would write, and what somebody might."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory of logs, and in it the state of a daemon that has read some lines of them."""
    directory = tmp_path_factory.mktemp("logs")
    app = LogWriter(directory / "app.log")
    followed = following(directory / "state", directory)
    app.lines(10)
    followed.read_and_release()
    app.lines(5)
    followed.read()
    rotated = app.rotate()
    app.lines(5)
    followed.read()
    followed.stop()
    app.compress(rotated)
    return directory


def following(state: Path, logs: Path) -> FollowedFiles:
    """Start over a state."""
    return FollowedFiles(state, source(logs / "app.log"))


def spoilt(logs: Path, state: Path, statement: str, value: object) -> bool:
    """Copy the state and change something in it; return whether SQLite lets that be."""
    shutil.copytree(logs / "state", state)
    with closing(sqlite3.connect(state / NAME)) as connection, connection:
        try:
            connection.execute(statement, [value])
        except sqlite3.IntegrityError:
            return False
    return True


def statements() -> Iterator[str]:
    """Return what sets a value in each column."""
    for column in COLUMNS["files"]:
        yield f"UPDATE files SET {column} = ?"
    yield "UPDATE notes SET name = ? WHERE name = 'alive'"
    yield from (f"UPDATE notes SET value = ? WHERE name LIKE '{name}%'" for name in TIMES)
    yield "UPDATE notes SET value = ?"


@pytest.mark.parametrize("statement", list(statements()))
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_any_value_in_any_column(logs: Path, tmp_path: Path, statement: str, value: object) -> None:
    """It is used or put aside; hours later too, and once more after a restart."""
    if not spoilt(logs, tmp_path / "state", statement, value):
        return
    told = None
    try:
        describe(contents.read(tmp_path / "state"))
    except StateError as error:
        told = str(error)
    followed = following(tmp_path / "state", logs)
    followed.read_and_release()
    for _ in range(3):
        followed.read_and_release(GRACE)
    followed.restart()
    followed.read_and_release()
    followed.stop()

    discarded = followed.events("ledger_discarded")
    assert (told is not None) == bool(discarded)
    for said in discarded:
        assert f"this is no state of logtrace ({said['error']})" in str(told)


GOOD = (7, "shop", b"/a", b"/b", 1, 2, b"", 0, b"", 5, 5, 0, 0, 0, b"\x90", 0, -1)


def test_a_row() -> None:
    """What is wrong names its column; the time of a file's last change may be before 1970."""
    assert -1 == row(GOOD).mtime
    with pytest.raises(
        ValueError, match=r"^table files: Expected `int` <= 1024 - at `\$.covered`$"
    ):
        row((*GOOD[:7], 1025, *GOOD[8:]))
    with pytest.raises(ValueError, match=r"^table files: Expected a path - at `\$.stream`$"):
        row((*GOOD[:2], b"a", *GOOD[3:]))


def test_notes() -> None:
    """Those of others are theirs to judge; a time is digits."""
    assert {"a": b"\xff", ALIVE: b"12"} == notes([("a", b"\xff"), (ALIVE, b"12")])
    with pytest.raises(ValueError, match=r"^table notes: Expected a time - at `alive`$"):
        notes([(ALIVE, b"12.5")])


def test_which_notes_are_times(logs: Path) -> None:
    """Those that a daemon writes as such."""
    with closing(sqlite3.connect(logs / "state" / NAME)) as connection:
        found = dict(connection.execute("SELECT name, value FROM notes"))
    times = {name for name, value in found.items() if value}
    assert {"alive", "began source app"} == times
    assert times == {name for name in found if name.startswith(TIMES)}
