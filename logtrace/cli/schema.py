"""`logtrace schema`: the JSON Schema of the configuration, for editors.

The shipped logtrace/config/schema.json is this output.
"""

from __future__ import annotations

import click

from logtrace.config.schema import text


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the configuration."""
    click.echo(text(), nl=False)
