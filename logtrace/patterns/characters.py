"""Which characters one position of a regular expression matches, as bits over a few samples.

Called by `backtracking`, which asks whether two positions can match the same character. Characters that
no pattern tells apart share a sample; where that is not certain, too much is said to match rather than
too little. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

_SAMPLES = [*map(chr, range(256)), "Ж", "٣", "\N{EM SPACE}", "→"]
"""One character for each class that a pattern may tell apart; beyond Latin-1 only by category."""
_OTHER_CASES = "\u0130\u0131\u017f\u0178\u1e9e\u039c\u03bc\u212a\u212b"
"""Characters beyond those that are letters of Latin-1 where case is ignored."""
EVERYTHING = (1 << len(_SAMPLES)) - 1
"""The bits of a position that matches any character."""


def mask(code: Any, argument: Any, flags: int) -> int:
    """Return which samples one position matches, as bits."""
    if code is op.ANY:
        return EVERYTHING if flags & re.DOTALL else EVERYTHING & ~(1 << ord("\n"))
    items = argument if code is op.IN else [(op.LITERAL, argument)]
    negated = code is op.NOT_LITERAL or items[0][0] is op.NEGATE
    bits = 0
    for kind, value in items:
        if kind is op.CATEGORY:
            bits |= _category(value, bool(flags & re.ASCII))
        elif kind is not op.NEGATE:
            low, high = value if kind is op.RANGE else (value, value)
            bits |= _range(low, high, bool(flags & re.IGNORECASE), negated)
    return EVERYTHING & ~bits if negated else bits


@lru_cache(maxsize=1024)
def _range(low: int, high: int, either_case: bool, negated: bool) -> int:
    """Return the samples from `low` to `high`; beyond Latin-1 too many rather than too few."""
    mask = 0
    for bit, sample in enumerate(_SAMPLES):
        cases = (sample, sample.swapcase(), *_beyond(sample)) if either_case else (sample,)
        inside = any(low <= ord(case[0]) <= high for case in cases)
        mask |= (inside and (bit < 256 or not negated or high - low > 0xFFFF)) << bit
    if high > 255 and not negated:
        mask |= EVERYTHING & ~((1 << 256) - 1)
    return mask


@lru_cache(maxsize=256)
def _beyond(sample: str) -> list[str]:
    """Return the characters beyond Latin-1 that are the same letter in another case."""
    match = re.compile(re.escape(sample), re.IGNORECASE).fullmatch
    return [other for other in _OTHER_CASES if match(other)]


@lru_cache(maxsize=64)
def _category(category: Any, ascii_only: bool) -> int:
    """Return the samples of a category such as `\\\\s`."""
    letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[str(category).rpartition("_")[2]]
    letter = letter.upper() if "_NOT_" in str(category) else letter
    match = re.compile(rf"\{letter}", re.ASCII if ascii_only else 0).match
    return sum(1 << bit for bit, sample in enumerate(_SAMPLES) if match(sample))
