"""Rounds: every line once, fair, bounded, half lines and copies of names too."""

import os

import pytest

from logtrace.clock import SECOND
from logtrace.source.files import (
    GIVE_UP,
    POLL,
    ROUND,
    SCAN,
)
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.roster import LINGER
from tests.support.files import LogWriter, numbers
from tests.support.tailing import Follow


def test_nothing_to_read(follow: Follow) -> None:
    """Without a file there is nothing, and nobody is behind or awake."""
    followed = follow("*.log")
    assert [] == followed.read()
    assert (set(), True) == (followed.files.behind, followed.files.quiet)


def test_the_first_round_looks_for_files(follow: Follow, app: LogWriter) -> None:
    """Nothing is waited for at the start."""
    app.lines(1)
    assert 1 == len(follow("*.log").round(0))


@pytest.mark.scenario(3)
def test_old_and_new_lines(follow: Follow, app: LogWriter) -> None:
    """What is there, then what is appended, each line once, numbered and counted."""
    followed = follow("*.log")
    first = app.lines(3)
    assert first == followed.read()
    second = app.lines(2)
    assert second == followed.read()
    assert [] == followed.read()
    assert [1, 2, 3, 4, 5] == [number for batch in followed.batches for number in numbers(batch)]
    assert 5 == followed.telemetry.count("lines_read", "app")
    assert app.path.stat().st_size == followed.telemetry.count("bytes_read", "app")


@pytest.mark.scenario(35)
def test_nobody_waits_behind_a_busy_file(follow: Follow, app: LogWriter) -> None:
    """Each round takes at most a block of each file: one line of a quiet log comes beside gigabytes."""
    app.write(b"x" * 99 + b"\n", app.path.with_name("a.log"))
    app.write((b"y" * 99 + b"\n") * 50_000)
    followed = follow("*.log")
    batches = followed.round()
    assert [1, BLOCK // 100] == sorted(len(batch.lines) for batch in batches)
    assert {str(app.path)} == followed.files.behind
    assert 1 == len(followed.round(0))


def test_the_newest_file_first(follow: Follow, app: LogWriter) -> None:
    """Of files that wait for their first turn the one that was written last; then the others in turn."""
    names = ["b.log", "a.log", "c.log"]
    for age, name in enumerate(names):
        app.lines(1, app.path.with_name(name))
        os.utime(app.path.with_name(name), ns=(0, (10 - age) * SECOND))
    followed = follow("*.log")
    batches = followed.round()
    assert names == [os.path.basename(batch.stream) for batch in batches]


def test_looking_without_reading(follow: Follow, app: LogWriter) -> None:
    """While there is no room files are found and kept open: what is deleted meanwhile is read later."""
    lines = app.lines(3)
    followed = follow("*.log")
    followed.files.look()
    app.path.unlink()
    for _ in range(3):
        followed.clock.advance(LINGER)
        followed.files.look()
    assert 0 == followed.telemetry.count("lines_read", "app")
    assert lines == followed.read()


def test_cuts_are_noticed_without_reading(follow: Follow, app: LogWriter) -> None:
    """While there is no room a file that is cut begins anew at once: what comes then is known."""
    app.lines(5)
    followed = follow("*.log")
    followed.read_and_release()
    app.truncate()
    for _ in range(3):
        new = app.lines(9)
        followed.clock.advance(SCAN)
        followed.files.look()
    assert 1 == len(followed.events("file_truncated"))
    assert 5 == followed.telemetry.count("lines_read", "app")
    assert new == followed.read_and_release()[-9:]


def test_those_that_are_behind_come_first(follow: Follow, app: LogWriter) -> None:
    """In the next round the file with unread lines is read before the others."""
    app.write((b"y" * 99 + b"\n") * 3000, app.path.with_name("z.log"))
    app.lines(1, app.path.with_name("a.log"))
    followed = follow("*.log")
    followed.round()
    app.lines(1, app.path.with_name("a.log"))
    batches = followed.round(POLL)
    assert ["z.log", "a.log"] == [os.path.basename(batch.stream) for batch in batches]


def test_a_round_is_bounded(follow: Follow, app: LogWriter) -> None:
    """However many files are behind, a round hands out about 4 MiB; the others have their turn next."""
    text = (b"y" * 99 + b"\n") * (BLOCK // 100)
    count = ROUND // BLOCK + 10
    for number in range(count):
        app.write(2 * text, app.path.with_name(f"{number:03}.log"))
    followed = follow("*.log")
    first, second = followed.round(), followed.round(0)

    assert ROUND <= sum(len(batch.block) for batch in first) < ROUND + BLOCK
    assert count == len({batch.stream for batch in [*first, *second]})


@pytest.mark.scenario(28)
def test_over_long_lines_are_counted(follow: Follow, app: LogWriter) -> None:
    """A line that is not given whole is counted as cut, and no other."""
    app.write(b"a\n" + b"x" * 2 * MAX_LINE + b"\nb\n")
    followed = follow("*.log")
    assert [1, MAX_LINE, 1] == [len(line) for line in followed.read()]
    assert 1 == followed.telemetry.count("lines_repaired", "cut")


@pytest.mark.scenario(4, 12)
def test_one_file_with_two_names(follow: Follow, app: LogWriter) -> None:
    """A link and what it points to, and two globs that name it, give each line once."""
    lines = app.lines(3)
    app.path.with_name("link.log").symlink_to(app.path)
    os.link(app.path, app.path.with_name("hard.log"))
    assert lines == follow("*.log", "app.*").read()


@pytest.mark.scenario(11)
def test_a_link_that_is_repointed(follow: Follow, app: LogWriter) -> None:
    """Each file that it points to in turn is read once, as one stream."""
    link = app.path.with_name("current")
    followed = follow("current")
    written, found = [], []
    for number in range(30):
        target = app.path.with_name(f"target-{number}")
        written += app.lines(60, target)
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        found += followed.read()
        written += app.lines(40, target)
        found += followed.read()
    assert written == found
    assert {str(link)} == {batch.stream for batch in followed.batches}


@pytest.mark.scenario(21, 22)
def test_half_a_line_waits(follow: Follow, app: LogWriter) -> None:
    """The last line of a live file waits for its newline for ever."""
    app.write("half")
    followed = follow("*.log")
    assert [] == followed.read(3600 * SECOND)
    assert set() == followed.files.behind
    app.write(" a line\n")
    assert [b"half a line"] == followed.read()


@pytest.mark.scenario(22, 23)
def test_half_a_line_of_a_rotated_file(follow: Follow, app: LogWriter) -> None:
    """It is taken as it is when its log goes on in the next file, and it has been quiet for two
    seconds; growth begins them anew."""
    app.write("half")
    followed = follow("app.log")
    followed.read()
    rotated = app.rotate()
    new = app.lines(1)
    followed.round(SECOND)
    app.write(" a", rotated)
    assert [] == followed.round(GIVE_UP - POLL)
    assert [] == followed.round(GIVE_UP - 4 * POLL)
    assert [b"half a", *new] == followed.read(GIVE_UP)
    app.write(" line\n", rotated)
    assert [b" line"] == followed.read()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("created", [True, False])
def test_half_a_line_of_a_log_that_rests(
    follow: Follow, app: LogWriter, pattern: str, created: bool
) -> None:
    """As long as nothing stands in the next file its writer may finish it: a minute is waited."""
    app.write("half")
    followed = follow(pattern)
    followed.read()
    rotated = app.rotate()
    if created:
        app.path.touch()
    assert [] == followed.read() + followed.read(LINGER - 2 * SECOND)
    app.write(" a line\nand half", rotated)
    assert [b"half a line"] == followed.read()
    assert [] == followed.read(LINGER - 2 * SECOND)
    assert [b"and half"] == followed.read(2 * SECOND)


def test_half_a_line_of_a_file_that_got_its_name_later(follow: Follow, app: LogWriter) -> None:
    """A name that no rotation gives is that of a live file, under which a line may be finished."""
    draft = app.path.with_name("app.log.new")
    followed = follow("app.log*")
    lines = app.lines(1, draft)
    assert lines == followed.read()
    draft.rename(app.path)
    app.write("half")
    assert [] == followed.read() + followed.read(2 * LINGER)
    app.write(" a line\n")
    assert [b"half a line"] == followed.read()


@pytest.mark.parametrize("still_open", [True, False])
def test_half_a_line_in_a_directory_that_is_closed(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch, still_open: bool
) -> None:
    """That it cannot be looked into does not tell that the file was renamed: what is open is read on."""
    followed = follow("app.log")
    lines = app.lines(1)
    app.write("half")
    assert lines == followed.read()

    def closed(path: str, **_options: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as shut:
        shut.setattr(os, "lstat", closed)
        shut.setattr(os, "stat", closed if still_open else os.stat)
        assert [] == followed.read() + followed.read(2 * LINGER)
        app.write(" a line\n")
        assert [b"half a line"] == followed.read() + followed.read()
        app.write("half")
        assert [] == followed.read() + followed.read(LINGER)
    app.write(" a line\n")
    assert [b"half a line"] == followed.read()


@pytest.mark.scenario(22)
def test_half_a_line_with_once(follow: Follow, app: LogWriter) -> None:
    """When everything is read once an unfinished line is a line."""
    app.write("one\nhalf")
    assert [b"one", b"half"] == follow("*.log", once=True).read()
