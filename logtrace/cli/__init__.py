"""The command line: one small file per sub-command; the only place that prints and decides exit codes.

A sub-command's module is imported when it is called: `run` must not pay for what `demo` needs.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

import logtrace
from logtrace.errors import ConfigError, LogtraceError
from logtrace.logs import escape

COMMANDS = (
    *("run", "check", "test", "convert", "preview", "explain", "status", "state"),
    *("receive", "demo", "schema", "presets", "show-code"),
)
"""Sub-commands in the order of the help; `x-y` is in `logtrace/cli/x_y.py` as `command`."""


class Commands(click.Group):
    """The sub-commands, each loaded when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one sub-command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"logtrace.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(logtrace.__version__, prog_name="logtrace")
def root() -> None:
    """Traces in the Datadog Agent from the logs of applications nobody will touch again."""


def main() -> None:
    """Run the command line; exit 0 done, 1 failure, 2 usage, 74 state, 78 configuration."""
    try:
        root.main(prog_name="logtrace", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except ConfigError as error:
        from logtrace.cli.problems import show

        show(error.problems)
        sys.exit(error.exit_code)
    except LogtraceError as error:
        # It may hold what a log or an Agent said: nothing of that may reach the terminal raw.
        for line in str(error).split("\n"):
            click.echo(escape(line), err=True)
        sys.exit(error.exit_code)
