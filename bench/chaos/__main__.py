"""Run chaos over the real daemon; see `bench.chaos.run`.

    make chaos ARGS="--seconds 120 --seed 1"

Exit code 0: nothing was lost, and nothing came twice but what was in flight. 1: something was; the
reason and the seed are said, and the directory with logs, state and the daemon's log is kept.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from bench.chaos.report import failures, table
from bench.chaos.run import Limits, run
from logtrace.clock import SECOND, SystemClock


def main() -> int:
    """Run it, print the table, and return the exit code."""
    arguments = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=120, help="how long lines are written")
    arguments.add_argument("--seed", type=int, default=None, help="of all that is left to chance")
    arguments.add_argument(
        "--rate", type=float, default=20_000, help="lines a second at most, of all applications"
    )
    arguments.add_argument(
        "--rotate", type=float, default=2, help="seconds between two rotations of every log"
    )
    arguments.add_argument(
        "--down", type=float, default=10, help="seconds that the daemon is away at most"
    )
    arguments.add_argument("--keep", action="store_true", help="keep the directory in any case")
    given = arguments.parse_args()
    seed = given.seed if given.seed is not None else SystemClock().now() % 1_000_000
    limits = Limits(
        int(given.seconds * SECOND),
        given.rate,
        int(given.rotate * SECOND),
        int(given.down * SECOND),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is ended
    directory = Path(tempfile.mkdtemp(prefix="logtrace-chaos-"))
    outcome = run(directory, seed, limits)
    wrong = failures(outcome)
    print(table(outcome))
    for reason in wrong:
        print(f"FAILED: {reason}")
    if wrong or given.keep:
        again = f"--seconds {given.seconds:g} --seed {seed} --rate {given.rate:g}"
        again += f" --rotate {given.rotate:g} --down {given.down:g}"
        print(f"seed {seed}: make chaos ARGS='{again}'; everything is in {directory}")
    else:
        shutil.rmtree(directory)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
