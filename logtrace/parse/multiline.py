"""Which lines belong together: what begins a record, what goes on with it, what ends it.

Called by `joining`, which holds what is open. Compiled once for each source. Pure; a text costs time
in proportion to its length at most (`patterns.bounded`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from logtrace.config.model import MultilineConfig, Text
from logtrace.errors import ConfigError, Problem
from logtrace.patterns.bounded import Unusable, build

STARTS = {
    "timestamp": (
        r"^[\[<(]?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d|\d\d[-/.]\d\d[-/.]\d{2,4}[T ]\d\d:\d\d"
        r"|\d{1,2}[/ -][A-Z][a-z]{2}[/ -]\d{4}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d)"
    ),
}
"""What `start:` may name instead of a pattern: a line that begins with a date or a time."""

CONTINUATIONS = {
    "indented": r"^\s+\S",
    "java": (
        r"^(?:\s+at |\s*\.{3} \d+ (?:more|common)|\s*(?:Caused by|Suppressed|Wrapped by): "
        r"|Exception in thread |[A-Za-z_$][\w$.]*(?:Exception|Error|Throwable)(?:$|[:\s]))"
    ),
    "python": (
        r"^(?:Traceback \(most recent call last\):|\s+\S|$"
        r"|(?:During handling of|The above exception was) "
        r"|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Group)(?:$|:))"
    ),
    "go": (
        r"^(?:panic: |fatal error: |\[signal |goroutine \d+ \[|\s+\S|created by |exit status \d"
        r"|[\w./*-]+(?:\(\*\w+\)[\w.]*)?\([^)]*\)$|$)"
    ),
    "ruby": r"^(?:\s+(?:\d+: )?from |\s+\S+:\d+:in |\S+:\d+:in [`'])",
    "dotnet": r"^(?:\s+at |\s*-{3}(?:>| End of )|[A-Za-z_][\w.]*Exception(?:$|[:\s]))",
}
"""What `continue:` may name instead of a pattern: the lines that stack traces are made of."""

Test = Callable[[str], object]
"""What is true of a text or not; most often the search of a pattern itself."""


class Multiline:
    """The rules of one source.

    Attributes:
        begins: true where a line begins a record while another is open.
        ends: true where a line is the last of its record; None: no line says so.
        max_lines: lines that a record keeps.
        max_bytes: characters that a record keeps.
        timeout: nanoseconds of quiet after which an open record is whole.
    """

    def __init__(self, config: MultilineConfig) -> None:
        """Compile the patterns; raises ConfigError with every one that cannot be used."""
        problems: list[Problem] = []
        starts = _tests([config.start] if config.start else [], STARTS, "start", problems)
        continues = _tests(config.continue_, CONTINUATIONS, "continue", problems)
        ends = _tests([config.end] if config.end else [], {}, "end", problems)
        if problems:
            raise ConfigError(problems)
        self.begins = _begins(starts, continues)
        self.ends = ends[0] if ends else None
        self.max_lines, self.max_bytes = config.max_lines, config.max_bytes
        self.timeout = config.timeout


def _begins(starts: list[Test], continues: list[Test]) -> Test:
    """Return what says that a line begins a record, though one is open."""
    if not continues:
        return starts[0] if starts else lambda text: False
    goes_on = continues[0] if len(continues) == 1 else lambda text: any(t(text) for t in continues)
    if not starts:
        return lambda text: not goes_on(text)
    start = starts[0]
    return lambda text: start(text) or not goes_on(text)


def _tests(
    patterns: Sequence[Text], names: dict[str, str], key: str, problems: list[Problem]
) -> list[Test]:
    tests: list[Test] = []
    for pattern in patterns:
        try:
            tests.append(build(names.get(pattern, pattern), re.DOTALL, searched=True).search)
        except Unusable as error:
            mark = pattern.at(error.index)
            problems.append(Problem(mark, f"multiline.{key}", error.what, error.fix))
    return tests
