"""Options that several sub-commands share, each defined once."""

from __future__ import annotations

import os
from collections.abc import Callable
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
        type=click.Path(readable=False),  # who reads it says what is wrong, and what to do
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
