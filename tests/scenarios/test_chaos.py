"""Real processes, real rotation, kills and outages as a seed decides: see bench/chaos."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def chaos(patience: float, *options: str) -> str:
    """Run it to its end; return what it printed, fail with that if it found something."""
    command = [sys.executable, "-m", "bench.chaos", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.terminate()  # it ends what it started
            raise
    assert 0 == process.returncode, said
    return said


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_nothing_is_lost_in_a_short_storm() -> None:
    """What was written is delivered, twice only what was in flight, whatever is done to the daemon."""
    said = chaos(200, "--seconds=20", "--seed=1", "--rate=12000", "--rotate=2", "--down=7")
    assert " 0 kill -9" not in said


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_nothing_is_lost_in_a_long_storm() -> None:
    """The same for two minutes, as fast as the daemon can, with several rotations while it is away."""
    chaos(800, "--seconds=120", "--seed=1", "--rotate=3", "--down=12")
