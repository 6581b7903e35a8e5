"""Files that are cut and written anew."""

import os

import pytest

from logtrace.clock import SECOND
from logtrace.source.copies import WAIT
from logtrace.source.identity import HEAD
from logtrace.source.missing import GRACE, SEARCH
from tests.support.files import FollowedFiles, LogWriter, numbers
from tests.support.tailing import Follow


def lost(followed: FollowedFiles) -> list[int]:
    """Return how many bytes were said to be lost, each time."""
    return [said["bytes"] for said in followed.events("lines_lost")]


@pytest.mark.scenario(49, 50, 54)
@pytest.mark.parametrize("count", [1, 5, 9], ids=["shorter", "as long", "longer"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
@pytest.mark.parametrize("banner", [0, HEAD], ids=["at once", "behind a banner"])
def test_truncation(follow: Follow, app: LogWriter, count: int, down: bool, banner: int) -> None:
    """Cut and written anew, to whatever length, while running or down: read from the beginning.

    So it is also where only the bytes before the offset tell that it is not what was read.
    """
    heading = [b"#" * (banner - 1)] if banner else []
    begin = b"".join(line + b"\n" for line in heading)
    app.write(begin)
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    if down:
        followed.stop()
    app.truncate()
    app.write(begin)
    written = app.lines(count)
    if down:
        followed.start()
    assert heading + written == followed.read_and_release()
    assert [] == followed.read_and_release()
    if not down:
        assert 1 == len(followed.events("file_truncated"))


@pytest.mark.scenario(51)
def test_truncation_behind_the_same_banner(follow: Follow, app: LogWriter) -> None:
    """A first kibibyte that is always the same does not hide it."""
    banner = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))
    app.write(banner)
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    app.truncate()
    app.write(banner)
    written = app.lines(9)
    assert written == followed.read_and_release()[50:]


def test_truncation_of_what_was_read_is_no_loss(follow: Follow, app: LogWriter) -> None:
    """What was written since the cut is not missing in the old file, however long it is."""
    app.lines(1)
    followed = follow("app.log")
    followed.read_and_release()
    app.truncate()
    app.lines(100)
    followed.read_and_release()
    for _ in range(3):
        followed.read(GRACE)
    assert [] == lost(followed)
    assert 1 == len(followed.ledger.files)


def test_truncation_of_what_was_not_read_is_a_loss(follow: Follow, app: LogWriter) -> None:
    """Bytes that were seen, and cut before they were read, are counted when they are not found."""
    app.write((b"y" * 99 + b"\n") * 5000)
    followed = follow("app.log")
    (batch,) = followed.round()
    followed.files.release(numbers(batch))
    app.truncate()
    app.lines(1)
    followed.read_and_release()
    for _ in range(3):
        followed.read(GRACE)
    assert [500_000 - len(batch.block)] == lost(followed)


def test_open_lines_of_a_file_that_was_cut_while_down(follow: Follow, app: LogWriter) -> None:
    """They cannot be read again: they are counted, and the new lines are read."""
    lines = app.lines(3)
    followed = follow("app.log")
    followed.read()
    followed.files.release([1])
    followed.stop()
    app.truncate()
    new = app.lines(5)
    followed.start()
    assert new == followed.read_and_release()
    for _ in range(3):
        followed.read(GRACE)
    assert [2 * len(lines[0]) + 2] == lost(followed)


@pytest.mark.scenario(52)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("when", ["running", "seen before the cut", "down"])
@pytest.mark.parametrize("count", [1, 5], ids=["few bytes", "many"])
@pytest.mark.parametrize("more", [0, 3, 100])
def test_copytruncate(
    follow: Follow, app: LogWriter, pattern: str, when: str, count: int, more: int
) -> None:
    """What was not read yet is read in the copy, listed or not; what was is not read twice."""
    app.lines(count)
    followed = follow(pattern)
    followed.read_and_release()
    if when == "down":
        followed.stop()
    rest = app.lines(more)
    app.copy()
    if when == "seen before the cut":
        found = followed.read_and_release()
    app.truncate()
    new = app.lines(1)
    if when == "down":
        followed.start()
    if when != "seen before the cut":
        found = followed.read_and_release()
    found += followed.read_and_release(SEARCH)
    assert sorted(rest + new) == sorted(found)
    found = followed.read_and_release(2 * WAIT)
    assert [] == found
    for _ in range(3):
        followed.read(GRACE)
    assert [] == lost(followed)


@pytest.mark.scenario(52)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_copytruncate_while_down_and_nothing_after_it(
    follow: Follow, app: LogWriter, pattern: str
) -> None:
    """The few bytes that were read are not read again in the copy, then or when the next file comes."""
    app.lines(1)
    followed = follow(pattern)
    followed.read_and_release()
    followed.stop()
    app.copytruncate()
    followed.start()
    assert [] == followed.read_and_release(2 * WAIT)
    app.rotated(1).rename(app.rotated(2))
    app.rotate()
    new = app.lines(1)
    assert new == followed.read_and_release() + followed.read_and_release(2 * WAIT)


@pytest.mark.scenario(52)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_copytruncate_of_always_the_same_line(follow: Follow, app: LogWriter, pattern: str) -> None:
    """Each line comes once, though all files hold the same: each copy is that of one cut."""
    followed = follow(pattern)
    found = []
    for _ in range(5):
        app.write("started\n")
        found += followed.read_and_release()
        for number in range(4, 0, -1):
            if app.rotated(number).exists():
                app.rotated(number).rename(app.rotated(number + 1))
        app.copytruncate()
        found += followed.read_and_release()
        found += followed.read_and_release(2 * WAIT)
    assert 5 * [b"started"] == found


@pytest.mark.scenario(56)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
@pytest.mark.parametrize("way", ["renamed", "cut before", "moved away before"])
def test_files_that_hold_the_same_few_bytes(
    follow: Follow, app: LogWriter, pattern: str, down: bool, way: str
) -> None:
    """A file that was written later is another, whatever was lost before: no line is left out."""
    app.write("started\n")
    followed = follow(pattern)
    found = followed.read_and_release()
    if way == "cut before":
        app.truncate()
        found += followed.read_and_release()
    if down:
        followed.stop()
    if way == "moved away before":
        (app.path.parent / "elsewhere").mkdir()
        app.path.rename(app.path.parent / "elsewhere" / "log")
    else:
        app.rotate()
    for _ in range(3):
        app.write("started\n")
        later = app.path.stat().st_mtime_ns + SECOND
        os.utime(app.path, ns=(later, later))
        app.rotate()
    app.write("started\n")
    if down:
        followed.start()
    for _ in range(3):
        found += followed.read_and_release(2 * WAIT)
    assert 5 * [b"started"] == found


def test_truncated_again_and_again(follow: Follow, app: LogWriter) -> None:
    """Each content is read once, each with a key of its own, also when it is always the same."""
    followed = follow("app.log")
    for _ in range(5):
        app.write("the same line, longer than sixty-four bytes, again and again and again\n")
        assert 1 == len(followed.read_and_release())
        app.truncate()
        assert [] == followed.read()
    assert 5 == len({batch.key for batch in followed.batches})
