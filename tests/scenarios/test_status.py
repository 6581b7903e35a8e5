"""`logtrace status` and `logtrace state` beside the real daemon, and where it was."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from logtrace.admin import client
from logtrace.admin.document import Status
from logtrace.admin.server import NAME
from tests.support.agent import FakeAgent, Hold
from tests.support.process import Process
from tests.support.rig import line

pytestmark = pytest.mark.slow


@pytest.fixture
def process(tmp_path: Path, agent: FakeAgent) -> Iterator[Process]:
    """A running daemon, ended at the latest when the test is over."""
    process = Process(tmp_path, agent.url)
    yield process
    process.child.send_signal(signal.SIGCONT)
    process.end(signal.SIGKILL)


def state_of(process: Process) -> Path:
    """Return the state directory of a daemon."""
    return process.log.parent / "state"


def ask(process: Process, files: int | None = None) -> Status:
    """Return what the daemon says of itself."""
    state = state_of(process)
    return client.understand(state, client.ask(state, files))


def await_status(process: Process, wanted: Callable[[Status], bool]) -> Status:
    """Ask until the daemon says what is wanted; the test's time limit ends it otherwise."""
    while not ((status := ask(process)).sources and wanted(status)):
        pass
    return status


def command(process: Process, name: str, *options: str) -> tuple[int, str, str]:
    """Run a command on the daemon's state; return exit code, output and errors."""
    done = subprocess.run(
        [sys.executable, "-m", "logtrace", name, "--state", str(state_of(process)), *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def status_json(process: Process) -> tuple[int, dict[str, Any]]:
    """Return exit code and document of `status --json`."""
    code, out, _ = command(process, "status", "--json")
    return code, json.loads(out)


def total(status: Status, counter: str) -> int:
    """Return the sum of a counter."""
    return status.counters[counter].total


def test_what_is_read_and_shipped_shows(process: Process, agent: FakeAgent) -> None:
    """Lines, spans, the Agent and the configuration are in the document; exit code 0."""
    process.append(*range(10))
    with process.log.open("a") as log:
        log.write("{broken\n" + line(10, event="other"))
    agent.await_spans(10)
    status = await_status(process, lambda status: total(status, "spans_shipped") == 10)
    status = await_status(process, lambda status: status.sources[0].unread_bytes == 0)

    assert "running" == status.phase
    assert process.child.pid == status.pid
    assert str(process.log.parent / "logtrace.yaml") == status.config.path
    (source,) = status.sources
    assert (12, 1, {"bad_json": 1}) == (
        source.lines_read,
        source.lines_unmatched,
        source.lines_rejected,
    )
    assert (1, 0.0) == (source.files, source.behind_secs)
    assert [str(process.log)] == [file.path for file in status.files]
    assert status.agent.reachable
    assert agent.url == status.agent.url
    assert status.shipper.shipped_at is not None
    code, document = status_json(process)
    assert (0, True) == (code, document["running"])
    assert "lines_rejected" in {event["event"] for event in document["events"]}


def test_an_agent_that_is_away_shows(process: Process, agent: FakeAgent) -> None:
    """Away since when and why, and what piles up; when it is back that shows too."""
    process.append(0)
    agent.await_spans(1)
    agent.down()
    process.append(*range(1, 100))
    status = await_status(process, lambda status: status.agent.reachable is False)
    process.append(*range(100, 5000))
    status = await_status(process, lambda status: status.sources[0].unread_bytes > 100_000)

    assert status.agent.since is not None
    assert "refused" in status.agent.last_error
    assert not status.shipper.has_room
    assert 1 == status.sources[0].streams_behind or status.files[0].state == "behind"
    assert status.sources[0].behind_secs
    assert "agent_unreachable" in {event.event for event in status.events}
    code, out, _ = command(process, "status")
    assert 0 == code
    assert "away for" in out

    agent.up()
    status = await_status(process, lambda status: total(status, "spans_shipped") == 5000)
    assert status.agent.reachable


def test_catching_up_shows(process: Process, agent: FakeAgent) -> None:
    """A backlog, and an Agent that takes its time: how much is unread, how old, and who waits."""
    held = Hold()
    agent.reply(held)
    process.append(*range(30_000))
    assert held.reached.wait(20)
    status = await_status(process, lambda status: not status.shipper.has_room)
    status = await_status(process, lambda status: status.sources[0].unread_bytes > 200_000)

    assert status.agent.reachable is not False
    assert status.shipper.queued_spans + status.shipper.in_flight_spans >= status.shipper.max_spans
    assert ("behind", str(process.log)) == (status.files[0].state, status.files[0].path)
    assert (1, 1) == (status.pipeline.streams_behind, status.sources[0].streams_behind)
    out = command(process, "status")[1]
    held.release.set()
    assert "full: reading waits" in " ".join(out.split())
    status = await_status(process, lambda status: total(status, "spans_shipped") == 30_000)
    status = await_status(process, lambda status: not status.pipeline.streams_behind)
    assert 0 == status.sources[0].behind_secs


def test_a_reload_shows_the_new_configuration(process: Process) -> None:
    """After SIGHUP its sources are those of the changed file; a bad one is said, the old one stays."""
    config = process.log.parent / "logtrace.yaml"
    good = config.read_text()
    config.write_text(good + f"  - {{name: second, path: {process.log}.2, format: nginx}}\n")
    process.child.send_signal(signal.SIGHUP)
    status = await_status(process, lambda status: len(status.sources) == 2)
    assert ("second", 1) == (status.sources[1].name, status.config.reloads)

    config.write_text("sources: [}")
    process.child.send_signal(signal.SIGHUP)
    status = await_status(process, lambda status: bool(status.events))
    assert "reload_failed" == status.events[0].event
    assert 2 == len(status.sources)


def test_a_reload_to_another_state_directory_moves_the_socket(process: Process) -> None:
    """There is one socket, where the configuration in force says."""
    config = process.log.parent / "logtrace.yaml"
    old = state_of(process)
    config.write_text(config.read_text().replace(f"{old}}}", f"{old}2}}"))
    process.child.send_signal(signal.SIGHUP)
    new = old.with_name("state2")
    while not (new / NAME).exists():
        pass

    assert str(new) == client.understand(new, client.ask(new)).state
    assert not (old / NAME).exists()


def test_a_stop_takes_the_socket_away_and_the_ledger_remains(
    process: Process, agent: FakeAgent
) -> None:
    """Then `status` says so with exit code 1, and shows what the ledger holds; so does `state`."""
    process.append(*range(3))
    agent.await_spans(3)
    assert 0 == process.end(signal.SIGTERM)

    assert not (state_of(process) / NAME).exists()
    before = {path.name: path.read_bytes() for path in state_of(process).iterdir()}
    code, out, err = command(process, "status")
    assert 1 == code
    assert "no daemon runs with this state" in err
    assert str(process.log) in out
    code, out, _ = command(process, "state", "--json")
    (file,) = json.loads(out)["files"]
    assert (0, 0, process.log.stat().st_size) == (code, file["unread_bytes"], file["offset"])
    assert before == {path.name: path.read_bytes() for path in state_of(process).iterdir()}


def test_after_kill_9_the_socket_is_stale(process: Process, agent: FakeAgent) -> None:
    """`status` says that nobody listens and reads the ledger with what the log holds; a start heals."""
    process.append(*range(3))
    agent.await_spans(3)
    process.end(signal.SIGKILL)

    assert (state_of(process) / NAME).exists()
    before = {
        path.name: path.read_bytes() for path in state_of(process).iterdir() if path.is_file()
    }
    code, document = status_json(process)
    assert (1, False) == (code, document["running"])
    assert "nobody listens" in document["error"]
    assert [str(process.log)] == [file["path"] for file in document["ledger"]["files"]]
    assert before == {
        path.name: path.read_bytes() for path in state_of(process).iterdir() if path.is_file()
    }

    process.start()
    assert process.child.pid == ask(process).pid


def test_the_ledger_beside_a_running_daemon(process: Process, agent: FakeAgent) -> None:
    """`state` shows open lines while the Agent is away, and the daemon goes on undisturbed."""
    agent.down()
    process.append(*range(3))
    await_status(process, lambda status: status.sources[0].lines_read == 3)

    def held() -> dict[str, Any]:
        code, out, _ = command(process, "state", "--json")
        assert 0 == code
        files: list[dict[str, Any]] = json.loads(out)["files"]
        return files[0]

    while (file := held())["open_bytes"] != process.log.stat().st_size:
        pass
    assert (1, 0) == (file["open_runs"], file["open_from"])
    agent.up()
    process.append(3)
    agent.await_spans(4)
    assert 0 == process.end(signal.SIGTERM)


def test_a_second_daemon_does_not_get_the_socket(process: Process) -> None:
    """It is refused, and the first one goes on answering at the same socket."""
    before = (state_of(process) / NAME).lstat().st_ino
    second = subprocess.run(
        process.child.args, capture_output=True, text=True, timeout=30, check=False
    )
    assert 74 == second.returncode
    assert before == (state_of(process) / NAME).lstat().st_ino
    assert process.child.pid == ask(process).pid


def test_clients_that_misbehave_do_not_disturb_the_daemon(
    process: Process, agent: FakeAgent
) -> None:
    """Silent ones, garbage and half requests: lines go on being shipped, and others are answered."""
    links = []
    for said in (
        b"",
        b"\0" * 100_000,
        b"GET /status HTTP/1.1\r\n",
        b"GET /status HTTP/1.1\r\n\r\n",
    ):
        link = socket.socket(socket.AF_UNIX)
        link.connect(os.fspath(state_of(process) / NAME))
        link.settimeout(5)
        try:
            link.sendall(said)
        except OSError:
            assert len(said) > 8192
        links.append(link)
    process.append(*range(100))
    agent.await_spans(100)
    assert process.child.pid == ask(process).pid
    for link in links:
        link.close()


def test_a_stopped_daemon_is_not_waited_for_for_ever(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGSTOP: the question is taken by the kernel and answered by nobody."""
    monkeypatch.setattr(client, "TIMEOUT", 0.2)
    process.child.send_signal(signal.SIGSTOP)
    os.waitpid(process.child.pid, os.WUNTRACED)
    with pytest.raises(client.NotAnswering, match=r"does not answer within 0\.2 s"):
        ask(process)


def test_hostile_file_names_reach_no_terminal(tmp_path: Path, agent: FakeAgent) -> None:
    """Escapes, line ends and bytes that are no text in a name are shown as what they are."""
    process = Process(tmp_path, agent.url)
    try:
        config = tmp_path / "logtrace.yaml"
        config.write_text(config.read_text().replace("app.log", "*.log"))
        hostile = os.fsencode(tmp_path) + b"/\x1b]0;owned\x07\n\xff.log"
        Path(os.fsdecode(hostile)).write_text(line(0))
        process.child.send_signal(signal.SIGHUP)
        await_status(process, lambda status: status.sources[0].files == 2)
        await_status(process, lambda status: status.sources[0].lines_read == 1)
        for name in ("status", "state"):
            for options in ([], ["--json"]):
                code, out, _ = command(process, name, *options)
                assert 0 == code
                assert "owned" in out
                assert out.replace("\n", "").isprintable()
        process.end(signal.SIGTERM)
        assert 1 == command(process, "status")[0]
    finally:
        process.end(signal.SIGKILL)


def test_watching_follows_a_daemon_through_its_end(process: Process) -> None:
    """Blocks where there is no terminal; that it ends is shown, and is the exit code at Ctrl-C."""
    words = [sys.executable, "-m", "logtrace", "status", "--watch", "--json"]
    with subprocess.Popen(
        [*words, "--state", str(state_of(process))], stdout=subprocess.PIPE, text=True
    ) as watch:
        assert watch.stdout
        assert json.loads(watch.stdout.readline())["running"]
        process.end(signal.SIGTERM)
        while json.loads(watch.stdout.readline())["running"]:
            pass
        watch.send_signal(signal.SIGINT)
        watch.stdout.read()
        assert 1 == watch.wait(20)
