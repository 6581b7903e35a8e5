"""Reads again what a run before this one had handed out and not finished with.

Called by `source.files` before anything new is read of the file. `Tail.entry.owed` names the places, the
ledger shrinks it as lines are readmitted. Many places go into one batch: a thousand start lines that
wait for their ends cost a few blocks, not a thousand. Within a file lines come in file order; files come
oldest first (by modification time), so that of one stream the rotated file comes before the live one.
That is log-time order as far as it can be known without reading the lines.

Raises `Rewritten` when the file is shorter than what it owes.
"""

from __future__ import annotations

import os

from logtrace.model import LineBatch
from logtrace.source.tail import BLOCK, Rewritten, Tail, read_line, split

MAX_PLACES = 1000
"""Places in one batch at most, so that a round stays short."""


class Again:
    """A batch of lines that are read again, and what the ledger must know of it.

    Attributes:
        batch: the lines.
        runs: for each place the starts of its lines and, behind them, its end.
        owed: edges of what is owed after that.
    """

    __slots__ = ("batch", "owed", "runs")

    def __init__(self, batch: LineBatch, runs: list[list[int]], owed: list[int]) -> None:
        self.batch, self.runs, self.owed = batch, runs, owed


def read_again(tail: Tail) -> Again:
    """Read the next lines of an open file that are owed; there must be some."""
    entry = tail.entry
    owed = list(reversed(entry.owed))
    pieces: list[bytes] = []
    lines: list[bytes] = []
    runs: list[list[int]] = []
    size = 0
    while owed and size < BLOCK and len(runs) < MAX_PLACES:
        start, end = owed.pop(), owed.pop()
        block, parts, starts = _read_run(tail.fd, start, end)
        pieces.append(block)
        lines += parts
        runs.append(starts)
        size += len(block)
        if starts[-1] < end:
            owed += [end, starts[-1]]
    beginnings = [start for starts in runs for start in starts[:-1]]
    batch = LineBatch(
        entry.source,
        entry.stream,
        entry.key,
        b"".join(pieces),
        lines,
        [*beginnings, runs[-1][-1]],
        behind=True,
        replayed=True,
    )
    return Again(batch, runs, owed[::-1])


def _read_run(fd: int, start: int, end: int) -> tuple[bytes, list[bytes], list[int]]:
    """Return a block, its lines and their starts, from the beginning of a run of open lines."""
    wanted = min(end - start, BLOCK)
    data = os.pread(fd, wanted, start)
    if len(data) < wanted:
        raise Rewritten
    cut = data.rfind(b"\n") + 1
    if cut:
        return data[:cut], *split(data[:cut], start)
    # longer than a block, or without a newline because the tail gave up waiting for it
    after = start + wanted
    while after < end and not (found := os.pread(fd, BLOCK, after).find(b"\n") + 1):
        after += BLOCK
    after = min(after + found, end) if after < end else end
    ended = os.pread(fd, 1, after - 1) == b"\n"
    line = read_line(fd, start, after - ended)
    return line + b"\n", [line], [start, after]
