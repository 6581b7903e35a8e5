"""Files that are not followed yet: cuts, copies, and what replaces what."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.copies import WAIT
from tests.support.crew import Make


def test_a_rewritten_file_begins_anew(make: Make) -> None:
    """It has a new key, is read from its beginning, and what was in it is missing."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    tail = crew.tail()
    crew.read(tail)
    old = tail.entry
    crew.app.path.write_bytes(b"new\n")
    crew.clock.advance(SECOND)
    crew.roster.active.clear()
    crew.roster.rewritten(tail, crew.now)
    assert [tail] == list(crew.roster.active)

    assert tail.entry.key != old.key
    assert (0, 4, crew.now) == (tail.entry.offset, tail.entry.size, tail.due)
    assert old.gone
    assert [b"new"] == crew.read(tail)


def test_a_copy_is_read_from_where_its_original_was(make: Make) -> None:
    """copytruncate: what was read of the log is not read again in its copy, the rest is."""
    crew = make("app.log*")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    rest = crew.app.lines(2)
    copy = crew.app.copytruncate()
    crew.scan()

    assert key == crew.tail(copy).entry.key
    assert rest == crew.read(crew.tail(copy))
    assert key != crew.tail().entry.key
    assert 1 == len(crew.log.named("file_truncated"))


def test_a_copy_that_no_pattern_names(make: Make) -> None:
    """It is found all the same, and known by its own inode from then on."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    tail = crew.tail()
    crew.read(tail)
    old = tail.entry
    copy = crew.app.copytruncate()
    crew.roster.rewritten(tail, crew.now)
    crew.scan()
    assert old is crew.tail(copy).entry
    assert (copy.stat().st_ino, str(copy)) == (old.identity.inode, old.path)
    crew.again()
    assert copy.stat().st_ino == crew.ledger.files[old.key].identity.inode
    assert str(copy) == crew.ledger.files[old.key].path


def test_a_copy_waits_for_the_cut(make: Make) -> None:
    """A copy that is there before the log is cut is left alone; then it is what was cut."""
    crew = make("app.log*")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    copy = crew.app.copy()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        crew.scan()
        assert ["app.log"] == crew.names()
    assert before == len(os.listdir("/proc/self/fd"))
    crew.app.truncate()
    crew.scan()
    assert key == crew.tail(copy).entry.key


def test_a_copy_of_a_log_that_is_not_cut(make: Make) -> None:
    """After ten seconds it is a file of its own, that goes on behind what was read of the original."""
    crew = make("app.log*")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    copy = crew.app.copy()
    crew.scan()
    crew.scan(WAIT - 1)
    assert ["app.log"] == crew.names()
    crew.scan(1)
    assert crew.tail(copy).entry.key != crew.tail().entry.key
    assert [] == crew.read(crew.tail(copy))


def test_a_copy_with_once(make: Make) -> None:
    """When all is read once there is no time to wait for a cut: the copy goes on at once."""
    crew = make("app.log*", once=True)
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    copy = crew.app.copy()
    crew.scan()
    assert [] == crew.read(crew.tail(copy))


@pytest.mark.scenario(62)
def test_logs_that_begin_alike(make: Make) -> None:
    """Two logs with the same banner are both read, and at once, while both are being written."""
    banner = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))
    crew = make("app*.log")
    other = crew.directory / "app-2.log"
    for path in (crew.app.path, other):
        crew.app.write(banner, path)
        crew.app.lines(1, path)
    crew.scan()
    assert 51 == len(crew.read(crew.tail()))
    crew.app.lines(1, other)
    crew.scan()
    assert 52 == len(crew.read(crew.tail(other)))


def test_files_that_are_there_at_the_first_start(make: Make) -> None:
    """A source that is read from its end is: no file of it is mistaken for a copy and read."""
    text = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))
    crew = make("app*.log", read_from="end")
    other = crew.directory / "app-2.log"
    for path in (crew.app.path, other):
        crew.app.write(text, path)
    crew.scan()
    crew.scan(2 * WAIT)
    assert [] == crew.read(crew.tail(other))
    assert len(text) == crew.tail(other).entry.offset


def test_a_replaced_file_with_all_of_the_old_one(make: Make) -> None:
    """A log that is written anew and renamed over the old one goes on where that was."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    temporary = crew.directory / "temporary"
    temporary.write_bytes(crew.app.path.read_bytes() + b"more\n")
    written = crew.app.path.stat().st_mtime_ns - SECOND  # before the old one was deleted
    os.utime(temporary, ns=(written, written))
    temporary.rename(crew.app.path)
    crew.scan()

    entry = crew.tail().entry
    assert (key, crew.app.path.stat().st_ino) == (entry.key, entry.identity.inode)
    assert [b"more"] == crew.read(crew.tail())
    assert 1 == len(crew.roster.tails)


@pytest.mark.scenario(59)
@pytest.mark.parametrize("left", [False, True], ids=["at once", "later"])
def test_a_file_that_is_made_again_with_what_the_deleted_one_held(make: Make, left: bool) -> None:
    """What is written where a file was deleted is another, though not a byte of it differs."""
    crew = make("app.log")
    lines = crew.app.lines(5)
    content = crew.app.path.read_bytes()
    for _ in range(3):
        crew.scan()
        assert lines == crew.read(crew.tail())
        old = crew.tail()
        written = old.mtime + 1
        crew.app.path.unlink()
        if left:
            crew.scan()
            old.look(crew.now)
            crew.roster.leave(old)
        crew.app.path.write_bytes(content)
        written = max(written, crew.app.path.stat().st_mtime_ns)
        os.utime(crew.app.path, ns=(written, written))


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("lines", [1, 5], ids=["few bytes", "many"])
def test_a_copy_that_has_the_inode_of_a_file_of_which_nothing_was_read(
    make: Make, pattern: str, lines: int
) -> None:
    """What it holds says more than the inode of something that was empty."""
    crew = make(pattern)
    crew.app.path.touch()
    crew.scan()
    recycled = crew.app.path.rename(crew.directory / "recycled")
    crew.app.lines(lines)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    for tail in list(crew.roster.tails.values()):
        if not tail.entry.offset:
            crew.roster.leave(tail)
    recycled.write_bytes(crew.app.path.read_bytes())
    copy = recycled.rename(crew.app.rotated(1))
    crew.app.truncate()
    crew.clock.advance(SECOND)
    crew.roster.notice_cuts(crew.now)
    crew.scan()
    assert key == crew.tail(copy).entry.key


@pytest.mark.parametrize("way", [shutil.copy, shutil.copy2], ids=["new time", "same time"])
@pytest.mark.parametrize("lines", [1, 5], ids=["few bytes", "many"])
def test_moved_to_another_file_system(
    make: Make, way: Callable[[Path, Path], object], lines: int
) -> None:
    """A listed copy of a log that was deleted waits until that is left, and is it then."""
    if (way, lines) == (shutil.copy, 1):
        pytest.skip("without its time so few bytes may be another file's")
    crew = make("app.log*")
    crew.app.lines(lines)
    crew.scan()
    crew.read(crew.tail())
    old, moved = crew.tail(), crew.app.rotated(1)
    way(crew.app.path, moved)
    crew.app.path.unlink()
    crew.scan()
    crew.scan()
    assert ["app.log"] == crew.names()
    old.look(crew.now)
    old.drained = True
    crew.roster.leave(old)
    crew.scan()
    assert old.entry is crew.tail(moved).entry


def test_a_file_that_is_put_back(make: Make) -> None:
    """One that was deleted, and comes back with the time that it had, is not read again."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    old, saved = crew.tail(), crew.directory / "saved"
    shutil.copy2(crew.app.path, saved)
    crew.app.path.unlink()
    crew.scan()
    old.look(crew.now)
    crew.roster.leave(old)
    saved.rename(crew.app.path)
    crew.scan()
    assert old.entry is crew.tail().entry


def test_a_copy_in_the_place_of_a_renamed_file(make: Make) -> None:
    """While the old file is still there the new one is another, whatever it begins with."""
    crew = make("app.log")
    lines = crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    old = crew.app.rotate()
    crew.app.path.write_bytes(old.read_bytes())
    crew.scan()
    assert crew.tail().entry.key != crew.tail(old).entry.key
    assert lines == crew.read(crew.tail())


def test_a_replaced_file_with_something_else(make: Make) -> None:
    """Without what was read it is the next file of the stream, and the old one is read to its end."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    old = crew.tail()
    temporary = crew.directory / "temporary"
    temporary.write_bytes(b"X" + crew.app.path.read_bytes())
    temporary.rename(crew.app.path)
    crew.scan()

    assert crew.tail().entry.key != old.entry.key
    assert 2 == len(crew.roster.tails)
    assert 0 == crew.tail().entry.offset
