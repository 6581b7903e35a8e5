"""Of each stream the oldest file that owes lines is read again first, and is waited for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.model import LineBatch
from logtrace.source import files as files_module
from logtrace.source.files import POLL
from logtrace.source.lines import BLOCK
from logtrace.source.replay import Again, read_again
from logtrace.source.streams import HOLD
from logtrace.source.tail import Tail
from logtrace.source.window import STEPS
from tests.support.files import FollowedFiles, LogWriter, numbers
from tests.support.tailing import Follow

LONG = b"x" * 999 + b"\n"
FAR = 3 * STEPS * BLOCK // len(LONG) * LONG
"""More than is decompressed in one go, some times over."""


def failing(path: Path, times: int) -> Callable[[Tail, int], Again | None]:
    """Return a `read_again` that fails for a file so often."""
    inode, left = path.stat().st_ino, times

    def read(tail: Tail, places: int) -> Again | None:
        nonlocal left
        if left and os.fstat(tail.fd).st_ino == inode:
            left -= 1
            raise OSError(5, "Input/output error")
        return read_again(tail, places)

    return read


def release_all_but(followed: FollowedFiles, kept: bytes) -> None:
    """Give back the lines that were handed out, but for one."""
    for batch in followed.batches:
        followed.files.release(set(numbers(batch)) - of(batch, kept))


def of(batch: LineBatch, line: bytes) -> set[int]:
    """Return the record numbers of a line in a batch."""
    return {n for n, found in zip(numbers(batch), batch.lines, strict=True) if found == line}


@pytest.mark.parametrize("suffix", [".gz", ".bz2"])
@pytest.mark.parametrize("at", [0, len(FAR) // 3, len(FAR) // 2], ids=["early", "third", "middle"])
def test_a_line_far_before_the_offset_of_an_archive(
    follow: Follow, app: LogWriter, suffix: str, at: int
) -> None:
    """It is reached, though reading on at the offset would take steps of its own."""
    at = at // len(LONG) * len(LONG)
    followed = follow("app.log")
    app.write(FAR[:at])
    (start,) = app.lines(1)
    app.write(FAR[at:])
    followed.read()
    release_all_but(followed, start)
    rotated = app.rotate()
    app.path.touch()
    followed.read()
    followed.stop()
    app.compress(rotated, suffix=suffix)
    end = app.lines(1)
    followed.start()

    assert [start, *end] == followed.read()


def test_the_start_in_an_archive_before_the_end_in_the_live_file(
    follow: Follow, app: LogWriter
) -> None:
    """Which file the archive is takes steps to find out: the others of the stream wait for that."""
    followed = follow("app.log")
    app.write(FAR)
    followed.read_and_release()
    written = app.lines(1)
    followed.read()
    rotated = app.rotate()
    written += app.lines(1)
    followed.read()
    followed.stop()
    app.compress(rotated)
    followed.start()
    written += app.lines(1)

    assert written == followed.read()


def test_a_file_that_fails_for_a_moment(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes behind it in its stream waits: what is owed, and what is new."""
    followed = follow("app.log")
    written = app.lines(1)
    followed.read()
    rotated = app.rotate()
    written += app.lines(1)
    followed.read()
    followed.restart()
    written += app.lines(1)
    monkeypatch.setattr(files_module, "read_again", failing(rotated, 3))

    assert [] == followed.round()
    assert 0 < followed.files.patience()
    assert written == followed.read()


@pytest.mark.parametrize("fault", ["failing", "gone"])
def test_a_file_that_cannot_be_read_for_long(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """It is waited for so long, and no longer; nobody spins meanwhile."""
    followed = follow("app.log")
    app.lines(1)
    followed.read()
    rotated = app.rotate()
    owed = app.lines(1)
    followed.read()
    followed.restart()
    new = app.lines(1)
    monkeypatch.setattr(files_module, "read_again", failing(rotated, 1000))
    if fault == "gone":
        rotated.unlink()
    assert [] == followed.round() + followed.round(POLL)
    for _ in range(3):
        assert [] == followed.round((HOLD - SECOND) // 3)
        assert POLL >= followed.files.patience() > 0

    found = [batch for _ in range(3) for batch in followed.round(SECOND)]
    assert [*owed, *new] == [line for batch in found for line in batch.lines]


def test_a_stream_does_not_wait_for_another(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the files of one stream are read in order."""
    other = app.path.with_name("other.log")
    followed = follow("*.log")
    app.lines(1)
    lines = app.lines(1, other)
    followed.read()
    followed.restart()
    lines += app.lines(1, other)
    monkeypatch.setattr(files_module, "read_again", failing(app.path, 1000))

    found = followed.round() + followed.round(POLL)
    assert lines == [line for batch in found for line in batch.lines]


def test_a_source_that_is_configured_no_more(follow: Follow, app: LogWriter) -> None:
    """Nobody seeks its files: nothing waits for them."""
    followed = follow("app.log")
    app.lines(1)
    followed.read()
    rotated = app.rotate()
    owed = app.lines(1)
    followed.read()
    old, _ = followed.ledger.files.values()
    old.source = "another"
    followed.ledger.touch(old)
    rotated.unlink()
    followed.restart()

    assert owed == [line for batch in followed.round() for line in batch.lines]
