"""What to write instead, for those who write expressions as other languages have them.

Called by `expressions`, `lexer`, `keep` and the analyses of `check` where a message needs a cure; a cure
may be "". Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

_ABSENT = "write `not x exists`, or `x exists` for its opposite"

CONSTANTS = {
    **dict.fromkeys(("True", "TRUE"), "write `true`"),
    **dict.fromkeys(("False", "FALSE"), "write `false`"),
    **dict.fromkeys(("None", "Null", "NULL", "nil", "undefined"), _ABSENT),
}
"""Names that are fields here and values elsewhere, and what to write for the value."""


SIGNS = {
    "=": "write `==`",
    "===": "write `==`",
    "!==": "write `!=`",
    "<>": "write `!=`",
    "=~": "write `matches`",
    "!~": "write `not x matches …`",
    "&&": "write `and`",
    "||": "write `or`",
    "!": "write `not x`; `not x exists` where x may be missing",
    ",": "a list stands in square brackets: x in [1, 2]",
    ")": "leave it out, or add the `(`",
    "[": 'an odd name is written field["odd-name"]; the elements of a list have no names',
}
"""Signs of other languages, or at the wrong place."""

QUOTES = "“”„«»‘’‚`"  # noqa: RUF001
"""Those that a word processor makes, and the backtick."""

NAMED_GROUP = "write (?P<name>…) for a group"
"""For those who write it as `(?<name>…)`."""

CHARACTERS = {
    **dict.fromkeys(QUOTES, 'write straight quotes: "…"'),
    **dict.fromkeys("^\\", "a regular expression stands in quotes behind `matches`"),
    **dict.fromkeys("{}", "a condition names fields without braces"),
    "~": "write `matches`",
    "&": "write `and`",
    "|": "write `or`",
    ":": "write `==` in a condition; coalesce(a, b) is a, or b where a is missing",
    "?": "coalesce(a, b) is a, or b where a is missing",
    "≠": "write `!=`",
    "≤": "write `<=`",
    "≥": "write `>=`",
}
"""Characters that begin nothing here."""

_WORDS = {
    "is": "write `x == …`, or `x exists`",
    **dict.fromkeys(("like", "ilike"), 'write `contains "…"`, or `matches "…"`'),
    **dict.fromkeys(("match", "regex", "regexp", "rlike"), 'write `matches "…"`'),
    **dict.fromkeys(("has", "includes", "include"), 'write `contains "…"`'),
    **dict.fromkeys(("eq", "equals"), "write `==`"),
    **dict.fromkeys(("ne", "neq"), "write `!=`"),
    "gt": "write `>`",
    "ge": "write `>=`",
    "lt": "write `<`",
    "le": "write `<=`",
    "between": "write `x >= 1 and x <= 9`",
}
"""Operators of other languages."""

_THERE = "write `x exists`"
_FUNCTIONS = {
    **dict.fromkeys(("exists", "exist", "has", "defined", "isset", "present"), _THERE),
    **dict.fromkeys(("isnull", "is_null", "empty", "missing"), "write `not x exists`"),
    **dict.fromkeys(("length", "size", "strlen"), "write `len(x)`"),
    **dict.fromkeys(("ifnull", "nvl", "default"), "write `coalesce(x, y)`"),
    **dict.fromkeys(("number", "to_int", "toInt", "parseInt"), "write `int(x)`, or `float(x)`"),
    **dict.fromkeys(("match", "regex", "regexp", "regexp_match"), 'write `x matches "…"`'),
}
"""Functions of other languages."""

FILTERS = {
    "default": 'write {coalesce(x, "…")}',
    **{name: f"it is a function: {{{name}(x)}}" for name in ("int", "float", "len")},
}
"""Filters of other languages, or functions that are none."""

_LETTERS = frozenset(
    f"{unit}{plural}"
    for unit in ("sec", "second", "min", "minute", "hour", "msec")
    for plural in ("", "s")
)
"""Units that are spelt out."""


@dataclass(frozen=True, slots=True)
class Met:
    """A word or sign that cannot stand where it does, and the one before it.

    Attributes:
        kind: what kind of token it is.
        text: as it is written.
        kind_before: the same of the token before it,
        before: as that is written.
        joined: whether nothing stands between the two.
    """

    kind: str
    text: str
    kind_before: str
    before: str
    joined: bool


def unexpected(met: Met, operators: tuple[str, ...], units: Collection[str]) -> str:
    """Return what to write instead of what was met; "" where that is not known.

    Args:
        met: a token, and the one before it.
        operators: those that are words.
        units: of durations.
    """
    if met.kind == "sign":
        if met.text in ("]", ")") and met.before == ",":
            return "leave out the comma before it"
        return SIGNS.get(met.text, "")
    if met.before != "not" and met.before.lower() == "not" and met.kind_before == "name":
        return "write `not`: operators are in lower case"
    if met.kind != "name":
        if met.joined:
            return "put it in quotes if it is a version or an address"
        return "write an operator between the two, such as `==`"
    return _instead_of_word(met, operators, units)


def _instead_of_word(met: Met, operators: tuple[str, ...], units: Collection[str]) -> str:
    """Return what to write instead of a word that is no operator."""
    word, lower = met.text, met.text.lower()
    if lower in operators:
        return f"write `{lower}`: operators are in lower case"
    if met.joined and met.kind_before == "text":
        return "a quote within a text wants a backslash before it, or the text other quotes"
    if met.joined and met.kind_before == "number":
        return "write the digits only"
    if met.kind_before == "number" and (word in units or word in _LETTERS):
        return "a unit stands right behind its number: 250ms, 5s, 1.5h"
    return _WORDS.get(lower) or nearest(word, operators)


def called(name: str, known: tuple[str, ...], operators: tuple[str, ...]) -> str:
    """Return what to write instead of a call of what is no function."""
    field, _, last = name.rpartition(".")
    if last in _FUNCTIONS:
        return _FUNCTIONS[last]
    if last.lower() in operators:
        return f"write `{field or 'x'} {last.lower()} …`"
    return nearest(name, known)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return which known word may be meant, or all of them."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"one of {', '.join(known)}"
