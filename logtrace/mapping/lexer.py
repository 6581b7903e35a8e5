"""The words of an expression.

Called by `expressions` and `templates` while a configuration is checked. In: a text and where to start;
out: one token at a time, each with its place, so that a message can point at the character. What is
no token is a `Fault`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from logtrace.mapping.advice import CHARACTERS

UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
"""Nanoseconds in each unit of a duration; the micro sign and the Greek letter both make microseconds."""

OPERATORS = ("and", "or", "in", "startswith", "endswith", "contains", "matches", "exists")
"""Operators that are words, beside `not`."""

WORDS = frozenset((*OPERATORS, "not", "true", "false", "null"))
"""Names that are no fields; `field["in"]` is one."""

LARGEST = 2**127
"""Arithmetic knows no integers from here on: the work for one line stays small. Ids of 20 digits and
more are compared as they are."""

_MOST_DIGITS = 64

_TOKEN = re.compile(
    r"""(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?P<unit>[^\W\d_]\w*)?
    | (?P<name>(?:[^\W\d]|[@$])[\w@$]*(?:\.[\w@$]+)*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>[=!]==|=~|!~|<>|==|!=|<=|>=|&&|\|\||[<>+\-*/%(),\[\]=!])
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANKS = re.compile(r"\s*")
_ESCAPE = re.compile(r"""\\(?:u([0-9a-fA-F]{4})|([nrt"'\\]))""")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class Fault(ValueError):
    """What is wrong in an expression or template, at which character, and what to do about it."""

    def __init__(self, what: str, index: int, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.index = index
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression.

    Attributes:
        kind: `stop` is the end of the text, or one of the characters that end an expression.
        text: as it is written; of a text literal, what stands between the quotes.
        value: the number, or the text without escapes.
        start: index of its first character, and
        end: of the one behind it.
    """

    kind: Literal["number", "text", "name", "sign", "stop"]
    text: str
    value: int | float | str | None
    start: int
    end: int


def read_token(text: str, index: int, stops: str) -> Token:
    """Return the token at or behind `index`.

    Raises:
        Fault: if there is something else than a token or one of the characters in `stops`.
    """
    blanks = _BLANKS.match(text, index)
    start = blanks.end() if blanks else index
    if start == len(text) or text[start] in stops:
        return Token("stop", text[start : start + 1], None, start, start)
    match = _TOKEN.match(text, start)
    if match is None:
        if text[start] in "\"'":
            raise Fault("text without an end", start, f"close it with {text[start]}")
        what = f"unexpected character {text[start]!r}"
        raise Fault(what, start, CHARACTERS.get(text[start], ""))
    if match["number"]:
        value = _number(match["number"], match["unit"], start)
        return Token("number", match[0], value, start, match.end())
    if match["text"]:
        inner = match["text"][1:-1]
        return Token("text", inner, _ESCAPE.sub(_unescape, inner), start, match.end())
    kind: Literal["name", "sign"] = "name" if match["name"] else "sign"
    return Token(kind, match[0], None, start, match.end())


def _number(digits: str, unit: str | None, start: int) -> int | float:
    """Return the value of a number, or the nanoseconds of a duration."""
    if digits.isdecimal() and len(digits) > _MOST_DIGITS:
        raise Fault("the number is too large", start)
    value: int | float = int(digits) if digits.isdecimal() else float(digits)
    if unit is not None:
        if unit not in UNITS:
            known = "ns, us, ms, s, m, h"
            raise Fault(f"{unit!r} is not a unit", start + len(digits), f"one of {known}")
        value = value * UNITS[unit]
        value = round(value) if isfinite(value) else value
    if not isfinite(value) or (isinstance(value, int) and value > LARGEST):
        raise Fault("the number is too large", start)
    return value


def _unescape(match: re.Match[str]) -> str:
    r"""Return what an escape stands for; other backslashes stay, so that "\." needs no doubling."""
    if match[1]:
        return chr(int(match[1], 16))
    return _ESCAPES.get(match[2], match[2])
