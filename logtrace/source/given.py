"""Log text that is named on the command line: read once, from beginning to end, with no state.

Called by `logtrace.cli.convert`. Gives the same line batches as the tail does, so that the stages
behind cannot tell the difference; the key of a file is its place on the command line, so that derived
ids, and with them golden files, are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, count
from operator import add
from typing import BinaryIO

from logtrace.model import LineBatch

BLOCK = 128 * 1024
"""Bytes read at once."""


def batches(stream: BinaryIO, name: str, source: str, place: int) -> Iterator[LineBatch]:
    """Yield the lines of `stream` as batches of `source`.

    Args:
        stream: bytes to read to their end; an unterminated last line is a line.
        name: what to call the log stream, such as the file's path.
        source: name of the configured source that its lines belong to.
        place: the file's place on the command line, from 1: its key.
    """
    offset, first, rest = 0, 0, b""
    while True:
        data = stream.read(BLOCK)
        block = rest + data
        if not data and block:
            block += b"" if block.endswith(b"\n") else b"\n"
        cut = block.rfind(b"\n") + 1
        block, rest = block[:cut], block[cut:]
        if block:
            lines = block.split(b"\n")
            lines.pop()
            starts = list(map(add, accumulate(map(len, lines), initial=offset), count()))
            yield LineBatch(source, name, place, block, lines, starts, first, behind=bool(data))
            offset, first = starts[-1], first + len(lines)
        if not data:
            return
