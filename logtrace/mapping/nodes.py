"""The tree that an expression is parsed into.

`expressions` makes it, `rules` binds its fields to a rule, and two walk it: `interpreter`, which says
what it means, and `conditions`, which turns it into Python. Nodes are values: two that are written
alike are equal, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from logtrace.patterns.bounded import Bounded

Scalar = None | bool | int | float | str

Side = Literal["line", "first", "last", "both"]
"""Where a variable is read: in the line at hand, or in the first or last line of a half-span; `both`:
in the last where it has it, else in the first."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; a tuple of scalars only to the right of `in`."""

    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the line. `exact`: the name is one flat key, though it may hold dots."""

    name: str
    exact: bool = False
    side: Side = "line"
    at: int = field(default=0, compare=False)
    """Index of the name in the text, for messages."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A named group of the rule's `extract`."""

    name: str
    side: Side = "line"


INDEX = "index"
"""The element that is no list's: the place in the lists, from 0."""


@dataclass(frozen=True, slots=True)
class Element:
    """What stands at one place of a list that a child span is made `each` of."""

    name: str
    side: Side = "line"
    """Of no meaning: the lists have been read where the child's other fields are."""


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether a field has a value."""

    operand: Variable


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of an operand's truth."""

    operand: Node


@dataclass(frozen=True, slots=True)
class All:
    """`and`: whether all terms are true."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`or`: whether one term is true."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with the other sign."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and `== != < <= > >= + - * / % in startswith endswith contains`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Matches:
    """Whether a pattern is found in a text."""

    operand: Node
    pattern: Bounded


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `operators.FUNCTIONS` with its arguments."""

    function: str
    arguments: tuple[Node, ...]


Variable = Field | Extracted | Element
Node = Constant | Variable | Exists | Not | All | AnyOf | Negative | Binary | Matches | Call


def children(node: Node) -> tuple[Node, ...]:
    """Return the operands of a node."""
    match node:
        case Constant() | Field() | Extracted() | Element():
            return ()
        case Exists(operand) | Not(operand) | Negative(operand) | Matches(operand, _):
            return (operand,)
        case All(terms) | AnyOf(terms):
            return terms
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order in which they are written."""
    yield node
    for child in children(node):
        yield from walk(child)


def variables(node: Node) -> Iterator[Variable]:
    """Yield the fields, groups and elements that an expression reads, as often as it names them."""
    return (part for part in walk(node) if isinstance(part, Variable))


def bind(node: Node, place: Callable[[Field], Variable]) -> Node:
    """Return the same expression with `place(field)` instead of each field."""
    match node:
        case Field():
            return place(node)
        case Constant() | Extracted() | Element():
            return node
        case Exists(operand):
            inner = bind(operand, place)
            assert isinstance(inner, Variable)
            return Exists(inner)
        case Not(operand):
            return Not(bind(operand, place))
        case Negative(operand):
            return Negative(bind(operand, place))
        case Matches(operand, pattern):
            return Matches(bind(operand, place), pattern)
        case All(terms):
            return All(tuple(bind(term, place) for term in terms))
        case AnyOf(terms):
            return AnyOf(tuple(bind(term, place) for term in terms))
        case Binary(operator, left, right):
            return Binary(operator, bind(left, place), bind(right, place))
        case Call(function, arguments):
            return Call(function, tuple(bind(argument, place) for argument in arguments))
