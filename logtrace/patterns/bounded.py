"""A regular expression that no line can stall the daemon with.

Called when a configuration is compiled: by `parse.regex` for what matches from the start of a
line, by `mapping` for what is searched for. A pattern that could take exponential time is refused;
one that could take the square or the cube of a text's length sees only so much of a long text that it
stays cheap, as if the text ended there.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from logtrace.patterns import backtracking, possessive

Search = Callable[[str], re.Match[str] | None]

_FIX = "let what repeats exclude what follows it, such as [^ ]+ before a blank, or use *+ or ++"


class Unusable(ValueError):
    """A pattern that cannot be used: what is wrong, how to mend it, and at which character."""

    def __init__(self, what: str, fix: str = "", index: int = 0) -> None:
        super().__init__(what)
        self.what, self.fix, self.index = what, fix, index


@dataclass(frozen=True, slots=True)
class Bounded:
    """A compiled pattern.

    Attributes:
        pattern: as Python compiles it.
        longest: how many characters of a text it may see; None: all.
    """

    pattern: re.Pattern[str]
    longest: int | None

    @property
    def groupindex(self) -> Mapping[str, int]:
        """Names of groups and their numbers."""
        return self.pattern.groupindex

    @property
    def search(self) -> Search:
        """What searches a text for the pattern."""
        search, longest = self.pattern.search, self.longest
        if longest is None:
            return search
        return lambda text: search(text, 0, longest)


def build(text: str, flags: int = 0, searched: bool = False) -> Bounded:
    """Compile a pattern.

    Args:
        text: of the configuration.
        flags: of `re`.
        searched: whether it is searched for, not matched from the start: that tries every place.

    Raises:
        Unusable: it is no regular expression, or one that could stall.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what may mean something else in a later Python
            pattern = re.compile(str(text), flags)
    except re.error as error:
        fix = "see docs.python.org/3/library/re.html for the syntax"
        raise Unusable(f"not a regular expression: {error.msg}", fix, error.pos or 0) from None
    except (OverflowError, RecursionError):
        raise Unusable("not a regular expression that can be used: too large") from None
    if possessive.holds_groups(pattern.pattern, pattern.flags):
        what = "has a group within a possessive repeat (*+, ++, {n,m}+): Python may fail on that"
        raise Unusable(what, "write (?>(?:…)*) for (?:…)*+, which means the same")
    if trouble := backtracking.trouble(pattern.pattern, pattern.flags, searched):
        raise Unusable(trouble, _FIX)
    return Bounded(pattern, backtracking.longest_text(pattern.pattern, pattern.flags, searched))
