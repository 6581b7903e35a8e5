"""Watches on directories: what wakes, what does not, and what is said when it cannot be done."""

import contextlib
import errno
import os
import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers import Observer

from logtrace.source import wakeup as module
from logtrace.source.wakeup import FIXES, Place, Wakeup
from tests.support.log import RecordingLog, recording_telemetry

LONG = 10.0
"""Seconds within which the kernel has surely reported what happened."""


class Alarm(threading.Event):
    """An event that counts how often it was set."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0
        self._counted = threading.Condition()

    def set(self) -> None:
        with self._counted:
            self.times += 1
            self._counted.notify_all()
        super().set()

    def reached(self, times: int) -> bool:
        """Wait until it was set so often."""
        with self._counted:
            return self._counted.wait_for(lambda: self.times >= times, LONG)


class Watch:
    """A wake-up over some places, what it sets, and what it says."""

    def __init__(self, *places: Place) -> None:
        self.places = set(places)
        self.alarm = Alarm()
        telemetry, self.log = recording_telemetry()
        self.wakeup = Wakeup(lambda: self.places, self.alarm, telemetry)


Make = Callable[..., Watch]


@pytest.fixture
def make() -> Iterator[Make]:
    """Return what makes a wake-up that is started."""
    made: list[Watch] = []

    def make(*places: Place) -> Watch:
        made.append(Watch(*places))
        made[-1].wakeup.start()
        return made[-1]

    yield make
    for watch in made:
        watch.wakeup.stop()


def place(path: Path, below: bool = False) -> Place:
    """Return the place of a directory."""
    return str(path), below


def failures(log: RecordingLog) -> list[tuple[str, str, str]]:
    """Return directory, error and fix of everything that could not be watched."""
    return [(said["directory"], said["error"], said["fix"]) for said in log.named("watch_failed")]


def watched() -> int:
    """Return how many watches the kernel keeps for this process."""
    found = 0
    for info in Path("/proc/self/fdinfo").iterdir():
        with contextlib.suppress(OSError):  # the listing's own descriptor is closed by now
            found += info.read_text().count("inotify wd:")
    return found


# ── what wakes ────────────────────────────────────────────────────────────────────────────────────


def test_creation_renaming_and_deletion(make: Make, tmp_path: Path) -> None:
    """Each is reported, of files and of directories."""
    watch = make(place(tmp_path))
    steps: list[Callable[[], object]] = [
        (tmp_path / "app.log").touch,
        lambda: (tmp_path / "app.log").rename(tmp_path / "app.log.1"),
        (tmp_path / "app.log.1").unlink,
        (tmp_path / "new").mkdir,
        lambda: (tmp_path / "new").rename(tmp_path / "old"),
        (tmp_path / "old").rmdir,
    ]
    for number, step in enumerate(steps, start=1):
        step()
        assert watch.alarm.reached(number)
    assert watch.alarm.is_set()


def test_writing_does_not_wake(make: Make, tmp_path: Path) -> None:
    """While files are polled their changes are not asked for: only the two creations arrive."""
    watch = make(place(tmp_path))
    (tmp_path / "app.log").touch()
    assert watch.alarm.reached(1)
    for _ in range(50):
        with (tmp_path / "app.log").open("a") as log:
            log.write("x\n")
    (tmp_path / "other.log").touch()  # events come in order: those of the writing would be before
    assert watch.alarm.reached(2)
    assert 2 == watch.alarm.times


def test_writing_wakes_the_idle(make: Make, tmp_path: Path) -> None:
    """When all is idle a change of a file is reported, and creations still are."""
    (tmp_path / "app.log").touch()
    watch = make(place(tmp_path))
    watch.wakeup.idle(True)
    with (tmp_path / "app.log").open("a") as log:
        log.write("x\n")
    assert watch.alarm.reached(1)
    before = watch.alarm.times
    (tmp_path / "other.log").touch()
    assert watch.alarm.reached(before + 1)


def test_busy_again(make: Make, tmp_path: Path) -> None:
    """When a file is polled again changes are not asked for any more."""
    (tmp_path / "app.log").touch()
    watch = make(place(tmp_path))
    watch.wakeup.idle(True)
    watch.wakeup.idle(False)
    with (tmp_path / "app.log").open("a") as log:
        log.write("x\n")
    (tmp_path / "other.log").touch()
    assert watch.alarm.reached(1)
    assert 1 == watch.alarm.times


def test_below_a_directory(make: Make, tmp_path: Path) -> None:
    """What happens in a directory below counts only where it was asked for."""
    for name in ("deep", "flat"):
        (tmp_path / name / "inside").mkdir(parents=True)
    watch = make(place(tmp_path / "deep", below=True), place(tmp_path / "flat"))
    (tmp_path / "flat" / "inside" / "app.log").touch()
    (tmp_path / "flat" / "app.log").touch()
    assert watch.alarm.reached(1)
    (tmp_path / "deep" / "inside" / "app.log").touch()
    assert watch.alarm.reached(2)
    assert 2 == watch.alarm.times


def test_places_change(make: Make, tmp_path: Path) -> None:
    """Places are asked for again with each call of `idle`: new ones are watched, old ones not."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    watch = make(place(tmp_path / "old"))
    watch.places = {place(tmp_path / "new")}
    watch.wakeup.idle(False)
    assert 1 == watched()
    (tmp_path / "new" / "app.log").touch()
    assert watch.alarm.reached(1)


def test_changing_back_and_forth_leaves_nothing_behind(make: Make, tmp_path: Path) -> None:
    """However often all is idle and busy again there is one watch and one thread for a place."""
    watch = make(place(tmp_path))
    threads = threading.active_count()
    for idle in (True, False) * 5:
        watch.wakeup.idle(idle)
    assert (threads, 1) == (threading.active_count(), watched())


@pytest.mark.scenario(8)
def test_a_directory_that_comes_again(make: Make, tmp_path: Path) -> None:
    """A directory that was deleted is no trouble, and is watched anew when it is there again."""
    logs = tmp_path / "logs"
    logs.mkdir()
    watch = make(place(tmp_path), place(logs))
    logs.rmdir()
    assert watch.alarm.reached(2)
    watch.places = {place(tmp_path)}
    watch.wakeup.idle(False)
    logs.mkdir()
    assert watch.alarm.reached(3)
    watch.places = {place(tmp_path), place(logs)}
    watch.wakeup.idle(True)
    before = watch.alarm.times
    (logs / "app.log").touch()
    assert watch.alarm.reached(before + 1)
    assert [] == failures(watch.log)


@pytest.mark.parametrize("renamed", [False, True], ids=["deleted", "renamed"])
def test_a_directory_that_is_replaced_between_two_scans(
    make: Make, tmp_path: Path, renamed: bool
) -> None:
    """It was a place before and is one after: the watch is on the new directory all the same."""
    logs = tmp_path / "logs"
    logs.mkdir()
    watch = make(place(logs))
    for turn in range(5):
        if renamed:
            logs.rename(tmp_path / f"old-{turn}")
        else:
            before = watch.alarm.times
            logs.rmdir()
            assert watch.alarm.reached(before + 1)
        logs.mkdir()
        watch.places = {place(logs)}
        watch.wakeup.idle(False)
        before = watch.alarm.times
        (logs / "app.log").touch()
        assert watch.alarm.reached(before + 1)
        assert 1 == watched()
        (logs / "app.log").unlink()
        assert watch.alarm.reached(before + 2)
    assert [] == failures(watch.log)


def test_directories_are_looked_at_once_for_each_scan(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for the same places again costs no look at the file system."""
    watch = make(place(tmp_path))
    watch.wakeup.idle(False)
    looked: list[str] = []
    monkeypatch.setattr(module, "_inode", lambda directory: looked.append(directory) or 0)
    for _ in range(3):
        watch.wakeup.idle(False)
    assert [] == looked


# ── stopping ──────────────────────────────────────────────────────────────────────────────────────


def test_stopping(tmp_path: Path) -> None:
    """All threads and descriptors are given back; nothing is reported, and nothing raised, after it."""
    before = len(os.listdir("/proc/self/fd"))
    threads = threading.active_count()
    watch = Watch(place(tmp_path))
    watch.wakeup.start()
    assert threads < threading.active_count()
    watch.wakeup.stop()
    assert before == len(os.listdir("/proc/self/fd"))
    assert threads == threading.active_count()
    (tmp_path / "app.log").touch()
    watch.wakeup.idle(True)
    watch.wakeup.stop()
    assert 0 == watch.alarm.times


def test_stopping_what_was_not_started(tmp_path: Path) -> None:
    """Does nothing."""
    watch = Watch(place(tmp_path))
    watch.wakeup.idle(True)
    watch.wakeup.stop()
    assert [] == watch.log.events


# ── failures ──────────────────────────────────────────────────────────────────────────────────────


def test_a_directory_that_is_not_there(make: Make, tmp_path: Path) -> None:
    """It is said, others are watched, and it is not tried again until it was no place meanwhile."""
    missing = place(tmp_path / "missing")
    watch = make(place(tmp_path), missing)
    assert [(missing[0], "No such file or directory", "")] == failures(watch.log)
    watch.wakeup.idle(True)
    assert 1 == len(failures(watch.log))
    (tmp_path / "app.log").touch()
    assert watch.alarm.reached(1)


@pytest.mark.scenario(70)
def test_no_inotify_instance_left(tmp_path: Path) -> None:
    """When the kernel gives no instance that is said with its fix, and everything else works."""
    watch = Watch(place(tmp_path))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))
    try:
        watch.wakeup.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    watch.wakeup.idle(True)
    watch.wakeup.stop()
    ((directory, error, fix),) = failures(watch.log)
    assert "" == directory
    assert error
    assert "raise the sysctl fs.inotify.max_user_instances" == fix


@pytest.mark.scenario(70)
def test_no_watch_left(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error that reads like a full disk is said once, with the sysctl to raise."""
    real = Observer.schedule
    tried: list[str] = []

    def schedule(observer: object, handler: object, path: str, **options: object) -> object:
        tried.append(os.path.basename(path))
        if path.endswith("many"):
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return real(observer, handler, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module.Observer, "schedule", schedule)
    (tmp_path / "few").mkdir()
    watch = make(place(tmp_path / "many"), place(tmp_path / "few"))
    for idle in (False, True, True, False):
        watch.wakeup.idle(idle)

    assert [
        (
            str(tmp_path / "many"),
            "inotify watch limit reached",
            "raise the sysctl fs.inotify.max_user_watches",
        )
    ] == failures(watch.log)
    assert 1 == tried.count("many")
    (tmp_path / "few" / "app.log").touch()
    assert watch.alarm.reached(1)


def test_a_refused_place_may_come_again(make: Make, tmp_path: Path) -> None:
    """What could not be watched is tried again after it was no place for a while."""
    logs = tmp_path / "logs"
    watch = make(place(logs))
    watch.places = set()
    watch.wakeup.idle(False)
    logs.mkdir()
    watch.places = {place(logs)}
    watch.wakeup.idle(False)
    (logs / "app.log").touch()
    assert watch.alarm.reached(1)


def test_each_fix_names_its_sysctl() -> None:
    """The two limits of inotify are told apart."""
    assert {errno.ENOSPC, errno.EMFILE} == FIXES.keys()
    assert FIXES[errno.ENOSPC].endswith("max_user_watches")
    assert FIXES[errno.EMFILE].endswith("max_user_instances")
