"""What a restart reads again, and what is on the disk when it comes."""

import os
import sqlite3
from contextlib import closing

import pytest

from logtrace.clock import SECOND
from logtrace.model import LineBatch
from logtrace.source.checkpoint import NAME
from logtrace.source.files import (
    COMMIT,
    POLL,
)
from tests.support.files import FollowedFiles, LogWriter
from tests.support.tailing import Follow


def places(batches: list[LineBatch]) -> dict[bytes, tuple[int, int]]:
    """Return key and offset of each line."""
    return {
        line: (batch.key, start)
        for batch in batches
        for line, start in zip(batch.lines, batch.starts, strict=False)
    }


@pytest.mark.scenario(98)
def test_only_what_is_open_is_read_again(follow: Follow, app: LogWriter) -> None:
    """After a restart: the lines that were not given back, where they were, then what is new."""
    lines = app.lines(10)
    followed = follow("*.log")
    followed.read()
    before = places(followed.batches)
    followed.files.release([1, 2, 4, 5, 6, 8, 10])
    followed.restart()
    new = app.lines(2)

    assert [lines[2], lines[6], lines[8], *new] == followed.read()
    assert [True, False] == [batch.replayed for batch in followed.batches]
    after = places(followed.batches)
    assert {line: before[line] for line in (lines[2], lines[6], lines[8])} == {
        line: after[line] for line in (lines[2], lines[6], lines[8])
    }


@pytest.mark.scenario(36)
def test_open_lines_of_the_oldest_file_first(follow: Follow, app: LogWriter) -> None:
    """What is read again comes in the order in which the files were written last."""
    names = ("c.log", "a.log", "b.log")
    followed = follow("*.log")
    for name in names:
        app.lines(1, app.path.with_name(name))
    followed.read()
    followed.restart()
    for age, name in enumerate(names):
        os.utime(app.path.with_name(name), ns=(0, age * SECOND))
    followed.read()
    assert list(names) == [os.path.basename(batch.stream) for batch in followed.batches]


def test_nothing_new_before_what_is_open(follow: Follow, app: LogWriter) -> None:
    """As long as something is read again nothing else is, and its stream is behind."""
    lines = app.lines(1)
    followed = follow("*.log")
    followed.read()
    followed.restart()
    new = app.lines(1, app.path.with_name("other.log"))
    assert lines == [line for batch in followed.round() for line in batch.lines]
    assert new == followed.read(0)


@pytest.mark.scenario(72)
def test_a_crash(follow: Follow, app: LogWriter) -> None:
    """What was read after the last checkpoint comes again with the same key and place."""
    first = app.lines(3)
    followed = follow("*.log")
    followed.read_and_release()
    followed.files.commit(force=True)
    second = app.lines(3)
    followed.read_and_release()
    before = places(followed.batches)
    followed.crash()
    followed.start()
    assert second == followed.read()
    assert {line: before[line] for line in second} == places(followed.batches)
    assert not set(first) & places(followed.batches).keys()


def test_a_crash_before_any_checkpoint(follow: Follow, app: LogWriter) -> None:
    """The key of a file is on disk before its first line goes out."""
    app.lines(3)
    followed = follow("*.log")
    followed.read()
    before = places(followed.batches)
    followed.crash()
    followed.start()
    followed.read()
    assert before == places(followed.batches)


def on_disk(followed: FollowedFiles) -> int:
    """Return the offset of the only file as another process reads it now."""
    with closing(sqlite3.connect(followed.state / NAME)) as connection:
        return int(connection.execute("SELECT offset FROM files").fetchone()[0])


def test_checkpoints_are_not_too_frequent(follow: Follow, app: LogWriter) -> None:
    """One in 250 ms, unless it is forced."""
    followed = follow("*.log")
    line = "x" * 99 + "\n"

    def read(pause: int, force: bool = False) -> int:
        """Let a line be read, commit after a pause, and return how many lines are on disk then."""
        app.write(line)
        followed.clock.advance(pause - POLL)
        followed.round(POLL)
        followed.files.commit(force)
        return on_disk(followed) // len(line)

    assert 1 == read(SECOND)
    assert 1 == read(COMMIT - 1)
    assert 3 == read(POLL)
    assert 3 == read(POLL)
    assert 5 == read(POLL, force=True)
    assert 6 == read(COMMIT)


def test_what_a_file_is_known_by_is_written_at_once(follow: Follow, app: LogWriter) -> None:
    """Until 64 bytes are on disk a crash must find a file again by hardly more than its name."""
    followed = follow("*.log")
    offsets = []
    for _ in range(5):
        app.write("x" * 29 + "\n")
        followed.round()
        offsets.append(on_disk(followed))
    assert [30, 60, 90, 90, 90] == offsets


def test_a_small_log_that_grew_while_nobody_looked_and_is_copied(
    follow: Follow, app: LogWriter
) -> None:
    """It is known by its head as it is now: the copy is no file that was missing."""
    app.write(b"1" * 99 + b"\n")
    followed = follow("app.log*")
    followed.read_and_release()
    followed.stop()
    app.write(b"2" * 99 + b"\n")
    followed.start()
    followed.read_and_release()
    app.copy()
    for _ in range(3):
        assert [] == followed.read_and_release()
    app.write(b"3" * 99 + b"\n")

    found = [line for _ in range(5) for line in followed.read_and_release()]
    assert [b"3" * 99] == found
    opened = [os.path.basename(said["file"]) for said in followed.events("file_opened")]
    assert "app.log.1" not in opened
