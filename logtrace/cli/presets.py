"""`logtrace presets [NAME]`: what `format:` may name beside the formats that are code."""

from __future__ import annotations

import shutil
import sys

import click

from logtrace.config import presets
from logtrace.config.scalars import did_you_mean
from logtrace.errors import UsageError


@click.command("presets")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the presets, each with a line that it makes a span of, or print the one called NAME."""
    from logtrace.web.text import visible

    if name is not None:
        click.echo(presets.content(known(name)).decode(), nl=False)
        return
    names = presets.names()
    width = max(map(len, names), default=0)
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000
    for each in names:
        click.echo(visible(f"{each:{width}}  {presets.summary(each)}".rstrip(), room))
        for line in presets.example(each):
            click.echo(f"{'':{width}}  {visible(line, max(room - width - 2, 20))}")


def known(name: str) -> str:
    """Return the name of a preset; raises UsageError if there is none of that name."""
    names = presets.names()
    if name not in names:
        fix = did_you_mean(name, names, f"there are {', '.join(names)}")
        raise UsageError(f"presets: no preset is called {name!r}; {fix}")
    return name
