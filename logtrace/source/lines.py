"""Bytes of a log → lines in UTF-8, and where each of them starts in the log.

Called by `source.tail`, `source.replay` and `source.given`, so that a line that is read again, or by
`convert`, is the same as the first time. UTF-8 is passed on as it is, but for a byte order mark at the
very beginning; other encodings are transcoded. Regions of NULs (`source.nul`) are left out.
Offsets are those of the log as it stands there. Pure, but for `last_line_start`; never raises for what a
log holds.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from itertools import accumulate
from operator import add

import msgspec

from logtrace.encodings import Encoding
from logtrace.source.nul import pieces

BLOCK = 128 * 1024
"""Bytes read at once: larger blocks fall out of the processor's cache further down the line."""

MAX_LINE = 1024 * 1024
"""Bytes of a line that are kept."""


class Lines(msgspec.Struct, gc=False):
    """Lines that stand one behind the other.

    Attributes:
        block: the lines, each ended by one newline.
        lines: the same without newlines.
        starts: the offset of each, and behind the last one the offset where they end.
        repaired: how many held bytes that are no text in their encoding.
        nuls: bytes of NULs that were left out.
    """

    block: bytes
    lines: list[bytes]
    starts: list[int]
    repaired: int = 0
    nuls: int = 0


def lines_of(data: bytes, offset: int, encoding: Encoding | None = None) -> Lines:
    """Return the lines of data that stands at `offset`, begins with a line, and ends with a newline."""
    if encoding is None:
        if offset and 0 not in data:
            return Lines(data, *split(data, offset))
        return _plain(data, offset)
    text = encoding.whole(data)
    if text is not None and "\0" not in text:
        return _transcoded(text, offset, encoding)
    parts = encoding.split(data)
    parts.pop()
    return _joined(parts, offset, offset + len(data), encoding)


def _transcoded(text: str, offset: int, encoding: Encoding) -> Lines:
    """Return lines that are all in order."""
    block, width = text.encode(), encoding.width
    lengths = [len(line.encode(encoding.codec)) + width for line in text.split("\n")]
    starts = list(accumulate(lengths[:-1], initial=offset))
    if not offset and block.startswith(BOM_UTF8):
        block = block[len(BOM_UTF8) :]
    lines = block.split(b"\n")
    lines.pop()
    return Lines(block, lines, starts)


def _plain(data: bytes, offset: int) -> Lines:
    if 0 in data:
        parts = data.split(b"\n")
        parts.pop()
        return _joined(parts, offset, offset + len(data), None)
    lines, starts = split(data, offset)
    if not offset and data.startswith(BOM_UTF8):
        lines[0], data = lines[0][len(BOM_UTF8) :], data[len(BOM_UTF8) :]
    return Lines(data, lines, starts)


def _joined(parts: list[bytes], offset: int, end: int, encoding: Encoding | None) -> Lines:
    """Return encoded lines as they are handed on."""
    width = encoding.width if encoding else 1
    lines: list[bytes] = []
    starts: list[int] = []
    repaired = nuls = 0
    for part in parts:
        if b"\0" * width in part:
            found = pieces(part, width)
            nuls += len(part) - sum(len(text) for _, text in found)
        else:
            found = [(0, part)]
        for at, text in found:
            line, broken = _text(text, offset + at, encoding)
            repaired += broken
            lines.append(line)
            starts.append(offset + at)
        offset += len(part) + width
    block = b"".join([line + b"\n" for line in lines])
    return Lines(block, lines, [*starts, end], repaired, nuls)


def line_of(
    data: bytes, length: int, offset: int, after: int, encoding: Encoding | None = None
) -> tuple[Lines, bool]:
    """Return the one line that stands at `offset`, and whether it was cut.

    Args:
        data: its beginning: all of it, or more than `MAX_LINE` bytes.
        length: how many bytes it has.
        offset: where it starts.
        after: where the next one does.
        encoding: how its bytes are text; None: UTF-8.
    """
    cut = length > MAX_LINE
    if cut and encoding is not None:
        data = data[: MAX_LINE - MAX_LINE % encoding.width]
    line, broken = _text(data, offset, encoding, cut)
    return Lines(shorten(line) + b"\n", [shorten(line)], [offset, after], broken), cut


def _text(
    line: bytes, offset: int, encoding: Encoding | None, cut: bool = False
) -> tuple[bytes, bool]:
    broken = False
    if encoding is not None:
        line, broken = encoding.text(line, cut)
    if not offset and line.startswith(BOM_UTF8):
        line = line[len(BOM_UTF8) :]
    return line, broken


def split(block: bytes, offset: int) -> tuple[list[bytes], list[int]]:
    """Return the lines of a block that stands at `offset`, and where each starts, and its end."""
    lines = block.split(b"\n")
    lines.pop()
    ends = accumulate(map(len, lines), initial=offset)
    return lines, list(map(add, ends, range(len(lines) + 1)))


def shorten(line: bytes) -> bytes:
    """Return what is kept of a line: not more than `MAX_LINE`, and no UTF-8 character is split."""
    if len(line) <= MAX_LINE:
        return line
    length = MAX_LINE
    while length > MAX_LINE - 4 and line[length] & 0xC0 == 0x80:
        length -= 1
    return line[:length]


def last_line_start(fd: int, size: int, encoding: Encoding | None = None) -> int:
    """Return the offset behind the last newline: where a file is entered at its end.

    The line that is being written at that moment is thereby read when it is finished. Of a line
    longer than `MAX_LINE` only what is still to come is read. NULs at the end may be overwritten.
    """
    width = encoding.width if encoding else 1
    encoding = encoding.at(os.pread(fd, 4, 0)) if encoding else None
    at = size - size % width
    while at and not (rest := os.pread(fd, BLOCK, max(0, at - BLOCK))[: min(at, BLOCK)]).strip(
        b"\0"
    ):
        at -= len(rest)
    size = at
    while at > max(0, size - MAX_LINE):
        start = max(0, at - BLOCK)
        data = os.pread(fd, at - start, start)
        found = data.rfind(b"\n") if encoding is None else encoding.rfind(data, start)
        if found >= 0:
            return start + found + width
        at = start
    return size if at else 0
