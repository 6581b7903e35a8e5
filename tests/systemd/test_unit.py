"""systemd/logtrace.service: systemd takes every line of it, and it gives the daemon no privilege."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli import root
from logtrace.errors import ConfigError, UsageError

UNIT = Path(__file__).parents[2] / "systemd" / "logtrace.service"
PROGRAM = "/usr/bin/logtrace"

analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def values(key: str) -> list[str]:
    """Return the values of a key of the unit, in order."""
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that exists here in the place of ours."""
    unit = tmp_path / "logtrace.service"
    unit.write_text(UNIT.read_text().replace(PROGRAM, "/bin/true"))
    return unit


def run(*words: str | Path) -> tuple[int, str]:
    """Return exit code and output of a command."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@analyze
def test_systemd_takes_every_line(unit: Path) -> None:
    """No unknown key, no bad value, no missing unit: systemd-analyze has nothing to say."""
    assert (0, "") == run("systemd-analyze", "verify", "--recursive-errors=yes", "--man=no", unit)


@pytest.mark.slow
@analyze
def test_the_service_is_locked_up(unit: Path) -> None:
    """systemd rates its exposure at most 1.5 of 10."""
    code, said = run("systemd-analyze", "security", "--offline=true", "--threshold=15", unit)
    assert 0 == code, said


@pytest.mark.parametrize("key", ["ExecStart", "ExecReload"])
def test_the_commands_exist(key: str) -> None:
    """What the unit runs of logtrace is a command with those options."""
    for command in values(key):
        program, *words = command.split()
        if program == PROGRAM:
            options = [word for word in words if word.startswith("--")]
            help_text = CliRunner().invoke(root, [words[0], "--help"]).output
            assert [] == [option for option in options if option not in help_text]


def test_what_does_not_mend_itself_is_not_restarted() -> None:
    """The exit codes that prevent a restart are those of bad usage and of a bad configuration."""
    codes = {UsageError.exit_code, ConfigError.exit_code}
    assert [" ".join(map(str, sorted(codes)))] == values("RestartPreventExitStatus")


def test_stopping_takes_longer_than_draining() -> None:
    """systemd waits longer than the daemon goes on sending, so that it is not cut off."""
    deadline = re.search(r"--deadline (\d+)", values("ExecStart")[0])
    assert deadline
    assert int(values("TimeoutStopSec")[0]) > int(deadline[1])


def test_the_group_may_ask_the_daemon_and_read_no_file() -> None:
    """It gets through the state directory to the socket; the daemon's files are for its user alone."""
    assert ["0750"] == values("StateDirectoryMode")
    assert ["0077"] == values("UMask")
