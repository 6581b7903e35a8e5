"""Evaluates expressions and templates of the checked tree, slowly and plainly.

Called by the interpreter, and at compile time for the values of constant expressions. In: a node or a
template, and what gives the value of a variable; out: a value. Never raises for what a line holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logtrace.mapping import operators, runtime, values
from logtrace.mapping.checked import Parts
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
    Variable,
)
from logtrace.mapping.templates import Template

Read = Callable[[Variable], Any]
"""Gives the value of a variable."""


def evaluate(node: Node, read: Read) -> Any:
    """Return the value of an expression; as a condition it holds if that is true in Python's sense."""
    match node:
        case Constant(value):
            return value
        case Field() | Extracted() | Element():
            return read(node)
        case Exists(operand):
            return read(operand) is not None
        case Not(operand):
            return not evaluate(operand, read)
        case All(terms):
            return all(evaluate(term, read) for term in terms)
        case AnyOf(terms):
            return any(evaluate(term, read) for term in terms)
        case Negative(operand):
            return operators.negative(evaluate(operand, read))
        case Matches(operand, pattern):
            return operators.found(evaluate(operand, read), pattern.search) is not None
        case Binary(operator, left, right):
            return operators.OPERATORS[operator](evaluate(left, read), evaluate(right, read))
        case Call(function, arguments):
            return operators.FUNCTIONS[function].call(*(evaluate(node, read) for node in arguments))


def value_of(template: Template | None, read: Read) -> Any:
    """Return what a template makes: the typed value of a single expression, else text, or None."""
    if template is None:
        return None
    if template.single is not None:
        return evaluate(template.single, read)
    pieces = []
    for part in template.parts:
        value = part if isinstance(part, str) else evaluate(part, read)
        if value is None:
            return None
        pieces.append(values.text(value))
    return "".join(pieces)


def text_of(template: Template | None, read: Read) -> str | None:
    """Return what a template makes, as text."""
    value = value_of(template, read)
    return None if value is None else values.text(value)


def tags_of(parts: Parts, read: Read) -> dict[str, str]:
    """Return the tags that have a value."""
    tags = dict(parts.meta)
    for key, template in parts.tags.items():
        text = text_of(template, read)
        if text is not None:
            tags[key] = text
    return tags


def metrics_of(parts: Parts, read: Read) -> dict[str, float]:
    """Return the metrics that are numbers."""
    metrics = {}
    for key, template in parts.metrics.items():
        number = runtime.metric(value_of(template, read))
        if number is not None:
            metrics[key] = number
    return metrics
