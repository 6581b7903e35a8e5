"""What the operators and functions of expressions do to values.

Called by the interpreter for every operator, and by generated code where no shorter way is known to be
right. In: what a parser gives (str, int, float, bool, list, dict, None). Nothing here raises, whatever
the values are: what cannot be done is false or null, as docs/reference/expressions.md says. No state,
any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

from logtrace.mapping import obfuscate, values
from logtrace.mapping.lexer import LARGEST
from logtrace.mapping.obfuscate_sql import obfuscated
from logtrace.patterns.bounded import Match, Search

_NUMBERS = frozenset((int, float))
_ORDERED = frozenset((str, int, float, bool))

# ── comparisons ───────────────────────────────────────────────────────────────────────────────────


def _alike(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Return both as values that Python compares as we do, or None where they are unlike."""
    a, b = left.__class__, right.__class__
    if a is b:
        return (left, right) if a in _ORDERED else None
    if b in _NUMBERS:
        if a in _NUMBERS:
            return left, right
        if a is str and (number := values.number(left)) is not None:
            return number, right
    elif b is str and a in _NUMBERS and (number := values.number(right)) is not None:
        return left, number
    return None


def eq(left: Any, right: Any) -> bool:
    """`left == right`."""
    pair = _alike(left, right)
    return pair is not None and pair[0] == pair[1]


def ne(left: Any, right: Any) -> bool:
    """`left != right`: false for unlike values."""
    pair = _alike(left, right)
    return pair is not None and pair[0] != pair[1]


def lt(left: Any, right: Any) -> bool:
    """`left < right`."""
    pair = _alike(left, right)
    return pair is not None and pair[0] < pair[1]


def le(left: Any, right: Any) -> bool:
    """`left <= right`."""
    pair = _alike(left, right)
    return pair is not None and pair[0] <= pair[1]


def gt(left: Any, right: Any) -> bool:
    """`left > right`."""
    pair = _alike(left, right)
    return pair is not None and pair[0] > pair[1]


def ge(left: Any, right: Any) -> bool:
    """`left >= right`."""
    pair = _alike(left, right)
    return pair is not None and pair[0] >= pair[1]


def among(value: Any, options: Any) -> bool:
    """`value in options`: whether a list has an item that is equal."""
    if options.__class__ is not list and options.__class__ is not tuple:
        return False
    return any(eq(value, option) for option in options)


# ── words ─────────────────────────────────────────────────────────────────────────────────────────


def _plain(value: Any) -> str | None:
    """Return a text, a number or a truth value as text; None for anything else."""
    if value.__class__ is str:
        return value
    return values.text(value) if value.__class__ in _ORDERED else None


def contains(value: Any, part: Any) -> bool:
    """`value contains part`: a text within a text, or an item of a list."""
    if value.__class__ is list:
        return among(part, value)
    text, inner = _plain(value), _plain(part)
    return text is not None and inner is not None and inner in text


def startswith(value: Any, part: Any) -> bool:
    """`value startswith part`."""
    text, inner = _plain(value), _plain(part)
    return text is not None and inner is not None and text.startswith(inner)


def endswith(value: Any, part: Any) -> bool:
    """`value endswith part`."""
    text, inner = _plain(value), _plain(part)
    return text is not None and inner is not None and text.endswith(inner)


def found(value: Any, search: Search) -> Match | None:
    """Return where a pattern is found in a value's text, if it is."""
    text = _plain(value)
    return None if text is None else search(text)


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────


def _operand(value: Any) -> int | float | None:
    number = values.number(value)
    return number if number is not None and -LARGEST < number < LARGEST else None


def _result(number: int | float) -> int | float | None:
    """Return a result that is finite and not out of bounds."""
    if number.__class__ is int:
        return number if -LARGEST < number < LARGEST else None
    return number if isfinite(number) else None


def add(left: Any, right: Any) -> int | float | None:
    """`left + right`."""
    a, b = _operand(left), _operand(right)
    return None if a is None or b is None else _result(a + b)


def subtract(left: Any, right: Any) -> int | float | None:
    """`left - right`."""
    a, b = _operand(left), _operand(right)
    return None if a is None or b is None else _result(a - b)


def multiply(left: Any, right: Any) -> int | float | None:
    """`left * right`."""
    a, b = _operand(left), _operand(right)
    return None if a is None or b is None else _result(a * b)


def divide(left: Any, right: Any) -> int | float | None:
    """`left / right`, always a float; null where `right` is zero."""
    a, b = _operand(left), _operand(right)
    return None if a is None or not b else _result(a / b)


def modulo(left: Any, right: Any) -> int | float | None:
    """`left % right`, with the sign of `right`; null where that is zero."""
    a, b = _operand(left), _operand(right)
    return None if a is None or not b else _result(a % b)


def negative(value: Any) -> int | float | None:
    """`-value`."""
    number = _operand(value)
    return None if number is None else -number


# ── functions ─────────────────────────────────────────────────────────────────────────────────────


def lower(value: Any) -> str | None:
    """`lower(value)`: the text in lower case."""
    text = _plain(value)
    return None if text is None else text.lower()


def upper(value: Any) -> str | None:
    """`upper(value)`: the text in upper case."""
    text = _plain(value)
    return None if text is None else text.upper()


def integer(value: Any) -> int | None:
    """`int(value)`: the number without its fraction."""
    number = _operand(value)
    return None if number is None else int(number)


def real(value: Any) -> float | None:
    """`float(value)`: the number as a float."""
    number = _operand(value)
    return None if number is None else float(number)


def coalesce(*candidates: Any) -> Any:
    """`coalesce(a, b, …)`: the first that is not null."""
    return next((value for value in candidates if value is not None), None)


def length(value: Any) -> int | None:
    """`len(value)`: characters of a text, items of a list, keys of a dict."""
    return len(value) if value.__class__ in (str, list, dict) else None


def obfuscate_sql(value: Any) -> str | None:
    """`obfuscate_sql(value)`: the statement without its values."""
    text = _plain(value)
    return None if text is None else obfuscated(text)


def obfuscate_redis(value: Any) -> str | None:
    """`obfuscate_redis(value)`: the command without its arguments."""
    text = _plain(value)
    return None if text is None else obfuscate.redis(text)


def obfuscate_url(value: Any) -> str | None:
    """`obfuscate_url(value)`: the URL without the values of its parameters."""
    text = _plain(value)
    return None if text is None else obfuscate.url(text)


def path_template(value: Any) -> str | None:
    """`path_template(value)`: the path without the ids in it."""
    text = _plain(value)
    return None if text is None else obfuscate.path(text)


class Function(NamedTuple):
    """A function of the language, and how many arguments it takes."""

    call: Callable[..., Any]
    least: int = 1
    most: int = 1


FUNCTIONS = {
    "lower": Function(lower),
    "upper": Function(upper),
    "int": Function(integer),
    "float": Function(real),
    "len": Function(length),
    "coalesce": Function(coalesce, 1, 64),
    "obfuscate_sql": Function(obfuscate_sql),
    "obfuscate_redis": Function(obfuscate_redis),
    "obfuscate_url": Function(obfuscate_url),
    "path_template": Function(path_template),
}

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "in": among,
    "contains": contains,
    "startswith": startswith,
    "endswith": endswith,
}
"""Each binary operator's function."""
