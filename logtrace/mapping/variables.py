"""Generates the code that loads fields: from a row, or from the lines of a half-span.

Used by `codegen`, through `conditions`. A variable is loaded where it is first needed; the writer knows
how far that holds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from logtrace.mapping import operators, runtime
from logtrace.mapping.checked import Extract, Rule
from logtrace.mapping.nodes import Extracted, Field, Variable
from logtrace.mapping.writer import Writer
from logtrace.model import Parser


class Variables(Protocol):
    """Where generated code finds fields and groups."""

    def load(self, variable: Variable) -> str:
        """Return a name that holds the variable, having written what loads it."""
        ...


class RowVariables:
    """Fields of the row `r`, and groups extracted from it."""

    def __init__(self, writer: Writer, parser: Parser) -> None:
        self._writer = writer
        self._parser = parser
        self._names: dict[Field, str] = {}

    def has(self, field: Field) -> bool:
        """Return whether any line can have the field."""
        heads = (field.name, field.name.partition(".")[0])
        names = heads[:1] if field.exact else heads
        return any(self._parser.slot(name) is not None for name in names)

    def is_loaded(self, variable: Variable) -> bool:
        """Return whether a name holds the variable already."""
        return self._writer.known(replace(variable, side="line")) is not None

    def load(self, variable: Variable) -> str:
        """See `Variables`; in a row there is no side."""
        variable = replace(variable, side="line")
        name = self._writer.known(variable)
        if name is not None:
            return name
        assert isinstance(variable, Field), "groups are known where they are extracted"
        if variable not in self._names:
            self._names[variable] = self._writer.name("f")
        name = self._names[variable]
        self._load_field(variable, name)
        self._writer.know(variable, name)
        return name

    def extract(self, extract: Extract) -> None:
        """Write what extracts a rule's groups."""
        writer = self._writer
        source = self.load(extract.field)
        search = writer.bind(extract.pattern.search, "p")
        writer.use(found=operators.found)
        names = [writer.name("g") for _ in extract.groups]
        numbers = [extract.pattern.groupindex[group] for group in extract.groups]
        slow = f"found({source}, {search})"
        writer.line(f"m = {search}({source}) if {source}.__class__ is str else {slow}")
        with writer.block("if m is None:"):
            writer.line(" = ".join((*names, "None")))
        with writer.block("else:"):
            groups = ", ".join(str(number) for number in numbers)
            writer.line(f"{', '.join(names)} = m.group({groups})")
        for group, name in zip(extract.groups, names, strict=True):
            writer.know(Extracted(group), name)

    def _load_field(self, field: Field, name: str) -> None:
        writer = self._writer
        head, dot, rest = field.name.partition(".")
        flat = self._slot(field.name)
        nested = self._slot(head) if dot and not field.exact else None
        if nested is None:
            writer.line(f"{name} = {flat}")
            return
        outer = self.load(Field(head, exact=True))
        if flat is None:
            self._dig(name, outer, rest)
            return
        writer.line(f"{name} = {flat}")
        with writer.block(f"if {name} is None:"):
            self._dig(name, outer, rest)

    def _dig(self, name: str, outer: str, path: str) -> None:
        """Write what takes a nested field out of a value."""
        writer = self._writer
        key = writer.bind(path)
        if "." in path:
            writer.use(dig=runtime.dig)
            writer.line(f"{name} = dig({outer}, {key})")
        else:
            writer.line(f"{name} = {outer}.get({key}) if {outer}.__class__ is dict else None")

    def _slot(self, name: str) -> str | None:
        number = self._parser.slot(name)
        if number is None:
            return None
        return f"r.f{number}" if self._parser.row == "attribute" else f"r[{number}]"


class HalfVariables:
    """Variables of a half-span: `a` holds the values of its first line, `b` those of its last."""

    def __init__(self, writer: Writer, rule: Rule) -> None:
        self._writer = writer
        self._places = {variable: place for place, variable in enumerate(rule.kept)}

    def load(self, variable: Variable) -> str:
        """See `Variables`."""
        name = self._writer.known(variable)
        if name is not None:
            return name
        place = self._places[replace(variable, side="line")]
        name = self._writer.name("v")
        lines = "a" if variable.side == "first" else "b"
        self._writer.line(f"{name} = {lines}[{place}]")
        if variable.side == "both":
            with self._writer.block(f"if {name} is None:"):
                self._writer.line(f"{name} = a[{place}]")
        self._writer.know(variable, name)
        return name
