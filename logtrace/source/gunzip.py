"""Decoders of gzip and bzip2 that can be fed in pieces, stay small, and say what is wrong.

Called by `source.compressed` and `source.given`. Both give at most as much as they are asked for,
however much a few bytes may stand for; both go on from one member of an archive to the next. Python's
own gzip module reads from a whole file and throws away what stood before an error; these keep it. Never
raises for what an archive holds: `error` says why there is nothing more.
"""

from __future__ import annotations

import bz2
import zlib
from typing import Protocol

GZIP = b"\x1f\x8b\x08"
BZIP2 = b"BZh"

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
_MAX_HEADER = 256 * 1024
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16


class Decoder(Protocol):
    """What decompresses.

    Attributes:
        between: whether all members that were begun are ended.
        error: why nothing more comes, or "".
        bad_sums: how many members did not have the checksum that they name.
    """

    between: bool
    error: str
    bad_sums: int

    def decode(self, data: bytes, limit: int) -> bytes:
        """Return at most `limit` bytes of what was fed, and of `data`; none: feed more."""
        ...


PACKED = (".gz", ".bz2")
"""How the names of compressed files end."""


def kind_of(start: bytes, name: str) -> Packing | None:
    """Return what decodes a file, None if its bytes are what they are.

    Args:
        start: its first 10 bytes. If it has fewer the others may still be on their way, and
        name: its name, decides.
    """
    if start.startswith(GZIP) or (name.endswith(".gz") and GZIP.startswith(start)):
        return Gzip
    if start.startswith(BZIP2) and start[3:4].isdigit() and start[4:] in _BZIP2_BLOCKS:
        return Bzip2
    if name.endswith(".bz2") and len(start) < 10 and start[:3] == BZIP2[: len(start)]:
        return Bzip2
    return None


class Gzip:
    """RFC 1952: a header, raw deflate, a checksum and a length, again and again."""

    def __init__(self) -> None:
        self.between, self.error, self.bad_sums = True, "", 0
        self._members = 0
        self._data = b""
        self._body: zlib._Decompress | None = None
        self._sum = self._size = 0

    def decode(self, data: bytes, limit: int) -> bytes:
        """See `Decoder`."""
        self._data += data
        while not self.error:
            if self._body is None:
                if not self._begin():
                    return b""
            elif self._body.eof:
                if not self._end():
                    return b""
            elif found := self._inflate(self._body, limit):
                return found
            elif not self._body.eof:
                return b""
        return b""

    def _begin(self) -> bool:
        """Pass over a header; return whether it was all there."""
        data = self._data
        if self._members:
            data = self._data = data.lstrip(b"\0")  # padding, as of a tape
        self.between = not data
        if not GZIP.startswith(data[:3]):
            self.error = "something else stands behind it" if self._members else "not gzip data"
            return False
        length = _header(data)
        if length < 0:
            if len(data) > _MAX_HEADER:
                self.error = "its header does not end"
            return False
        self._data = data[length:]
        self._body, self._sum, self._size = zlib.decompressobj(-zlib.MAX_WBITS), 0, 0
        return True

    def _inflate(self, body: zlib._Decompress, limit: int) -> bytes:
        before = body.copy()
        try:
            found = body.decompress(self._data, limit)
        except zlib.error as error:
            self.error = str(error)
            return _salvage(before, self._data, limit)
        self._data = body.unused_data if body.eof else body.unconsumed_tail
        self._sum = zlib.crc32(found, self._sum)
        self._size += len(found)
        return found

    def _end(self) -> bool:
        """Pass over a footer; return whether it was all there."""
        if len(self._data) < 8:
            return False
        footer = self._sum.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")
        self.bad_sums += footer != self._data[:8]
        self._data, self._body = self._data[8:], None
        self._members += 1
        self.between = True
        return True


def _header(data: bytes) -> int:
    """Return the length of the gzip header that data begins with, -1 if it is not all there."""
    if len(data) < 10:
        return -1
    flags, at = data[3], 10
    if flags & _FEXTRA:
        if len(data) < at + 2:
            return -1
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            at = data.find(b"\0", at) + 1
            if not at:
                return -1
    if flags & _FHCRC:
        at += 2
    return at if len(data) >= at else -1


def _salvage(body: zlib._Decompress, data: bytes, limit: int) -> bytes:
    """Return what can be decompressed of data before the error in it."""
    found, step = b"", len(data)
    while step and data and len(found) < limit:
        trial = body.copy()
        try:
            piece = trial.decompress(data[:step], limit - len(found))
        except zlib.error:
            step //= 2
            continue
        found += piece
        body, data = trial, trial.unconsumed_tail + data[step:]
    return found


class Bzip2:
    """Streams of bzip2. Of a damaged block wrong bytes may be given before the damage shows."""

    def __init__(self) -> None:
        self.between, self.error, self.bad_sums = True, "", 0
        self._members = 0
        self._data = b""
        self._body: bz2.BZ2Decompressor | None = None

    def decode(self, data: bytes, limit: int) -> bytes:
        """See `Decoder`."""
        self._data += data
        while not self.error:
            if self._body is None and not self._begin():
                return b""
            assert self._body is not None
            data, self._data = self._data, b""
            try:
                found = self._body.decompress(data, limit)
            except (OSError, ValueError) as error:
                self.error = str(error).lower()
                return b""
            if self._body.eof:
                self._data, self._body = self._body.unused_data, None
                self._members += 1
                self.between = True
            elif not found:
                return b""
            if found:
                return found
        return b""

    def _begin(self) -> bool:
        if self._members:
            self._data = self._data.lstrip(b"\0")
        self.between = not self._data
        start = self._data[:3]
        if not BZIP2.startswith(start):
            self.error = "something else stands behind it" if self._members else "not bzip2 data"
            return False
        if len(start) < 3:
            return False
        self._body = bz2.BZ2Decompressor()
        return True


Packing = type[Gzip] | type[Bzip2]
"""How a file is compressed."""
