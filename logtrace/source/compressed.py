"""A compressed file as if it were not: its decompressed bytes, by their offset.

Made by `source.tail`, and by `source.archives` to see which file an archive is. An archive that is still
being written ends, for now, where it ends. Raises OSError where the file cannot be read; what is wrong
in it is in `error`, `bad_sums` and `whole`, and what stood before that is given.
"""

from __future__ import annotations

import os

from logtrace.source.gunzip import Decoder, Packing, kind_of
from logtrace.source.identity import ANCHOR
from logtrace.source.lines import BLOCK
from logtrace.source.window import Window

INPUT = 64 * 1024
"""Bytes of the file that are decompressed at once."""


def kind(fd: int, path: str) -> Packing | None:
    """Return what decompresses an open file, None if it is none that is compressed."""
    return kind_of(os.pread(fd, 10, 0), path)


class Unpacked(Window):
    """The decompressed bytes of an open file.

    Attributes:
        used: how many bytes of the file they were made of.
    """

    def __init__(self, fd: int, decoder: Packing) -> None:
        self._fd, self._kind = fd, decoder
        self._start = os.pread(fd, ANCHOR, 0)
        super().__init__()

    def restart(self) -> None:
        """Go back to the beginning."""
        super().restart()
        self._decoder: Decoder = self._kind()
        self.error = ""
        self.used = 0

    @property
    def whole(self) -> bool:
        """Whether it ends with the end of a member, as far as it is there."""
        return self.idle and self._decoder.between

    def more(self, size: int) -> bool:
        """Return whether a file of that size may hold what is not decompressed yet."""
        return not self.error and not (self.idle and size <= self.used)

    def same(self) -> bool:
        """Return whether the file begins as it did, and holds what was decompressed."""
        start = os.pread(self._fd, len(self._start), 0)
        return start == self._start and os.fstat(self._fd).st_size >= self.used

    def trouble(self, stalled: bool) -> str:
        """See `Window`."""
        if not self.idle or self.error:
            return self.error
        if self._decoder.bad_sums:
            return "wrong checksum"
        return "truncated" if stalled and not self.whole else ""

    def _advance(self) -> bool:
        found = self._decoded(b"")
        if not found and not self._decoder.error:
            data = os.pread(self._fd, INPUT, self.used)
            self.used += len(data)
            self.idle = not data
            if not data:
                return False
            found = self._decoded(data)
        self._take(found)
        if not found and self._decoder.error:
            self.error, self.idle = self._decoder.error, True
            return False
        return True

    def _decoded(self, data: bytes) -> bytes:
        """Return a block, or all that can be decompressed of what was fed: members may be small."""
        found = piece = self._decoder.decode(data, BLOCK)
        while piece and len(found) < BLOCK:
            piece = self._decoder.decode(b"", BLOCK - len(found))
            found += piece
        return found
