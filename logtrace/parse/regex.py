"""Text lines by a regular expression: one row of groups for each line.

Called by the pipeline through `model.Parser`, and by `joining` for records and what is in envelopes.
The pattern must match from the start of the line; `.` takes newlines too, and `$` is the record's end. A
group that took no part is None, a missing field; one that matched nothing is "", an empty one.

No line may stall the daemon: see `patterns.bounded` for what becomes of a pattern that could take more
time than a line is long. Never raises for content.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from logtrace.config.model import SourceConfig
from logtrace.errors import ConfigError, Mark, Problem
from logtrace.model import Reject
from logtrace.parse.rows import Rows
from logtrace.parse.texts import TextParser
from logtrace.patterns.bounded import Bounded, Search, Unusable, build

_NAMED_ELSEWHERE = re.compile(r"\(\?<[A-Za-z_]")
"""How a named group begins in the regular expressions of most other languages."""


class RegexParser(TextParser):
    """A `model.Parser` of text lines; a row is the tuple of all groups of a pattern."""

    def __init__(self, pattern: Bounded, more: Sequence[str] = ()) -> None:
        """Take a pattern; `more` are fields that `attach` puts behind its groups."""
        super().__init__(())
        self._match = pattern.pattern.match
        self._match_long = pattern.match
        self._longest = pattern.longest
        self._slots = {name: number - 1 for name, number in pattern.groupindex.items()}
        self._slots |= {name: number for number, name in enumerate(more, pattern.pattern.groups)}

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Match each text."""
        match: Search = self._match
        if self._longest is not None and len(max(texts, key=len, default="")) > self._longest:
            match = self._match_long
        matches = list(map(match, texts))
        if None not in matches:
            rows = [found.groups() for found in matches if found is not None]
            return Rows(rows, range(len(rows)), [])
        rows, indexes = [], []
        rejects: list[tuple[int, Reject]] = []
        for index, found in enumerate(matches):
            if found is not None:
                rows.append(found.groups())
                indexes.append(index)
            elif texts[index].strip():
                rejects.append((index, Reject.PATTERN_MISMATCH))
            else:
                rejects.append((index, Reject.EMPTY_LINE))
        return Rows(rows, indexes, rejects)


def compile_pattern(source: SourceConfig) -> Bounded:
    """Return the compiled pattern of a source.

    Raises:
        ConfigError: there is no pattern, it is wrong, names no group, or may stall.
    """
    text = source.pattern
    if text is None:
        fix = "add a regular expression with named groups, such as ^(?P<time>\\S+) (?P<message>.*)$"
        raise _error(source.mark, "missing; format regex needs it", fix)
    try:
        pattern = build(text, re.DOTALL)
    except Unusable as error:
        fix = "write (?P<name>…) for a group" if _NAMED_ELSEWHERE.search(text) else error.fix
        raise _error(text.at(error.index), error.what, fix) from None
    if not pattern.groupindex:
        fix = "write format: grok" if "%{" in text else "write (?P<name>…)"
        raise _error(text.mark, "names no group, so a line would have no fields", fix)
    return pattern


def _error(mark: Mark, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(mark, "pattern", what, fix)])
