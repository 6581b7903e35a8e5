"""`logtrace show-code`: the Python that the rules of the sources are compiled to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from logtrace import mapping
from logtrace.cli.options import config_option
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.routes import Route


@click.command("show-code")
@config_option
@click.argument("source", required=False)
def command(config: str, source: str | None) -> None:
    """Print what the daemon runs for each line of SOURCE, or of every source.

    Values of the configuration are bound to names, such as c0: comments above the code tell them.
    """
    from logtrace import config as configuration
    from logtrace.routes import build_routes

    routes = build_routes(configuration.load(config, os.environ))
    if source is not None and source not in routes:
        raise UsageError(f"no source is named {source!r}; one of {', '.join(routes)}")
    wanted = routes.values() if source is None else [routes[source]]
    click.echo("\n".join(line for route in wanted for line in listing(route)), nl=False)


def listing(route: Route) -> Iterator[str]:
    """Yield the code of one source, headed by what the short names in it stand for."""
    name = ascii(route.config.name)[1:-1]
    yield f"# ── {name} ".ljust(100, "─")
    for field in sorted(mapping.check(route.config).fields):
        slot = route.parser.slot(field)
        if slot is not None:
            place = f"r.f{slot}" if route.parser.row == "attribute" else f"r[{slot}]"
            yield f"# {place} is the field {field!a}"
    for constant, value in route.mapping.bound.items():
        if constant[0] == "c" and constant[1:].isdigit():
            yield f"# {constant} is {value!a:.200}"
    yield ""
    yield route.mapping.source
