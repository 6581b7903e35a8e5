"""Stopped, killed, started, reloaded: what is read again, and what is not."""

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from logtrace import config
from logtrace.clock import SECOND, SystemClock
from logtrace.daemon import Options, Session
from logtrace.telemetry import Telemetry
from tests.support.agent import FakeAgent
from tests.support.files import LogWriter, numbers, source
from tests.support.log import RecordingLog
from tests.support.rig import RULE, Rig, line
from tests.support.tailing import Follow


@pytest.mark.scenario(71)
@pytest.mark.parametrize("read_from", ["beginning", "end"])
@pytest.mark.parametrize("length", [20, 2000])
@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_stopped_written_on_and_started(
    follow: Follow, app: LogWriter, read_from: str, length: int, killed: bool
) -> None:
    """Only what was appended meanwhile is read, in short lines and long, wherever it first began."""
    number = 0

    def write(count: int) -> list[bytes]:
        nonlocal number
        lines = []
        for _ in range(count):
            number += 1
            lines.append(b"%0*d" % (length, number))
        app.write(b"".join(each + b"\n" for each in lines))
        return lines

    old = write(3)
    followed = follow("*.log", read_from=read_from)
    assert (old if read_from == "beginning" else []) == followed.read_and_release()
    for _ in range(3):
        written = write(2)
        assert written == followed.read_and_release()
        followed.files.commit(force=True)
        followed.crash() if killed else followed.stop()
        written = write(2)
        followed.start()
        assert written == followed.read_and_release()
        followed.files.commit(force=True)


@pytest.mark.scenario(74)
def test_acknowledgements_that_come_late(follow: Follow, app: LogWriter) -> None:
    """Four thousand lines are open, most are given back just before the stop: the others come again."""
    lines = app.lines(4000)
    followed = follow("*.log")
    assert lines == followed.read()
    done = [number for batch in followed.batches for number in numbers(batch) if number % 4]
    followed.files.release(reversed(done))
    followed.restart()
    again = followed.read_and_release()
    assert lines[3::4] == again
    assert 4000 == len(done) + len(again)
    followed.restart()
    assert [] == followed.read()


@pytest.mark.scenario(75)
def test_acknowledgements_out_of_order(follow: Follow, app: LogWriter) -> None:
    """The last lines are done before the first: a restart reads the first again, and not the last."""
    lines = app.lines(100)
    followed = follow("*.log")
    followed.read()
    followed.files.release(range(51, 101))
    followed.restart()
    assert lines[:50] == followed.read()
    followed.files.release(range(50, 0, -1))
    followed.restart()
    assert [] == followed.read()


@pytest.mark.scenario(85)
def test_lines_that_give_nothing(tmp_path: Path, agent: FakeAgent) -> None:
    """Ignored, unmatched and unusable lines are done at once: after a crash none is read again."""
    rig = Rig(tmp_path, agent, RULE.replace("spans:", 'ignore: note == "skip"\n    spans:'))
    for number in range(0, 30, 3):
        rig.write(line(number, note="skip"), line(number + 1, event="other"), "{broken\n")
        rig.step()
    rig.step()
    assert 30 == rig.telemetry.total("lines_read")
    rig.crash()
    rig.step(3)
    assert 30 == rig.telemetry.total("lines_read")
    assert [] == agent.spans
    rig.close()


@pytest.mark.scenario(90)
@pytest.mark.parametrize("read_from", ["beginning", "end", None])
def test_a_state_that_was_lost(
    follow: Follow, app: LogWriter, tmp_path: Path, read_from: str | None
) -> None:
    """Without its state it is a first start again: `read_from` decides, by default the end."""
    old = app.lines(3)
    followed = follow("*.log", read_from=read_from)
    expected = old if read_from == "beginning" else []
    assert expected == followed.read_and_release()
    more = app.lines(2)
    assert more == followed.read_and_release()
    followed.stop()
    shutil.rmtree(tmp_path / "state")
    followed.start()
    assert (old + more if read_from == "beginning" else []) == followed.read_and_release()
    new = app.lines(1)
    assert new == followed.read_and_release()


@pytest.mark.scenario(88)
def test_paths_that_a_reload_adds_and_removes(follow: Follow, app: LogWriter) -> None:
    """Under load a source comes, goes, and comes again: each line once, none is read again."""
    other = app.path.with_name("other.log")
    followed = follow("app.log")
    both = (*followed.sources, source(other, name="other"))
    written, found = [], []
    for turn in range(6):
        written += app.lines(50)
        written += app.lines(50, other)
        found += followed.read_and_release()
        followed.stop()
        written += app.lines(50)
        followed.sources = both if turn % 2 == 0 else both[:1]
        followed.start()
        written += app.lines(50)
    followed.restart()
    followed.stop()
    followed.sources = both
    followed.start()
    found += followed.read_and_release()
    assert sorted(written) == sorted(found)


# ── with its threads and the real clock ───────────────────────────────────────────────────────────


def session_over(
    tmp_path: Path,
    agent: FakeAgent,
    pattern: str,
    deadline: int,
    log: RecordingLog | None = None,
) -> Session:
    """Return a session over the files that a pattern names, not started."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(
        f"agent: {{url: '{agent.url}'}}\nstate: {{path: {tmp_path}/state}}\n"
        f"traces: {{wait: 1ms}}\nsources:\n  - path: {tmp_path}/{pattern}{RULE}"
    )
    telemetry = Telemetry(log or RecordingLog(), SystemClock())
    options = Options(deadline=deadline)
    return Session(config.load(str(path), {}), options, SystemClock(), telemetry)


class Outage(RecordingLog):
    """A log that tells when the Agent was found to be away."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()

    def warning(self, event: str, **fields: Any) -> None:
        super().warning(event, **fields)
        if event == "agent_unreachable":
            self.began.set()


@pytest.mark.scenario(86)
@pytest.mark.slow
def test_told_to_stop_while_nothing_can_be_sent(tmp_path: Path, agent: FakeAgent) -> None:
    """It ends at its deadline, and says what is left; the next start sends that, and nothing else."""
    log = tmp_path / "app.log"
    log.write_text("".join(line(number) for number in range(10)))
    outage = Outage()
    session = session_over(tmp_path, agent, "app.log", SECOND // 2, outage)
    session.start(threading.Event())
    agent.await_spans(10)
    assert session.shipper.drain(10 * SECOND)
    agent.down()
    with log.open("a") as file:
        file.write("".join(line(number) for number in range(10, 20)))
    assert outage.began.wait(30)
    assert session.finish()

    agent.up()
    session = session_over(tmp_path, agent, "app.log", 10 * SECOND)
    session.start(threading.Event())
    agent.await_spans(20)
    assert 0 == session.finish()
    assert list(range(20)) == sorted(span["trace_id"] - 1 for span in agent.spans)


@pytest.mark.scenario(87)
@pytest.mark.slow
def test_told_to_stop_while_there_is_no_file(tmp_path: Path, agent: FakeAgent) -> None:
    """With nothing to read, and nothing there that could be, it ends without waiting for anything."""
    session = session_over(tmp_path, agent, "nowhere/*.log", 3600 * SECOND)
    session.start(threading.Event())
    assert 0 == session.finish()
    assert session.ended
