"""Many files that live a moment, and long hours: nothing grows."""

import gc
import os
import sys
import threading
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.checkpoint import NAME
from logtrace.source.missing import GRACE
from logtrace.source.roster import LINGER_DELETED
from logtrace.source.wakeup import Wakeup
from tests.support.files import FollowedFiles, LogWriter
from tests.support.log import recording_telemetry
from tests.support.rig import Rig, line
from tests.support.tailing import Follow, descriptors

MIB = 1 << 20


def churn(followed: FollowedFiles, app: LogWriter, directory: Path, count: int) -> None:
    """Let so many files come, be read and be done, and go."""
    directory.mkdir()
    now = followed.clock.now()
    for number in range(count):
        app.lines(1, directory / f"{number}.log")
        os.utime(directory / f"{number}.log", ns=(now, now))
    assert count == len(followed.read_and_release())
    for number in range(count):
        (directory / f"{number}.log").unlink()
    directory.rmdir()
    followed.read_and_release(LINGER_DELETED + 2 * SECOND)


def size(state: Path) -> int:
    """Return how large the state is."""
    return sum(path.stat().st_size for path in state.glob(f"{NAME}*"))


@pytest.mark.scenario(84)
@pytest.mark.slow
def test_ten_thousand_files_a_day(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """At that rate for two times six hours: the second six add nothing to the state."""
    followed = follow("logs/*.log", read_from="end")
    followed.read()
    sizes = []
    for _ in range(2):
        for _ in range(25):
            churn(followed, app, tmp_path / "logs", 100)
            followed.clock.advance(860 * SECOND)
            followed.files.commit()
        sizes.append(size(tmp_path / "state"))
    assert sizes[1] < 1.2 * sizes[0]
    assert sizes[1] < 2 * MIB
    for _ in range(3):
        followed.read_and_release(GRACE)
    followed.files.commit(force=True)
    assert {} == followed.ledger.files


@pytest.mark.scenario(107)
@pytest.mark.slow
def test_a_thousand_files_that_come_and_go(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """Descriptors, threads, watches and memory are afterwards what they were before."""
    followed = follow("logs/*.log", read_from="end")
    followed.read()
    wakeup = Wakeup(followed.files.directories, threading.Event(), recording_telemetry()[0])
    wakeup.start()

    def cycles(count: int) -> tuple[int, int, int]:
        """Go through so many, forget them, and return what is in use."""
        for _ in range(count):
            churn(followed, app, tmp_path / "logs", 1)
            wakeup.idle(followed.files.quiet)
            followed.batches.clear()
        for _ in range(3):
            followed.read_and_release(GRACE)
        followed.files.commit(force=True)
        wakeup.idle(True)
        followed.batches.clear()
        followed.log.events.clear()
        gc.collect()
        watches = sum(
            path.read_text().count("inotify wd:")
            for path in Path("/proc/self/fdinfo").iterdir()
            if path.exists()
        )
        return descriptors(), threading.active_count(), watches

    try:
        cycles(100)
        before, blocks = cycles(100), sys.getallocatedblocks()
        after, grown = cycles(1000), sys.getallocatedblocks() - blocks
    finally:
        wakeup.stop()
    assert before == after
    assert grown < 1000  # less than one for each


@pytest.mark.scenario(108)
@pytest.mark.slow
def test_ten_minutes_with_a_rotation_every_two_seconds(rig: Rig) -> None:
    """Three hundred rotations under load: what was written is what arrived, nothing lost, none twice."""
    logs = LogWriter(rig.log)
    number = 0
    for turn in range(300):
        for _ in range(2):
            rig.write(*(line(each) for each in range(number, number + 20)))
            number += 20
            for _ in range(2):
                rig.clock.advance(SECOND // 2)
                rig.pipeline.step()
        if turn % 3:
            logs.rotate()
        else:
            logs.copytruncate()
        if turn % 10 == 0:  # the Agent is slow: everything goes on meanwhile
            rig.step()
        for old in range(5, 8):
            logs.rotated(old).unlink(missing_ok=True)
    rig.step(60)
    assert list(range(number)) == rig.delivered
    assert 0 == rig.lost()
    assert [] == rig.events.named("lines_lost")
