"""`logtrace run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import os
import sys
from typing import Literal

import click

from logtrace.cli.options import Duration, config_option
from logtrace.clock import SECOND, SystemClock


@click.command("run")
@config_option
@click.option("--once", is_flag=True, help="Read all files to their end, ship everything, stop.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to go on sending after a stop, or, with --once, to wait for the Agent.",
)
@click.option(
    "--skip-older-than",
    type=Duration(),
    metavar="DURATION",
    help="Leave out traces that ended longer ago, such as 18h; they are counted as too_old.",
)
@click.option(
    "--log-format",
    type=click.Choice(["auto", "json", "console"]),
    default="auto",
    show_default=True,
    help="Form of logtrace's own log on standard error.",
)
def command(
    config: str,
    once: bool,
    deadline: float,
    skip_older_than: int | None,
    log_format: Literal["auto", "json", "console"],
) -> None:
    """Tail the logs, ship the traces.

    Exit codes: 0 stopped as told (with --once: everything was read, and acknowledged or counted), 1
    failed, 74 the state directory cannot be used, 78 the configuration is bad.
    """
    from logtrace import config as configuration
    from logtrace import logs
    from logtrace.daemon import Daemon, Options
    from logtrace.notify import Notifier
    from logtrace.telemetry import Telemetry

    clock = SystemClock()
    telemetry = Telemetry(logs.configure(log_format), clock)
    logs.hear_libraries(telemetry.library_warned)
    daemon = Daemon(
        lambda: configuration.load(config, os.environ),
        Options(once, int(deadline * SECOND), skip_older_than, os.path.abspath(config)),
        clock,
        telemetry,
        Notifier(),
    )
    daemon.run()
    if once:
        from logtrace.cli.report import summary

        click.echo(summary(telemetry))
        sys.exit(1 if telemetry.total("file_failures") else 0)
