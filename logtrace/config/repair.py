"""What to put in quotes when YAML cannot read a file.

Called by `syntax` with the place where the parser gave up. Most such errors are an expression or a
template that needs quotes (`when: "a" == b`, `path: *.log`, `name: {x} {y}`). Nothing is guessed: a
value is put in quotes, and only if the parser then gets further is that the advice, and reading goes
on, so that one such mistake does not hide the others. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from logtrace.config.page import Page

Place = tuple[int, int]
"""Line and column of the parser, both from 0."""

_KEY = re.compile(r"(?:^|(?<=[\s{,\[]))(?:- +)*(?P<key>[\w.@/-]+):\s+(?=\S)")
_ITEM = re.compile(r"^\s*(?:- +)+(?=\S)")
_NEXT = re.compile(r"\s*(?:\}\s*,\s*\{|,)\s*[\w.@/-]+:\s")
_BRACED = re.compile(r"\{[^{}]*\}")
_COMMENT = re.compile(r"\s+#.*$")
_MEANINGS = {
    "*": "an alias",
    "&": "an anchor",
    "!": "a tag",
    "|": "a block of text",
    ">": "a block of text",
    "{": "the start of a mapping",
    "[": "the start of a list",
}


def repaired(page: Page, error: Any, failure: Callable[[list[str]], Place | None]) -> bool:
    """Put one value of `page` in quotes so that the parser gets beyond `error`, if there is one.

    Args:
        page: the file; changed if the answer is true.
        error: a yaml.MarkedYAMLError.
        failure: gives the place where the parser fails on such lines, or None if it does not.
    """
    failed = (error.problem_mark.line, error.problem_mark.column)
    places = [failed]
    if error.context_mark is not None and error.context_mark.line != failed[0]:
        places.append((error.context_mark.line, error.context_mark.column))
    for line, column in places:
        if line >= len(page.lines) or _goes_on(page.lines, line):
            continue
        for start, end, more in _candidates(page.lines[line], column):
            text = _unquoted(page.lines[line][start:end])
            if text is None or page.is_repaired(line, start):
                continue
            tried = page.lines.copy()
            tried[line] = page.replaced(line, start, end, text)
            then = failure(tried)
            beyond = end + len(tried[line]) - len(page.lines[line]) if more else len(tried[line])
            if then is None or then > max(failed, (line, beyond)):
                page.repair(line, start, end, text, _reason(page.lines[line], start, end))
                return True
    return False


def _goes_on(lines: list[str], line: int) -> bool:
    """Return whether the value of the line goes on below it."""
    following = next((text for text in lines[line + 1 :] if text.strip()), "")
    key = re.match(r"\s*(?:- +)*", lines[line])
    indent = len(key[0]) if key else 0
    return len(following) - len(following.lstrip()) > indent and not _KEY.match(following.lstrip())


def _candidates(line: str, column: int) -> Iterator[tuple[int, int, bool]]:
    """Yield where a value may begin and end, the one nearest to the error first.

    Third: whether other values stand behind it on the line, which may be wrong as well.
    """
    keys = [match.end() for match in _KEY.finditer(line)]
    for start in reversed([start for start in keys if start <= max(column, keys[0])]):
        yield from _ends(line, start, "{" in line[:start])
    if not keys and (item := _ITEM.match(line)):
        yield from _ends(line, item.end(), False)


def _ends(line: str, start: int, in_brackets: bool) -> Iterator[tuple[int, int, bool]]:
    if in_brackets:
        if following := _NEXT.search(line, start):
            yield start, following.start(), True
        closings = [
            closing.start() for closing in re.finditer(r"\s*\}", line) if closing.start() > start
        ]
        for end in reversed(closings):
            yield start, end, False
        return
    end = len(line.rstrip())
    comment = _COMMENT.search(line, start)
    if comment and line.count('"', start, comment.start()) % 2 == 0:
        yield start, comment.start(), False
    yield start, end, False


def _unquoted(text: str) -> str | None:
    """Return what `text` is meant to say, or None if quotes around it are no cure."""
    if not text:
        return None
    first, rest = text[0], text[1:]
    if first in "{[" and text.count(first) != text.count({"{": "}", "[": "]"}[first]):
        return None  # a bracket is missing, not a quote
    if first not in "\"'":
        return text
    if first not in rest:
        return None  # never closed
    if first == '"' and rest.endswith('"') and "\\" in rest and '"' not in rest[:-1]:
        return rest[:-1]
    inner = rest[:-1]
    if rest.endswith(first) and first in inner and first not in _BRACED.sub("", inner):
        return inner  # a template in quotes, with a text in quotes between its braces
    return text


def _reason(line: str, start: int, end: int) -> str:
    """Say why YAML could not read the value."""
    text = line[start:end]
    first = text[0]
    if first in "\"'":
        if text.endswith(first) and text.count(first) == 2:
            return "a backslash in double quotes starts an escape, and this is none that YAML knows"
        return f"YAML takes the second {first} for the end of the value"
    if first in "@`%":
        return f"in YAML a value cannot start with {first!r}"
    if first in _MEANINGS:
        return f"YAML takes a leading {first!r} for {_MEANINGS[first]}"
    if "{" in line[:start] and re.search(r"[\[\]{},]", text):
        return "within {…} YAML takes brackets and commas for its own"
    if ": " in text:
        return "YAML takes ': ' for the end of a key"
    return "YAML cannot read this value as it stands"
