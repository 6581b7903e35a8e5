"""Sizes, times and names as `status` and `state` show them, and the tables they are in.

Every text that came from a log, a file name or the Agent goes through `safe`. Loads rich: only for
commands that draw.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from logtrace.web.text import visible

DASH = "-"
WIDTH = 120
"""Columns where nobody says how many there are: in a file, or a pipe."""

_UNITS = ("kB", "MB", "GB", "TB", "PB")


def console() -> Console:
    """Return where to draw; texts are taken as they are, without markup of any kind."""
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else WIDTH
    return Console(highlight=False, markup=False, emoji=False, width=width)


def safe(text: str, limit: int = 300) -> str:
    """Return a text without anything that a terminal would act on."""
    return visible(text, limit)


def size(count: float | None) -> str:
    """Return bytes with their unit: `0 B`, `12.3 MB`; None: not known."""
    if count is None:
        return "?"
    if count < 1000:
        return f"{count:.0f} B"
    for unit in _UNITS:
        count /= 1000
        if count < 999.5 or unit == _UNITS[-1]:
            break
    digits = 0 if count >= 100 else 1
    return f"{count:,.{digits}f} {unit}"


def span(secs: float | None) -> str:
    """Return a duration in two units at most: `0.4 s`, `12 s`, `3 m 20 s`, `2 d 4 h`."""
    if secs is None:
        return "?"
    if secs < 10:
        return f"{max(0, secs):.1f} s"
    if secs < 60:
        return f"{secs:.0f} s"
    whole = int(secs)
    if whole < 3600:
        return f"{whole // 60} m {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} m"
    return f"{whole // 86400:,} d {whole % 86400 // 3600} h"


def ago(then: str | None, now: str | None) -> str:
    """Return how long before `now` something was, both as in the document; "" where not known."""
    try:
        secs = (_time(now) - _time(then)).total_seconds()
    except (ValueError, TypeError):
        return ""
    return f"{span(secs)} ago"


def _time(text: str | None) -> datetime:
    if text is None:
        raise ValueError("never")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def by_label(counts: Mapping[str, int]) -> str:
    """Return counts by label, the largest first: `1,200 bad_json, 3 no_time`."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count:,} {safe(label, 60)}" for label, count in ordered)


def shortened(path: str, width: int) -> str:
    """Return a path in at most `width` columns: its end says most."""
    shown = safe(path, 4096)
    return shown if len(shown) <= width else "…" + shown[1 - width :]


def facts(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Return a table of what is what, one line or more each; rows without text are left out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(name, value)
    return table


def columns(*heads: str) -> Table:
    """Return an empty table; a head that begins with `>` is that of a column of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in heads:
        right = head.startswith(">")
        table.add_column(head.lstrip(">"), justify="right" if right else "left", no_wrap=True)
    return table


def show(to: Console, parts: Iterable[RenderableType]) -> None:
    """Print parts one below the other, without the blanks that tables end their lines with."""
    with to.capture() as captured:
        for part in parts:
            to.print(part)
    click.echo("\n".join(line.rstrip() for line in captured.get().split("\n")), nl=False)
