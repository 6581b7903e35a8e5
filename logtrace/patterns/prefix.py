"""Where a pattern stops to match a text: the longest beginning of the pattern that still does.

Called by `logtrace explain`, for one text at a time: dozens of beginnings are compiled and tried. What
a beginning tries of a text, the pattern itself tries too before it fails behind that; so a text that
cannot stall a pattern cannot stall its beginnings. Pure.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Compile = Callable[[str], re.Pattern[str]]
"""Compiles a text; raises re.error or ValueError."""

_ESCAPE_OR_SET = r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]"
_OPENING = r"\((?:\?(?:P?<\w+>|[:>=!]|<[=!]|[a-zA-Z-]+:))?"
_REFERENCE = r"%\{[^}]*\}"  # of grok
_PART = re.compile(
    rf"{_ESCAPE_OR_SET}|{_REFERENCE}|(?P<opening>{_OPENING})|(?P<closing>\))|.", re.DOTALL
)
_VERBOSE_PART = re.compile(rf"(?P<comment>#[^\n]*\n?)|{_PART.pattern}", re.DOTALL)
_BLANK = re.compile(rf"{_ESCAPE_OR_SET}|(?P<comment>#[^\n]*)|(?P<blank>\s+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a pattern stops to match.

    Attributes:
        index: so many characters of the pattern still match, and
        taken: what they take is so much of the text.
        groups: what the named groups before that hold.
        matched: the end of the pattern that still matches, and
        wanted: the beginning of what comes then; both on one line, without comments.
    """

    index: int
    taken: int
    groups: dict[str, str]
    matched: str
    wanted: str


def stop_of(pattern: str, text: str, compiled: Compile, shown: int = 60) -> Stop | None:
    """Return where `pattern`, which does not match `text` from its start, stops to do so.

    Args:
        pattern: as the configuration has it; judged to be safe by `bounded`.
        text: that it does not match; as much of it as the pattern may see.
        compiled: makes of a beginning of the pattern what the pattern itself is made of it.
        shown: so many characters of the pattern are given before and behind the place.

    Returns:
        None: it does not even begin to.
    """
    verbose = bool(re.match(r"\s*\(\?[a-wyz]*x", pattern))
    for index, closed in _beginnings(pattern, _VERBOSE_PART if verbose else _PART):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # said of the pattern, if it is to be said
                beginning = compiled(closed)
        except (re.error, ValueError, RecursionError, OverflowError):
            continue
        match = beginning.match(text)
        if match is None:
            continue
        groups = {name: value for name, value in match.groupdict().items() if value is not None}
        matched, wanted = pattern[:index], pattern[index:]
        if verbose:
            matched, wanted = _terse(matched), _terse(wanted)
        return Stop(index, match.end(), groups, matched[-shown:], wanted[:shown])
    return None


def _beginnings(pattern: str, part_of: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield the beginnings of a pattern, the longest first, with their open groups closed.

    It is cut behind each part: a set, an escape, a group, a single character. A cut behind `(` or `|`
    would leave an empty alternative, which matches anything: there is none.
    """
    cuts: list[tuple[int, int]] = []
    depth = 0
    for part in part_of.finditer(pattern):
        opening = part["opening"] is not None
        depth += opening - (part["closing"] is not None)
        if not opening and part[0] != "|" and "comment" not in (part.lastgroup or ""):
            cuts.append((part.end(), max(depth, 0)))
    for end, open_groups in reversed(cuts[:-1]):
        if pattern[end : end + 1] not in ("?", "*", "+", "{"):  # how often it repeats belongs to it
            yield end, pattern[:end] + ")" * open_groups


def _terse(pattern: str) -> str:
    """Return a verbose pattern without its comments and line ends."""
    return _BLANK.sub(lambda part: "" if part["comment"] or part["blank"] else part[0], pattern)
