"""One open file → line batches.

Called by `source.files`, which decides when; `source.roster` opens, names and closes. A `Tail` reads
whole lines in blocks from the offset in its ledger entry, and moves nothing but the entry's anchor: the
offset moves when the ledger admits the batch. A line without a newline stays in the file until it is
finished, or until the caller gives up waiting for that. Of a line longer than `MAX_LINE` the beginning
is given and the rest skipped, a bounded step at a time; so are NULs that nobody wrote (`source.nul`),
unless nothing follows them yet. Of a compressed file all this is said of the decompressed bytes.

Raises `Rewritten` when what was read is not there any more, OSError when the file cannot be read.
"""

from __future__ import annotations

import os

from logtrace.encodings import Encoding
from logtrace.model import LineBatch
from logtrace.source.checkpoint import FileEntry
from logtrace.source.compressed import Unpacked, kind
from logtrace.source.identity import (
    ANCHOR,
    EVIDENCE,
    Content,
    Verdict,
    anchor_at,
    digest,
    has_head,
    is_intact,
    judge,
    number,
    peek,
    widen,
)
from logtrace.source.lines import BLOCK, MAX_LINE, Lines, line_of, lines_of
from logtrace.source.nul import leading, region_in, skip_hole
from logtrace.source.window import STEPS, Window

STRIDE = 32
"""Blocks that are searched for the end of an over-long line before others have their turn."""


class Rewritten(Exception):
    """The file was truncated, or something else stands where the tail had read."""


class Tail:
    """A file that is followed.

    Attributes:
        entry: what the ledger keeps of it; of a compressed file `size` is what is known, and 1 for more.
        fd: its descriptor, -1 while it is closed.
        packed: its decompressed bytes, None if it is not compressed, or closed.
        disk: its size on the disk when last looked at.
        place: its device and inode.
        links: how many names it has; 0: deleted.
        listed: whether discovery finds it.
        left: monotonic time at which it lost the name of its stream;
        drained: whether it was read to its end after that, and has not changed since.
        failing: whether it could not be read when it was last tried.
        complained: what was said to be wrong with it, as an archive.
        proven: whether the ledger has on disk by what to know it.
        fresh: monotonic time at which it was last seen to change.
        due: monotonic time at which to look at it again.
        turn: the round in which it was last read.
        seen: the scan that last found it.
        sound: its size when what was read of it was last known to be there.
    """

    __slots__ = (
        "_encoding",
        "_skipped",
        "complained",
        "disk",
        "drained",
        "due",
        "entry",
        "failing",
        "fd",
        "fresh",
        "left",
        "links",
        "listed",
        "packed",
        "place",
        "proven",
        "scanned",
        "seen",
        "sound",
        "turn",
        "void",
    )

    def __init__(
        self,
        entry: FileEntry,
        fd: int,
        status: os.stat_result,
        encoding: Encoding | None = None,
        packed: Window | None = None,
    ) -> None:
        self._encoding, self._skipped = encoding, 0
        self.links, self.place, self.complained = status.st_nlink, number(status), ""
        self.listed = self.drained = self.failing = False
        self.left = self.fresh = self.due = self.turn = self.seen = 0
        self.fd, self.packed = fd, packed
        self.begin(entry, status)

    def begin(self, entry: FileEntry, status: os.stat_result) -> None:
        """Go on as `entry` says in the file that is open now."""
        self.entry, self.proven = entry, entry.identity.covered >= EVIDENCE
        entry.mtime, self.disk = status.st_mtime_ns, status.st_size
        self.scanned = 0  # no end of a line between the offset and here,
        self.void = -1  # and nothing but NULs from here, if it is not -1, to there
        self._measure()
        self.sound = entry.size
        if self.packed is None:
            widen(entry.identity, self.fd, entry.offset)

    def attach(self, fd: int) -> None:
        """Take the descriptor of the file."""
        self.fd, self.packed = fd, None

    def _unpack(self) -> None:
        if self.packed is None and (decoder := kind(self.fd, self.entry.path)):
            self.packed = Unpacked(self.fd, decoder)

    def _measure(self) -> None:
        """Find out how much there is to read."""
        entry = self.entry
        self._unpack()
        if self.packed is None:
            entry.size = self.disk
        else:
            more = self.disk != entry.packed and self.packed.more(self.disk)
            entry.size = max(self.packed.end, entry.offset) + more

    @property
    def encoding(self) -> Encoding | None:
        """How its bytes are text; None: UTF-8."""
        return self._encoding.at(peek(self.content, 4, 0)) if self._encoding else None

    @property
    def width(self) -> int:
        """Bytes of the smallest unit of its encoding."""
        return self._encoding.width if self._encoding else 1

    @property
    def content(self) -> int | Content:
        """What reads it: its descriptor, unless it is compressed."""
        return self.fd if self.packed is None else self.packed

    @property
    def mtime(self) -> int:
        """When it was last written, as seen last, by its file system's clock."""
        return self.entry.mtime

    @property
    def rotated(self) -> bool:
        """Whether the path of its stream does not name it any more."""
        return not self.listed or self.entry.path != self.entry.stream

    @property
    def pending(self) -> bool:
        """Whether it has bytes that were not looked at."""
        return self.entry.size > self.entry.offset and self.entry.size > self.scanned

    @property
    def unfinished(self) -> bool:
        """Whether it ends in the middle of a line, and that is all that is left to read."""
        entry = self.entry
        return entry.offset < entry.size <= self.scanned and self.void != entry.offset

    @property
    def padded(self) -> bool:
        """Whether it ends in NULs, which may be overwritten without its growing."""
        return self.void >= 0 and self.scanned >= self.entry.size

    def look(self, now: int) -> bool:
        """Ask the file system for size, time and links; return whether something changed."""
        status, entry = os.fstat(self.fd), self.entry
        self.links = status.st_nlink
        if status.st_size == self.disk and status.st_mtime_ns == entry.mtime:
            return False
        grown, self.drained = status.st_size > self.disk, False
        self.disk, entry.mtime, self.fresh = status.st_size, status.st_mtime_ns, now
        if self.packed is not None or not entry.offset:  # its first bytes may say that it is
            self._measure()
        else:
            entry.size = status.st_size
        if self.packed is None and (not grown or self.void >= 0):
            self.scanned, self.void = 0, -1  # the unfinished line was taken back, or overwritten
        return True

    def recognises(self, status: os.stat_result) -> bool:
        """Return whether the open file, of the same inode, is still what was read."""
        entry = self.entry
        self._unpack()
        if self.packed is not None:  # the anchor is looked at when it is reached
            return has_head(entry.identity, self.packed)
        return judge(entry.identity, entry.offset, self.fd, status) is Verdict.SAME

    def verify(self) -> None:
        """Raise `Rewritten` unless what was read is still there; the entry keeps the size it had."""
        entry, disk = self.entry, self.disk
        self.disk = -1  # it looks changed until this is dealt with, whatever is raised here
        if self.packed is not None:
            intact = self.packed.same()
        else:
            intact = is_intact(entry.identity, entry.offset, self.fd)
        if entry.size < entry.offset or not intact:
            # what is there now is another file's: it is not missing in this
            entry.size = self.sound
            raise Rewritten
        self.disk, self.sound = disk, entry.size

    def reach(self, offset: int) -> bool:
        """Make sure that an offset can be read at; False: it takes more steps, or is not there yet."""
        packed = self.packed
        if packed is None:
            return True
        if packed.reach(offset):
            packed.keep(offset - ANCHOR)
            return True
        if packed.whole and packed.end < offset:
            raise Rewritten
        return False

    def read(self, give_up: bool = False) -> LineBatch | None:
        """Return the next block of lines, None if no line is finished.

        With `give_up` an unfinished last line is taken as it is.
        """
        if self.packed is None:
            return self._read(give_up)
        try:
            batch = self._read(give_up) if self.reach(self.entry.offset) else None
        finally:
            self._measure()
        if batch is not None:
            batch.behind = self.entry.size > batch.starts[-1]
            if batch.starts[-1] == self.entry.size:
                self.entry.packed = self.disk
        return batch

    def _read(self, give_up: bool) -> LineBatch | None:
        entry, offset = self.entry, self.entry.offset
        if self.padded and not self._overwritten() and not (give_up and self.unfinished):
            return None
        if self.void < 0 and self.scanned > offset:
            end = self._line_end()
            if end is not None and end - offset >= BLOCK:
                return self._one_line(end, end + self.width)
            if end is None and self.void < 0:
                return self._last_line(give_up)
        if self.void >= 0:
            return self._past_nuls(give_up)
        guard = min(ANCHOR, offset)
        data = peek(self.content, guard + BLOCK, offset - guard)
        if digest(data[:guard]) != entry.identity.anchor:
            raise Rewritten
        end = self._last_end(data, guard, offset)
        if data[guard : guard + 1] == b"\0" and leading(data[guard:], self.width):
            self.void = self.scanned = offset
            return self._past_nuls(give_up)
        if end:
            more = entry.size > offset - guard + len(data)
            lines = lines_of(data[guard:end], offset, self.encoding)
            return self._batch(lines, digest(data[max(0, end - ANCHOR) : end]), more)
        if not self._stretch(data[guard:], offset):
            self.scanned = offset - guard + len(data)
        full = len(data) == guard + BLOCK
        return self._read(give_up) if data[guard:] and (give_up or full or self.void >= 0) else None

    def _last_end(self, data: bytes, guard: int, offset: int) -> int:
        """Return the index behind the last newline behind the guard, 0 if there is none."""
        encoding = self.encoding
        if encoding is None:
            return data.rfind(b"\n", guard) + 1
        found = encoding.rfind(data[guard:], offset)
        return guard + found + encoding.width if found >= 0 else 0

    def _line_end(self) -> int | None:
        """Search on for the newline that ends the line at the offset; return where it is.

        NULs that nobody wrote end it, too: then `void` is where they begin.
        """
        encoding = self.encoding
        self.scanned -= self.scanned % self.width  # half a character may be whole by now
        for _ in range(STRIDE if self.packed is None else STEPS):
            data = peek(self.content, BLOCK, self.scanned)
            found = data.find(b"\n") if encoding is None else encoding.find(data, self.scanned)
            if self._stretch(data if found < 0 else data[:found], self.scanned):
                return None
            if found >= 0:
                return self.scanned + found
            self.scanned += len(data)
            if len(data) < BLOCK:
                break
        return None

    def _stretch(self, data: bytes, at: int) -> bool:
        """Note where NULs begin that nobody wrote, in a part of a line that has no end yet."""
        found = region_in(data, self.width)
        if found >= 0:
            self.void = self.scanned = at + found
        return found >= 0

    def _past_nuls(self, give_up: bool) -> LineBatch | None:
        """Go on behind the NULs, if something stands there."""
        text, entry = self._text(), self.entry
        if text is None:
            return self._last_line(give_up)
        if self.void > entry.offset:
            return self._one_line(self.void, text)
        if anchor_at(self.content, entry.offset) != entry.identity.anchor:
            raise Rewritten
        anchor = anchor_at(self.content, text)
        widen(entry.identity, self.content, text)
        entry.identity.anchor = anchor
        self._skipped += text - entry.offset
        entry.offset, self.scanned, self.void = text, 0, -1
        return self._read(give_up)

    def _text(self) -> int | None:
        """Search on for the end of the NULs; return where something else stands."""
        for _ in range(STRIDE if self.packed is None else STEPS):
            if self.packed is None:
                self.scanned = skip_hole(self.fd, self.scanned)
                self.scanned -= self.scanned % self.width
            data = peek(self.content, BLOCK, self.scanned)
            nuls = leading(data, self.width)
            if nuls + self.width <= len(data):
                return self.scanned + nuls
            self.scanned += len(data)
            if len(data) < BLOCK:
                break
        return None

    def _overwritten(self) -> bool:
        """Return whether something stands now where the file ended in NULs."""
        if not peek(self.content, BLOCK, self.void).strip(b"\0"):
            return False
        self.scanned, self.void = 0, -1
        return True

    def _last_line(self, give_up: bool) -> LineBatch | None:
        """Return the line that has no end, if that was waited for long enough."""
        if not give_up or self.scanned < self.entry.size:
            return None
        if self.packed is not None and self.packed.more(self.disk):
            return None
        end = self.void if self.void >= 0 else self.scanned
        return self._one_line(end, end, torn=True) if end > self.entry.offset else None

    def _one_line(self, end: int, after: int, torn: bool = False) -> LineBatch | None:
        """Return a batch of the line from the offset to `end`, the next one starting at `after`."""
        offset, encoding = self.entry.offset, self.encoding
        self.verify()
        data = read_line(self.content, offset, end)
        if (data.find(b"\n") if encoding is None else encoding.find(data, offset)) >= 0:
            self.scanned, self.void = 0, -1  # the line was rewritten since it was searched
            return None
        anchor = anchor_at(self.content, after)
        found, cut = line_of(data, end - offset, offset, after, encoding)
        batch = self._batch(found, anchor, self.entry.size > after)
        batch.cut, batch.torn = int(cut), torn
        if self.void >= 0:
            batch.nuls += after - self.void
            self.scanned, self.void = self.void, -1
        return batch

    def _batch(self, lines: Lines, anchor: bytes, more: bool) -> LineBatch:
        entry = self.entry
        widen(entry.identity, self.content, lines.starts[-1])
        entry.identity.anchor = anchor
        nuls, self._skipped = lines.nuls + self._skipped, 0
        return LineBatch(
            *(entry.source, entry.stream, entry.key, lines.block, lines.lines, lines.starts),
            behind=more,
            repaired=lines.repaired,
            nuls=nuls,
            severed=entry.truncations > 0 and entry.offset == 0,
        )

    def close(self) -> None:
        """Close the descriptor; what is known of the file stays."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd, self.packed = -1, None


def read_line(file: int | Content, start: int, end: int) -> bytes:
    """Return the line between two offsets, of an over-long one a little more than is kept."""
    length = min(end - start, MAX_LINE + 1)
    line = peek(file, length, start)
    if len(line) < length:
        raise Rewritten
    return line
