"""`logtrace run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal

import click

from logtrace.cli.options import config_option
from logtrace.clock import SECOND, SystemClock

if TYPE_CHECKING:
    from logtrace.telemetry import Telemetry


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
    "--log-format",
    type=click.Choice(["auto", "json", "console"]),
    default="auto",
    show_default=True,
    help="Form of logtrace's own log on standard error.",
)
def command(
    config: str, once: bool, deadline: float, log_format: Literal["auto", "json", "console"]
) -> None:
    """Tail the logs, ship the traces.

    Exit codes: 0 when everything read was acknowledged or counted, 1 when not, 74 when the state
    directory cannot be used, 78 when the configuration is bad.
    """
    from logtrace import config as configuration
    from logtrace import logs
    from logtrace.daemon import Daemon, Options
    from logtrace.notify import Notifier
    from logtrace.telemetry import Telemetry

    clock = SystemClock()
    telemetry = Telemetry(logs.configure(log_format), clock)
    daemon = Daemon(
        lambda: configuration.load(config, os.environ),
        Options(once=once, deadline=int(deadline * SECOND)),
        clock,
        telemetry,
        Notifier(),
    )
    clean = daemon.run()
    if once:
        click.echo(summary(telemetry))
    sys.exit(0 if clean else 1)


def summary(telemetry: Telemetry) -> str:
    """Return, in one line, what became of everything that was read."""
    total = telemetry.total
    parts = [
        f"{total('lines_read')} lines",
        f"{total('spans_shipped')} spans in {total('traces_shipped')} traces shipped",
    ]
    for counter, word in (
        ("lines_rejected", "rejected"),
        ("lines_unmatched", "unmatched"),
        ("lines_ignored", "ignored"),
        ("spans_dropped", "spans lost"),
    ):
        labels = {
            label: value for (name, label), value in telemetry.counts.items() if name == counter
        }
        if total(counter):
            why = ", ".join(f"{label} {value}" for label, value in sorted(labels.items()) if label)
            parts.append(f"{total(counter)} {word}" + (f" ({why})" if why else ""))
    return "; ".join(parts)
