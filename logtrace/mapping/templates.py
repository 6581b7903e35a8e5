"""Parses templates, such as `{method} {route}`.

Called by `rules` while a configuration is checked. In: text of the configuration, and which filters have
a meaning at its place; out: a `Template`. Text without braces is a constant; one `{expression}` and
nothing else keeps the type of its value; otherwise the values' texts are joined. Mistakes are Faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from logtrace.mapping.advice import FILTERS, nearest
from logtrace.mapping.expressions import MAX_LENGTH, parse_part
from logtrace.mapping.lexer import UNITS, Fault
from logtrace.mapping.nodes import Call, Field, Node, Side, Variable, bind, variables

TEXT_FILTERS = (
    *("lower", "upper"),
    *("obfuscate_sql", "obfuscate_redis", "obfuscate_url", "path_template"),
)
ID_FILTERS = ("hex", "decimal", "hash")
LINE_FILTERS = ("first", "last")
MAX_FILTERS = 4

_LITERAL = re.compile(r"(?:[^{}]|\{\{|\}\})*")
_FILTER = re.compile(r"\|\s*(\w*)\s*")


@dataclass(frozen=True, slots=True)
class Template:
    """A value that is made for each span.

    Attributes:
        parts: constant texts and expressions, in order; no two texts in a row, none empty.
        dialect: how an id is to be read: `hex`, `decimal`, `hash`, `b3`, or None for by its shape.
    """

    parts: tuple[str | Node, ...]
    dialect: str | None = None

    @property
    def constant(self) -> str | None:
        """The text, if nothing of it comes from the line."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return first if isinstance(first, str) and len(self.parts) == 1 else None

    @property
    def single(self) -> Node | None:
        """The expression, if the template is that and nothing else."""
        first = self.parts[0] if len(self.parts) == 1 else None
        return None if isinstance(first, str) else first

    @property
    def expressions(self) -> tuple[Node, ...]:
        """The expressions in it."""
        return tuple(part for part in self.parts if not isinstance(part, str))

    def variables(self) -> Iterator[Variable]:
        """Yield the fields and groups that the template reads."""
        for node in self.expressions:
            yield from variables(node)

    def bind(self, place: Callable[[Field], Variable]) -> Template:
        """Return the same template with `place(field)` instead of each field."""
        parts = (part if isinstance(part, str) else bind(part, place) for part in self.parts)
        return Template(tuple(parts), self.dialect)


def parse(text: str, filters: tuple[str, ...] = TEXT_FILTERS) -> Template:
    """Return the template that `text` is.

    Args:
        text: as the configuration has it.
        filters: those that have a meaning at its place.

    Raises:
        Fault: at the first mistake.
    """
    if len(text) > MAX_LENGTH:
        raise Fault(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    text = str(text)
    parts: list[str | Node] = []
    dialect, index = None, 0
    while True:
        literal = _LITERAL.match(text, index)
        assert literal is not None
        if literal[0]:
            parts.append(literal[0].replace("{{", "{").replace("}}", "}"))
        index = literal.end()
        if index == len(text):
            break
        if text[index] == "}":
            raise Fault("a `}` without its `{`", index, "write `}}` for a brace")
        node, dialect, end = _slot(text, index, filters)
        if dialect is not None and (parts or end != len(text)):
            raise Fault(f"the filter {dialect!r} needs the whole value", index)
        parts.append(node)
        index = end
    return Template(tuple(parts), dialect)


def split_unit(template: Template) -> tuple[Template, int | None]:
    """Return the value of a duration and the nanoseconds of the unit that follows it, if one does."""
    if len(template.parts) == 2:
        value, unit = template.parts
        if not isinstance(value, str) and isinstance(unit, str) and unit.strip() in UNITS:
            return Template((value,)), UNITS[unit.strip()]
    return template, None


def _slot(text: str, start: int, filters: tuple[str, ...]) -> tuple[Node, str | None, int]:
    """Parse one `{expression | filter}`; return it, its dialect, and the index behind it."""
    if text[start + 1 :].lstrip().startswith("}"):
        raise Fault("nothing stands within the braces", start, "name a field, or write `{{}}`")
    node, index = parse_part(text, start + 1, "|}")
    dialect = None
    for _ in range(MAX_FILTERS):
        if text[index : index + 1] != "|":
            break
        match = _FILTER.match(text, index)
        assert match is not None
        name = match[1]
        if name not in filters:
            raise _no_filter(name, match.start(1), filters)
        if dialect is not None:
            what = f"{name!r} stands behind {dialect!r}, which makes an id of the text"
            fix = "keep one" if name in ID_FILTERS else f"write {{… | {name} | {dialect}}}"
            raise Fault(what, match.start(1), fix)
        if name in ID_FILTERS:
            dialect = name
        elif name in LINE_FILTERS:
            node = bind(node, _reading("first" if name == "first" else "last"))
        else:
            node = Call(name, (node,))
        index = match.end()
    if text[index : index + 1] == "|":
        raise Fault(f"more than {MAX_FILTERS} filters", index)
    if index == len(text):
        raise Fault("a `{` without its `}`", start, "write `{{` for a brace")
    if text[index] != "}":
        what = f"unexpected {text[index]!r} behind a filter"
        raise Fault(what, index, "a filter is a name alone, such as {x | lower}")
    return node, dialect, index + 1


def _no_filter(name: str, index: int, filters: tuple[str, ...]) -> Fault:
    """Return what is wrong with the name of a filter, and which are known at its place."""
    if not name:
        fix = "coalesce(a, b) is a, or b where a is missing"
        return Fault("a filter's name is missing", index, fix)
    if name in LINE_FILTERS:
        return Fault(f"the filter {name!r} means nothing here", index, "it goes with group")
    if name in ID_FILTERS:
        fix = "it goes with trace_id, span_id and parent_id"
        return Fault(f"the filter {name!r} means nothing here", index, fix)
    return Fault(f"unknown filter {name!r}", index, FILTERS.get(name) or nearest(name, filters))


def _reading(side: Side) -> Callable[[Field], Variable]:
    return lambda field: replace(field, side=side)
