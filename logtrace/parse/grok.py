r"""Grok: `%{IPORHOST:client} \[%{HTTPDATE:time}\] %{NUMBER:took:float}`, made a regular expression.

Called once for each source by `parse.build`. `%{NAME}` stands for an expression, `%{NAME:field}` makes
what it matches a field, `%{NAME:field:int}` and `:float` a number. Names are those of `grok_names` and
of the source's own `patterns:`, which may use one another. All else is a regular expression,
`(?<field>…)` too. As with `format: regex` the pattern must match from the start of a line, may not
stall, and `.` takes newlines. A field may stand several times, in alternatives for example: the first
that took part counts.

A problem is said at the character of the pattern where it is. Content never raises: what is no number
stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from logtrace.config.model import SourceConfig, Text
from logtrace.config.scalars import suggestion
from logtrace.errors import ConfigError, Problem
from logtrace.parse.grok_names import NAMES
from logtrace.parse.regex import RegexParser
from logtrace.parse.rows import Rows
from logtrace.patterns.bounded import Bounded, Unusable, build

DEEPEST = 20
LARGEST = 64 * 1024
"""Bounds of what a pattern becomes: names within names, and characters."""

_PIECE = re.compile(
    r"\\.|%\{[^}]*\}?|\(\?P?<(?P<group>[A-Za-z_]\w*)>|\[\^?\]?(?:\\.|[^\]\\])*+\]", re.DOTALL
)
_REFERENCE = re.compile(r"%\{(\w+)(?::((?:\[[^\]\[:]+\])+|[\w.@-]+)(?::(\w+))?)?\}").fullmatch
_KINDS = ("int", "float")
_LONGEST_NUMBER = 400


class _Field(NamedTuple):
    """A group of the expression that is a field, and the kind of number that it is, or ""."""

    name: str
    kind: str


class _Origin(NamedTuple):
    """Where a part of the expression comes from: it begins at `made`, in the pattern at `written`."""

    made: int
    written: int
    literal: bool


class Expansion:
    """A grok pattern as a regular expression.

    Attributes:
        text: the expression; its groups `g0`, `g1`, … are fields.
        fields: what each of them is.
    """

    def __init__(self, pattern: str, names: Mapping[str, str]) -> None:
        """Expand a pattern; raises Unusable, with the place in the pattern."""
        self.text = ""
        self.fields: list[_Field] = []
        self._names = names
        self._origins: list[_Origin] = []
        self._expand(pattern, ())

    def origin(self, index: int) -> int:
        """Return the place in the pattern that a place in the expression comes from."""
        made, written, literal = max(
            (origin for origin in self._origins if origin.made <= index), default=(0, 0, True)
        )
        return written + index - made if literal else written

    def _expand(self, pattern: str, within: tuple[str, ...]) -> None:
        """Append a pattern, the definitions `within` being the ones that it stands in."""
        at = 0
        for piece in _PIECE.finditer(pattern):
            start = piece.start()
            if start < at:
                continue
            self._literal(pattern[at:start], at, within)
            at = piece.end()
            if piece[0].startswith("%{"):
                if not within:
                    self._origins.append(_Origin(len(self.text), start, literal=False))
                try:
                    self._reference(piece, within)
                except Unusable as error:
                    raise Unusable(error.what, error.fix, start) from None
            elif group := piece["group"]:
                if not within:
                    self._origins.append(_Origin(len(self.text), start, literal=False))
                self._open(group, "")
            else:
                self._literal(piece[0], start, within)
        self._literal(pattern[at:], at, within)
        if len(self.text) > LARGEST:
            raise Unusable(f"becomes more than {LARGEST} characters", "use fewer names")

    def _literal(self, text: str, at: int, within: tuple[str, ...]) -> None:
        if text and not within:
            self._origins.append(_Origin(len(self.text), at, literal=True))
        self.text += text

    def _open(self, field: str, kind: str) -> None:
        """Begin a group that is a field."""
        self.text += f"(?P<g{len(self.fields)}>"
        self.fields.append(_Field(field, kind))

    def _reference(self, piece: re.Match[str], within: tuple[str, ...]) -> None:
        """Append what a `%{…}` stands for."""
        match = _REFERENCE(piece[0])
        if match is None:
            fix = r"write %{NAME}, %{NAME:field} or %{NAME:field:int}; \%{ is as it stands"
            raise Unusable(f"{piece[0][:40]!r} is no reference to a name", fix)
        name, field, kind = match[1], match[2], match[3] or ""
        if kind and kind not in _KINDS:
            raise Unusable(f"unknown kind {kind!r}", f"use {' or '.join(_KINDS)}, or none")
        definition = self._names.get(name)
        if definition is None:
            near = suggestion(name, list(self._names))
            fix = f"did you mean {near}?" if near else "define it in `patterns:` of the source"
            raise Unusable(f"no such name as {name}", fix)
        if name in within or len(within) >= DEEPEST:
            raise Unusable(f"{name} stands for itself", "take it out of its own definition")
        if field is None:
            self.text += "(?:"
        else:
            self._open(field.strip("[]").replace("][", "."), kind)
        self._expand(definition, (*within, name))
        self.text += ")"


class GrokParser(RegexParser):
    """A `model.Parser` of text lines; a row is the tuple of all groups, the numbers as numbers."""

    def __init__(
        self, pattern: Bounded, fields: Sequence[_Field], more: Sequence[str] = ()
    ) -> None:
        """Take an expression and what its groups `g0`, … are."""
        super().__init__(pattern, more)
        places = [pattern.groupindex[f"g{number}"] - 1 for number in range(len(fields))]
        several: dict[str, list[int]] = {}
        for field, place in zip(fields, places, strict=True):
            several.setdefault(field.name, []).append(place)
        self._slots = {name: found[0] for name, found in several.items()} | {
            name: number for number, name in enumerate(more, pattern.pattern.groups)
        }
        self._merged = [found for found in several.values() if len(found) > 1]
        self._numbers = [
            (place, _integer if field.kind == "int" else _number)
            for field, place in zip(fields, places, strict=True)
            if field.kind
        ]

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Match each text."""
        rows = super().parse_texts(texts)
        if not (self._merged or self._numbers):
            return rows
        return rows._replace(rows=[self._finished(row) for row in rows.rows])

    def _finished(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a row with its numbers, and each field in the first of its groups."""
        values = list(row)
        for place, number in self._numbers:
            if values[place] is not None:
                values[place] = number(values[place])
        for places in self._merged:
            taken = (values[place] for place in places if values[place] is not None)
            values[places[0]] = next(taken, None)
        return tuple(values)


def build_grok(source: SourceConfig, more: Sequence[str] = ()) -> GrokParser:
    """Return the parser of a source's pattern.

    Raises:
        ConfigError: with all problems of the pattern and of the definitions.
    """
    names = {**NAMES, **source.patterns}
    problems: list[Problem] = []
    for name, text in source.patterns.items():
        if problem := _problem(text, names, f"patterns.{name}", name):
            problems.append(problem)
    # what is wrong with a definition is said once, not where it is used again
    names |= {problem.key.partition(".")[2]: "" for problem in problems}
    if source.pattern is None:
        fix = r"add one, such as '%{IPORHOST:client} \[%{HTTPDATE:time}\] %{GREEDYDATA:message}'"
        problems.append(Problem(source.mark, "pattern", "missing; format grok needs it", fix))
    elif problem := _problem(source.pattern, names, "pattern"):
        problems.append(problem)
    if problems or source.pattern is None:
        raise ConfigError(problems)
    expansion = Expansion(source.pattern, names)
    return GrokParser(build(expansion.text, re.DOTALL), expansion.fields, more)


def _problem(text: Text, names: Mapping[str, str], key: str, name: str = "") -> Problem | None:
    """Return what is wrong with a pattern, or with the definition of a name."""
    expansion = None
    try:
        if name and not name.replace("_", "").isalnum():
            raise Unusable("is no name", "use letters, digits and _")
        expansion = Expansion(text, names)
        if name:
            re.compile(expansion.text)  # what it can be used for is seen where it is used
        elif not expansion.fields:
            raise Unusable("names no field", "write %{NAME:field}")
        else:
            build(expansion.text, re.DOTALL)
    except Unusable as error:
        index = expansion.origin(error.index) if expansion else error.index
        return Problem(text.at(index), key, error.what, error.fix)
    except (re.error, OverflowError, RecursionError) as error:
        at = getattr(error, "pos", None) or 0
        index = expansion.origin(at) if expansion else 0
        what = f"not a regular expression: {getattr(error, 'msg', 'too large')}"
        return Problem(text.at(index), key, what)
    return None


def _integer(text: str) -> int | str:
    """Return the whole number that a text is, else the text."""
    try:
        return int(text) if len(text) < _LONGEST_NUMBER else text
    except ValueError:
        return text


def _number(text: str) -> float | str:
    """Return the finite number that a text is, else the text."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if abs(number) < float("inf") else text
