"""Files that are renamed, deleted and made anew."""

import os

import pytest

from logtrace.clock import SECOND
from logtrace.source.files import (
    GIVE_UP,
    POLL,
)
from logtrace.source.missing import GRACE
from logtrace.source.roster import LINGER, LINGER_DELETED
from logtrace.source.tail import Tail
from tests.support.files import FollowedFiles, LogWriter, numbers
from tests.support.tailing import Follow


def lost(followed: FollowedFiles) -> list[int]:
    """Return how many bytes were said to be lost, each time."""
    return [said["bytes"] for said in followed.events("lines_lost")]


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.scenario(43, 44)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_rotation_by_rename(follow: Follow, app: LogWriter, pattern: str) -> None:
    """Unread lines of the old file come before those of the new one; all of one stream, each once."""
    followed = follow(pattern)
    written, found = [], []
    for _ in range(5):
        written += app.lines(3)
        found += followed.read()
        written += app.lines(3)
        app.rotate()
        written += app.lines(3)
        found += followed.read()
    assert written == found
    assert {str(app.path)} == {batch.stream for batch in followed.batches}
    assert 6 == len({batch.key for batch in followed.batches})
    assert 5 == followed.telemetry.count("files_rotated", "app")


def test_the_next_file_waits_for_half_a_line(follow: Follow, app: LogWriter) -> None:
    """While the older file may still finish its last line the next is held, and asked at leisure."""
    app.write("half")
    followed = follow("app.log")
    followed.read()
    app.rotate()
    lines = app.lines(1)
    assert [] == followed.round()
    for _ in range(10):
        assert [] == followed.round(POLL)
        assert 0 < followed.files.patience()
    assert [b"half", *lines] == followed.read(GIVE_UP)


@pytest.mark.scenario(45)
@pytest.mark.parametrize("count", [2, 5000])
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_a_writer_that_opens_the_new_file_late(
    follow: Follow, app: LogWriter, pattern: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it still adds to the old file, read to its end before, comes before the new one's lines."""
    followed = follow(pattern)
    app.lines(1)
    followed.read_and_release()
    rotated = app.rotate()
    app.path.touch()
    for _ in range(3):
        assert [] == followed.read()

    written = []
    look = Tail.look

    def and_write(tail: Tail, now: int) -> bool:
        """Between the look at the old file and that at the new one the writer changes over."""
        changed = look(tail, now)
        if not written:
            assert tail.rotated
            written.extend(app.lines(count, rotated) + app.lines(count))
        return changed

    monkeypatch.setattr(Tail, "look", and_write)
    assert written == followed.read()
    assert 2 * count == len(written)


@pytest.mark.scenario(45)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_much_that_comes_late_to_a_file_that_was_read_to_its_end(
    follow: Follow, app: LogWriter, pattern: str
) -> None:
    """All of it comes before what stands in the next file, though one look gives a part of it."""
    followed = follow(pattern)
    app.lines(1)
    followed.read_and_release()
    rotated = app.rotate()
    app.path.touch()
    followed.read()
    followed.read()

    assert app.lines(20_000, rotated) + app.lines(2) == followed.read()


@pytest.mark.scenario(56)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_rotation_while_down(follow: Follow, app: LogWriter, pattern: str) -> None:
    """What was appended and rotated away, even twice, while nobody looked is read where it is now."""
    first = app.lines(3)
    followed = follow(pattern)
    assert first == followed.read_and_release()
    followed.stop()
    second = app.lines(3)
    app.rotate()
    third = app.lines(3)
    if pattern == "app.log":
        followed.start()
        assert second + third == followed.read_and_release()
    else:
        app.rotate()
        fourth = app.lines(3)
        followed.start()
        assert sorted(second + third + fourth) == sorted(followed.read_and_release())


@pytest.mark.scenario(45)
def test_a_slow_writer_of_a_renamed_file(follow: Follow, app: LogWriter) -> None:
    """A renamed file is followed until it was quiet for a minute."""
    app.lines(1)
    followed = follow("app.log")
    followed.read_and_release()
    rotated = app.rotate()
    before = descriptors()
    followed.read()
    for _ in range(3):
        written = app.lines(1, rotated)
        assert written == followed.read_and_release(LINGER - 2 * SECOND)
    followed.read(LINGER)
    followed.read(SECOND)
    assert before - 1 == descriptors()


@pytest.mark.scenario(58)
def test_a_deleted_file(follow: Follow, app: LogWriter) -> None:
    """What is left in it is read through its descriptor, which is closed after ten quiet seconds."""
    before = descriptors()
    followed = follow("app.log")
    app.lines(1)
    followed.read_and_release()
    opened = descriptors()
    rest = app.lines(3)
    app.path.unlink()
    assert rest == followed.read_and_release()
    followed.read(LINGER_DELETED - 2 * SECOND)
    assert opened == descriptors()
    followed.read(2 * SECOND)
    followed.read(SECOND)
    assert opened - 1 == descriptors()
    followed.read(GRACE)
    followed.read(GRACE)
    assert {} == followed.ledger.files
    assert [] == lost(followed)
    assert before < opened


def test_a_file_that_was_deleted_while_down(follow: Follow, app: LogWriter) -> None:
    """What was known to be in it and never read is counted as lost after an hour, and said."""
    app.write((b"y" * 99 + b"\n") * 2000)
    followed = follow("app.log")
    (batch,) = followed.round()
    followed.files.release(numbers(batch)[:-1])
    followed.stop()
    app.path.unlink()
    followed.start()
    followed.read()
    followed.read(GRACE - 2 * SECOND)
    assert [] == lost(followed)
    followed.read(2 * SECOND)
    followed.read()
    assert [200_000 - len(batch.block) + 100] == lost(followed)
    assert {} == followed.ledger.files


@pytest.mark.scenario(84)
def test_many_short_lived_files(follow: Follow, app: LogWriter) -> None:
    """The ledger does not grow with files that are gone."""
    followed = follow("*.log")
    for number in range(30):
        path = app.path.with_name(f"{number}.log")
        written = app.lines(2, path)
        assert written == followed.read_and_release()
        path.unlink()
    for _ in range(3):
        followed.read(GRACE)
    assert {} == followed.ledger.files
    assert [] == lost(followed)
