"""Log text that is named on the command line: read once, from beginning to end, with no state.

Called by `logtrace.cli.convert`. Gives the same line batches as the tail does, being one over a stream,
so that the stages behind cannot tell the difference; the key of a file is its place on the command line,
so that derived ids, and with them golden files, are the same on every machine. What is compressed is
decompressed; what is wrong with it is said when all that can be read is given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from logtrace.encodings import Encoding
from logtrace.model import LineBatch
from logtrace.source.checkpoint import FileEntry
from logtrace.source.gunzip import Decoder, kind_of
from logtrace.source.heading import Headings
from logtrace.source.identity import Identity, digest
from logtrace.source.lines import BLOCK
from logtrace.source.tail import Tail
from logtrace.source.window import Window

_NO_FILE = os.stat_result([0] * 10)


def batches(
    stream: BinaryIO,
    name: str,
    source: str,
    place: int,
    encoding: Encoding | None = None,
    damaged: Callable[[str, int], None] | None = None,
    headings: Headings | None = None,
) -> Iterator[LineBatch]:
    """Yield the lines of `stream` as batches of `source`.

    Args:
        stream: bytes to read to their end; an unterminated last line is a line.
        name: what to call the log stream, such as the file's path.
        source: name of the configured source that its lines belong to.
        place: the file's place on the command line, from 1: its key.
        encoding: how the bytes are text; None: UTF-8.
        damaged: is told what is wrong with an archive, and how many bytes could be read.
        headings: those of the sources that have such, from the configuration.
    """
    nothing = Identity(0, 0, digest(b""), 0, digest(b""))
    entry = FileEntry(place, source, name, name, nothing)
    given = _Given(stream)
    tail = Tail(entry, -1, _NO_FILE, encoding, given)
    first = 0
    while True:
        batch = tail.read(give_up=True)
        if batch is not None:
            batch.first, entry.offset = first, batch.starts[-1]
            batch.behind = not batch.torn  # no time passes while a stream is read
            if headings is not None:
                headings.stamp(batch, given, encoding)
            first += len(batch.lines)
            yield batch
        elif not (tail.pending or tail.unfinished):
            break
    if damaged and (wrong := given.trouble(stalled=True)):
        damaged(wrong, given.end)


class _Given(Window):
    """What a stream holds, decompressed."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._next = stream.read(BLOCK)
        decoder = kind_of(self._next[:10], "")
        self._decoder: Decoder | None = decoder() if decoder else None

    def trouble(self, stalled: bool) -> str:
        """See `Window`."""
        if self._decoder is None or self._decoder.error:
            return self.error
        if self._decoder.bad_sums:
            return "wrong checksum"
        return "" if self._decoder.between else "truncated"

    def _advance(self) -> bool:
        found = self._next
        if self._decoder is not None:
            found = self._decoder.decode(self._next, BLOCK)
            self.error = "" if found else self._decoder.error
            self._next = b"" if found or self.error else self._stream.read(BLOCK)
            self.idle = bool(self.error) or not (found or self._next)
        else:
            self._next = self._stream.read(BLOCK) if found else b""
            self.idle = not found
        self._take(found)
        return not self.idle
