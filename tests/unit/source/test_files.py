"""Log files through whatever happens to them: every line once, fair, in time, and counted if lost."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.model import LineBatch
from logtrace.source import registry as registry_module
from logtrace.source import roster as roster_module
from logtrace.source.checkpoint import NAME
from logtrace.source.copies import WAIT
from logtrace.source.files import (
    AWAKE,
    COMMIT,
    GIVE_UP,
    POLL,
    ROUND,
    SCAN,
    SCAN_SHARE,
    WOKEN_SCAN,
    LogFiles,
)
from logtrace.source.ledger import Ledger
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.missing import GRACE, SEARCH
from logtrace.source.roster import LINGER, LINGER_DELETED, RETRY
from logtrace.source.tail import Tail
from tests.support.clock import FakeClock
from tests.support.files import FollowedFiles, LogWriter, numbers, source
from tests.support.log import recording_telemetry

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


@pytest.fixture
def app(tmp_path: Path) -> LogWriter:
    """An application that writes app.log."""
    return LogWriter(tmp_path / "app.log")


Follow = Callable[..., FollowedFiles]


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Follow]:
    """Return what follows files of the directory, over a state of their own."""
    made: list[FollowedFiles] = []

    def follow(
        *patterns: str,
        once: bool = False,
        exclude: tuple[str, ...] = (),
        read_from: str | None = "beginning",
    ) -> FollowedFiles:
        paths = [tmp_path / pattern for pattern in patterns]
        made.append(
            FollowedFiles(
                tmp_path / "state",
                source(*paths, exclude=exclude, read_from=read_from),  # type: ignore[arg-type]
                once=once,
            )
        )
        return made[-1]

    yield follow
    for followed in made:
        followed.crash()


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def lost(followed: FollowedFiles) -> list[int]:
    """Return how many bytes were said to be lost, each time."""
    return [said["bytes"] for said in followed.events("lines_lost")]


# ── rounds ────────────────────────────────────────────────────────────────────────────────────────


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


# ── when ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_file_is_polled(follow: Follow, app: LogWriter) -> None:
    """A file that was just read is looked at again after 30 ms, not before."""
    app.lines(1)
    followed = follow("*.log")
    followed.read()
    app.lines(1)
    followed.round()
    app.lines(1)
    assert POLL == followed.files.patience()
    assert [] == followed.round(POLL - 1)
    assert 1 == len(followed.round(1))


@pytest.mark.scenario(38)
def test_a_quiet_file_is_polled_less_and_less(follow: Follow, app: LogWriter) -> None:
    """The pause grows with the quiet, to a second; then only the scan looks, until it changes."""
    app.lines(1)
    followed = follow("*.log")
    followed.round()
    pauses = []
    while not followed.files.quiet:
        pauses.append(followed.files.patience())
        followed.round(pauses[-1])
    assert pauses[0] == POLL
    assert len(pauses) < 40
    assert AWAKE <= sum(pauses) <= AWAKE + SCAN

    app.lines(1)
    assert 0 < followed.files.patience() <= SCAN
    assert 1 == len(followed.round(followed.files.patience()))
    assert not followed.files.quiet


@pytest.mark.scenario(70)
def test_directories_are_listed_once_a_second(follow: Follow, app: LogWriter) -> None:
    """A new file is found by the next scan."""
    followed = follow("*.log")
    followed.round()
    app.lines(1)
    assert SCAN == followed.files.patience()
    assert [] == followed.round(SCAN - 1)
    assert 1 == len(followed.round(1))


def test_waking(follow: Follow, app: LogWriter) -> None:
    """After an event directories are listed at once, but not more than ten times a second."""
    followed = follow("*.log")
    followed.round()
    app.lines(1)
    followed.files.wake()
    assert [] == followed.round(WOKEN_SCAN - 1)
    assert 1 == len(followed.round(1))
    app.lines(1, app.path.with_name("other.log"))
    assert [] == followed.round(WOKEN_SCAN)


@pytest.mark.scenario(38)
def test_waking_for_an_idle_file(follow: Follow, app: LogWriter) -> None:
    """A change of a file that is not polled any more is seen at once, too."""
    app.lines(1)
    followed = follow("*.log")
    followed.read()
    for _ in range(10):
        followed.round()
    assert followed.files.quiet
    app.lines(1)
    followed.files.wake()
    assert 1 == len(followed.round(WOKEN_SCAN))


@pytest.mark.scenario(19)
def test_a_scan_that_takes_long(tmp_path: Path) -> None:
    """Where listing takes two seconds it is done once in fifty."""

    class Slow(FakeClock):
        """A clock by which everything takes a second."""

        def monotonic(self) -> int:
            self.advance(SECOND)
            return super().monotonic()

    clock = Slow()
    telemetry, _ = recording_telemetry(clock)
    files = LogFiles([source(tmp_path / "*.log")], Ledger.in_memory(telemetry), clock, telemetry)
    files.read()
    assert (SCAN_SHARE - 1) * SECOND == files.patience()


def test_places_to_watch(follow: Follow, app: LogWriter) -> None:
    """The directories of the last scan."""
    followed = follow("*.log")
    assert set() == followed.files.directories()
    followed.round()
    assert {(str(app.path.parent), False)} == followed.files.directories()


@pytest.mark.scenario(89)
def test_the_wall_clock_may_jump(follow: Follow, app: LogWriter) -> None:
    """An hour back or forth neither stalls reading nor loses anything."""
    followed = follow("*.log")
    written, found = [], []
    for hours in (1, -2, 1):
        written += app.lines(1)
        followed.clock.step_wall(hours * 3600 * SECOND)
        found += followed.read()
    assert written == found
    assert [] == lost(followed)


# ── where a file is entered ───────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(2)
def test_files_that_were_there_before(follow: Follow, app: LogWriter) -> None:
    """By default old lines are left alone at the first start; the line being written then is not."""
    app.lines(3)
    app.write("half")
    followed = follow("*.log", read_from=None)
    assert [] == followed.read()
    app.write(" a line\n")
    assert [b"half a line"] == followed.read()
    new = app.lines(1, app.path.with_name("new.log"))
    assert new == followed.read()


@pytest.mark.scenario(7)
def test_a_directory_that_comes_later(follow: Follow, app: LogWriter) -> None:
    """It is read from its beginning when it is there, each time it comes again."""
    followed = follow("new/*.log", read_from="end")
    followed.read()
    for _ in range(3):
        path = app.path.with_name("new") / "app.log"
        path.parent.mkdir()
        written = app.lines(2, path)
        assert written == followed.read()
        path.unlink()
        path.parent.rmdir()
        followed.read(LINGER)


# ── half lines ────────────────────────────────────────────────────────────────────────────────────


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
    """It is taken as it is when the file has been quiet for two seconds; growth begins them anew."""
    app.write("half")
    followed = follow("app.log")
    followed.read()
    rotated = app.rotate()
    followed.round(SECOND)
    app.write(" a", rotated)
    assert [] == followed.read(GIVE_UP - POLL)
    assert [] == followed.read(GIVE_UP - 2 * POLL)
    assert [b"half a"] == followed.read(GIVE_UP)
    app.write(" line\n", rotated)
    assert [b" line"] == followed.read()


@pytest.mark.scenario(22)
def test_half_a_line_with_once(follow: Follow, app: LogWriter) -> None:
    """When everything is read once an unfinished line is a line."""
    app.write("one\nhalf")
    assert [b"one", b"half"] == follow("*.log", once=True).read()


# ── restarts ──────────────────────────────────────────────────────────────────────────────────────


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


# ── rotation ──────────────────────────────────────────────────────────────────────────────────────


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


# ── truncation ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(49, 50, 54)
@pytest.mark.parametrize("count", [1, 5, 9], ids=["shorter", "as long", "longer"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_truncation(follow: Follow, app: LogWriter, count: int, down: bool) -> None:
    """Cut and written anew, to whatever length, while running or down: read from the beginning."""
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    if down:
        followed.stop()
    app.truncate()
    written = app.lines(count)
    if down:
        followed.start()
    assert written == followed.read_and_release()
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
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_copytruncate(follow: Follow, app: LogWriter, pattern: str, down: bool) -> None:
    """What was not read yet is read in the copy, listed or not; what was is not read twice."""
    app.lines(5)
    followed = follow(pattern)
    followed.read_and_release()
    if down:
        followed.stop()
    rest = app.lines(3)
    app.copytruncate()
    new = app.lines(1)
    if down:
        followed.start()
    found = followed.read_and_release() + followed.read_and_release(SEARCH)
    assert sorted(rest + new) == sorted(found)
    found = followed.read_and_release(2 * WAIT)
    assert [] == found
    for _ in range(3):
        followed.read(GRACE)
    assert [] == lost(followed)


def test_truncated_again_and_again(follow: Follow, app: LogWriter) -> None:
    """Each content is read once, each with a key of its own, also when it is always the same."""
    followed = follow("app.log")
    for _ in range(5):
        app.write("the same line, longer than sixty-four bytes, again and again and again\n")
        assert 1 == len(followed.read_and_release())
        app.truncate()
        assert [] == followed.read()
    assert 5 == len({batch.key for batch in followed.batches})


# ── failures ──────────────────────────────────────────────────────────────────────────────────────


class Failing:
    """What reads from a disk that fails, and how often it was tried."""

    def __init__(self, number: int) -> None:
        self.error = OSError(number, os.strerror(number))
        self.tried = 0

    def __call__(self, *_: object) -> LineBatch:
        self.tried += 1
        raise self.error


@pytest.mark.scenario(68, 69)
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_a_disk_that_fails(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The file is said, left alone for a second, and goes on where it was; nobody waits for it."""
    app.lines(1)
    followed = follow("*.log")
    followed.read_and_release()
    app.write((b"y" * 99 + b"\n") * 5000)
    failing = Failing(number)
    opened = descriptors()
    with monkeypatch.context() as broken:
        broken.setattr(Tail, "read", failing)
        for times in (1, 2, 3):
            for pause in (SECOND, RETRY - 2, 1):
                assert [] == followed.round(pause)
                assert set() == followed.files.behind
                assert times == failing.tried
            followed.clock.advance(1)
    assert opened - (number == errno.ESTALE) == descriptors()  # a stale handle is of no more use
    followed.round()
    assert {str(app.path)} == followed.files.behind
    followed.read()
    assert 5001 == followed.telemetry.count("lines_read", "app")
    (said,) = followed.events("file_failed")
    assert (str(app.path), os.strerror(number)) == (said["file"], said["error"])
    assert [] == followed.events("file_truncated")


def test_a_disk_that_fails_when_a_cut_is_noticed(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is raised, nothing forgotten: the cut is noticed again when the disk works."""
    app.lines(5)
    followed = follow("*.log")
    followed.read_and_release()
    app.truncate()
    new = app.lines(1)
    with monkeypatch.context() as broken:
        broken.setattr(registry_module, "file_key", Failing(errno.EIO))
        for _ in range(3):
            assert [] == followed.round()
            assert set() == followed.files.behind
            assert 0 < followed.files.patience()
    assert 1 == len(followed.events("file_failed"))
    assert new == followed.read()
    assert 1 == len(followed.events("file_truncated"))


@as_user
def test_a_file_that_may_not_be_read_any_more(follow: Follow, app: LogWriter) -> None:
    """What was opened stays open; what must be opened again waits until it may."""
    app.lines(1)
    followed = follow("*.log")
    followed.read_and_release()
    app.path.chmod(0o200)
    assert app.lines(1) == followed.read_and_release()
    followed.restart()
    lines = app.lines(1)
    assert [] == followed.read()
    app.path.chmod(0o600)
    assert lines == followed.read()
    assert 1 == len(followed.events("file_failed"))


@pytest.mark.scenario(14, 102)
@pytest.mark.parametrize("bound", [1, 2, 5])
def test_more_files_than_descriptors(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch, bound: int
) -> None:
    """Through writing, rotation of all at once and restarts each line comes once."""
    monkeypatch.setattr(roster_module, "DESCRIPTORS", bound)
    before = descriptors()
    logs = [app.path.with_name(f"{number}.log") for number in range(8)]
    followed = follow("*.log")
    opened = descriptors()
    written, found = [], []
    for turn in range(4):
        for log in logs:
            written += app.lines(2, log)
        found += followed.read_and_release()
        for log in logs:
            written += app.lines(1, log)
            log.rename(log.with_name(f"{log.name}.{turn}"))
            written += app.lines(1, log)
        for _ in range(2 * len(logs)):
            found += followed.read_and_release()
        assert descriptors() <= opened + bound
        if turn == 2:
            followed.restart()
    assert sorted(written) == sorted(found)
    assert [] == followed.events("file_failed")
    assert [] == lost(followed)
    assert before < opened


@pytest.mark.scenario(15)
def test_what_is_read_stays_open(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With few descriptors it is the file that was read least recently that is closed."""
    monkeypatch.setattr(roster_module, "DESCRIPTORS", 2)
    logs = [app.path.with_name(f"{number}.log") for number in range(3)]
    followed = follow("*.log")
    for written in (logs[0], logs[1], logs[0], logs[2]):
        app.lines(1, written)
        followed.read_and_release()
        for _ in range(10):  # until all are idle: what is polled is opened again
            followed.round()
    held = {os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    assert [True, False, True] == [str(log.resolve()) in held for log in logs]


def test_closing(follow: Follow, app: LogWriter) -> None:
    """All descriptors are given back; what was not committed is not written."""
    app.lines(3)
    followed = follow("*.log")
    opened = descriptors()
    followed.read_and_release()
    assert opened + 1 == descriptors()
    followed.files.close()
    assert opened == descriptors()


def test_how_long_poll_is() -> None:
    """A busy file is looked at 20 to 50 ms later: less costs the application, more is late."""
    assert 20 * MILLISECOND <= POLL <= 50 * MILLISECOND
