"""The real process: SIGTERM drains, kill -9 loses nothing, a second daemon is refused."""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import RULE, line

pytestmark = pytest.mark.slow


class Process:
    """`logtrace run` as a child process over one log file."""

    def __init__(self, directory: Path, agent: FakeAgent, *options: str) -> None:
        self.log = directory / "app.log"
        self._config = directory / "logtrace.yaml"
        self._config.write_text(
            f"agent: {{url: '{agent.url}'}}\nstate: {{path: {directory}/state}}\n"
            f"traces: {{wait: 1s}}\nsources:\n  - path: {directory}/app.log{RULE}"
        )
        self.log.touch()
        self.start(*options)

    def start(self, *options: str) -> None:
        """Start the process and wait until it says that it runs."""
        self._drainer: threading.Thread | None = None
        self.child = subprocess.Popen(
            [sys.executable, "-m", "logtrace", "run", "-c", str(self._config), *options],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if "--once" not in options:
            self.await_event("daemon_started")

    def await_event(self, event: str) -> None:
        """Read the process's log until `event`."""
        assert self.child.stderr
        seen = []
        for text in self.child.stderr:
            seen.append(text)
            if f'"{event}"' in text:
                self._drainer = threading.Thread(target=self.child.stderr.read)
                self._drainer.start()  # a full pipe would stop the daemon
                return
        pytest.fail(f"no {event} in:\n{''.join(seen)}")

    def end(self, number: signal.Signals) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(number)
        code = self.child.wait(20)
        if self._drainer:
            self._drainer.join()
        for pipe in (self.child.stdout, self.child.stderr):
            if pipe:
                pipe.close()
        return code

    def append(self, *numbers: int) -> None:
        with self.log.open("a") as log:
            log.write("".join(line(number) for number in numbers))


@pytest.fixture
def process(tmp_path: Path, agent: FakeAgent) -> Iterator[Process]:
    """A running daemon, ended at the latest when the test is over."""
    process = Process(tmp_path, agent)
    yield process
    process.end(signal.SIGKILL)


def numbers(agent: FakeAgent) -> list[int]:
    """Return the numbers (see `line`) of the requests that the Agent acknowledged, in order."""
    return sorted(span["trace_id"] - 1 for span in agent.spans)


def test_sigterm_ends_clean_and_the_next_start_goes_on(process: Process, agent: FakeAgent) -> None:
    """After SIGTERM and a start every line was delivered once."""
    process.append(*range(100))
    agent.await_spans(100)
    assert 0 == process.end(signal.SIGTERM)

    process.append(*range(100, 200))
    process.start()
    agent.await_spans(200)
    assert list(range(200)) == numbers(agent)


def test_kill_9_loses_nothing(process: Process, agent: FakeAgent) -> None:
    """Killed five times under load: every line arrives, doubles carry the same ids."""
    for start in range(0, 5000, 1000):
        process.append(*range(start, start + 1000))
        agent.await_spans(start // 2 + 1)
        process.end(signal.SIGKILL)
        process.start()
    agent.await_ids(5000)

    ids = {(span["trace_id"], span["span_id"]) for span in agent.spans}
    assert set(range(5000)) == set(numbers(agent))
    assert 5000 == len(ids)


def test_a_second_daemon_on_the_same_state_is_refused(process: Process) -> None:
    """The second one names the first one's pid and exits with 74."""
    second = subprocess.run(
        process.child.args, capture_output=True, text=True, timeout=30, check=False
    )
    assert 74 == second.returncode
    assert str(process.child.pid) in second.stderr
    assert "Traceback" not in second.stderr


def test_a_bad_configuration_on_reload_changes_nothing(process: Process, agent: FakeAgent) -> None:
    """SIGHUP with a broken file: it is said, and the daemon goes on as before."""
    config = process.log.parent / "logtrace.yaml"
    good = config.read_text()
    config.write_text(good.replace("format: json", "format: jsn"))
    process.child.send_signal(signal.SIGHUP)
    process.append(0, 1)
    agent.await_spans(2)

    config.write_text(good.replace("name: job", "name: other"))
    process.child.send_signal(signal.SIGHUP)
    process.append(2)
    agent.await_spans(3)
    process.child.send_signal(signal.SIGHUP)
    process.append(3)
    agent.await_spans(4)
    assert [0, 1, 2, 3] == numbers(agent)
    assert "other" in {span["name"] for span in agent.spans}


def test_once_reads_ships_and_says_what_became_of_the_lines(
    tmp_path: Path, agent: FakeAgent
) -> None:
    """`--once` delivers everything, an unterminated last line too, and exits with 0."""
    (tmp_path / "app.log").write_text(line(0) + "{broken\n" + line(1).rstrip())
    process = Process(tmp_path, agent, "--once")
    out, err = process.child.communicate(timeout=30)

    assert 0 == process.child.returncode, err
    assert [0, 1] == numbers(agent)
    assert "3 lines; 2 spans in 2 traces shipped; 1 rejected (bad_json 1)\n" == out


def test_once_without_an_agent_fails_with_the_reason(tmp_path: Path, agent: FakeAgent) -> None:
    """`--once` gives up at the deadline, says why, and the lines stay open for the next run."""
    (tmp_path / "app.log").write_text(line(0))
    agent.down()
    process = Process(tmp_path, agent, "--once", "--deadline", "1")
    _, err = process.child.communicate(timeout=30)
    assert 1 == process.child.returncode
    assert "1 spans could not be delivered" in err
    assert "Traceback" not in err

    agent.up()
    process.start("--once")
    process.child.communicate(timeout=30)
    assert 0 == process.child.returncode
    assert [0] == numbers(agent)
