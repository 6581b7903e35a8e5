"""Reads again what a run before this one had handed out and not finished with.

Called by `source.files` before anything new is read of the file. `Tail.entry.owed` names the places, the
ledger shrinks it as lines are readmitted. Many places go into one batch: a thousand start lines that
wait for their ends cost a few blocks, not a thousand. Within a file lines come in file order; which file
comes first is said by `source.owed`.

Raises `Rewritten` when the file is shorter than what it owes, OSError when it cannot be read.
"""

from __future__ import annotations

from itertools import pairwise

from logtrace.encodings import Encoding
from logtrace.model import LineBatch
from logtrace.source.identity import peek
from logtrace.source.lines import BLOCK, Lines, line_of, lines_of
from logtrace.source.nul import leading, region_in
from logtrace.source.tail import Rewritten, Tail, read_line

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


def read_again(tail: Tail, places: int = MAX_PLACES) -> Again | None:
    """Read the next lines of an open file that are owed, of so many places; there must be some.

    None: it is compressed, and takes more steps to get there.
    """
    entry = tail.entry
    owed = list(reversed(entry.owed))
    found: list[Lines] = []
    cuts = size = 0
    for _ in range(places):
        if not owed or size >= BLOCK:
            break
        if not tail.reach(owed[-1]):
            if tail.packed is not None and not tail.packed.more(tail.disk):
                raise Rewritten
            break
        start, end = owed.pop(), owed.pop()
        lines, cut = _read_run(tail, start, end)
        if lines.lines:
            found.append(lines)
        size += len(lines.block)
        cuts += cut
        if lines.starts[-1] < end:
            owed += [end, lines.starts[-1]]
    if not found:
        entry.owed = owed[::-1]
        return None
    beginnings = [start for lines in found for start in lines.starts[:-1]]
    batch = LineBatch(
        entry.source,
        entry.stream,
        entry.key,
        b"".join(lines.block for lines in found),
        [line for lines in found for line in lines.lines],
        [*beginnings, found[-1].starts[-1]],
        behind=True,
        replayed=True,
        cut=cuts,
        repaired=sum(lines.repaired for lines in found),
        gaps=_gaps(found),
    )
    return Again(batch, [lines.starts for lines in found], owed[::-1])


def _gaps(places: list[Lines]) -> list[int]:
    """Return the index of the first line of each place that does not follow the one before."""
    gaps, index = [], 0
    for before, lines in pairwise(places):
        index += len(before.lines)
        if before.starts[-1] != lines.starts[0]:
            gaps.append(index)
    return gaps


def _read_run(tail: Tail, start: int, end: int) -> tuple[Lines, bool]:
    """Return the first lines of a run of open ones, perhaps none, and whether one of them was cut."""
    encoding, width = tail.encoding, tail.width
    wanted = min(end - start, BLOCK)
    data = peek(tail.content, wanted, start)
    if len(data) < wanted:
        raise Rewritten
    found = data.rfind(b"\n") if encoding is None else encoding.rfind(data, start)
    if found >= 0:
        return lines_of(data[: found + width], start, encoding), False
    if nuls := leading(data, width):
        return Lines(b"", [], [start + nuls]), False
    # longer than a block, or without a newline because the tail gave up waiting for it
    at = start
    while (stop := _ended(data, at, encoding)) is None:
        at += len(data)
        if at >= end:
            stop = end, end
            break
        data = peek(tail.content, min(BLOCK, end - at), at)
        if not data:
            raise Rewritten
    line = read_line(tail.content, start, stop[0])
    return line_of(line, stop[0] - start, start, stop[1], encoding)


def _ended(data: bytes, at: int, encoding: Encoding | None) -> tuple[int, int] | None:
    """Return where a line ends in a part of it that stands at `at`, and where the next may begin."""
    width = encoding.width if encoding else 1
    found = data.find(b"\n") if encoding is None else encoding.find(data, at)
    nuls = region_in(data if found < 0 else data[:found], width)
    if nuls >= 0:
        return at + nuls, at + nuls
    return (at + found, at + found + width) if found >= 0 else None
