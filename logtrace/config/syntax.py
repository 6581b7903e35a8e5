"""From the bytes of a YAML file to its tree, or to clear words about why there is none.

Called by `reader` for the main file, each file of conf.d and each preset. A value that YAML cannot read
for want of quotes is repaired, reported and read all the same. Never raises for what a file holds. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from logtrace.config.nodes import Node, Refused, TreeBuilder, Trouble
from logtrace.config.page import Page
from logtrace.config.repair import Place, repaired
from logtrace.errors import Mark, Problem

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser, where PyYAML was built with it."""

MAX_REPAIRS = 20

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
"""Characters that YAML does not allow, the byte order mark among them."""

_INDENTATION = "see that it is indented like its neighbours, or put a value with ': ' in quotes"

_WORDS = (
    ("mapping values are not allowed", "a key is not expected here", _INDENTATION),
    ("did not find expected key", "a key is expected here", _INDENTATION),
    ("did not find expected '-'", "a list item is expected here", _INDENTATION),
    ("block sequence entries are not allowed", "a list item is not expected here", _INDENTATION),
    ("could not find expected ':'", "a key without its ':'", "write key: value"),
    ("did not find expected ',' or", "a bracket is not closed", "close it, or use quotes"),
    (
        "did not find expected node content",
        "a value is missing, or a bracket",
        "write it, or use quotes",
    ),
    ("found unexpected end of stream", "the quote is never closed", "add the closing quote"),
    ("found unexpected document indicator", "the quote is never closed", "add the closing quote"),
    ("unknown escape character", "an escape that YAML does not know", "use single quotes"),
    ("cannot start any token", "in YAML a value cannot start with this", "write it in quotes"),
)
"""What libyaml says, and what it means."""

_FOUND_LATE = ("end of stream", "document indicator", "expected ',' or", "expected ':'")
"""Complaints whose cause is where libyaml says that it began."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds.

    Attributes:
        root: its tree; None if it is empty or cannot be read.
        problems: why it cannot be read.
        troubles: values that were misread: `walk` reports them with their keys.
    """

    root: Node | None
    problems: list[Problem]
    troubles: list[Trouble]


def parse(data: bytes, file: str) -> Document:
    """Return the tree of `data`, which was read from `file`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mark = _place(file, data[: error.start].decode("utf-8", "replace"))
        what = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return Document(None, [Problem(mark, "", what, "save the file as UTF-8")], [])
    if unprintable := _UNPRINTABLE.search(text):
        mark = _place(file, text[: unprintable.start()])
        what = f"YAML does not allow the character U+{ord(unprintable[0]):04X}"
        return Document(None, [Problem(mark, "", what, "remove it")], [])
    page = Page(file, text)
    for _ in range(MAX_REPAIRS + 1):
        try:
            root = TreeBuilder(page.mark, page.scalar, page.written).build(_events(page.lines))
        except yaml.MarkedYAMLError as error:
            problem = _problem(page, error)
            if not repaired(page, error, _failure):
                break
        except Refused as refusal:
            problem = Problem(refusal.mark, "", refusal.what, refusal.fix)
            break
        else:
            return Document(root, [], list(page.troubles.values()))
    return Document(None, [problem], list(page.troubles.values()))


def _events(lines: list[str]) -> Any:
    return yaml.parse("\n".join(lines), Loader=Loader)


def _failure(lines: list[str]) -> Place | None:
    """Return the place where the parser fails, or None if it does not."""
    try:
        for _ in _events(lines):
            pass
    except yaml.MarkedYAMLError as error:
        return (
            (error.problem_mark.line, error.problem_mark.column) if error.problem_mark else (0, 0)
        )
    return None


def _place(file: str, before: str) -> Mark:
    lines = Page(file, before).lines
    return Mark(file, len(lines), len(lines[-1]) + 1)


def _open_quote(lines: list[str], line: int) -> yaml.Mark | None:
    """Return where a quote opens above `line` that closes only at the quote that opens there."""
    for above in range(line - 1, max(line - 5, -1), -1):
        if opening := re.search(r""":\s+(["'])(?!.*\1)""", lines[above]):
            return yaml.Mark("", 0, above, opening.start(1), None, 0)
    return None


def _problem(page: Page, error: Any) -> Problem:
    """Return the parser's complaint in words of our own, with the line it is about."""
    said = str(error.problem)
    place = error.problem_mark
    if any(words in said for words in _FOUND_LATE):
        place = error.context_mark or place  # where it opens, not where its end is missed
    opening = _open_quote(page.lines, place.line) if "did not find expected key" in said else None
    if opening is not None:
        place, said = opening, "found unexpected end of stream"
    line = min(place.line, len(page.lines) - 1)
    text = page.lines[line]
    if text[place.column : place.column + 1] == "\t" or re.match(r" *\t", text):
        what, fix = "a tab cannot indent YAML", "use spaces"
    else:
        words = (entry[1:] for entry in _WORDS if entry[0] in said)
        what, fix = next(words, (f"not YAML: {said}", ""))
    mark = page.mark(line, place.column)
    caret = " " * (mark.column - 1) + "^"
    excerpt = (
        f"    {text}\n    {caret}" if len(text) <= 200 and text.strip() and "\t" not in text else ""
    )
    return Problem(mark, "", what, fix, excerpt=excerpt)
