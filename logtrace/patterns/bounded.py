"""A regular expression that no line can stall the daemon with.

Called when a configuration is compiled: by `parse` for what matches from the start of a line, by
`mapping` and `redact` for what is searched for. A pattern whose time grows with the text is run as it is
by Python's engine. One that could take the square or the cube of a text's length is too, on texts that
are short enough to stay cheap; on longer ones it is run by RE2 (`linear`), or, without that, sees only
their beginning, as if the text ended there. One that could take exponential time is run by RE2, or
refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from logtrace.patterns import backtracking, linear, possessive
from logtrace.patterns.linear import Linear, LinearMatch
from logtrace.patterns.translation import translate

Match = re.Match[str] | LinearMatch
Search = Callable[[str], Match | None]

_INSTALL = ", or install the extra re2 (google-re2), which can run it"


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
        longest: how many characters of a text Python's engine may see; None: any number.
        linear: what sees longer texts; None: they are cut.
    """

    pattern: re.Pattern[str]
    longest: int | None
    linear: Linear | None = field(default=None, compare=False)

    @property
    def groupindex(self) -> Mapping[str, int]:
        """Names of groups and their numbers."""
        return self.pattern.groupindex

    @property
    def match(self) -> Search:
        """What matches a text from its start."""
        return self._choose(self.pattern.match, self.linear.match if self.linear else None)

    @property
    def search(self) -> Search:
        """What searches a text for the pattern."""
        return self._choose(self.pattern.search, self.linear.search if self.linear else None)

    def _choose(self, short: Callable[..., re.Match[str] | None], long: Search | None) -> Search:
        """Return what runs a text: the fast engine while that is safe."""
        longest = self.longest
        if longest is None:
            return short
        if long is None:
            return lambda text: short(text, 0, longest)
        chosen = long
        return lambda text: short(text) if len(text) <= longest else chosen(text)


def build(text: str, flags: int = 0, searched: bool = False, places: bool = False) -> Bounded:
    """Compile a pattern.

    Args:
        text: of the configuration.
        flags: of `re`.
        searched: whether it is searched for, not matched from the start: that tries every place.
        places: whether every match of it is sought, and where it is: Python's engine alone tells.

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
    judged = backtracking.verdict(pattern.pattern, pattern.flags, searched, every=places)
    longest = -1 if judged.what else judged.longest
    if longest is None:
        return Bounded(pattern, None)
    other = None if places else linear.build(pattern)
    if judged.what and other is None:
        can_run = not places and linear.engine() is None
        helps = can_run and translate(pattern.pattern, pattern.flags) is not None
        raise Unusable(judged.what, judged.fix + (_INSTALL if helps else ""))
    return Bounded(pattern, longest, other)
