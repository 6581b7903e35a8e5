"""The real process: SIGTERM drains, kill -9 loses nothing, a second daemon is refused."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.agent import FakeAgent
from tests.support.process import Process
from tests.support.rig import line

pytestmark = pytest.mark.slow


@pytest.fixture
def process(tmp_path: Path, agent: FakeAgent) -> Iterator[Process]:
    """A running daemon, ended at the latest when the test is over."""
    process = Process(tmp_path, agent.url)
    yield process
    process.end(signal.SIGKILL)


def numbers(agent: FakeAgent) -> list[int]:
    """Return the numbers (see `line`) of the requests that the Agent acknowledged, in order."""
    return sorted(span["trace_id"] - 1 for span in agent.spans)


@pytest.mark.scenario(71)
def test_sigterm_ends_clean_and_the_next_start_goes_on(process: Process, agent: FakeAgent) -> None:
    """After SIGTERM and a start every line was delivered once."""
    process.append(*range(100))
    agent.await_spans(100)
    assert 0 == process.end(signal.SIGTERM)

    process.append(*range(100, 200))
    process.start()
    agent.await_spans(200)
    assert list(range(200)) == numbers(agent)


@pytest.mark.scenario(72)
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


@pytest.mark.scenario(82)
def test_a_second_daemon_on_the_same_state_is_refused(process: Process) -> None:
    """The second one names the first one's pid and exits with 74."""
    second = subprocess.run(
        process.child.args, capture_output=True, text=True, timeout=30, check=False
    )
    assert 74 == second.returncode
    assert str(process.child.pid) in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.scenario(88)
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
    process = Process(tmp_path, agent.url, "--once")
    out, err = process.child.communicate(timeout=30)

    assert 0 == process.child.returncode, err
    assert [0, 1] == numbers(agent)
    assert "3 lines; 2 spans in 2 traces shipped; 1 rejected (bad_json 1)\n" == out


def test_once_without_an_agent_fails_with_the_reason(tmp_path: Path, agent: FakeAgent) -> None:
    """`--once` gives up at the deadline, says why, and the lines stay open for the next run."""
    (tmp_path / "app.log").write_text(line(0))
    agent.down()
    process = Process(tmp_path, agent.url, "--once", "--deadline", "1")
    _, err = process.child.communicate(timeout=30)
    assert 1 == process.child.returncode
    assert "1 spans could not be delivered" in err
    assert "Traceback" not in err

    agent.up()
    process.start("--once")
    process.child.communicate(timeout=30)
    assert 0 == process.child.returncode
    assert [0] == numbers(agent)
