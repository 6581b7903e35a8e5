"""What reading lines gives, before it is joined with its batch: between the parsers only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from logtrace.model import Reject


class Rows(NamedTuple):
    """What became of lines.

    Attributes:
        rows: one for each line that could be read, in order.
        lines: for each row, the index of its line.
        rejects: (index of the line, why) for each other line.
        repaired: how many lines were read with something in them replaced.
    """

    rows: list[Any]
    lines: Sequence[int]
    rejects: list[tuple[int, Reject]]
    repaired: int = 0
