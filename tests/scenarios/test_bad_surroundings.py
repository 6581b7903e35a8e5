"""The machine is not as it should be: each case has its message and its exit code, never a traceback."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import RULE, line

pytestmark = pytest.mark.slow


def logtrace(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    done = subprocess.run(
        [sys.executable, "-m", "logtrace", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def written(directory: Path, state: str, url: str = "http://127.0.0.1:1") -> str:
    """Write a configuration over `directory`/app.log and return its path."""
    config = directory / "logtrace.yaml"
    config.write_text(
        f"agent: {{url: '{url}'}}\nstate: {{path: {state}}}\n"
        f"sources:\n  - path: {directory}/app.log{RULE}"
    )
    return str(config)


@pytest.mark.scenario(78)
def test_a_state_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """Exit 74, and the message names the directory and what to do."""
    done = logtrace("run", "-c", written(tmp_path, "/proc/logtrace"))
    assert 74 == done.returncode
    assert "/proc/logtrace" in done.stderr
    assert ";" in done.stderr


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    """Exit 78, and the message names the file."""
    done = logtrace("run", "-c", str(tmp_path / "nothing.yaml"))
    assert 78 == done.returncode
    assert "nothing.yaml" in done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    """`receive` on a taken port: exit 1, the address and the fix."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = logtrace("receive", "--port", str(port))
    assert 1 == done.returncode
    assert f"127.0.0.1:{port}" in done.stderr
    assert "in use" in done.stderr


def test_a_file_that_convert_cannot_read(tmp_path: Path) -> None:
    """Exit 1, and the message names the file."""
    config = written(tmp_path, str(tmp_path / "state"))
    done = logtrace("convert", "-c", config, str(tmp_path / "gone.log"))
    assert 1 == done.returncode
    assert "gone.log: no such file or directory" in done.stderr


@pytest.mark.scenario(78)
def test_garbage_where_the_state_should_be(tmp_path: Path, agent: FakeAgent) -> None:
    """A state file that is no database is put aside with a loud message, and the run goes on."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "state.db").write_bytes(b"\x00garbage" * 1000)
    (tmp_path / "app.log").write_text(line(0))
    done = logtrace("run", "--once", "-c", written(tmp_path, str(state), agent.url))

    assert 0 == done.returncode, done.stderr
    assert "ledger_discarded" in done.stderr
    assert list(state.glob("state.db.*"))
    assert 1 == len(agent.spans)


def test_an_empty_directory_is_no_error(tmp_path: Path, agent: FakeAgent) -> None:
    """No file matches: `--once` has nothing to do and says so."""
    done = logtrace("run", "--once", "-c", written(tmp_path, str(tmp_path / "state"), agent.url))
    assert 0 == done.returncode, done.stderr
    assert "0 lines; 0 spans in 0 traces shipped\n" == done.stdout


def test_a_wrong_word_on_the_command_line() -> None:
    """Exit 2 with the usage."""
    done = logtrace("rum")
    assert 2 == done.returncode
    assert "rum" in done.stderr
