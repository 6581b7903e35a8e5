"""What is known of a source before a line of it is read: which fields its lines can have.

Made once a source by `findings`, and asked by all that judge it. JSON can have any field, so nothing is
known of it; a pattern gives its groups and nothing else, each as text. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from logtrace.config.model import SourceConfig, Text
from logtrace.errors import Mark, Problem, Severity
from logtrace.mapping import CheckedSource
from logtrace.mapping.nodes import Field, Variable
from logtrace.mapping.texts import excerpt
from logtrace.model import Parser
from logtrace.parse.columns import known_as
from logtrace.parse.envelopes import FIELDS
from logtrace.parse.grok import Expansion
from logtrace.parse.grok_names import NAMES

_MOST_NAMES = 8


@dataclass(frozen=True)
class KnownSource:
    """A source, its checked rules, and the parser of its lines."""

    config: SourceConfig
    checked: CheckedSource
    parser: Parser

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Fields that the lines can have; empty where that is not known."""
        return (*self._kinds, *self._outer) if self._kinds else ()

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """The fields that the format gives, and `int` or `float` where they are numbers."""
        config = self.config
        if config.format == "regex" and config.pattern is not None:
            return dict.fromkeys(re.compile(config.pattern, re.DOTALL).groupindex, "")
        if config.format == "grok" and config.pattern is not None:
            names = {**NAMES, **config.patterns}
            return {field.name: field.kind for field in Expansion(config.pattern, names).fields}
        if config.columns:
            made = ("ts",) if config.format == "w3c" else ()
            return dict.fromkeys((*known_as(config.columns), *made), "")
        return {}

    @property
    def _outer(self) -> tuple[str, ...]:
        """The fields of the envelope around each line."""
        return FIELDS[self.config.unwrap] if self.config.unwrap else ()

    def is_text(self, field: Field) -> bool:
        """Return whether every value of a field that there is is text."""
        return self._kinds.get(field.name) == "" and field.name not in self.config.json

    def gives(self, variable: Variable) -> bool:
        """Return whether a line can have a field; yes where that is not known."""
        if not isinstance(variable, Field) or not self.names:
            return True
        head, dot, _ = variable.name.partition(".")
        return variable.name in self.names or bool(dot and head in self.config.json)

    def instead(self, name: str, more: tuple[str, ...] = ()) -> str:
        """Return what to do about a field that there is not; `more` are groups of its rule."""
        known = [*self.names, *more]
        close = get_close_matches(name.lower(), [each.lower() for each in known], n=1)
        if close:
            meant = next(each for each in known if each.lower() == close[0])
            return f"did you mean {meant!r}?"
        shown = ", ".join(known[:_MOST_NAMES]) + (", …" if len(known) > _MOST_NAMES else "")
        return f"its lines have {shown}"


def warning(text: Text, index: int, key: str, what: str, fix: str = "") -> Problem:
    """Return a warning of what stands at one character of a text."""
    return located(text.at(index), key, what, fix, excerpt(text, index))


def located(mark: Mark, key: str, what: str, fix: str = "", shown: str = "") -> Problem:
    """Return a warning of what stands at a place."""
    return Problem(mark, key, what, fix, Severity.WARNING, shown)
