"""What cannot be read now, and more files than may be open."""

import errno
import os

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.model import LineBatch
from logtrace.source import registry as registry_module
from logtrace.source import roster as roster_module
from logtrace.source.files import (
    POLL,
)
from logtrace.source.roster import RETRY
from logtrace.source.tail import Tail
from tests.support.files import FollowedFiles, LogWriter
from tests.support.tailing import Follow

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def lost(followed: FollowedFiles) -> list[int]:
    """Return how many bytes were said to be lost, each time."""
    return [said["bytes"] for said in followed.events("lines_lost")]


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


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
