"""The text of one YAML file, and where everything in it stands.

Called by `syntax`. The parser counts lines and columns of the text it is given; a page knows the file's
own, also after a value was put in quotes for the parser's sake. It makes the scalars of the tree, which
is where YAML's silent misreadings are seen: a value that ends at a ` #` or a `,` within a text, a `!`
that becomes a tag. Pure.
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.config.model import Text
from logtrace.config.nodes import Scalar, Trouble
from logtrace.errors import Mark

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
"""What YAML 1.1 takes for the end of a line."""

_STRING_TAGS = ("!", "tag:yaml.org,2002:str")


def quoted(text: str) -> str:
    """Return `text` as a YAML scalar in quotes."""
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def in_quotes(text: str) -> str:
    """Return the advice to put `text` in quotes."""
    return f"write it in quotes: {quoted(text)}"


class Page:
    """The lines of one file.

    Attributes:
        file: its name, as it is shown.
        lines: its lines, without their ends, as the parser gets them.
        troubles: what was misread, by its place.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = _BREAK.split(text)
        self.troubles: dict[Mark, Trouble] = {}
        self._shifts: dict[int, list[tuple[int, int, int]]] = {}

    def mark(self, line: int, column: int) -> Mark:
        """Return the place in the file of the parser's line and column, both from 0."""
        for start, end, added in reversed(self._shifts.get(line, ())):
            if column >= end:
                column -= added
            elif column > start:
                column -= 1  # the opening quote
        return Mark(self.file, line + 1, column + 1)

    def repair(self, line: int, start: int, end: int, text: str, what: str) -> None:
        """Let the parser see `text` in quotes instead of what stands from `start` to `end`."""
        mark = self.mark(line, start)
        self.troubles[mark] = Trouble(mark, what, in_quotes(text))
        self.lines[line] = self.replaced(line, start, end, text)
        grown = start + len(quoted(text))
        self._shifts.setdefault(line, []).append((start, grown, grown - end))

    def is_repaired(self, line: int, start: int) -> bool:
        """Return whether a value that begins there is in quotes already."""
        return any(start == repaired for repaired, _, _ in self._shifts.get(line, ()))

    def line(self, number: int) -> str:
        """Return a line; the parser may end on one behind the last."""
        return self.lines[number] if number < len(self.lines) else ""

    def replaced(self, line: int, start: int, end: int, text: str) -> str:
        """Return what `repair` would make of the line."""
        return self.lines[line][:start] + quoted(text) + self.lines[line][end:]

    def written(self, opening: Any, closing: Any) -> str:
        """Return the text from one event to another, or "" if it is more than one line."""
        start, end = opening.start_mark, closing.end_mark
        return self.line(start.line)[start.column : end.column] if start.line == end.line else ""

    def scalar(self, event: Any, in_brackets: bool) -> Scalar:
        """Return the node of a scalar event."""
        text, style = self._text(event), event.style
        mark = self.mark(event.start_mark.line, event.start_mark.column)
        if misreading := self._misreading(event, text, in_brackets):
            whole, what = misreading
            self.troubles.setdefault(mark, Trouble(mark, what, in_quotes(whole)))
            text = Text(whole, mark)
        trouble = self.troubles.get(mark)
        is_text = bool(style) or event.tag in _STRING_TAGS
        return Scalar(text, is_text or trouble is not None, trouble)

    def _text(self, event: Any) -> Text:
        """Return the value with the place of its first character, not that of an anchor or quote."""
        value, style = event.value, event.style
        start, end = event.start_mark, event.end_mark
        line = self.line(end.line)
        if start.line == end.line and style not in ("|", ">"):
            last = end.column - (1 if style else 0)
            first = last - len(value)
            whole = first >= start.column and line[first:last] == value
            if whole and (not style or line[first - 1] == style):
                return Text(value, self.mark(end.line, first))
        behind = 1 if style in ("'", '"') else 0
        return Text(value, self.mark(start.line, start.column + behind), plain=False)

    def _misreading(self, event: Any, text: Text, in_brackets: bool) -> tuple[str, str] | None:
        """Return what was meant by a value that YAML reads as something else, and why it does."""
        if event.tag is not None and event.tag not in _STRING_TAGS:
            return self._tagged(event), "YAML takes a leading '!' for a tag"
        if not event.style and text.plain:
            for quote in "\"'":
                if text.count(quote) % 2 and (torn := self._torn(event, in_brackets, quote)):
                    return torn
        return None

    def _tagged(self, event: Any) -> str:
        start, end = event.start_mark, event.end_mark
        last = end.column if end.line == start.line else None
        line = self.line(start.line)
        return line[start.column : last].rstrip()

    def _torn(self, event: Any, in_brackets: bool, quote: str) -> tuple[str, str] | None:
        """Return the whole of a value that YAML cut within a text, and what it was cut at."""
        line = self.line(event.end_mark.line)
        start, end = event.start_mark.column, event.end_mark.column
        rest = line[end:]
        if rest[:1].isspace() and rest.lstrip().startswith("#"):
            whole = line[start:].rstrip()
            what = "YAML takes ' #' for the start of a comment"
        elif in_brackets and rest.lstrip()[:1] in (",", "]", "}"):
            whole = _item(line, start, quote)
            what = f"YAML takes {rest.lstrip()[0]!r} for the end of the value"
        else:
            return None
        return (whole, what) if whole.count(quote) % 2 == 0 else None


def _item(line: str, start: int, quote: str) -> str:
    """Return the value in brackets that begins at `start`, with commas in texts taken as text."""
    inside = False
    for index in range(start, len(line)):
        if line[index] == quote:
            inside = not inside
        elif line[index] in ",]}" and not inside:
            return line[start:index].rstrip()
    return line[start:].rstrip()
