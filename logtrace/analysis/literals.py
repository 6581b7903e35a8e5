"""What single comparisons say of one another: which follow from which, and which exclude each other.

Called by `logic`. A *literal* is a condition without `and`, `or` and `not` at its top. All answers are
about every value a log can hold (text, number, truth value, list, object, nothing) and the operators as
`mapping.operators` has them: a number and a text that reads as one are equal, `!=` is false for unlike
values. Yes means certainly, no means that it is not known. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from logtrace.mapping import operators, values
from logtrace.mapping.evaluator import evaluate
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
    variables,
    walk,
)

IsText = Callable[[Field], bool]
"""Whether all values that a field can have are texts."""

COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ARITHMETIC = frozenset("+-*/%")
_ANY = frozenset(("text", "number", "truth", "other"))
_NUMBERS = frozenset(("int", "float", "len"))
_KINDS = {
    str: frozenset(("text",)),
    bool: frozenset(("truth",)),
    int: frozenset(("number",)),
    float: frozenset(("number",)),
}


def literal(node: Node) -> Node:
    """Return the same condition in the one form in which others are compared with it."""
    if not isinstance(node, Binary):
        return node
    operator, left, right = node.operator, node.left, node.right
    if operator in COMPARISONS and isinstance(left, Constant) and not isinstance(right, Constant):
        operator, left, right = _MIRRORED[operator], right, left
    if operator == "in" and len(options := _options(right)) == 1:
        return Binary("==", left, Constant(options[0]))
    return Binary(operator, left, right)


def never(node: Node, is_text: IsText) -> bool:
    """Return whether a literal holds for no line."""
    if not any(variables(node)):
        return not evaluate(node, _nothing)
    if not isinstance(node, Binary):
        return False
    if node.operator == "in":
        if not isinstance(node.right, Constant):
            return "other" not in _kinds(node.right, is_text)
        options = _options(node.right)
        return not any(_comparable(node.left, Constant(option), is_text) for option in options)
    if node.operator not in COMPARISONS:
        return False
    return not _comparable(node.left, node.right, is_text)


def always(node: Node) -> bool:
    """Return whether a literal holds for every line: it reads none of its fields."""
    return not any(variables(node)) and bool(evaluate(node, _nothing))


def constants(node: Node) -> tuple[type, ...]:
    """Return the types of the constants in an expression: to Python `1`, `1.0` and `true` are equal."""
    found: list[type] = []
    for part in walk(node):
        if isinstance(part, Constant):
            value = part.value
            found += map(type, value) if isinstance(value, tuple) else [type(value)]
    return tuple(found)


def same(one: Node, other: Node) -> bool:
    """Return whether two expressions are written alike."""
    return one == other and constants(one) == constants(other)


def implies(one: Node, other: Node) -> bool:
    """Return whether the literal `other` holds for every line that the literal `one` holds for."""
    if same(one, other):
        return True
    if isinstance(other, Exists):
        return other.operand in _needed(one)
    if isinstance(one, Binary) and one.operator == "in" and (options := _options(one.right)):
        return all(implies(Binary("==", one.left, Constant(option)), other) for option in options)
    if _is_exact(one):
        return _with_value(one, other) is True
    return _on_one_subject(one, other) is True


def exclude(one: Node, other: Node) -> bool:
    """Return whether there is no line that both literals hold for."""
    for left, right in ((one, other), (other, one)):
        if isinstance(left, Binary) and left.operator == "in" and (options := _options(left.right)):
            equal = (literal(Binary("==", left.left, Constant(option))) for option in options)
            return all(exclude(option, right) for option in equal)
        if _is_exact(left) and _with_value(left, right) is False:
            return True
        if _on_one_subject(left, right) is False:
            return True
    return _apart(one, other)


# ── values ────────────────────────────────────────────────────────────────────────────────────────


def _kinds(node: Node, is_text: IsText) -> frozenset[str]:
    """Return the kinds of value that an expression can have, beside none."""
    match node:
        case Constant(value):
            return _KINDS.get(type(value), frozenset())
        case Field():
            return frozenset(("text",)) if is_text(node) else _ANY
        case Element():
            return _ANY
        case Extracted():
            return frozenset(("text",))
        case Negative():
            return frozenset(("number",))
        case Binary(operator, _, _):
            return frozenset(("number" if operator in _ARITHMETIC else "truth",))
        case Call("coalesce", arguments):
            return frozenset().union(*(_kinds(argument, is_text) for argument in arguments))
        case Call(function, _):
            return frozenset(("number" if function in _NUMBERS else "text",))
        case Exists() | Not() | All() | AnyOf() | Matches():
            return frozenset(("truth",))


def _comparable(left: Node, right: Node, is_text: IsText) -> bool:
    """Return whether a comparison of the two can be true for some values."""
    a, b = _kinds(left, is_text), _kinds(right, is_text)
    if (a & b) - {"other"}:
        return True
    for one, node, two in ((a, left, b), (b, right, a)):
        reads = not isinstance(node, Constant) or values.number(node.value) is not None
        if "text" in one and "number" in two and reads:
            return True
    return False


def _is_exact(node: Node) -> bool:
    """Return whether a literal holds for one value of a field only, to the letter."""
    match node:
        case Binary("==", Field() | Extracted(), Constant(value)):
            return value.__class__ is bool or (
                value.__class__ is str and values.number(value) is None
            )
    return False


def _with_value(exact: Node, other: Node) -> bool | None:
    """Return what `other` is where `exact` holds; None where it depends on more than that."""
    assert isinstance(exact, Binary)
    assert isinstance(exact.right, Constant)
    subject, value = exact.left, exact.right.value
    if {*variables(other)} != {subject}:
        return None
    return bool(evaluate(other, lambda _: value))


def _options(node: Node) -> tuple[Any, ...]:
    return node.value if isinstance(node, Constant) and isinstance(node.value, tuple) else ()


def _nothing(_: Variable) -> Any:
    """Stand for a field where there is none to be read."""
    raise AssertionError("an expression without variables reads none")


# ── two comparisons of one operand with constants ─────────────────────────────────────────────────


def _on_one_subject(one: Node, other: Node) -> bool | None:
    """Return whether `one` makes `other` certain (true), impossible (false), or neither (None)."""
    match one, other:
        case Binary(p, a, Constant(c)), Binary(q, b, Constant(d)) if same(a, b):
            if p in _PARTS and q in _PARTS and c.__class__ is str and d.__class__ is str:
                return True if _is_part(p, q, str(c), str(d)) else None
            if p not in COMPARISONS:
                return None
            if q == "in":
                answers = {_numbers(p, c, "==", option) for option in _options(Constant(d))}
                return True if True in answers else False if answers == {False} else None
            return _numbers(p, c, q, d)
    return None


_PARTS = ("startswith", "endswith", "contains")


def _is_part(p: str, q: str, c: str, d: str) -> bool:
    """Return whether text that starts or ends with `c` has `d` where `q` wants it."""
    if p == "contains":
        return False  # of a list, it may be an item
    if q == "contains":
        return d in c
    return p == q and (c.startswith(d) if p == "startswith" else c.endswith(d))


def _apart(one: Node, other: Node) -> bool:
    """Return whether two beginnings, or two ends, cannot be those of one text."""
    match one, other:
        case Binary(p, a, Constant(str(c))), Binary(q, b, Constant(str(d))) if p == q and same(
            a, b
        ):
            if p == "startswith":
                return not (c.startswith(d) or d.startswith(c))
            return p == "endswith" and not (c.endswith(d) or d.endswith(c))
    return False


def _numbers(p: str, c: Any, q: str, d: Any) -> bool | None:
    """Return what `x p c` makes of `x q d`, where x is compared as a number in both.

    `x == "5"` is a comparison of numbers only where x is one; a text has to be the very same. So a
    text on either side can exclude, but makes nothing certain.
    """
    left, right = values.number(c), values.number(d)
    if q not in COMPARISONS or left is None or right is None:
        return None
    texts = str in (c.__class__, d.__class__)
    if texts and not p == q == "==":
        return None
    if p == "==":
        holds = bool(operators.OPERATORS[q](left, right))
        return None if texts and holds else holds
    if p == "!=" or q not in _REACH:
        if p in _REACH and q == "==":  # x > 5 and x == 3
            return None if operators.OPERATORS[p](right, left) else False
        if p in _REACH and q == "!=":
            return None if operators.OPERATORS[p](right, left) else True
        return None
    return _ranges(p, left, q, right)


_REACH = {"<": -1, "<=": -1, ">": 1, ">=": 1}


def _ranges(p: str, left: Any, q: str, right: Any) -> bool | None:
    """Return what `x p left` makes of `x q right`, both being ranges of numbers."""
    if _REACH[p] == _REACH[q]:
        beyond = left > right if _REACH[p] > 0 else left < right
        return True if beyond or (left == right and not ("=" in p and "=" not in q)) else None
    gap = left > right if _REACH[p] > 0 else left < right
    return False if gap or (left == right and not ("=" in p and "=" in q)) else None


# ── what must be there ────────────────────────────────────────────────────────────────────────────


def _needed(node: Node) -> set[Variable]:
    """Return the variables without which a literal does not hold."""
    match node:
        case Exists(operand):
            return {operand}
        case Binary(_, left, right):
            return {*_strict(left), *_strict(right)}
        case Matches(operand, _):
            return {*_strict(operand)}
    return {*_strict(node)}


def _strict(node: Node) -> Iterator[Variable]:
    """Yield the variables without which an expression has no value."""
    match node:
        case Field() | Extracted() | Element():
            yield node
        case Binary(operator, left, right) if operator in _ARITHMETIC:
            yield from _strict(left)
            yield from _strict(right)
        case Negative(operand):
            yield from _strict(operand)
        case Call(function, arguments) if function != "coalesce":
            yield from _strict(arguments[0])
