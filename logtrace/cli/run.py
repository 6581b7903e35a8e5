"""`logtrace run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
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
    daemon = Daemon(
        lambda: configuration.load(config, os.environ),
        Options(once=once, deadline=int(deadline * SECOND)),
        clock,
        telemetry,
        Notifier(),
    )
    daemon.run()
    if once:
        click.echo(summary(telemetry))
        sys.exit(1 if telemetry.total("file_failures") else 0)


def summary(telemetry: Telemetry) -> str:
    """Return, in one line, what became of everything that was read."""
    total = telemetry.total
    parts = [
        f"{total('lines_read')} lines",
        f"{total('spans_shipped')} spans in {total('traces_shipped')} traces shipped",
        *lost(telemetry),
    ]
    if telemetry.total("file_failures"):
        parts.append("some files could not be read: see the log")
    return "; ".join(parts)


def lost(telemetry: Telemetry) -> Iterator[str]:
    """Yield, by kind, how many lines gave nothing and how many spans were lost, and why."""
    for counter, word in (
        ("lines_rejected", "rejected"),
        ("lines_unmatched", "unmatched"),
        ("lines_ignored", "ignored"),
        ("spans_dropped", "spans lost"),
    ):
        labels = {
            label: value for (name, label), value in telemetry.counts.items() if name == counter
        }
        if labels:
            why = ", ".join(f"{label} {value}" for label, value in sorted(labels.items()) if label)
            yield f"{sum(labels.values())} {word}" + (f" ({why})" if why else "")
