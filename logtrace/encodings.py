"""Logs that are not UTF-8: where their lines end, and what they say.

Called by `source.lines` for the text and by `source.tail` for the line ends; `config.checks` asks
whether a name is known. A line's end is looked for in the encoded form, so that offsets are the file's
own. UTF-8 has no `Encoding`: its bytes are handed on as they are. Never raises for what a file holds.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

import msgspec

_BY_BOM = {
    "utf-16": {
        codecs.BOM_UTF16_LE: "utf-16-le",
        codecs.BOM_UTF16_BE: "utf-16-be",
        b"": "utf-16-le",
    },
    "utf-32": {
        codecs.BOM_UTF32_LE: "utf-32-le",
        codecs.BOM_UTF32_BE: "utf-32-be",
        b"": "utf-32-le",
    },
}
"""Which codec each byte order mark names; little-endian without one, as Windows writes it."""

_STATEFUL = ("hz", "iso2022", "utf-7")

_SAMPLE = "a\nbc\n"


class Encoding(msgspec.Struct, frozen=True):
    """How the bytes of a log are text.

    Attributes:
        codec: Python's name of it.
        newline: the end of a line.
    """

    codec: str
    newline: bytes

    @property
    def width(self) -> int:
        """Bytes of its smallest unit: line ends stand at multiples of it only."""
        return len(self.newline)

    def at(self, head: bytes) -> Encoding:
        """Return the encoding of a file that begins so: a byte order mark may decide it."""
        for mark, codec in _BY_BOM.get(self.codec, {}).items():
            if head.startswith(mark):
                return _encoding(codec)
        return self

    def find(self, data: bytes, base: int) -> int:
        """Return the index of the first line end in data that stands at offset `base`, or -1."""
        found = data.find(self.newline)
        while found >= 0 and (base + found) % self.width:
            found = data.find(self.newline, found + 1)
        return found

    def rfind(self, data: bytes, base: int) -> int:
        """Return the index of the last line end, or -1."""
        found = data.rfind(self.newline)
        while found >= 0 and (base + found) % self.width:
            found = data.rfind(self.newline, 0, found + self.width - 1)
        return found

    def split(self, data: bytes) -> list[bytes]:
        """Return the lines of data that begins with one, and what stands behind the last end."""
        width, newline = self.width, self.newline
        if width == 1:
            return data.split(newline)
        lines, start, found = [], 0, data.find(newline)
        while found >= 0:
            if found % width:
                found = data.find(newline, found + 1)
                continue
            lines.append(data[start:found])
            start = found + width
            found = data.find(newline, start)
        return [*lines, data[start:]]

    def text(self, line: bytes, cut: bool = False) -> tuple[bytes, bool]:
        """Return a line as UTF-8, and whether bytes in it are no text and became U+FFFD.

        Args:
            line: the line, encoded.
            cut: whether it may end in the middle of a character, which is left out then.
        """
        broken = False
        try:
            text = self._decoded(line, "strict", cut)
        except UnicodeError:
            broken = True
            text = self._decoded(line, "replace", cut)
        if "\n" in text:  # UTF-7 has a second way to write one
            text = text.replace("\n", " ")
        return text.encode("utf-8", "replace"), broken

    def whole(self, data: bytes) -> str | None:
        """Return the text of whole lines, None if they have to be looked at one by one."""
        if self.codec.startswith(_STATEFUL):  # what a line says must not depend on the one before
            return None
        try:
            text = data.decode(self.codec)
            return text if text.encode(self.codec) == data else None  # for their lengths
        except UnicodeError:
            return None

    def _decoded(self, line: bytes, errors: str, cut: bool) -> str:
        if not cut:
            return line.decode(self.codec, errors)
        return codecs.getincrementaldecoder(self.codec)(errors).decode(line)


@lru_cache(maxsize=64)
def lookup(name: str) -> Encoding | None:
    """Return the encoding of that name, None for UTF-8; raises LookupError saying what is wrong."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError) as error:  # a NUL in the name is a ValueError
        raise LookupError("not an encoding that Python knows") from error
    if codec in ("utf-8", "utf-8-sig"):
        return None
    try:
        encoding = _encoding(codec)
        bare = encoding.at(b"").codec
        parts = [part.encode(bare) for part in _SAMPLE]
        whole = _SAMPLE.encode(bare) == b"".join(parts)
        usable = whole and encoding.at(b"").text(parts[0] + parts[2]) == (b"ab", False)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise LookupError("not an encoding of text") from error
    if not usable or encoding.width != len(parts[0]) or encoding.width not in (1, 2, 4):
        raise LookupError("not an encoding that is read line by line")
    return encoding


def _encoding(codec: str) -> Encoding:
    bare = _BY_BOM.get(codec, {}).get(b"", codec)
    return Encoding(codec, "\n".encode(bare))
