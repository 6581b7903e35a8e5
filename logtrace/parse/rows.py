"""What reading lines gives, before it is joined with its batch: from parser to parser only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from logtrace.model import LineBatch, Records, Reject


class Rows(NamedTuple):
    """What became of lines.

    Attributes:
        rows: one for each line that could be read, in order.
        lines: for each row, the index of its line.
        rejects: (index of the line, why) for each other line.
        repaired: how many lines were read with something in them replaced.
        skipped: indexes of lines that are no records: comments, headers.
    """

    rows: list[Any]
    lines: Sequence[int]
    rejects: list[tuple[int, Reject]]
    repaired: int = 0
    skipped: Sequence[int] = ()

    def of(self, batch: LineBatch) -> Records:
        """Return the records of the batch whose lines these are."""
        return Records(batch, self.rows, self.lines, self.rejects, self.repaired, self.skipped)

    def within(self, outer: Rows) -> Rows:
        """Return these rows with the lines and rejects of what they were wrapped in."""
        rejects = outer.rejects + [(outer.lines[index], why) for index, why in self.rejects]
        lines = [outer.lines[index] for index in self.lines]
        skipped = [outer.lines[index] for index in self.skipped]
        repaired = outer.repaired + self.repaired
        return Rows(self.rows, lines, sorted(rejects), repaired, skipped)
