"""Reads the expressions, templates and patterns of one source, and collects what is wrong in them.

Called by `rules` only. In: a `Text` of the configuration and the place its fields are read in; out: what
it means, with bound fields, or None when it has a problem. Problems point at the character.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from logtrace.config.model import Text
from logtrace.errors import Mark, Problem, Severity
from logtrace.mapping import expressions, templates
from logtrace.mapping.checked import Written
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import (
    Binary,
    Element,
    Exists,
    Extracted,
    Field,
    Node,
    Side,
    Variable,
    bind,
    walk,
)
from logtrace.mapping.templates import TEXT_FILTERS, Template
from logtrace.patterns.bounded import Bounded

_START = "start."
_EACH = "each."
_EXCERPT = 96

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the fields of a text are read.

    Attributes:
        side: in which line.
        groups: names that are groups of the rule's `extract`.
        paired: whether the rule has a start line, which `start.x` names; None: it has, but it is not
            known yet.
        elements: names of the lists of a child that is made `each` of some, which `each.x` names.
    """

    side: Side = "line"
    groups: tuple[str, ...] = ()
    paired: bool | None = False
    elements: tuple[str, ...] = ()

    def __call__(self, field: Field) -> Variable:
        """Return the field as it is read here."""
        name, side = field.name, self.side if field.side == "line" else field.side
        if self.paired is not False and name.startswith(_START) and not field.exact:
            if self.paired is None:
                raise Fault(
                    f"{name} is not known before the start has found its end",
                    field.at,
                    f'write field["{name}"] if that is one field\'s name',
                )
            name, side = name.removeprefix(_START), "first"
        if self.elements and name.startswith(_EACH) and not field.exact:
            return self._element(field)
        if name in self.groups and not field.exact:
            return Extracted(name, side)
        return Field(name, field.exact, side, field.at)

    def _element(self, field: Field) -> Element:
        name = field.name.removeprefix(_EACH)
        if name not in self.elements:
            known = ", ".join(_EACH + element for element in self.elements)
            raise Fault(f"no list of `each` is called {name!r}", field.at, f"there are {known}")
        return Element(name)


@dataclass(slots=True)
class Texts:
    """What was read of one source.

    Attributes:
        problems: what is wrong, in no order.
        fields: names of the fields that are read, and how often each is named.
        written: what could be read, in the order of reading.
    """

    problems: list[Problem] = field(default_factory=list)
    fields: Counter[str] = field(default_factory=Counter)
    written: list[Written] = field(default_factory=list)
    _hyphens: list[tuple[Text, str, Field, Field]] = field(default_factory=list)

    def expression(
        self, text: Text | None, key: str, place: Callable[[Field], Variable]
    ) -> Node | None:
        """Return the tree of a condition, with `place(field)` instead of each field."""
        if text is None:
            return None
        node = self._parsed(lambda given: bind(expressions.parse(given), place), text, key)
        if node is not None:
            self.written.append(Written(text, key, node))
            self._note(text, key, node)
        return node

    def template(
        self, text: Text | None, key: str, place: Place, filters: tuple[str, ...] = TEXT_FILTERS
    ) -> Template | None:
        """Return the parts of a template."""
        if text is None:
            return None
        template = self._parsed(
            lambda given: templates.parse(given, filters).bind(place), text, key
        )
        if template is not None:
            self.written.append(Written(text, key, template))
            for node in template.expressions:
                self._note(text, key, node)
        return template

    def pattern(self, text: Text, key: str) -> Bounded | None:
        """Return a regular expression, compiled."""
        return self._parsed(expressions.pattern, text, key)

    def read(self, fields: Iterable[Field]) -> None:
        """Note that fields are read that no expression names."""
        self.fields.update(field.name for field in fields)

    def problem(self, mark: Mark, key: str, what: str, fix: str = "") -> None:
        """Note what is wrong with a key."""
        self.problems.append(Problem(mark, key, what, fix))

    def warnings(self) -> Iterator[Problem]:
        """Yield a warning for each `a-b` whose parts are used nowhere else: it may be one name."""
        pairs = Counter((left.name, right.name) for _, _, left, right in self._hyphens)
        for text, key, left, right in self._hyphens:
            uses = pairs[left.name, right.name]
            if self.fields[left.name] == self.fields[right.name] == uses:
                name = f"{left.name}-{right.name}"
                yield Problem(
                    text.at(left.at),
                    key,
                    f"{name} subtracts, and neither part is used elsewhere",
                    f'write field["{name}"] if that is one field\'s name',
                    Severity.WARNING,
                    excerpt(text, left.at),
                )

    def _parsed(self, parse: Callable[[str], T], text: Text, key: str) -> T | None:
        try:
            return parse(text)
        except Fault as fault:
            mark, shown = text.at(fault.index), excerpt(text, fault.index)
            self.problems.append(Problem(mark, key, fault.what, fault.fix, excerpt=shown))
            return None

    def _note(self, text: Text, key: str, tree: Node) -> None:
        """Note the fields of an expression, and where `a-b` is written without blanks."""
        for node in walk(tree):
            match node:
                case Field():
                    self.fields[node.name] += 1
                case Binary("-", Field() as left, (Field() as right) | Exists(Field() as right)):
                    if left.at + len(left.name) + 1 == right.at:
                        self._hyphens.append((text, key, left, right))


def excerpt(text: str, index: int) -> str:
    """Return the line of `text` around a character, and below it a caret that points there."""
    start = text.rfind("\n", 0, index) + 1
    line = text[start:].partition("\n")[0]
    cut = max(0, index - start - _EXCERPT // 2)
    shown = "".join(char if char.isprintable() else " " for char in line[cut : cut + _EXCERPT])
    return f"    {shown}\n    {' ' * (index - start - cut)}^"
