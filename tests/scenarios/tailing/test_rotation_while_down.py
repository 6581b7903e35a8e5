"""What happened to the files while the daemon was not there."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from logtrace.source.checkpoint import NAME
from logtrace.source.lines import BLOCK
from logtrace.source.missing import SEARCH
from tests.support.files import LogWriter
from tests.support.tailing import Follow, lost, places


@pytest.mark.scenario(56)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("size", [2, 200, 3 * BLOCK // 36], ids=["short", "long", "blocks"])
def test_the_rest_of_the_old_file_then_the_new_one(
    follow: Follow, app: LogWriter, pattern: str, size: int
) -> None:
    """Whether the old name is named or not: first what was not read of it, in order, then the new."""
    app.lines(size)
    followed = follow(pattern)
    followed.read_and_release()
    followed.stop()
    written = app.lines(size)
    app.rotate()
    written += app.lines(size)
    followed.start()
    assert written == followed.read_and_release()
    assert 0 == lost(followed)


@pytest.mark.scenario(57)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("method", ["rename", "copytruncate"])
def test_nothing_was_left_to_read(
    follow: Follow, app: LogWriter, pattern: str, method: str
) -> None:
    """A file that was done before it was rotated is not read again, under whatever name it stands."""
    app.lines(5)
    followed = follow(pattern)
    followed.read_and_release()
    followed.stop()
    app.rotate() if method == "rename" else app.copytruncate()
    new = app.lines(2)
    followed.start()
    assert new == followed.read_and_release() + followed.read_and_release(SEARCH)
    app.rotate()
    followed.restart()
    assert [] == followed.read_and_release() + followed.read_and_release(SEARCH)
    assert 0 == lost(followed)


@pytest.mark.scenario(63)
def test_a_file_that_grows_over_many_restarts(follow: Follow, app: LogWriter) -> None:
    """From ten bytes to ten kilobytes, a restart and a rename at each step: one key, nothing twice."""
    followed = follow("app.log*")
    keys, written, found = set(), [], []
    size = 9
    while size < 10_000:
        written.append(b"x" * size)
        app.write(written[-1] + b"\n")
        found += followed.read_and_release()
        keys |= {batch.key for batch in followed.batches}
        followed.restart()
        size = size * 3 // 2
    assert written == found
    assert 1 == len(keys)


@pytest.mark.scenario(64)
def test_two_files_of_which_one_begins_as_the_other(follow: Follow, app: LogWriter) -> None:
    """Both grow while nobody looks, one of them to just what the other was: each goes on as itself."""
    line = b"the very same line in both of them, every time\n"
    short, long = app.path.with_name("a.log"), app.path.with_name("b.log")
    short.write_bytes(line * 3)
    long.write_bytes(line * 6)
    followed = follow("*.log")
    assert 9 == len(followed.read_and_release())
    keys = {batch.stream: batch.key for batch in followed.batches}
    for _ in range(3):
        followed.stop()
        app.write(line * 3, short)
        app.write(line * 2, long)
        followed.start()
        assert 5 == len(followed.read_and_release())
        assert keys == {batch.stream: batch.key for batch in followed.batches}


@pytest.mark.scenario(65)
@pytest.mark.parametrize("inodes", [False, True], ids=["device", "device and inodes"])
def test_a_file_system_under_another_number(
    follow: Follow, app: LogWriter, tmp_path: Path, inodes: bool
) -> None:
    """Files with more than a few bytes are known by what is in them: nothing is read again."""
    logs = [tmp_path / f"{number}.log" for number in range(5)]
    for log in logs:
        app.lines(5, log)
    followed = follow("*.log")
    followed.read()
    before = places(followed.batches)
    for batch in followed.batches:
        followed.files.release(range(batch.first, batch.first + 4))
    followed.stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / NAME)) as state, state:
        state.execute("UPDATE files SET device = device + 1")
        if inodes:
            state.execute("UPDATE files SET inode = inode + 1000000")
    new = [line for log in logs for line in app.lines(1, log)]
    followed.start()
    found = followed.read_and_release()
    assert 5 == len(set(found) & before.keys())
    assert set(new) == set(found) - before.keys()
    assert 10 == len(found)
    assert {key for _, key, _ in before.values()} == {batch.key for batch in followed.batches}
