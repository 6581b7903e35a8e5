"""Groups lines by their shape: what is left when numbers, ids, times and quoted texts are taken out.

Called by `coverage` for the lines that no rule took or that could not be used: a thousand lines of one
kind are one thing to do, not a thousand. Memory is bounded whatever the lines hold; a line costs linear
time. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

LOOKED_AT = 600
"""Characters of a line that make its shape."""

MOST = 2_000
"""Shapes that are counted; of more the rarest are dropped."""

SAMPLE = 400
"""Characters that are kept of one line of each shape."""

_PARTS = re.compile(
    r"""
      (?P<time>  \d{4}[-/]\d\d[-/]\d\d (?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)? (?:Z|[ ]?[-+]\d\d:?\d\d)?)?
               | \d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?:[ ][-+]\d{4})?
               | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ ]{1,2}\d{1,2}[ ]\d\d:\d\d:\d\d
               | (?<![\d:])\d\d:\d\d:\d\d(?:[.,]\d+)?(?![\d:]) )
    | (?P<key>   "[^"\\\n]{1,40}"(?=\s?:) )
    | (?P<text>  "[^"\n]{0,300}" | (?<![^\W\d])'[^'\n]{0,300}' )
    | (?P<ip>    (?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]) )
    | (?P<id>    (?<!\w)(?:
                   [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}
                 | (?:0x)?(?=[a-fA-F]*\d)[0-9a-fA-F]{8,64}
                 | (?=[A-Za-z]{0,40}\d{1,40}[A-Za-z])[A-Za-z0-9]{8,64} )(?!\w) )
    | (?P<n>     [-+]?\d+(?:[.,]\d+)* )
    | (?P<blank> \s+ )
    """,
    re.VERBOSE | re.ASCII,
)
_WORDS = (0, 8, 6, 4, 3, 2, 1)
_NAMES = {"text": '"…"', "blank": " "}

_json = msgspec.json.Decoder(dict[str, Any]).decode


def shape_of(line: str, telling: Sequence[str] = ()) -> str:
    """Return the shape of a line.

    Args:
        line: as text.
        telling: of a JSON object, the keys whose values tell its kind: those that conditions read.
            The values of others are left out, their names are not.
    """
    line = line.strip()
    if line.startswith("{") and line.endswith("}"):
        try:
            found = _json(line)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            pass
        else:
            return _of_object(found, telling)
    return _collapsed(line[:LOOKED_AT])


def _collapsed(text: str) -> str:
    return _PARTS.sub(_standing_for, text)


def _standing_for(part: re.Match[str]) -> str:
    kind = part.lastgroup
    return part[0] if kind == "key" else _NAMES.get(kind or "", f"<{kind}>")


def _of_object(found: dict[str, Any], telling: Sequence[str]) -> str:
    """Return `event="ping" level="info" {host, ts}`."""
    told = [
        f"{key}={_told(found[key])}" for key in telling if key in found and found[key] is not None
    ]
    others = sorted(key for key in found if key not in telling)
    return " ".join([*told, "{" + ", ".join(others) + "}"])[:LOOKED_AT]


def _told(value: Any) -> str:
    if isinstance(value, str):
        return '"' + _collapsed(value[:80]) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<n>" if isinstance(value, int | float) else "{…}" if isinstance(value, dict) else "[…]"


@dataclass(slots=True)
class Shape:
    """Lines of one shape.

    Attributes:
        text: the shape.
        count: how many lines had it, since it is counted.
        number: record number of the first of them, and
        sample: its beginning.
    """

    text: str
    count: int
    number: int
    sample: str


def _by_first_words(shapes: list[Shape], words: int) -> list[Shape]:
    """Return one shape for all that begin with the same words; 0: all words."""
    groups: dict[str, Shape] = {}
    for shape in shapes:
        first = shape.text.split(" ", words)[:words] if words else []
        text = " ".join(first) if words else shape.text
        if len(text) < len(shape.text):
            text += " …"
        if text in groups:
            groups[text].count += shape.count
        else:
            groups[text] = replace(shape, text=text)
    return sorted(groups.values(), key=lambda group: (-group.count, group.number))


class Shapes:
    """Counts lines by shape.

    Attributes:
        lines: how many were added.
    """

    def __init__(self, telling: Sequence[str] = (), most: int = MOST) -> None:
        self.lines = 0
        self._telling = telling
        self._most = most
        self._shapes: dict[str, Shape] = {}

    def add(self, line: str, number: int) -> None:
        """Count a line."""
        self.lines += 1
        text = shape_of(line, self._telling)
        shape = self._shapes.get(text)
        if shape is None:
            if len(self._shapes) >= 2 * self._most:
                self._drop()
            self._shapes[text] = Shape(text, 1, number, line[:SAMPLE])
        else:
            shape.count += 1

    def most_frequent(self) -> list[Shape]:
        """Return the shapes, the most frequent first, of equals the one seen first."""
        return sorted(self._shapes.values(), key=lambda shape: (-shape.count, shape.number))

    def groups(self, most: int) -> list[Shape]:
        """Return the shapes, or what they have in common where a few do not stand for most lines.

        Shapes are put together by their first words: by as many as leave no more than `most` groups
        for four fifths of the lines, by one in the end.
        """
        shapes = self.most_frequent()
        for words in _WORDS:
            groups = _by_first_words(shapes, words)
            if 5 * sum(group.count for group in groups[:most]) >= 4 * self.lines:
                break
        return groups

    def _drop(self) -> None:
        """Forget the rarest shapes, half of them."""
        self._shapes = {shape.text: shape for shape in self.most_frequent()[: self._most]}
