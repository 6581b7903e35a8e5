"""Options that several sub-commands share, each defined once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from logtrace.config.model import Config

DEFAULT_CONFIG = "/etc/logtrace/logtrace.yaml"

Command = TypeVar("Command", bound=Callable[..., Any])


class Duration(click.ParamType[int]):
    """A text such as `18h`, as nanoseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """See click."""
        from logtrace.config.scalars import Unreadable, duration

        try:
            return duration(str(value))
        except Unreadable as error:
            self.fail(f"{error.what}; {error.fix}", param, ctx)


def config_option(command: Command) -> Command:
    """Add `-c/--config FILE`; the command gets it as `config`, a str."""
    return click.option(
        "-c",
        "--config",
        metavar="FILE",
        type=click.Path(),
        envvar="LOGTRACE_CONFIG",
        default=DEFAULT_CONFIG,
        show_default=True,
        show_envvar=True,
        help="The configuration; files conf.d/*.yaml beside it may add sources.",
    )(command)


def rules_options(command: Command) -> Command:
    """Add the options that say whose rules to use; `loaded` makes a configuration of them.

    The command gets `config`, `preset` and `source`.
    """
    command = click.option(
        "--source", metavar="NAME", help="Source whose rules to use, whatever the path."
    )(command)
    command = click.option(
        "--format",
        "preset",
        metavar="PRESET",
        help="Use a preset, such as nginx, and no configuration; see logtrace presets.",
    )(command)
    return config_option(command)


def loaded(config: str, preset: str | None) -> Config:
    """Return the configuration at `config`, or that of a preset.

    Raises:
        ConfigError: it has problems.
        UsageError: there is no such preset, or no configuration where one is expected unsaid.
    """
    from logtrace import config as configuration
    from logtrace.config import presets
    from logtrace.errors import ConfigError, UsageError

    if preset is not None:
        from logtrace.cli.presets import known

        reading = configuration.read_preset(known(preset), os.environ)
        if reading.problems:
            raise ConfigError(reading.problems)
        return reading.config
    if config == DEFAULT_CONFIG and not os.path.exists(config):
        names = ", ".join(presets.names())
        raise UsageError(
            f"{config}: there is no configuration; name one with -c FILE, "
            f"or a preset with --format PRESET: {names}"
        )
    return configuration.load(config, os.environ)


def state_option(command: Command) -> Command:
    """Add `--state DIR`; the command gets it as `state`, a str or None. See `locate_state`."""
    return click.option(
        "--state",
        metavar="DIR",
        type=click.Path(),
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
        and problem.mark.file == config
        and (not problem.key or problem.key.startswith("state"))
    ]
    if not wrong:
        return state_directory(reading.config, os.environ)
    usual = state_directory(Config(), os.environ)
    if config == DEFAULT_CONFIG and _there(usual):
        return usual
    first = wrong[0]
    fix = "name the state directory with --state"
    raise ConfigError([Problem(first.mark, first.key, first.what, fix)])


def _there(directory: Path) -> bool:
    try:
        return directory.is_dir()
    except OSError:
        return True
