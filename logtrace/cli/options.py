"""Options that several sub-commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

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
