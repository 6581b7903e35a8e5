"""Lines as text: what the parsers that read text have in common, and `joining` and envelopes too.

`regex`, `logfmt`, `delimited` and `w3c` say what one text means. A block is decoded at once; a line that
is not UTF-8 is repaired by itself and counted. Rows are tuples: the fields that the rules read, and
behind them those of an envelope. Never raises for content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from logtrace.model import LineBatch, Records
from logtrace.parse.rows import Rows


class TextParser:
    """A `model.Parser` of text lines; a subclass gives `parse_texts`."""

    row: Literal["attribute", "item"] = "item"

    def __init__(self, fields: Iterable[str], more: Sequence[str] = ()) -> None:
        """Number the fields of a row; `more` are fields that `attach` puts behind the others."""
        self._fields = tuple(name for name in fields if name not in more)
        self._slots = {name: number for number, name in enumerate((*self._fields, *more))}

    def slot(self, name: str) -> int | None:
        """See `model.Parser`."""
        return self._slots.get(name)

    def parse(self, batch: LineBatch) -> Records:
        """See `model.Parser`."""
        texts, repaired = texts_of(batch)
        return self.parse_texts(texts, heading_of(batch))._replace(repaired=repaired).of(batch)

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """See `joining.Inner`."""
        raise NotImplementedError

    def attach(
        self, rows: list[Any], names: Sequence[str], values: list[tuple[Any, ...]]
    ) -> list[Any]:
        """Return the rows with the values of `names`, as given to the constructor, at their ends."""
        return [row + more for row, more in zip(rows, values, strict=True)]


def texts_of(batch: LineBatch) -> tuple[list[str], int]:
    """Return the text of each line, and how many of them held bytes that are not UTF-8.

    Those become U+FFFD; a byte order mark and carriage returns before a newline are no text.
    """
    broken = 0
    try:
        texts = batch.block.decode().split("\n")
        texts.pop()
    except UnicodeDecodeError:
        texts = [line.decode("utf-8", "replace") for line in batch.lines]
        broken = sum(1 for line in batch.lines if not _is_utf8(line))
    if texts:
        texts[0] = texts[0].removeprefix("\ufeff")
    if b"\r\n" in batch.block:
        texts = [text.removesuffix("\r") for text in texts]
    return texts, broken


def heading_of(batch: LineBatch) -> bytes:
    """Return what says how lines are to be read: the first line of a file may say it of itself."""
    if batch.heading or batch.starts[0] or not batch.lines:
        return batch.heading
    return batch.lines[0]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
