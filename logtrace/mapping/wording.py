"""Writes an expression out as a configuration would have it: for explanations.

Called by `explanation`, which needs the text of a part of an expression. What is written parses to the
same tree; blanks and brackets may differ from the original. Pure.
"""

from __future__ import annotations

from types import UnionType

from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Binary,
    Call,
    Constant,
    Element,
    Exists,
    Extracted,
    Field,
    Matches,
    Negative,
    Node,
    Not,
    Scalar,
)

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def worded(node: Node) -> str:
    """Return an expression as text."""
    match node:
        case Constant(value):
            return _constant(value)
        case Field(name, exact):
            return f"field[{_constant(name)}]" if exact else name
        case Extracted(name) | Element(name):
            return name
        case Exists(operand):
            return f"{worded(operand)} exists"
        case Not(operand):
            return f"not {_inner(operand)}"
        case All(terms):
            return " and ".join(_term(term, All | AnyOf) for term in terms)
        case AnyOf(terms):
            return " or ".join(_term(term, AnyOf) for term in terms)
        case Negative(operand):
            return f"-{_inner(operand)}"
        case Matches(operand, pattern):
            text = pattern.pattern.pattern
            quote = "'" if '"' in text else '"'
            return f"{_inner(operand)} matches {quote}{text}{quote}"
        case Binary(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Call(function, arguments):
            return f"{function}({', '.join(map(worded, arguments))})"


def _term(node: Node, looser: UnionType | type) -> str:
    """Return what `and` or `or` joins: in brackets only what binds no tighter."""
    return f"({worded(node)})" if isinstance(node, looser) else worded(node)


def _inner(node: Node) -> str:
    """Return an operand, in brackets unless it holds together by itself."""
    text = worded(node)
    if isinstance(node, Constant | Field | Extracted | Element | Call):
        return text
    return f"({text})"


def _constant(value: Scalar | tuple[Scalar, ...]) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_constant, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)
