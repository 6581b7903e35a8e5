"""Which files are found, when, and under what circumstances."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import arrivals, roster
from logtrace.source.files import SCAN, SCAN_SHARE
from logtrace.source.missing import open_file
from logtrace.source.roster import DESCRIPTORS, LINGER, LINGER_DELETED
from logtrace.source.wakeup import Wakeup
from tests.support.files import LogWriter
from tests.support.log import recording_telemetry
from tests.support.tailing import Follow, descriptors, held, lost, may_open

DAY = 24 * 3600 * SECOND


@pytest.mark.scenario(1)
@pytest.mark.parametrize("read_from", ["end", "beginning", None])
def test_a_file_in_a_directory_that_was_empty(
    follow: Follow, app: LogWriter, read_from: str | None
) -> None:
    """Empty at the start; a file that comes is read from its beginning by the next scan."""
    followed = follow("*.log", read_from=read_from)
    assert [] == followed.read(0)
    written = app.lines(3)
    assert written == [line for batch in followed.round(SCAN) for line in batch.lines]


@pytest.mark.scenario(5)
def test_an_excluded_file_is_never_opened(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spelt with `//`, with `./`, with `..` or relative to this directory, an exclude holds."""
    directory = app.path.parent
    monkeypatch.chdir(directory)
    written = app.lines(2)
    names = ["1.log", "2.log", "3.log", "4.log"]
    for name in names:
        app.lines(2, directory / name)
    excluded = (
        f"{directory}//1.log",
        f"{directory}/./2.log",
        f"{directory}/x/../3.log",
        "./4.log",
    )
    followed = follow("*.log", exclude=excluded)
    assert written == followed.read()
    assert [False] * 4 == [held(directory / name) for name in names]


@pytest.mark.scenario(6)
@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        (b"a, b.log", "a, b.log"),
        (b"[prod] x.log", "[[]prod] x.log"),
        (b"[prod] x.log", "[prod] x.log"),
        (b"what?.log", "what[?].log"),
        (b"star*.log", "star[*].log"),
        (b"caf\xe9.log", os.fsdecode(b"caf\xe9.log")),
        (b"caf\xe9.log", "caf*.log"),
        (b"new\nline.log", "new*.log"),
    ],
)
def test_odd_names(follow: Follow, app: LogWriter, name: bytes, pattern: str) -> None:
    """Blanks, commas, signs of patterns and any bytes: read, also after a restart, and no other."""
    path = app.path.with_name(os.fsdecode(name))
    app.lines(1, app.path.with_name("whatx.log"))
    app.lines(1, app.path.with_name("starx.log"))
    followed = follow(pattern)
    first = app.lines(2, path)
    assert first == followed.read_and_release()
    followed.restart()
    second = app.lines(2, path)
    assert second == followed.read_and_release()


@pytest.mark.scenario(8)
def test_a_directory_that_is_deleted_and_made_again(follow: Follow, app: LogWriter) -> None:
    """However often, seen or not: each new file is read and reported, nothing stays open or watched."""
    path = app.path.with_name("logs") / "app.log"
    followed = follow("logs/*.log", read_from="end")
    followed.read()
    alarm = threading.Event()
    wakeup = Wakeup(followed.files.directories, alarm, recording_telemetry()[0])
    wakeup.start()
    try:
        seen = []
        for turn in range(20):
            path.parent.mkdir()
            followed.read_and_release()
            wakeup.idle(True)
            alarm.clear()
            written = app.lines(2, path)
            assert alarm.wait(10)
            assert written == followed.read_and_release()
            path.unlink()
            path.parent.rmdir()
            if turn % 2:
                followed.read_and_release(LINGER_DELETED + 2 * SECOND)
                wakeup.idle(False)
                seen.append((descriptors(), threading.active_count()))
        assert 1 == len(set(seen))
    finally:
        wakeup.stop()


@pytest.mark.scenario(9)
def test_a_file_that_may_not_be_read_at_first(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said once, not with each try; when its rights are right it is read from the beginning."""

    def open_as_user(path: str) -> int:
        """Open as one who is not root."""
        if not os.stat(path).st_mode & 0o444:
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_file(path)

    monkeypatch.setattr(arrivals, "open_file", open_as_user)
    written = app.lines(3)
    app.path.chmod(0)
    followed = follow("*.log")
    for _ in range(30):
        assert [] == followed.read()
    (said,) = followed.events("file_failed")
    assert (str(app.path), "Permission denied") == (said["file"], said["error"])
    assert "adm" in said["fix"]
    app.path.chmod(0o644)
    assert written == followed.read()


@pytest.mark.scenario(10)
def test_what_is_no_log_file_is_said_once(follow: Follow, app: LogWriter) -> None:
    """A pipe with no writer, a directory and a device stall nothing, and are said once."""
    os.mkfifo(app.path.with_name("1.log"))
    app.path.with_name("2.log").mkdir()
    app.path.with_name("3.log").symlink_to("/dev/null")
    followed = follow("*.log")
    for _ in range(3):
        written = app.lines(1)
        assert written == followed.read()
    assert ["FIFO", "directory", "device"] == [
        said["kind"] for said in followed.events("file_skipped")
    ]


@pytest.mark.scenario(12)
def test_a_link_that_goes(follow: Follow, app: LogWriter) -> None:
    """The target is read to its end, left alone a minute after the link went, and then closed."""
    target = app.path.with_name("target")
    app.path.symlink_to(target)
    first = app.lines(2, target)
    followed = follow("*.log")
    assert first == followed.read_and_release()
    app.path.unlink()
    rest = app.lines(1, target)
    assert rest == followed.read_and_release()
    assert held(target)
    followed.read_and_release(LINGER)
    followed.read_and_release()
    assert not held(target)
    assert 0 == lost(followed)


@pytest.mark.scenario(13)
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_a_file_that_was_not_touched_for_weeks(follow: Follow, app: LogWriter, down: bool) -> None:
    """Its place is known as long as it stands: what is appended is read, and nothing again."""
    app.lines(100)
    followed = follow("*.log")
    followed.read_and_release()
    for _ in range(40):
        assert [] == followed.read_and_release(DAY)
        if down:
            followed.restart()
    written = app.lines(1)
    assert written == followed.read_and_release()


@pytest.mark.scenario(15)
def test_the_file_that_is_written_is_read_whatever_its_name(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With three descriptors for thirty files the last one by name is read at once, as is the first."""
    monkeypatch.setattr(roster, "DESCRIPTORS", 3)
    for number in range(30):
        app.lines(1, app.path.with_name(f"{number:02}.log"))
    followed = follow("*.log")
    assert 30 == len(followed.read_and_release())
    for name in ("29.log", "00.log", "15.log"):
        written = app.lines(1, app.path.with_name(name))
        assert written == followed.read_and_release()


@pytest.mark.scenario(17)
def test_an_empty_file_that_is_filled_later(follow: Follow, app: LogWriter) -> None:
    """It is no trouble while it is empty, over restarts too, and read when it is not."""
    app.path.touch()
    followed = follow("*.log")
    for _ in range(3):
        assert [] == followed.read(3600 * SECOND)
        followed.restart()
    written = app.lines(2)
    assert written == followed.read()
    assert [] == followed.events("file_failed")


@pytest.mark.scenario(18)
@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 1023, 1024])
def test_a_file_of_a_few_bytes(follow: Follow, app: LogWriter, size: int) -> None:
    """It is read at once, however little is in it, and goes on there after a restart."""
    line = b"x" * (size - 1)
    app.write(line + b"\n")
    followed = follow("*.log")
    assert [line] == [each for batch in followed.round(0) for each in batch.lines]
    followed.files.release([1])
    followed.restart()
    app.write(b"more\n")
    assert [b"more"] == followed.read_and_release()


@pytest.mark.scenario(19)
@pytest.mark.slow
def test_twenty_thousand_files(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """Each line once, a bounded number open; idle, a scan opens nothing and takes a few per cent."""
    count = 20_000
    for number in range(count):
        (tmp_path / f"{number:05}.log").write_bytes(b"line of file %05d\n" % number)
    before = descriptors()
    followed = follow("*.log")
    lines = followed.read_and_release()
    assert (count, count) == (len(lines), len(set(lines)))
    assert descriptors() < before + DESCRIPTORS + 10
    for _ in range(10):
        followed.round()
    assert followed.files.quiet

    opened = followed.telemetry.total("files_opened")
    started = time.process_time()
    assert [] == followed.round()
    scan = time.process_time() - started
    assert scan < SCAN_SHARE / 10  # its share of the time, if one is done in ten seconds
    assert opened == followed.telemetry.total("files_opened")
    written = app.lines(1, tmp_path / "10000.log")
    assert written == followed.read_and_release()
    assert [] == followed.events("file_failed")


@pytest.mark.scenario(20)
def test_two_hundred_files_where_a_hundred_may_be_open(follow: Follow, app: LogWriter) -> None:
    """Each line comes once, over restarts: a file that is closed, or cannot be opened, is not gone."""
    logs = [app.path.with_name(f"{number:03}.log") for number in range(200)]
    with may_open(descriptors() + 95):
        followed = follow("*.log")
        written, found = [], []
        for _ in range(3):
            for log in logs:
                written += app.lines(1, log)
            found += followed.read_and_release()
            followed.restart()
        assert sorted(written) == sorted(found)
        assert [] == followed.events("file_failed")


@pytest.mark.scenario(20)
def test_no_descriptor_is_left_for_a_while(follow: Follow, app: LogWriter) -> None:
    """What cannot be opened is tried again, and goes on where it was."""
    logs = [app.path.with_name(f"{number:03}.log") for number in range(50)]
    for log in logs:
        app.lines(2, log)
    followed = follow("*.log")
    assert 100 == len(followed.read_and_release())
    followed.stop()
    followed.start()
    written = [line for log in logs for line in app.lines(1, log)]
    found = []
    with may_open(descriptors() + 5):
        for _ in range(5):
            found += followed.read_and_release()
    found += followed.read_and_release()
    assert sorted(written) == sorted(found)
