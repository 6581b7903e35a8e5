"""Rotation in place: the log is cut, whether it was copied before or not, or replaced."""

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.checkpoint import NAME
from logtrace.source.copies import WAIT
from tests.support.files import FollowedFiles, LogWriter
from tests.support.tailing import Follow, lost

BANNER = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))


def on_disk(followed: FollowedFiles) -> list[int]:
    """Return the offsets of the files that are where they were, as the state file has them."""
    with contextlib.closing(sqlite3.connect(followed.state / NAME)) as connection:
        rows = connection.execute("SELECT offset FROM files WHERE gone = 0")
        return sorted(offset for (offset,) in rows)


@pytest.mark.scenario(53)
def test_a_pause_after_the_cut(follow: Follow, app: LogWriter) -> None:
    """The offset on disk is 0 as soon as the cut is seen, and what is written later is read."""
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    followed.files.commit(force=True)
    app.truncate()
    followed.round()
    assert [0] == on_disk(followed)
    assert [] == followed.read_and_release(600 * SECOND)
    written = app.lines(1)
    assert written == followed.read_and_release()


@pytest.mark.scenario(53)
def test_cut_twice(follow: Follow, app: LogWriter) -> None:
    """With and without a look in between, each content that was there to be read comes once."""
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    app.truncate()
    app.lines(2)
    app.truncate()
    second = app.lines(3)
    assert second == followed.read_and_release()
    app.truncate()
    third = app.lines(1)
    assert third == followed.read_and_release()
    app.truncate()
    fourth = app.lines(1)
    assert fourth == followed.read_and_release()


@pytest.mark.scenario(53)
@pytest.mark.parametrize("killed", [False, True], ids=["running", "killed"])
@pytest.mark.parametrize("count", [1, 9], ids=["shorter", "longer"])
def test_cut_while_nothing_can_be_sent(
    follow: Follow, app: LogWriter, killed: bool, count: int
) -> None:
    """The offset on disk is 0 at once; the new content is read, when it can be, from its beginning."""
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    followed.files.commit(force=True)
    app.truncate()
    written = app.lines(count)
    followed.clock.advance(SECOND)
    followed.files.look()
    assert [0] == on_disk(followed)
    if killed:
        followed.crash()
        followed.start()
    assert written == followed.read_and_release()


@pytest.mark.scenario(53)
def test_copied_and_cut_twice_while_nothing_can_be_sent(follow: Follow, app: LogWriter) -> None:
    """What was read once goes on in its copy, what a pattern names is read whole: nothing is lost."""
    first = app.lines(5)
    followed = follow("app.log*")
    assert first == followed.read_and_release()
    written = []
    for _ in range(2):
        written += app.lines(2)
        followed.clock.advance(SECOND)
        followed.files.look()
        app.copytruncate()
        written += app.lines(2)
        followed.clock.advance(SECOND)
        followed.files.look()
    found = followed.read_and_release() + followed.read_and_release(2 * WAIT)
    assert sorted(written) == sorted(found)
    assert 0 == lost(followed)


def test_unread_lines_of_a_new_file_that_is_cut_are_counted(follow: Follow, app: LogWriter) -> None:
    """Seen, but cut before anything of them was read, and in no copy: they are counted as lost."""
    followed = follow("app.log")
    gone = app.lines(3)
    followed.clock.advance(SECOND)
    followed.files.look()
    app.truncate()
    new = app.lines(1)
    assert new == followed.read_and_release()
    assert sum(len(each) + 1 for each in gone) == lost(followed)


@pytest.mark.scenario(55)
@pytest.mark.parametrize("late", [SECOND, 300 * SECOND], ids=["soon", "late"])
@pytest.mark.parametrize("count", [1, 9], ids=["shorter", "longer"])
def test_cut_through_a_symbolic_link(follow: Follow, app: LogWriter, late: int, count: int) -> None:
    """A link in the path hides no cut, whether it is looked at soon after or much later."""
    real = app.path.with_name("real")
    app.path.symlink_to(real)
    app.lines(5)
    followed = follow("*.log")
    followed.read_and_release()
    os.truncate(app.path, 0)
    written = app.lines(count)
    assert written == followed.read_and_release(late)
    assert 1 == len(followed.events("file_truncated"))


@pytest.mark.scenario(59)
@pytest.mark.parametrize("count", [1, 5, 9], ids=["shorter", "as long", "longer"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_the_same_inode_with_other_content(
    follow: Follow, app: LogWriter, count: int, down: bool
) -> None:
    """Whatever was made there, it is read from its beginning."""
    app.lines(5)
    followed = follow("*.log")
    followed.read_and_release()
    inode = app.path.stat().st_ino
    if down:
        followed.stop()
    with app.path.open("wb"):  # stands for a file system that gives the inode out again
        pass
    written = app.lines(count)
    assert inode == app.path.stat().st_ino
    if down:
        followed.start()
    assert written == followed.read_and_release()


@pytest.mark.scenario(59, 60)
@pytest.mark.parametrize("count", [2, 5, 9], ids=["shorter", "as long", "longer"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_deleted_and_made_again_behind_the_same_banner(
    follow: Follow, app: LogWriter, count: int, down: bool
) -> None:
    """The same name, perhaps the same inode, the same beginning: another file, read whole."""
    app.write(BANNER)
    app.lines(5)
    followed = follow("*.log")
    followed.read_and_release()
    if down:
        followed.stop()
    app.path.unlink()
    app.write(BANNER)
    written = app.lines(count)
    if down:
        followed.start()
    assert BANNER.splitlines() + written == followed.read_and_release()


@pytest.mark.scenario(60)
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_deleted_and_made_again_with_less_of_the_same(
    follow: Follow, app: LogWriter, down: bool
) -> None:
    """A beginning of what was there, and no more, is a file that is written anew."""
    lines = app.lines(9)
    followed = follow("*.log")
    followed.read_and_release()
    if down:
        followed.stop()
    content = app.path.read_bytes()
    app.path.unlink()
    app.path.write_bytes(content[: content.index(lines[4])])
    if down:
        followed.start()
    assert lines[:4] == followed.read_and_release()
    app.write(lines[4] + b"\n")
    assert lines[4:5] == followed.read_and_release()


@pytest.mark.scenario(61)
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
@pytest.mark.parametrize("same", [False, True], ids=["other content", "same and more"])
def test_replaced_in_one_step(
    follow: Follow, app: LogWriter, tmp_path: Path, down: bool, same: bool
) -> None:
    """Written beside it and renamed over it: with all of the old it goes on, otherwise it begins."""
    app.lines(5)
    followed = follow("*.log")
    followed.read_and_release()
    if down:
        followed.stop()
    before = app.path.read_bytes()
    temporary = tmp_path / "temporary"
    temporary.write_bytes(before if same else before[::-1].strip() + b"\n")
    more = app.lines(2, temporary)
    written = app.path.stat().st_mtime_ns - SECOND  # before the old one is gone
    os.utime(temporary, ns=(written, written))
    temporary.rename(app.path)
    if down:
        followed.start()
    expected = more if same else app.path.read_bytes().splitlines()
    assert expected == followed.read_and_release()
    assert 0 == lost(followed)
