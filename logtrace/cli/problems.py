"""Prints the problems of a configuration, for every command that reads one.

Each has the form `file:line:col: key: what; fix`. What stands in them may come from files and logs, so
control characters are made visible; colours are for terminals only, and not where `NO_COLOR` is set.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence

import click

from logtrace.errors import Problem, Severity
from logtrace.logs import escape
from logtrace.web.text import count_text


def show(problems: Sequence[Problem]) -> None:
    """Print problems to standard error, and how many there are where that is not plain to see."""
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    for problem in problems:
        for number, line in enumerate(str(problem).split("\n")):
            shown = escape(line)
            if coloured and not number:
                shown = _coloured(shown, escape(str(problem.mark)), problem.severity)
            click.echo(shown, err=True, color=coloured)
    if len(problems) > 1:
        click.echo(counted(problems), err=True)


def counted(problems: Sequence[Problem]) -> str:
    """Return `2 errors, 1 warning`."""
    counts = Counter(problem.severity for problem in problems)
    parts = ((counts[Severity.ERROR], "error"), (counts[Severity.WARNING], "warning"))
    return ", ".join(count_text(count, word) for count, word in parts if count)


def _coloured(line: str, place: str, severity: Severity) -> str:
    """Return a problem's line with its place in bold, red for an error."""
    rest = line.removeprefix(place)
    if severity is Severity.ERROR:
        return click.style(place, fg="red", bold=True) + rest
    word = ": warning:"
    return click.style(place, bold=True) + click.style(word, fg="yellow") + rest.removeprefix(word)
