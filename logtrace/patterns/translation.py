r"""Writes a regular expression as RE2 has it, where both certainly find the same.

Called by `linear`. The pattern is taken from Python's own parser and written anew, piece by piece: a
piece whose meaning differs in RE2, or may, makes it untranslatable. Classes that go by Unicode (`\w`, or
any letter in either case) become the very characters that Python takes, since each has a Unicode of its
own. `$` in Python comes before a last newline, too: it is translated where nothing follows it, as the
newline that it may leave. So groups are the same; where the whole match ends may differ by that newline.
Pure.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from functools import cache, lru_cache
from re import _compiler, _parser  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

MOST_REPEATS = 1000
"""The largest number in `{n,m}` that RE2 takes."""

_ASCII = {
    op.CATEGORY_DIGIT: "0-9",
    op.CATEGORY_SPACE: r"\t-\r ",
    op.CATEGORY_WORD: "0-9A-Z_a-z",
}
_PLACES = {
    op.AT_BEGINNING_STRING: r"\A",
    op.AT_END_STRING: r"\z",
}


class _Untranslatable(Exception):
    """The pattern has something in it that RE2 lacks or takes otherwise."""


@lru_cache(maxsize=256)
def translate(pattern: str, flags: int) -> str | None:
    """Return the pattern for RE2, None where it is not certain to find the same.

    Args:
        pattern: a pattern that Python compiles.
        flags: those it is compiled with.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(pattern, flags & ~re.DEBUG)
        return _sequence(tree, tree.state.flags, last=True)
    except (_Untranslatable, RecursionError):
        return None


def _sequence(items: Any, flags: int, last: bool) -> str:
    """Write items one behind the other; `last`: nothing of the pattern follows, and no group ends."""
    whole = list(items)
    return "".join(
        _item(code, argument, flags, last and place == len(whole))
        for place, (code, argument) in enumerate(whole, start=1)
    )


def _item(code: Any, argument: Any, flags: int, last: bool) -> str:
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeat(argument, flags, "?" if code is op.MIN_REPEAT else "")
    if code is op.BRANCH:
        return "(?:" + "|".join(_sequence(each, flags, last) for each in argument[1]) + ")"
    if code is op.SUBPATTERN:
        group, added, removed, items = argument
        if added & (re.ASCII | re.UNICODE):
            raise _Untranslatable  # Python itself takes other characters in search than in match
        inner = (flags | added) & ~removed
        if group is None:
            return f"(?:{_sequence(items, inner, last)})"
        return f"({_sequence(items, inner, last=False)})"
    if code is op.AT:
        return _place(argument, flags, last)
    if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
        return _character(code, argument, flags)
    raise _Untranslatable  # assertions, back references, atomic groups, what a later Python brings


def _repeat(argument: tuple[int, int, Any], flags: int, lazy: str) -> str:
    least, most, items = argument
    endless = most is op.MAXREPEAT
    may_be_empty = items.getwidth()[0] == 0
    if may_be_empty and (most > 1 or _has_groups(items)):
        raise _Untranslatable  # when an empty turn ends the loop, and whether it counts, differs
    if least > MOST_REPEATS or (most > MOST_REPEATS and not endless):
        raise _Untranslatable
    body = _sequence(items, flags, last=False)
    return f"(?:{body}){{{least},{'' if endless else most}}}{lazy}"


def _has_groups(items: Any) -> bool:
    for code, argument in items:
        if code is op.SUBPATTERN and (argument[0] is not None or _has_groups(argument[3])):
            return True
        if code in (op.MAX_REPEAT, op.MIN_REPEAT) and _has_groups(argument[2]):
            return True
        if code is op.BRANCH and any(_has_groups(each) for each in argument[1]):
            return True
    return False


def _place(argument: Any, flags: int, last: bool) -> str:
    if argument is op.AT_BEGINNING:
        return r"(?m:^)" if flags & re.MULTILINE else r"\A"
    if argument is op.AT_END:
        if flags & re.MULTILINE:
            return r"(?m:$)"
        if last:
            return r"(?:\n?\z)"
        raise _Untranslatable
    if argument in _PLACES:
        return _PLACES[argument]
    raise _Untranslatable  # word boundaries go by Unicode in Python, by ASCII in RE2


# ── characters ────────────────────────────────────────────────────────────────────────────────────


def _character(code: Any, argument: Any, flags: int) -> str:
    """Write what takes one character."""
    if code is op.ANY:
        return "(?s:.)" if flags & re.DOTALL else r"[^\n]"
    items = argument if code is op.IN else [(op.LITERAL, argument)]
    negated = code is op.NOT_LITERAL or items[0][0] is op.NEGATE
    shown = None if flags & re.IGNORECASE else _plain(items, flags)
    if shown is None:
        kept = flags & (re.IGNORECASE | re.ASCII | re.UNICODE)
        return f"[{_known(code, _frozen(argument), kept)}]"
    return f"[{'^' if negated else ''}{shown}]"


def _plain(items: Any, flags: int) -> str | None:
    """Write the items of a class as they are; None where they go by Unicode."""
    parts = []
    for kind, value in items:
        if kind is op.LITERAL:
            parts.append(_code_point(value))
        elif kind is op.RANGE:
            parts.append(f"{_code_point(value[0])}-{_code_point(value[1])}")
        elif kind is op.CATEGORY:
            if value not in _ASCII or not flags & re.ASCII:
                return None
            parts.append(_ASCII[value])
        elif kind is not op.NEGATE:
            raise _Untranslatable
    return "".join(parts)


def _code_point(value: int) -> str:
    if 0xD800 <= value <= 0xDFFF:
        raise _Untranslatable  # no text that is UTF-8 holds it
    return rf"\x{{{value:x}}}"


def _frozen(argument: Any) -> Any:
    return tuple(map(tuple, argument)) if isinstance(argument, list) else argument


@lru_cache(maxsize=256)
def _known(code: Any, argument: Any, flags: int) -> str:
    """Return the characters that Python takes for one place of a pattern, as ranges, by trying all."""
    items = list(argument) if isinstance(argument, tuple) else argument
    one = _parser.SubPattern(_state(flags), [(code, items)])
    many = _parser.SubPattern(_state(flags), [(op.MAX_REPEAT, (1, op.MAXREPEAT, one))])
    ranges = list(_ranges(_compiler.compile(many, flags)))
    if not ranges:
        raise _Untranslatable  # RE2 knows no class that takes nothing
    return "".join(f"{_code_point(low)}-{_code_point(high)}" for low, high in ranges)


def _state(flags: int) -> Any:
    state = _parser.State()
    state.flags = flags
    return state


def _ranges(pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    everything = _everything()
    for match in pattern.finditer(everything):
        low, high = ord(everything[match.start()]), ord(everything[match.end() - 1])
        if low < 0xD800 and high > 0xDFFF:
            yield low, 0xD7FF
            yield 0xE000, high
        else:
            yield low, high


@cache
def _everything() -> str:
    """Return all characters that UTF-8 can hold, in order."""
    return "".join(map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))))
