"""`logtrace status`: what the running daemon does; where none answers, what its ledger holds."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli.options import config_option
from logtrace.cli.place import locate_state, state_option

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from logtrace.admin.client import NotAnswering
    from logtrace.admin.document import Status
    from logtrace.cli.status_text import Rates

EVERY = 1.0
"""Seconds between two looks with --watch."""


@click.command("status")
@config_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print the daemon's document as JSON.")
@click.option("--watch", is_flag=True, help="Look again every second, with rates; Ctrl-C ends.")
@click.option(
    "--files",
    type=click.IntRange(0, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="Tell of so many files, those worst off first.",
)
def command(config: str, state: str | None, as_json: bool, watch: bool, files: int) -> None:
    """Show what the running daemon does: files, lag, open traces, shipped, lost, the last errors.

    Exit codes: 0 a daemon answers, 1 none does: then what its ledger holds is shown.
    """
    where = locate_state(config, state)
    if watch:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # gives the screen back
        sys.exit(_watch(where, as_json, files))
    from logtrace.admin.client import NotAnswering, ask, understand

    try:
        body = ask(where, files)
        status = understand(where, body) if not as_json else None
    except NotAnswering as error:
        _say_what_is_left(where, error, as_json)
        sys.exit(1)
    if status is None:
        click.echo(_as_json(body, 2))
        return
    from logtrace.cli import figures

    console = figures.console()
    figures.show(console, picture(status, console.width, files))


def picture(
    status: Status, width: int, files: int, rates: Rates | None = None
) -> list[RenderableType]:
    """Return the parts of the picture of a daemon, which may be of another version."""
    from rich.text import Text

    import logtrace
    from logtrace.cli import figures
    from logtrace.cli.status_text import draw

    parts: list[RenderableType] = []
    if status.version != logtrace.__version__:
        words = (
            f"the daemon is version {figures.safe(status.version)}, this command "
            f"{logtrace.__version__}: what only the newer one knows is not shown"
        )
        parts.append(Text(words, "yellow"))
    return parts + draw(status, width, files, rates)


def _as_json(body: bytes, indent: int | None) -> str:
    """Return a document as JSON of ASCII alone: no terminal acts on what stands in it."""
    import msgspec

    from logtrace.cli.state import printable

    return printable(msgspec.json.decode(body), indent)


# ── no daemon ─────────────────────────────────────────────────────────────────────────────────────


def _silence(where: Path, error: NotAnswering) -> dict[str, Any]:
    """Return the document of a daemon that does not answer."""
    return {
        "running": error.running,
        "error": error.what,
        "fix": error.fix,
        "state": str(where),
    }


def _say_what_is_left(where: Path, error: NotAnswering, as_json: bool) -> None:
    """Say that no daemon answers, and why, and show what the ledger holds if it can be read."""
    from logtrace.cli import figures
    from logtrace.cli.state import FILES, draw, look, printable
    from logtrace.errors import LogtraceError

    held, trouble = None, ""
    try:
        held = look(where)
    except LogtraceError as unread:
        trouble = str(unread)
    if as_json:
        click.echo(printable({**_silence(where, error), "ledger": held}))
        return
    click.echo(f"no answer: {figures.safe(str(error), 1000)}", err=True)
    if held is None:
        if trouble and not trouble.startswith(str(error.place)):
            click.echo(figures.safe(trouble, 1000), err=True)
        return
    console = figures.console()
    click.echo()
    figures.show(console, draw(held, FILES, console.width))


# ── again and again ───────────────────────────────────────────────────────────────────────────────


def _watch(where: Path, as_json: bool, files: int) -> int:
    """Show the daemon until interrupted; return 0 if it answered when it was asked last, else 1."""
    from logtrace.cli.state import printable

    seen = Watched(where, files)
    try:
        if as_json:
            for body in seen.looks():
                click.echo(_as_json(body, None) if body else printable(seen.silence(), None))
        else:
            _draw(seen)
    except KeyboardInterrupt:
        pass
    return 1 if seen.error else 0


def _draw(seen: Watched) -> None:
    from logtrace.cli import figures

    console = figures.console()
    if not console.is_terminal:
        for _ in seen.looks():
            figures.show(console, [*seen.picture(console), ""])
            sys.stdout.flush()
        return
    from rich.console import Group
    from rich.live import Live

    with Live(console=console, screen=True, auto_refresh=False) as live:
        for _ in seen.looks():
            live.update(Group(*seen.picture(console)), refresh=True)


class Watched:
    """A daemon that is looked at again and again.

    Attributes:
        error: why it did not answer last; None: it did.
    """

    def __init__(self, where: Path, files: int) -> None:
        self.error: NotAnswering | None = None
        self._where, self._files = where, files
        self._status: Status | None = None
        self._rates: Rates | None = None

    def looks(self) -> Iterator[bytes | None]:
        """Yield the document every second, None where nobody answers."""
        from logtrace.admin.client import NotAnswering, ask, understand
        from logtrace.clock import SECOND, SystemClock

        pause, clock = threading.Event(), SystemClock()
        while True:
            body = None
            try:
                body = ask(self._where, self._files)
                self._take(understand(self._where, body))
            except NotAnswering as error:
                self.error, self._status, self._rates = error, None, None
            yield body
            clock.wait(pause, int(EVERY * SECOND))

    def _take(self, status: Status) -> None:
        self.error = None
        self._rates = rates(self._status, status)
        self._status = status

    def silence(self) -> dict[str, Any]:
        """Return the document of the daemon while it does not answer."""
        return _silence(self._where, self.error) if self.error else {}

    def picture(self, console: Console) -> list[RenderableType]:
        """Return what is to be seen now."""
        from rich.text import Text

        from logtrace.cli import figures

        if self._status is None:
            words = f"no answer: {figures.safe(str(self.error), 1000)}"
            return [Text(words, "bold red"), "looking again every second"]
        return picture(self._status, console.width, self._files, self._rates or {})


def rates(before: Status | None, after: Status) -> Rates | None:
    """Return what happened in a second between two looks; None: they are not of one run."""
    if before is None or before.pid != after.pid or before.started_at != after.started_at:
        return None
    secs = after.uptime_secs - before.uptime_secs
    if secs <= 0:
        return None
    found: Rates = {}
    for name, counter in after.counters.items():
        earlier = before.counters.get(name)
        found[name] = (counter.total - (earlier.total if earlier else 0)) / secs
    earlier_lines = {source.name: source.lines_read for source in before.sources}
    for source in after.sources:
        grown = source.lines_read - earlier_lines.get(source.name, 0)
        found[f"lines_read {source.name}"] = grown / secs
    return found
