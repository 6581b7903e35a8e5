"""What the system refuses: survived, counted, explained in one message, and made up for afterwards.

The disks, limits and rights are the kernel's own where a test may have them; reading errors are made.
"""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.files import COMMIT
from logtrace.source.missing import SEARCH
from logtrace.telemetry import QUIET
from tests.support.agent import FakeAgent
from tests.support.files import FollowedFiles, LogWriter, source
from tests.support.rig import RULE, Rig, line
from tests.support.tailing import Follow, lost

NOBODY = 65534
HOUR = 3600 * SECOND

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such a system")


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Write a file until the disk has no room for another byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return ballast


@as_root
@pytest.mark.scenario(79)
def test_the_disk_of_the_state_is_full(small_disk: Path, tmp_path: Path, app: LogWriter) -> None:
    """Lines are read all the same; positions are kept in memory, and written when there is room."""
    followed = FollowedFiles(small_disk / "state", source(app.path))
    first = app.lines(3)
    assert first == followed.read_and_release()
    followed.files.commit(force=True)
    ballast = fill(small_disk)
    read = []
    for _ in range(40):
        read += [app.lines(1), followed.read_and_release(COMMIT)]
        followed.files.commit()
    assert read[::2] == read[1::2]
    failures = followed.telemetry.count("checkpoint_failures")
    said = followed.events("checkpoint_failed")
    assert failures > 20
    assert len(said) <= 1 + followed.clock.monotonic() // QUIET
    assert "disk is full" in said[0]["error"]

    followed.crash()  # meanwhile: what was not written down comes again, and from where it came
    followed.start()
    again = followed.read_and_release()
    assert [line for lines in read[::2] for line in lines][-len(again) :] == again
    ballast.unlink()
    followed.files.commit(force=True)
    assert failures == followed.telemetry.count("checkpoint_failures")
    followed.crash()
    followed.start()
    new = app.lines(1)
    assert new == followed.read_and_release()
    followed.crash()


# ── no descriptors, no watches ────────────────────────────────────────────────────────────────────


def run_once(
    tmp_path: Path, agent: FakeAgent, prefix: list[str], *options: str
) -> subprocess.CompletedProcess[str]:
    """Run the daemon through over `tmp_path`/logs/*.log under what the prefix makes of the system."""
    config = tmp_path / "logtrace.yaml"
    config.write_text(
        f"agent: {{url: '{agent.url}'}}\nstate: {{path: {tmp_path}/state}}\n"
        f"sources:\n  - path: {tmp_path}/logs/*.log{RULE}"
    )
    command = [sys.executable, "-m", "logtrace", "run", "--once", "-c", str(config), *options]
    return subprocess.run(
        [*prefix, *command], capture_output=True, text=True, timeout=50, check=False
    )


@pytest.mark.slow
@pytest.mark.scenario(20)
def test_a_process_that_may_open_a_hundred_files(tmp_path: Path, agent: FakeAgent) -> None:
    """Two hundred logs are read to their ends, and nothing is said of the descriptors."""
    (tmp_path / "logs").mkdir()
    for number in range(200):
        lines = [line(5 * number + each) for each in range(5)]
        (tmp_path / "logs" / f"{number}.log").write_text("".join(lines))
    done = run_once(tmp_path, agent, ["sh", "-c", 'ulimit -n 100; exec "$0" "$@"'])
    assert 0 == done.returncode, done.stderr
    assert list(range(1000)) == sorted(span["trace_id"] - 1 for span in agent.spans)
    assert "file_failed" not in done.stderr


WITHOUT_WATCHES = """
import sys, threading
from logtrace.clock import SystemClock
from logtrace.source.wakeup import Wakeup
from tests.support.log import recording_telemetry
telemetry, log = recording_telemetry(SystemClock())
wakeup = Wakeup(lambda: {(path, False) for path in sys.argv[1:]}, threading.Event(), telemetry)
wakeup.start()
for idle in (False, True, False, True):
    wakeup.idle(idle)
wakeup.stop()
for said in log.named("watch_failed"):
    print(said["error"], said["fix"], sep="|")
"""


@pytest.mark.slow
@pytest.mark.scenario(70)
@pytest.mark.parametrize("limit", ["watches", "instances"])
def test_the_kernel_has_no_watches_left(tmp_path: Path, limit: str) -> None:
    """It is said once, however many directories there are, with the sysctl to raise."""
    if shutil.which("unshare") is None:
        pytest.skip("limits of its own need a user namespace")
    setting = f"/proc/sys/user/max_inotify_{limit}"
    prefix = ["unshare", "-Ur", "sh", "-c", f'echo 0 > {setting} && exec "$0" "$@"']
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    places = [tmp_path / f"{number}" for number in range(20)]
    for place in places:
        place.mkdir()
    done = subprocess.run(
        [*prefix, sys.executable, "-c", WITHOUT_WATCHES, *map(str, places)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert "" == done.stderr
    (said,) = done.stdout.splitlines()
    assert said.endswith(f"|raise the sysctl fs.inotify.max_user_{limit}")


# ── a disk that cannot be read ────────────────────────────────────────────────────────────────────


@pytest.fixture
def break_reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, int], None]:
    """Return what has every read of a file fail with an error; with 0 they succeed again."""
    broken: dict[tuple[int, int], int] = {}
    real = os.pread

    def pread(fd: int, length: int, offset: int) -> bytes:
        status = os.fstat(fd)
        if number := broken.get((status.st_dev, status.st_ino)):
            raise OSError(number, os.strerror(number))
        return real(fd, length, offset)

    def set_broken(path: Path, number: int) -> None:
        broken[path.stat().st_dev, path.stat().st_ino] = number

    monkeypatch.setattr(os, "pread", pread)
    return set_broken


@pytest.mark.scenario(68, 69)
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
@pytest.mark.parametrize("moment", ["before", "while read", "behind", "restart", "rotated", "cut"])
def test_reads_that_fail(
    follow: Follow,
    app: LogWriter,
    break_reads: Callable[[Path, int], None],
    number: int,
    moment: str,
) -> None:
    """Whenever it happens: said once, others go on, and each line comes once when the disk is back."""
    other = app.path.with_name("other.log")
    followed = follow("*.log")
    written, found = app.lines(3), []
    if moment != "before":
        found += followed.read_and_release()
    written += app.lines(3) if moment != "cut" else []
    if moment == "restart":
        followed.restart()
    path = app.rotate() if moment == "rotated" else app.path
    if moment == "behind":
        app.write(b"y" * 99 + b"\n" * 1)
        written.append(b"y" * 99)
    if moment == "cut":
        app.truncate()
        written += app.lines(1)
    break_reads(path, number)
    beside = []
    for _ in range(8):
        beside += app.lines(1, other)
        found += followed.read_and_release()
    assert set(beside) <= set(found)
    assert len(followed.events("file_failed")) <= 1 + followed.clock.monotonic() // QUIET
    assert {os.strerror(number)} == {said["error"] for said in followed.events("file_failed")}
    break_reads(path, 0)
    for _ in range(2):
        found += followed.read_and_release(SEARCH)
    assert sorted(written + beside) == sorted(found)
    assert 0 == lost(followed)


# ── rights ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A directory of a user without rights, which this process is meanwhile."""
    directory = Path(tempfile.mkdtemp(prefix="logtrace-"))
    directory.chmod(0o777)
    os.seteuid(NOBODY)
    try:
        yield directory
    finally:
        os.seteuid(0)
        shutil.rmtree(directory)


@as_root
@pytest.mark.scenario(9)
@pytest.mark.parametrize("restart", [False, True], ids=["open", "restarted"])
def test_a_right_that_is_taken_and_given_back(nobody: Path, restart: bool) -> None:
    """What is open is read on; what cannot be opened is said once, and read where it was later."""
    app = LogWriter(nobody / "app.log")
    followed = FollowedFiles(nobody / "state", source(app.path))
    written = app.lines(3)
    found = followed.read_and_release()
    writer = app.path.open("ab", buffering=0)  # the application keeps its own right
    for _ in range(2):
        app.path.chmod(0)
        if restart:
            followed.restart()
        for number in range(12):
            written.append(b"written without a right %d, by one who had it open" % len(written))
            writer.write(written[-1] + b"\n")
            found += followed.read_and_release()
            assert restart or written == found, number
        app.path.chmod(0o600)
        found += followed.read_and_release()
        assert written == found
    said = followed.events("file_failed")
    assert restart == bool(said)
    assert all(each["fix"] for each in said)
    assert len(said) <= 4
    assert 0 == lost(followed)
    writer.close()
    followed.crash()


@as_root
@pytest.mark.scenario(9)
def test_a_directory_that_may_not_be_listed_for_a_while(nobody: Path) -> None:
    """Its files are not gone: what is open is read on, and nothing is given up or read twice."""
    logs = nobody / "logs"
    logs.mkdir()
    app = LogWriter(logs / "app.log")
    followed = FollowedFiles(nobody / "state", source(logs / "*.log"))
    written = app.lines(3)
    found = followed.read_and_release()
    with app.path.open("ab", buffering=0) as writer:
        logs.chmod(0)
        for _ in range(12):
            written.append(b"written into a directory that is shut %d" % len(written))
            writer.write(written[-1] + b"\n")
            found += followed.read_and_release(20 * SECOND)
        logs.chmod(0o700)
    found += followed.read_and_release(20 * SECOND)
    assert written == found
    assert 1 == len(followed.events("file_failed"))
    assert 0 == lost(followed)
    followed.crash()


# ── the clock ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(89)
@pytest.mark.parametrize("step", [-HOUR, HOUR], ids=["back", "on"])
def test_the_clock_is_set_while_traces_are_open(rig: Rig, step: int) -> None:
    """An hour back or on, in a run and across a restart: each line is delivered once."""
    for number in range(0, 12, 3):
        rig.write(line(number), line(number + 1))
        rig.step(1, pause=SECOND // 10)
        rig.clock.step_wall(step)
        rig.write(line(number + 2))
        rig.step(6)
        if number == 6:
            rig.stop()
        step = -step
    assert list(range(12)) == rig.delivered
    assert 0 == rig.lost()
    warned = {name for level, name, _ in rig.events.events if level != "info"}
    assert warned <= {"statistics_shifted"}
