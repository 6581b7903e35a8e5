"""A source in YAML, and what the analyses of `check` say of it."""

from __future__ import annotations

from pathlib import Path

from logtrace import mapping, parse
from logtrace.analysis.source import KnownSource
from logtrace.config.reader import read
from logtrace.errors import Problem

PATTERN = r"^(?P<time>\S+) (?P<level>\w+) (?P<message>.*)$"


def known(
    directory: Path,
    rules: str,
    more: str = "",
    pattern: str | None = PATTERN,
    form: str = "",
) -> KnownSource:
    """Return a source whose rules are flow-style YAML, one a line.

    Without a pattern it is JSON; `form` is YAML that stands for both.
    """
    if not form:
        form = "format: json" if pattern is None else f"format: regex\n    pattern: '{pattern}'"
    listed = "".join(f"      - {{name: x, {rule}}}\n" for rule in rules.strip().split("\n"))
    path = directory / "logtrace.yaml"
    path.write_text(
        f"sources:\n  - path: /a.log\n    {form}\n    {more or 'name: a'}\n    spans:\n{listed}"
    )
    reading = read(path, {})
    assert [] == reading.problems
    (source,) = reading.config.sources
    checked = mapping.check(source)
    return KnownSource(source, checked, parse.build(source, checked.fields))


def said(problems: object) -> list[str]:
    """Return what is said, by key: without place, cure and excerpt."""
    assert not isinstance(problems, str)
    found: list[Problem] = list(problems)  # type: ignore[call-overload]
    return [f"{problem.key}: {problem.what}" for problem in found]
