"""Templates where there are none: what is said of a whole source, or of all, is shipped as it stands.

Called by `findings`. Braces that hold no expression, such as those of JSON, are passed over. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.config.model import Text
from logtrace.errors import Problem
from logtrace.mapping import templates
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import Field, variables

_OF_RULES = ("service", "host")
"""Keys that a rule has too; of the others it has tags."""


def default_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each name or tag of all lines that looks like a template."""
    defaults = source.config.defaults
    for key in ("service", "env", "version", "host"):
        text = getattr(defaults, key)
        if isinstance(text, Text) and _has_fields(text):
            wanted = key if key in _OF_RULES else f"tags: {{{key}: …}}"
            yield _problem(source, text, key, wanted)
    for name, text in defaults.tags.items():
        if isinstance(text, Text) and _has_fields(text):
            yield _problem(source, text, f"tags.{name}", "tags")


def _has_fields(text: Text) -> bool:
    """Return whether a text would be a template that reads fields, where there are templates."""
    try:
        found = templates.parse(text).expressions
    except Fault:
        return False
    return any(isinstance(each, Field) for node in found for each in variables(node))


def _problem(source: KnownSource, text: Text, key: str, wanted: str) -> Problem:
    what = "is no template here: its braces are sent as they stand"
    fix = f"write it in the rules, as `{wanted}`" if source.config.spans else "leave them out"
    return warning(text, 0, key, what, fix)
