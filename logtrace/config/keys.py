"""What a key of the configuration is: its sentence, its hints, and the text that knows its place.

`model` and `cases` are written with it; `shape` reads it off them. Pure.
"""

from __future__ import annotations

from typing import Any

import msgspec

from logtrace.errors import Mark


class Text(str):
    """A scalar of the configuration that remembers its place.

    Attributes:
        mark: where the scalar's text begins (behind an opening quote).
        plain: whether the text stands in the file as it is, on one line and without escapes, so
            that character `i` of it is at column `mark.column + i`.
    """

    mark: Mark
    plain: bool

    def __new__(cls, value: str, mark: Mark, plain: bool = True) -> Text:
        """Make a text of `value` that stands at `mark`."""
        text = super().__new__(cls, value)
        text.mark = mark
        text.plain = plain
        return text

    def at(self, index: int) -> Mark:
        """Return the place of character `index`, or of the text where that cannot be known."""
        if not self.plain:
            return self.mark
        return Mark(self.mark.file, self.mark.line, self.mark.column + index)


def key(description: str, **extra: Any) -> msgspec.Meta:
    """Return the annotation of a configuration key: its sentence, and hints for the reader.

    Hints: `name` as written in YAML, if not the field's; `reads` how the text is read (`duration`,
    `wait`, `path`, `url`, `line`, `length`, `moment`); `least` the smallest number; `required` where
    the model alone does not say it; `rules` the kinds of rule that it goes with; `bare` the key that a
    lone scalar stands for; `empty` whether an empty text means something; `flat` for a section whose
    keys stand among those of the section around it.
    """
    return msgspec.Meta(description=description, extra=extra or None)


def duration(description: str, **extra: Any) -> msgspec.Meta:
    """Return the annotation of a key that takes a duration such as `30s`; the model holds ns."""
    return key(description, reads="duration", least=1, **extra)


Expression = Text
"""A condition, such as `status >= 500`."""

Template = Text
"""A value, such as `"{method} {route}"`."""

Pattern = Text
"""A regular expression."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping of the configuration; every field is a key unless it is `mark`."""
