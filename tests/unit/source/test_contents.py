"""Reading the state file without touching it, whatever state it is in."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from logtrace.errors import StateError
from logtrace.source.checkpoint import MIGRATIONS, NAME, VERSION, FileEntry, StateFile
from logtrace.source.contents import NoState, read
from logtrace.source.identity import Identity
from tests.support.log import recording_telemetry

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def entry(key: int = 7) -> FileEntry:
    """Return the entry of a file."""
    identity = Identity(1, 2, b"h" * 16, 16, b"a" * 16)
    return FileEntry(key, "shop", "/app.log", "/app.log.1", identity, 500, 600)


@contextmanager
def saved(directory: Path) -> Iterator[StateFile]:
    """Return the open state file of a daemon that has saved an entry and a note."""
    store = StateFile(directory, recording_telemetry()[0])
    store.save([(entry(), [100, 200, 300, 350])], notes={"a": b"1"})
    try:
        yield store
    finally:
        store.close()


def files(directory: Path) -> dict[str, tuple[bytes, int]]:
    """Return content and modification time of each file in a directory."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()}


def test_beside_a_running_daemon(tmp_path: Path) -> None:
    """What it saved last is read, though it is in the log of the database; nothing is changed."""
    code = (
        "import sys, pathlib\n"
        "from logtrace.source.contents import read\n"
        "print(*sorted(entry.key for entry in read(pathlib.Path(sys.argv[1])).entries))"
    )
    with saved(tmp_path) as store:
        store.save([(entry(8), [])])
        assert (tmp_path / f"{NAME}-wal").stat().st_size
        before = files(tmp_path)
        done = subprocess.run(  # SQLite treats connections of one process as one
            [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True
        )
        assert before == files(tmp_path)
        store.save([(entry(9), [])])
    assert "7 8\n" == done.stdout

    contents = read(tmp_path)
    assert [7, 8, 9] == sorted(each.key for each in contents.entries)
    assert VERSION == contents.schema
    assert {"a": b"1"} == contents.notes
    assert tmp_path / NAME == contents.path


def test_after_a_stop(tmp_path: Path) -> None:
    """A file at rest is read, and no other appears beside it."""
    with saved(tmp_path):
        pass
    before = files(tmp_path)
    (kept,) = read(tmp_path).entries
    assert [100, 200, 300, 350] == kept.owed
    assert before == files(tmp_path)


@pytest.mark.parametrize("left", [("-wal", "-shm"), ("-wal",)])
def test_after_a_kill(tmp_path: Path, left: tuple[str, ...]) -> None:
    """What stands in the log of the database counts; the log is left as it is."""
    with saved(tmp_path / "live"):
        dead = tmp_path / "dead"
        dead.mkdir()
        for suffix in ("", *left):
            shutil.copy(tmp_path / "live" / f"{NAME}{suffix}", dead)
    before = files(dead)
    assert [7] == [each.key for each in read(dead).entries]
    assert before == files(dead)


def test_in_a_directory_that_nobody_can_write_to(tmp_path: Path) -> None:
    """Names with signs that mean something in a URL are no obstacle either."""
    directory = tmp_path / "a b?c#d%25"
    with saved(directory):
        pass
    directory.chmod(0o500)
    assert [7] == [each.key for each in read(directory).entries]


def test_a_state_of_an_older_version(tmp_path: Path) -> None:
    """It is read as what the next start would make of it, and stays what it is."""
    with saved(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = DELETE; ALTER TABLE files DROP COLUMN packed;"
            "ALTER TABLE files DROP COLUMN mtime;"
            "PRAGMA user_version = 1;"
        )
    before = files(tmp_path)
    assert 1 in MIGRATIONS
    contents = read(tmp_path)
    assert (1, [7]) == (contents.schema, [each.key for each in contents.entries])
    assert before == files(tmp_path)


def test_no_state(tmp_path: Path) -> None:
    """No file, no directory, a file in place of a directory: exit code 1, with a question."""
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(NoState, match="there is no state yet") as raised:
            read(place)
        assert 1 == raised.value.exit_code


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"SQLite format 3\0" + b"\xff" * 4096, b"\0" * 100_000],
)
def test_what_is_no_state(tmp_path: Path, content: bytes) -> None:
    """Empty, garbage, half a database: exit code 74, and what a start would do with it."""
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(StateError, match="puts it aside and begins anew") as raised:
        read(tmp_path)
    assert str(tmp_path / NAME) in str(raised.value)
    assert 74 == raised.value.exit_code
    assert content == (tmp_path / NAME).read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE notes",
        "UPDATE files SET open = x'c1'",
        "UPDATE files SET source = x'ff'",
        "UPDATE files SET offset = 'far'",
    ],
)
def test_a_database_with_something_else_in_it(tmp_path: Path, statement: str) -> None:
    """Another program's, or one that somebody has edited."""
    with saved(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(StateError, match="no state of logtrace"):
        read(tmp_path)


def test_a_state_of_a_newer_version(tmp_path: Path) -> None:
    """It says which version wrote it."""
    with saved(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 5}")
    with pytest.raises(StateError, match=f"newer logtrace \\(schema {VERSION + 5}"):
        read(tmp_path)


def test_a_damaged_page(tmp_path: Path) -> None:
    """A disk's mistake in the middle is noticed."""
    with saved(tmp_path) as store:
        store.save([(entry(key), [0, 1] * 1) for key in range(100, 400)])
    content = bytearray((tmp_path / NAME).read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\xaa" * 4096
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(StateError):
        read(tmp_path)


@as_user
def test_a_state_that_is_not_for_this_user(tmp_path: Path) -> None:
    """It says as whom to look."""
    with saved(tmp_path):
        pass
    (tmp_path / NAME).chmod(0)
    with pytest.raises(StateError, match="look as root"):
        read(tmp_path)
