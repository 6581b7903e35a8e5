"""`logtrace presets [NAME]`: what `format:` may name beside json and regex."""

from __future__ import annotations

import click

from logtrace.config import presets
from logtrace.config.scalars import did_you_mean
from logtrace.errors import UsageError


@click.command("presets")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the presets, or print the one called NAME."""
    known = presets.names()
    if name is None:
        width = max(map(len, known), default=0)
        for each in known:
            click.echo(f"{each:{width}}  {presets.summary(each)}".rstrip())
    elif name in known:
        click.echo(presets.content(name).decode(), nl=False)
    else:
        fix = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise UsageError(f"presets: no preset is called {name!r}; {fix}")
