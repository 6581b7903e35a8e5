"""Where the state directory is, for the commands that ask the daemon or read the ledger.

Both work for an operator who may not read the configuration, or in whose shell the variables are not
set that it wants: then the state directory can be named.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli import options

if TYPE_CHECKING:
    from logtrace.cli.options import Command


def state_option(command: Command) -> Command:
    """Add `--state DIR`; the command gets it as `state`, a str or None. See `locate_state`."""
    return click.option(
        "--state",
        metavar="DIR",
        type=click.Path(readable=False),
        help="The state directory, for who may not read the configuration, which names it else.",
    )(command)


def locate_state(config: str, state: str | None) -> Path:
    """Return the state directory: the one given, else the one that the configuration names.

    A configuration that cannot be used for other reasons still says where its state is. One that
    nobody has named and that cannot be read may well be that of a daemon with the usual directory.

    Raises:
        ConfigError: the configuration does not say it.
    """
    from logtrace.config import read
    from logtrace.config.environment import state_directory
    from logtrace.config.model import Config
    from logtrace.errors import ConfigError, Problem, Severity

    if state is not None:
        return Path(state)
    reading = read(config, os.environ)
    wrong = [
        problem
        for problem in reading.problems
        if problem.severity is Severity.ERROR
        and problem.mark.file == str(Path(config))
        and (not problem.key or problem.key.startswith("state"))
    ]
    if not wrong:
        return state_directory(reading.config, os.environ)
    usual = state_directory(Config(), os.environ)
    if config == options.DEFAULT_CONFIG and _there(usual):
        return usual
    first = wrong[0]
    fix = "name the state directory with --state"
    raise ConfigError([Problem(first.mark, first.key, first.what, fix)])


def _there(directory: Path) -> bool:
    try:
        return directory.is_dir()
    except OSError:
        return True
