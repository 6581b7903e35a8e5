"""Lines → records of one or several lines: joins what a container runtime or an application took apart.

Called by the pipeline for sources with an envelope or `multiline`; for all others a line is a record
and nothing of this runs. A record is known by its first line: that one's number, place and file key are
those of the record. The others are *tied* to it: the ledger closes them when it closes the first. So a
record that is open, or on its way to the Agent, is read again whole after a crash, and nothing behind
this module needs to know that it had several lines.

What is open belongs to the log stream, not to a file: a record goes on over a rotation. It does not go
on over a gap: where a log was cut, or where lines are read again after a restart, which stand anywhere
in their file. Within a stream, lines of different channels (stdout and stderr, two processes of one
syslog) are joined apart.

Bounded: a record keeps so many lines and characters, what comes after that is passed over until the
next begins; not more than `MAX_OPEN` records are open, nor `MAX_HELD` characters in them. Time is
given: a record is whole when nothing came for it for the timeout while its log was read to its end.
Pure; never raises for content.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from logtrace.clock import SECOND
from logtrace.model import LineBatch, Parser, Records
from logtrace.parse.envelopes.pieces import Pieces
from logtrace.parse.multiline import Multiline
from logtrace.parse.open_records import OpenRecord, OpenStream
from logtrace.parse.rows import Rows
from logtrace.parse.texts import heading_of

MAX_OPEN = 1000
"""Records of one source that are open at once; above it the oldest is taken for whole."""

MAX_HELD = 64 * 1024 * 1024
"""Characters in the open records of one source; likewise."""

MAX_PIECES = 1024 * 1024
"""Characters that are kept of a line in pieces, where `multiline` says nothing of it."""

PIECE_TIMEOUT = 5 * SECOND
"""How long a line waits for its next piece."""


class Inner(Parser, Protocol):
    """What a parser must be able to do to read joined lines, and lines inside an envelope."""

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Turn texts, which may hold newlines, into rows; `heading` as in `LineBatch`."""
        ...

    def attach(
        self, rows: list[Any], names: Sequence[str], values: list[tuple[Any, ...]]
    ) -> list[Any]:
        """Return the rows with further fields: for each row the values of `names`."""
        ...


class Joined(NamedTuple):
    """What became of lines.

    Attributes:
        records: the records that are whole now.
        ties: (number of a record's first line, numbers of other lines of it).
        passed: numbers of lines that a full record had no room for.
        cut: how many records are not whole.
    """

    records: list[Records]
    ties: list[tuple[int, range]]
    passed: list[int]
    cut: int = 0


class _Found(NamedTuple):
    """Records that are whole within a batch.

    Attributes:
        before: the place of the first text that is one of theirs, and
        after: that of the first behind them.
        records: (number of the first line, text, values) of each.
        ties: as in `Joined`.
    """

    before: int
    after: int
    records: list[tuple[int, str, tuple[Any, ...]]]
    ties: list[tuple[int, range]]


class Joiner:
    """Joins the lines of one source; holds what is open in all of its streams.

    Args:
        inner: reads whole records.
        peel: takes the envelope off lines.
        fields: the names of the values that `peel` gives.
        multiline: which lines belong together; None: each is a record, once its pieces are joined.
    """

    def __init__(
        self,
        inner: Inner,
        peel: Callable[[LineBatch], Pieces],
        fields: Sequence[str],
        multiline: Multiline | None,
    ) -> None:
        self._inner, self._peel, self._fields = inner, peel, fields
        self._begins = multiline.begins if multiline else _always
        self._ends = multiline.ends if multiline else _always
        self._timeout = multiline.timeout if multiline else PIECE_TIMEOUT
        self._max_lines = multiline.max_lines if multiline else 1
        self._max_size = multiline.max_bytes if multiline else MAX_PIECES
        self._streams: dict[str, OpenStream] = {}
        self._opened = self._held = self._cut = 0
        self._whole: list[OpenRecord] = []

    @property
    def waiting(self) -> bool:
        """Whether records are open, which time may close."""
        return self._opened > 0

    def take(self, batch: LineBatch) -> Joined:
        """Join the lines of a batch to what is open in their stream."""
        # what is open may be handed on when the first line is gone
        batch.heading = heading_of(batch)
        pieces = self._peel(batch)
        stream = self._streams.get(batch.stream)
        if stream is None:
            if self._ends is _always and pieces.partial is None:  # nothing to join
                return Joined([self._records(batch, pieces, pieces.texts, pieces.values)], [], [])
            stream = self._streams[batch.stream] = OpenStream()
        elif not stream.follows(batch):
            self._close_all(stream)
        stream.key, stream.end = batch.key, batch.starts[-1]
        found, count = self._at_a_glance(batch, pieces), len(pieces.texts)
        passed = self._join(stream, batch, pieces, range(found.before if found else count))
        if found:
            self._close_all(stream)
            passed += self._join(stream, batch, pieces, range(found.after, count))
        self._make_room()
        if not stream.records:
            del self._streams[batch.stream]
        return self._joined(batch, pieces, found)._replace(passed=passed)

    def elapse(self, elapsed: int, behind: Collection[str]) -> Joined:
        """Let time pass for the streams that are not behind; give what nothing came for."""
        for name, stream in list(self._streams.items()):
            if name in behind:
                continue
            stream.now += elapsed
            for channel, record in list(stream.records.items()):
                if record.touched is None:
                    record.touched = stream.now
                elif stream.now - record.touched >= self._timeout:
                    self._close(stream, channel)
            if not stream.records:
                del self._streams[name]
        return self._joined()

    def flush(self) -> Joined:
        """Give all that is open: there will be no more lines."""
        for stream in self._streams.values():
            self._close_all(stream)
        self._streams.clear()
        return self._joined()

    # ── joining ───────────────────────────────────────────────────────────────────────────────────

    def _at_a_glance(self, batch: LineBatch, pieces: Pieces) -> _Found | None:
        """Find the records that are whole within a batch, where nothing can be in the way.

        That is where only its beginning tells a record from the one before, and all are small.
        """
        texts, begins, first = pieces.texts, self._begins, batch.first
        if self._ends is not None or pieces.channels is not None or batch.gaps:
            return None
        runs = [*pairwise(place for place, text in enumerate(texts) if begins(text))]
        most = max((end - start for start, end in runs), default=0)
        if not most or most > self._max_lines or most * len(max(texts, key=len)) >= self._max_size:
            return None
        return _Found(
            runs[0][0],
            runs[-1][1],
            [(first + start, "\n".join(texts[start:end]), ()) for start, end in runs],
            [
                (first + start, range(first + start + 1, first + end))
                for start, end in runs
                if end - start > 1
            ],
        )

    def _join(
        self, stream: OpenStream, batch: LineBatch, pieces: Pieces, places: range
    ) -> list[int]:
        """Add each text to the open record of its channel, or begin one; return what is passed."""
        begins, ends, opened, first = self._begins, self._ends, stream.records, batch.first
        gaps, channels, partials = frozenset(batch.gaps), pieces.channels, pieces.partial
        passed = []
        for place in places:
            text, line = pieces.texts[place], pieces.lines[place]
            if line in gaps:
                self._close_all(stream)
            channel = channels[place] if channels else ""
            record = opened.get(channel)
            if record is None or (not record.partial and begins(text)):
                if record is not None:
                    self._close(stream, channel)
                record = opened[channel] = OpenRecord(batch, line, pieces.values[place])
                record.begin(text, self._max_size)
                self._opened += 1
                self._held += record.size
            elif record.full:
                self._cut += not record.cut
                record.cut = True
                passed.append(first + line)
            else:
                self._held -= record.size
                record.go_on(text, first + line, self._max_size - record.size)
                self._held += record.size
            in_pieces, record.partial = record.partial, partials is not None and partials[place]
            if in_pieces and not record.partial and not record.full:
                text = record.last_line
            if not record.partial and ends is not None and ends(text):
                self._close(stream, channel)
            elif not record.full and self._is_full(record):
                opened[channel] = record.rest()
                self._held -= record.size
                self._whole.append(record)
        return passed

    def _is_full(self, record: OpenRecord) -> bool:
        if record.size >= self._max_size:
            return True
        return record.lines >= self._max_lines and not record.partial

    def _close(self, stream: OpenStream, channel: str) -> None:
        """Take the record of a channel for whole."""
        record = stream.records.pop(channel)
        self._opened -= 1
        self._held -= record.size
        self._whole.append(record)

    def _close_all(self, stream: OpenStream) -> None:
        for channel in list(stream.records):
            self._close(stream, channel)

    def _make_room(self) -> None:
        """Take the oldest records for whole while too much is open."""
        if self._opened <= MAX_OPEN and self._held <= MAX_HELD:
            return
        opened = [
            (record.number, stream, channel)
            for stream in self._streams.values()
            for channel, record in stream.records.items()
        ]
        for _, stream, channel in sorted(opened, key=itemgetter(0)):
            self._close(stream, channel)
            if self._opened <= MAX_OPEN and self._held <= MAX_HELD:
                return

    # ── whole records ─────────────────────────────────────────────────────────────────────────────

    def _joined(
        self,
        batch: LineBatch | None = None,
        pieces: Pieces | None = None,
        found: _Found | None = None,
    ) -> Joined:
        """Hand on what is whole: what began in `batch` together, the rest one by one."""
        whole, self._whole = sorted(self._whole, key=lambda record: record.number), []
        whole = [record for record in whole if not record.full]
        cut, self._cut = self._cut + sum(record.cut for record in whole), 0
        ties = [tie for record in whole for tie in record.ties()]
        first = batch.first if batch is not None else 1 << 62
        records = [self._alone(record) for record in whole if record.number < first]
        if batch is not None and pieces is not None:
            mine = [(each.number, each.text, each.values) for each in whole if each.number >= first]
            if found:
                ties += found.ties
                mine = sorted(mine + found.records, key=itemgetter(0))
            pieces = pieces._replace(lines=[number - first for number, _, _ in mine])
            texts, values = [text for _, text, _ in mine], [value for _, _, value in mine]
            records.append(self._records(batch, pieces, texts, values))
        return Joined(records, ties, [], cut)

    def _alone(self, record: OpenRecord) -> Records:
        """Return a record that began in an earlier batch, as a batch of its own."""
        batch, text = record.batch, record.text
        batch.first, batch.starts = record.number, list(record.place)
        batch.lines = [text.encode("utf-8", "replace")]
        batch.block = batch.lines[0] + b"\n"
        return self._records(batch, Pieces([text], [0], [], []), [text], [record.values])

    def _records(
        self, batch: LineBatch, pieces: Pieces, texts: list[str], values: list[tuple[Any, ...]]
    ) -> Records:
        """Parse whole records, and add the fields of their envelopes."""
        rows = self._inner.parse_texts(texts, batch.heading)
        if self._fields:
            taken = [values[index] for index in rows.lines]
            rows = rows._replace(rows=self._inner.attach(rows.rows, self._fields, taken))
        return rows.within(Rows([], pieces.lines, pieces.rejects, pieces.repaired)).of(batch)


def _always(_text: str) -> bool:
    return True
