"""`logtrace state`: what the ledger holds, for a person; reads the state file and touches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli.options import config_option
from logtrace.cli.place import locate_state, state_option

if TYPE_CHECKING:
    from rich.console import RenderableType

    from logtrace.admin.ledger import LedgerFile, LedgerStatus

FILES = 50
"""Files that are shown unless more are asked for."""


@click.command("state")
@config_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON document.")
@click.option(
    "--files",
    type=click.IntRange(0),
    default=FILES,
    show_default=True,
    metavar="N",
    help="Show so many files at most, those with most unread first; 0: all.",
)
def command(config: str, state: str | None, as_json: bool, files: int) -> None:
    """Show what the ledger holds: how far each file was read, and which of its lines are open.

    Works beside a running daemon and without one; nothing is written or locked. Exit codes: 0 shown, 1
    there is no state, 74 it cannot be read.
    """
    held = look(locate_state(config, state))
    if as_json:
        click.echo(printable(held))
        return
    from logtrace.cli import figures

    console = figures.console()
    figures.show(console, draw(held, files, console.width))


def look(state: Path) -> LedgerStatus:
    """Return what the ledger in a state directory holds; raises NoState or StateError."""
    from logtrace.admin.ledger import describe
    from logtrace.source.contents import read

    return describe(read(state))


def printable(document: object, indent: int | None = 2) -> str:
    """Return a document as JSON of ASCII alone: no terminal acts on what stands in it."""
    import json

    import msgspec

    from logtrace.admin.document import encode

    return json.dumps(msgspec.json.decode(encode(document)), indent=indent)


def draw(held: LedgerStatus, limit: int, width: int) -> list[RenderableType]:
    """Return the parts of the picture."""
    from logtrace.cli import figures
    from logtrace.web.text import count_text

    runs = sum(file.open_runs for file in held.files)
    size = sum(file.open_bytes for file in held.files)
    missing = sum(file.state == "missing" for file in held.files)
    known = count_text(len(held.files), "file")
    rows = [
        ("ledger", f"{figures.safe(held.path, 4096)}, schema {held.state_schema}"),
        ("files", known + (f", {missing:,} of them missing: sought" if missing else "")),
        (
            "open",
            f"{count_text(runs, 'run')} of lines, {figures.size(size)}: handed out, not yet done"
            if runs
            else "nothing: all that was read is done",
        ),
        ("sources", ", ".join(figures.safe(name) for name in held.sources_seen)),
        (
            "memory",
            f"{count_text(held.learnt_waits, 'learnt wait')}, "
            f"{count_text(held.closed_traces, 'closed trace')}, as of the last stop in order",
        ),
    ]
    parts: list[RenderableType] = [figures.facts(rows)]
    for source in sorted({file.source for file in held.files}):
        parts += ["", *_source(source, held, limit, width)]
    return parts


def _source(name: str, held: LedgerStatus, limit: int, width: int) -> list[RenderableType]:
    """Return the files of a source: a line of figures each, and a dim one that says which file it is."""
    from rich.padding import Padding
    from rich.text import Text

    from logtrace.cli import figures

    files = [file for file in held.files if file.source == name]
    files.sort(key=lambda file: (file.state != "missing", -(file.unread_bytes or 0), file.path))
    shown = files[:limit] if limit else files
    parts: list[RenderableType] = [
        Text(figures.safe(name), "bold"),
        Text(f"{'state':<8} {'read to':>15} {'unread':>8} {'open':>8}  file", "dim"),
    ]
    for file in shown:
        unread = figures.DASH if file.unread_bytes == 0 else figures.size(file.unread_bytes)
        held_open = figures.size(file.open_bytes) if file.open_runs else figures.DASH
        line = f"{figures.safe(file.state, 8):<8} {file.offset:>15,} {unread:>8} {held_open:>8}  "
        path = figures.shortened(file.path, max(20, width - len(line)))
        parts.append(Text(line + path, "yellow" if file.state == "missing" else ""))
        parts.append(Padding(Text(_details(file), "dim"), (0, 0, 0, 9)))
    if len(files) > len(shown):
        parts.append(Text(f"and {len(files) - len(shown):,} more: --files 0 shows all", "dim"))
    return parts


def _details(file: LedgerFile) -> str:
    from logtrace.cli import figures
    from logtrace.web.text import count_text

    size = file.size_seen if file.size is None else file.size
    parts = [
        f"size {size:,}" + (" when last seen" if file.size is None else ""),
        f"key {figures.safe(file.key)}",
        f"device {file.device} inode {file.inode}",
    ]
    if file.open_from is not None:
        parts.append(f"{count_text(file.open_runs, 'run')} open from {file.open_from:,} on")
    if file.stream != file.path:
        parts.append(f"stream {figures.safe(file.stream, 4096)}")
    if file.missing_since:
        parts.append(f"missing since {figures.safe(file.missing_since)}")
    if file.truncations:
        parts.append(f"cut {count_text(file.truncations, 'time')}")
    if file.compressed:
        parts.append("compressed")
    return ", ".join(parts)
