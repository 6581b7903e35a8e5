"""Words in `multiline` that are taken for patterns, and are nearly the name of a ready-made one.

Called by `findings`. A word that is like no name is a pattern like any other. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.config.model import Text
from logtrace.config.scalars import suggestion
from logtrace.errors import Problem
from logtrace.parse.multiline import CONTINUATIONS, STARTS

_NAMES = {"start": tuple(STARTS), "continue": tuple(CONTINUATIONS), "end": ()}
"""What each key may name instead of a pattern."""


def multiline_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each pattern that is hardly meant as one."""
    multiline = source.config.multiline
    if multiline is None:
        return
    written = {
        "start": (multiline.start,),
        "continue": multiline.continue_,
        "end": (multiline.end,),
    }
    for key, patterns in written.items():
        for pattern in patterns:
            if pattern and pattern.isalpha() and pattern not in _NAMES[key]:
                yield from _doubted(key, pattern)


def _doubted(key: str, word: Text) -> Iterator[Problem]:
    """Yield what may be meant by a word that is no name of its key."""
    what = f"{str(word)!r} is a pattern here, which lines have to hold"
    for home, names in _NAMES.items():
        meant = suggestion(word, list(names))
        if meant and home == key:
            yield warning(word, 0, f"multiline.{key}", what, f"did you mean {meant!r}?")
        elif meant:
            fix = f"{meant!r} can be named by `{home}`"
            yield warning(word, 0, f"multiline.{key}", what, fix)
