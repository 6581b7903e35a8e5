"""Log text that is named on the command line: read once, from beginning to end, with no state.

Called by `logtrace.cli.convert`. Gives the same line batches as the tail does, so that the stages
behind cannot tell the difference; the key of a file is its place on the command line, so that derived
ids, and with them golden files, are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from logtrace.model import LineBatch
from logtrace.source.tail import BLOCK, MAX_LINE, shorten, split


def batches(stream: BinaryIO, name: str, source: str, place: int) -> Iterator[LineBatch]:
    """Yield the lines of `stream` as batches of `source`.

    Args:
        stream: bytes to read to their end; an unterminated last line is a line.
        name: what to call the log stream, such as the file's path.
        source: name of the configured source that its lines belong to.
        place: the file's place on the command line, from 1: its key.
    """
    offset, first = 0, 0
    pieces: list[bytes] = []  # of the line that has no end yet, as much as may be kept
    length = 0  # of all that was read of it
    while True:
        data = stream.read(BLOCK)
        more = bool(data)
        if not more:
            if not length:
                return
            data = b"\n"
        cut = data.rfind(b"\n") + 1
        if not cut:
            if length <= MAX_LINE:
                pieces.append(data)
            length += len(data)
            continue
        end = data.find(b"\n")
        if length + end > MAX_LINE:
            line = shorten(b"".join((*pieces, data[:end])))
            starts = [offset, offset + length + end + 1]
            yield LineBatch(source, name, place, line + b"\n", [line], starts, first, behind=more)
            offset, first = starts[-1], first + 1
            block = data[end + 1 : cut]
        else:
            block = b"".join((*pieces, data[:cut]))
        pieces, length = [data[cut:]], len(data) - cut
        if block:
            lines, starts = split(block, offset)
            yield LineBatch(source, name, place, block, lines, starts, first, behind=more)
            offset, first = starts[-1], first + len(lines)
