"""Runs a regular expression in time that grows with the text alone: by RE2, where that is installed.

Called by `bounded` for patterns that Python's own engine could take too long for. It takes four to ten
times as long as that on ordinary lines, so nothing else is run by it. RE2 is an extra (`logtrace[re2]`),
loaded when the first pattern needs it. Pure; no state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from logtrace.patterns.translation import translate


@cache
def engine() -> Any:
    """Return the module `re2`, None where it is not installed."""
    try:
        return import_module("re2")
    except ImportError:
        return None


@dataclass(frozen=True, slots=True)
class LinearMatch:
    """What was found: the part of `re.Match` that is about groups."""

    texts: tuple[str | None, ...]
    names: Mapping[str, int]

    def groups(self) -> tuple[str | None, ...]:
        """Return the texts of all groups."""
        return self.texts

    def group(self, *numbers: int) -> Any:
        """Return the text of one group, or a tuple of those of several, by number."""
        if len(numbers) == 1:
            return self.texts[numbers[0] - 1]
        return tuple(self.texts[number - 1] for number in numbers)

    def groupdict(self) -> dict[str, str | None]:
        """Return the texts of named groups."""
        return {name: self.texts[number - 1] for name, number in self.names.items()}

    def __getitem__(self, group: int | str) -> str | None:
        return self.texts[(self.names[group] if isinstance(group, str) else group) - 1]


MOST_WORK = 1 << 30
"""Characters of a text times parts of the pattern, as RE2 counts them with each `{n}` written out: a
second. What is beyond that is not seen, as if the text ended there."""


class Linear:
    """A pattern compiled by RE2. Takes any text; half a surrogate pair in it counts as `?`."""

    def __init__(self, compiled: Any, names: Mapping[str, int]) -> None:
        self._compiled = compiled
        self._names = names
        self._longest = MOST_WORK // compiled.programsize

    def match(self, text: str) -> LinearMatch | None:
        """Match from the start of a text."""
        return self._found(self._compiled.match(self._seen(text)))

    def search(self, text: str) -> LinearMatch | None:
        """Search a text."""
        return self._found(self._compiled.search(self._seen(text)))

    def _seen(self, text: str) -> bytes:
        return text[: self._longest].encode("utf-8", "replace")

    def _found(self, match: Any) -> LinearMatch | None:
        if match is None:
            return None
        texts = (None if part is None else part.decode() for part in match.groups())
        return LinearMatch(tuple(texts), self._names)


def build(pattern: re.Pattern[str]) -> Linear | None:
    """Return the pattern for RE2; None where it is not installed, or may find something else."""
    re2 = engine()
    text = translate(pattern.pattern, pattern.flags) if re2 is not None else None
    if re2 is None or text is None:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return Linear(re2.compile(text.encode(), options), pattern.groupindex)
    except re2.error:  # too large for it
        return None
