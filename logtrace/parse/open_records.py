"""Records of several lines that may still go on: what `joining` holds between two batches.

The data only: `joining` decides what goes on with what. A record is known by its first line; the record
numbers of its other lines are kept as runs. One thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.model import LineBatch


class OpenRecord:
    """A record whose end was not seen yet.

    Attributes:
        number: record number of its first line, and
        place: where that line starts and ends in its file, and
        batch: an empty one of the same stream and file.
        values: of the envelope's fields, of its first line.
        parts: what it consists of; `size`: how many characters that is.
        lines: how many lines it has; `last`: how many parts stand before the last of them.
        tied: first and last number of each run of its other lines.
        partial: whether its last line is still in pieces.
        full: whether it was handed on as it was: what still comes of it is passed over.
        cut: whether something of it is left out.
        touched: the stream's time when its last line came; None: since time was told last.
    """

    __slots__ = (
        "batch",
        "cut",
        "full",
        "last",
        "lines",
        "number",
        "partial",
        "parts",
        "place",
        "size",
        "tied",
        "touched",
        "values",
    )

    def __init__(self, batch: LineBatch, line: int, values: tuple[Any, ...]) -> None:
        self.batch = LineBatch(batch.source, batch.stream, batch.key, b"", [], [])
        self.batch.heading, self.batch.modified = batch.heading, batch.modified
        self.number = batch.first + line
        self.place = batch.starts[line], batch.starts[line + 1]
        self.values = values
        self.parts: list[str] = []
        self.size = self.lines = self.last = 0
        self.tied: list[list[int]] = []
        self.partial = self.full = self.cut = False
        self.touched: int | None = None

    def begin(self, text: str, room: int) -> None:
        """Take the first line, as far as there is room."""
        self.parts, self.size, self.lines = [text[:room]], min(len(text), room), 1
        self.cut = len(text) > room

    def go_on(self, text: str, number: int, room: int) -> None:
        """Take another line, or the next piece of one, as far as there is room."""
        if not self.partial:
            text = "\n" + text
            self.lines += 1
            self.last = len(self.parts)
        self.cut = len(text) > room
        self.parts.append(text[:room])
        self.size += min(len(text), room)
        self.touched = None
        if self.tied and self.tied[-1][1] == number - 1:
            self.tied[-1][1] = number
        else:
            self.tied.append([number, number])

    def rest(self) -> OpenRecord:
        """Return what stands for this record, which is full, while the rest of it passes."""
        rest = OpenRecord.__new__(OpenRecord)
        rest.batch, rest.number, rest.place, rest.values = self.batch, self.number, self.place, ()
        rest.parts, rest.tied = [], []
        rest.size = rest.lines = rest.last = 0
        rest.partial, rest.full, rest.cut, rest.touched = self.partial, True, self.cut, None
        return rest

    def ties(self) -> Iterator[tuple[int, range]]:
        """Yield its number with each run of numbers of its other lines."""
        for first, last in self.tied:
            yield self.number, range(first, last + 1)

    @property
    def last_line(self) -> str:
        """Its last line, of all the pieces that came of it and were kept."""
        line = "".join(self.parts[self.last :])
        return line[1:] if self.last else line

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.parts)


class OpenStream:
    """What is open in one log stream.

    Attributes:
        records: the open record of each channel, the one that was begun first first.
        key: of the file that its last batch came from, and
        end: where that batch ended.
        now: how much time has passed for it.
    """

    __slots__ = ("end", "key", "now", "records")

    def __init__(self) -> None:
        self.records: dict[str, OpenRecord] = {}
        self.key = self.end = -1
        self.now = 0

    def follows(self, batch: LineBatch) -> bool:
        """Return whether a batch begins where the last one ended, or with the next file."""
        if batch.severed:
            return False
        return batch.starts[0] == (self.end if batch.key == self.key else 0)
