"""How long a regular expression can take, told from the expression alone.

Called by `bounded` when a pattern is built. Python's engine tries every way in which a line could match
before it gives up, so hostile lines can make some patterns take exponential or cubic time. The pattern
is turned into an automaton of its character positions (`automaton`), in which that shows: two ways round
a loop for the same text are exponential (`ambiguity`); a loop that may end at a character that it could
also take itself multiplies the time by the length of the line, and optional parts in a row multiply it
each by two (`counting`). What cannot be told is taken for worse than it is, never for better. Pure.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from logtrace.patterns.automaton import Budget
from logtrace.patterns.costs import Cost, power, steps
from logtrace.patterns.counting import cost_of
from logtrace.patterns.parts import Catastrophe

LONGEST = {0: None, 1: None, 2: 4096, 3: 512}
"""Characters of a text that a pattern sees, by the power of its length that the time grows with: some
ten million steps, a tenth of a second, for the worst line. Higher powers are refused."""

MOST_STEPS = 1_000_000
"""Links and pairs of positions that are looked at for one pattern: a third of a second. One that needs
more is refused, on every machine alike."""

MOST_TRIED = {0: 1 << 28, 1: 1 << 30, 2: 1 << 28, 3: 1 << 28}
"""Steps that a text may take by what is bounded here, by the power: a second or two. A pattern that
can take more ways, such as a row of optional parts, sees so much less of a text,"""
LEAST_SEEN = {0: 0, 1: 8192, 2: 1024, 3: 256}
"""and is refused if that is less than this."""
MOST_FOR_NOTHING = 100_000
"""Steps that a text may take however short it is: a thousandth of a second."""

_MAX_LINE = 1024 * 1024
"""Characters of the longest line (of `source`)."""
_ANYTHING = list(_parser.parse("(?s:.*?)"))
_FIX = "let what repeats exclude what follows it, such as [^ ]+ before a blank, or use *+ or ++"
_WAYS = (
    "can take too many steps on a short text: in a row of optional parts, each can take the same"
)
_FIX_WAYS = (
    "put each optional part into the one before it, as in (?: a(?: b)?)?, or let each begin with a "
    "character of its own"
)


class Verdict(NamedTuple):
    """What is thought of a pattern.

    Attributes:
        what: what is wrong with it, "" if nothing is.
        fix: how to mend that.
        longest: how many characters of a text may be matched, None for any number.
    """

    what: str = ""
    fix: str = ""
    longest: int | None = None


def trouble(pattern: str, flags: int, searched: bool = False) -> str:
    """Return what is wrong with a pattern that a text could stall the daemon with, or ""."""
    return verdict(pattern, flags, searched).what


def longest_text(pattern: str, flags: int, searched: bool = False) -> int | None:
    """Return how many characters of a text may be matched, None for any number."""
    judged = verdict(pattern, flags, searched)
    assert not judged.what, "only a pattern without trouble is run"
    return judged.longest


@lru_cache(maxsize=256)
def verdict(pattern: str, flags: int, searched: bool = False, every: bool = False) -> Verdict:
    """Judge a pattern that compiles.

    To search for a pattern is to match it behind anything, unless it begins with the text's start.
    Where `every` match is sought, what was read for one that took nothing is read for the next again.
    """
    try:
        return _judged(cost(pattern, flags, searched, Budget(MOST_STEPS), every))
    except Catastrophe as catastrophe:
        return Verdict(catastrophe.what, catastrophe.fix)
    except (OverflowError, RecursionError):
        return Verdict("is too large to tell how long a match can take", _FIX)


def cost(pattern: str, flags: int, searched: bool, budget: Budget, every: bool = False) -> Cost:
    """Return the steps that a pattern takes at most; raises what `cost_of` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = _parser.parse(pattern, flags & ~re.DEBUG)
    whole: list[tuple[Any, Any]] = list(parsed)
    flags = parsed.state.flags  # with those that it names itself
    if searched and not _is_anchored(whole, flags):
        whole = [*_ANYTHING, *whole]
    return cost_of(whole, flags, budget, once=not every)


def _judged(bound: Cost) -> Verdict:
    grows = power(bound)
    if grows not in LONGEST:
        what = f"can take time that grows with the text's length to the power of {grows}"
        return Verdict(what, _FIX)
    longest, most = LONGEST[grows], MOST_TRIED[grows]
    if steps(bound, 0) > MOST_FOR_NOTHING or steps(bound, LEAST_SEEN[grows]) > most:
        return Verdict(_WAYS, _FIX_WAYS)
    if steps(bound, longest or _MAX_LINE) <= most:
        return Verdict(longest=longest)
    return Verdict(longest=_longest(bound, LEAST_SEEN[grows], longest or _MAX_LINE, most))


def _longest(bound: Cost, low: int, high: int, most: int) -> int:
    """Return the length of a text that takes as many steps as it may."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if steps(bound, middle) <= most else (low, middle)
    return low


def _is_anchored(items: list[tuple[Any, Any]], flags: int) -> bool:
    """Return whether a parsed pattern can match at the start of the text only."""
    starts = [(op.AT, op.AT_BEGINNING_STRING)]
    if not flags & re.MULTILINE:
        starts.append((op.AT, op.AT_BEGINNING))
    return bool(items) and items[0] in starts
