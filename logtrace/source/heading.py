"""Headings: the lines of a file that say how those behind them are to be read.

Called by `source.files` and `source.given` for each batch of a source that has such lines
(`SourceConfig.heading`): the first line of a CSV file, or the last `#Fields:` of a W3C log with the
comments before it. The one that counts for a batch's first line goes along with the batch, so that a
parser needs no memory of the file: reading on, reading again after a restart, and entering a file at
its end are the same.

Batch after batch of a file nothing is read twice. Anywhere else the heading is sought backwards, at
most `FAR` bytes, then in the file's beginning; in a compressed file there only, since its bytes come
one way. What is not found is b"". Raises OSError when the file cannot be read.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable

from logtrace.config.model import SourceConfig
from logtrace.encodings import Encoding
from logtrace.model import LineBatch
from logtrace.source.identity import HEAD, Content, peek

FAR = 64 * 1024 * 1024
"""Bytes before a line that are searched for its heading."""

LONGEST = 64 * 1024
"""Bytes of a heading; a longer first line is none."""

_STEP = 128 * 1024
_OVERLAP = 8 * 1024
_MOST_FILES = 4096


class Headings:
    """The headings of all files: for each, the one that counts where its last batch ended."""

    def __init__(self, sources: Iterable[SourceConfig]) -> None:
        self._marks = {
            source.name: source.heading for source in sources if source.heading is not None
        }
        self._known: dict[int, tuple[int, bytes]] = {}

    def changes(self, source: str) -> bool:
        """Return whether a file of the source may have several headings."""
        return bool(self._marks.get(source))

    def stamp(
        self, batch: LineBatch, content: int | Content, encoding: Encoding | None = None
    ) -> None:
        """Fill `batch.heading`.

        Args:
            batch: lines of one file that stand one behind the other; those of a file with one
                heading may have gaps between them.
            content: what reads the file.
            encoding: how its bytes are text; None: UTF-8.
        """
        mark = self._marks.get(batch.source)
        if mark is None:
            return
        start = batch.starts[0]
        end, heading = self._known.get(batch.key, (0, b""))
        if start > end or (start < end and start):
            known = (end, heading) if start > end else (0, b"")
            heading = _sought(content, start, mark, encoding, *known)
        elif not start:
            heading = b""
        batch.heading = heading
        if len(self._known) >= _MOST_FILES:
            self._known.clear()
        if mark:
            heading = heading_in(b"\n" + batch.block, mark) or heading
        elif not start:
            heading = _first_line(batch.block)
        self._known[batch.key] = batch.starts[-1], heading


def heading_in(data: bytes, mark: bytes) -> bytes:
    """Return the last line of some that begins with `mark`, and the comments just before it.

    b"" if there is none. What stands before the first newline of `data` is no line.
    """
    found = data.rfind(b"\n" + mark)
    end = data.find(b"\n", found + 1)
    if found < 0 or end < 0:
        return b""
    while found > 0:
        before = data.rfind(b"\n", 0, found)
        if before < 0 or data[before + 1 : before + 2] != mark[:1] or end - before > LONGEST:
            break
        found = before
    return data[found + 1 : end + 1]


def _first_line(data: bytes) -> bytes:
    end = data.find(b"\n", 0, LONGEST)
    return data[: end + 1].removeprefix(BOM_UTF8)


def _sought(
    content: int | Content,
    offset: int,
    mark: bytes,
    encoding: Encoding | None,
    known_end: int,
    known: bytes,
) -> bytes:
    """Return the heading that counts at `offset`; `known` is the one that counts at `known_end`."""
    if not isinstance(content, int):
        head = _text(peek(content, min(offset, HEAD), 0), encoding)
        return heading_in(b"\n" + head.removeprefix(BOM_UTF8), mark) if mark else _first_line(head)
    if not mark:
        return known or _first_line(_text(peek(content, min(offset, 4 * LONGEST), 0), encoding))
    low = max(known_end, offset - FAR)
    width = encoding.width if encoding else 1
    end = offset
    while end > low:
        start = max(0, max(low, end - _STEP) - width)  # with the newline before
        start -= start % width
        data = _text(peek(content, min(end + _OVERLAP, offset) - start, start), encoding)
        if found := heading_in(data if start else b"\n" + data.removeprefix(BOM_UTF8), mark):
            return found
        end = start + width if start else 0
    if low == known_end:
        return known
    head = _text(peek(content, _STEP, 0), encoding)
    return heading_in(b"\n" + head.removeprefix(BOM_UTF8), mark)


def _text(data: bytes, encoding: Encoding | None) -> bytes:
    """Return bytes of a file as UTF-8."""
    if encoding is None:
        return data
    return data.decode(encoding.codec, "replace").encode("utf-8", "replace")
