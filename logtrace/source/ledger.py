"""The account of every line that was handed out: which are done, which are still open.

Called by `source.files` in the pipeline thread. `admit` gives each line of a batch its record number and
marks it open; `release` takes numbers back; `commit` writes, for each file that changed, the read offset
and the runs of bytes that are open below it. After a restart `owed` of a file's entry holds those runs:
they are read again (`readmit`), and nothing else is. A number that is released twice, or was never
given, does no harm.

Memory goes with the lines that are open, not with those that were read: a batch is forgotten when all
of it is done, and split into its open runs when most of it is. When the checkpoint cannot be written
nothing stops: it is said, and tried again with everything that changed since.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from logtrace.errors import StateError
from logtrace.model import LineBatch
from logtrace.source.checkpoint import FileEntry, StateFile
from logtrace.telemetry import Telemetry

MAX_RUNS = 20_000
"""Open runs of one file that a checkpoint lists; above it, all is open from the first to the last."""

_THIN = 8  # a batch is split when less than one in so many of its lines is open


class _Batch:
    """Lines with consecutive record numbers that stand one behind the other in a file."""

    __slots__ = ("_edges", "end", "first", "flags", "key", "starts")

    def __init__(self, key: int, first: int, starts: Sequence[int], flags: bytearray) -> None:
        self.key, self.first, self.starts, self.flags = key, first, starts, flags
        self.end = first + len(flags)
        self._edges: list[int] | None = [starts[0], starts[-1]]

    def runs(self) -> list[tuple[int, int]]:
        """Return (first line, line behind the last) of each run of open lines."""
        runs, flags = [], self.flags
        start = flags.find(1)
        while start >= 0:
            end = flags.find(0, start)
            end = len(flags) if end < 0 else end
            runs.append((start, end))
            start = flags.find(1, end)
        return runs

    def edges(self) -> list[int]:
        """Return start and end offset of each run."""
        if self._edges is None:
            starts = self.starts
            self._edges = [starts[edge] for run in self.runs() for edge in run]
        return self._edges

    def release(self, numbers: Iterable[int]) -> int:
        """Mark lines as done; return how many are still open."""
        first, flags = self.first, self.flags
        for number in numbers:
            flags[number - first] = 0
        self._edges = None
        return flags.count(1)

    def split(self) -> list[_Batch]:
        """Return a batch of its own for each run."""
        return [
            _Batch(
                self.key, self.first + start, self.starts[start : end + 1], self.flags[start:end]
            )
            for start, end in self.runs()
        ]


class Ledger:
    """Files and the open lines in them.

    Attributes:
        files: what is known of each file, by its key. Whoever changes an entry calls `touch`.
        notes: small values that restarts need, as they were at the start or set by `put_note`.
    """

    def __init__(self, store: StateFile | None, telemetry: Telemetry) -> None:
        entries = store.entries if store else []
        self.files: dict[int, FileEntry] = {entry.key: entry for entry in entries}
        self.notes: dict[str, bytes] = dict(store.notes) if store else {}
        self._store, self._telemetry = store, telemetry
        self._next = 1
        self._firsts: list[int] = []  # first number of each batch: sorted, parallel to _batches
        self._batches: list[_Batch] = []
        self._live: dict[int, dict[int, _Batch]] = {}  # by file key, then by first number
        self._tied: dict[int, list[range]] = {}  # lines that are done when another one is
        self._torn: dict[int, set[int]] = {}  # where lines end that have no newline, by file key
        for entry in entries:
            inner = zip(entry.owed[1::2], entry.owed[2::2], strict=False)
            if torn := {end for end, start in inner if end == start}:
                self._torn[entry.key] = torn
        self._changed: set[int] = set()
        self._forgotten: set[int] = set()
        self._noted: dict[str, bytes] = {}

    @classmethod
    def open(cls, directory: Path, telemetry: Telemetry) -> Ledger:
        """Open the ledger in the state directory; raises StateError if that cannot be used."""
        store = StateFile(directory, telemetry)
        ledger = cls(store, telemetry)
        runs = sum(len(runs) for runs in ledger.open_records().values())
        telemetry.ledger_opened(str(store.path), len(ledger.files), runs)
        return ledger

    @classmethod
    def in_memory(cls, telemetry: Telemetry) -> Ledger:
        """Return a ledger that forgets everything at the end."""
        return cls(None, telemetry)

    # ── lines ─────────────────────────────────────────────────────────────────────────────────────

    def admit(self, batch: LineBatch) -> None:
        """Number the lines of a batch; the file is read up to its end."""
        batch.first = self._hand_out(batch.key, batch.starts)
        self.files[batch.key].offset = batch.starts[-1]
        if batch.torn:
            self._torn.setdefault(batch.key, set()).add(batch.starts[-1])

    def readmit(self, batch: LineBatch, runs: Iterable[Sequence[int]], owed: list[int]) -> None:
        """Number the lines of a batch that is read again.

        Args:
            batch: lines of one file, perhaps from several places in it.
            runs: for each place the starts of its lines and, behind them, its end.
            owed: the edges of what is still to be read again in the file after this.
        """
        batch.first = self._next
        for starts in runs:
            self._hand_out(batch.key, starts)
        self.files[batch.key].owed = owed

    def _hand_out(self, key: int, starts: Sequence[int]) -> int:
        first = self._next
        batch = _Batch(key, first, starts, bytearray(b"\1") * (len(starts) - 1))
        self._next = batch.end
        self._firsts.append(first)
        self._batches.append(batch)
        self._live.setdefault(key, {})[first] = batch
        self._changed.add(key)
        return first

    def tie(self, number: int, others: range) -> None:
        """Have other lines be done when the line `number` is: they are one record."""
        self._tied.setdefault(number, []).append(others)

    def release(self, numbers: Iterable[int]) -> None:
        """Take back record numbers, in any order: their lines are done."""
        ordered = sorted(self._with_tied(numbers) if self._tied else numbers)
        at, end = 0, len(ordered)
        while at < end:
            index = bisect_right(self._firsts, ordered[at]) - 1
            if index < 0 or ordered[at] >= self._batches[index].end:  # released before
                if index + 1 == len(self._firsts):
                    return
                at = bisect_left(ordered, self._firsts[index + 1], at)
                continue
            batch = self._batches[index]
            stop = bisect_left(ordered, batch.end, at)
            left = batch.release(ordered[at:stop])
            if left * _THIN < len(batch.flags):
                self._replace(index, batch, batch.split() if left else [])
            self._changed.add(batch.key)
            at = stop

    def _with_tied(self, numbers: Iterable[int]) -> Iterator[int]:
        for number in numbers:
            yield number
            for others in self._tied.pop(number, ()):
                yield from others

    def _replace(self, index: int, batch: _Batch, parts: list[_Batch]) -> None:
        self._firsts[index : index + 1] = [part.first for part in parts]
        self._batches[index : index + 1] = parts
        live = self._live[batch.key]
        del live[batch.first]
        for part in parts:
            live[part.first] = part
        if not live:
            del self._live[batch.key]

    # ── files ─────────────────────────────────────────────────────────────────────────────────────

    def register(self, entries: Iterable[FileEntry]) -> None:
        """Take up files that are seen for the first time, and write them down at once.

        Keys must be on disk before the first line goes out: derived ids are made of them.
        """
        for entry in entries:
            self.files[entry.key] = entry
            self.touch(entry)
        self.commit()

    def touch(self, entry: FileEntry) -> None:
        """Have a changed entry written with the next checkpoint."""
        self._changed.add(entry.key)

    def is_open(self, entry: FileEntry) -> bool:
        """Return whether lines of the file were handed out in this run and not released."""
        return entry.key in self._live

    def forget(self, entry: FileEntry) -> None:
        """Remove a file that is gone for good and of which nothing is open."""
        del self.files[entry.key]
        self._torn.pop(entry.key, None)
        self._changed.discard(entry.key)
        self._forgotten.add(entry.key)

    def open_records(self) -> dict[int, list[tuple[int, int]]]:
        """Return, for each file that lines must be read again of, their (offset, length) runs."""
        return {
            entry.key: [
                (start, end - start)
                for start, end in zip(entry.owed[::2], entry.owed[1::2], strict=True)
            ]
            for entry in self.files.values()
            if entry.owed
        }

    def put_note(self, name: str, value: bytes) -> None:
        """Keep a small value for the next start; written with the next checkpoint."""
        if self.notes.get(name) != value:
            self.notes[name] = self._noted[name] = value

    # ── checkpoint ────────────────────────────────────────────────────────────────────────────────

    @property
    def unsaved(self) -> bool:
        """Whether something changed since the last checkpoint."""
        return bool(self._changed or self._forgotten or self._noted)

    def commit(self) -> bool:
        """Write what changed since the last time; return whether it is safe now."""
        if not self.unsaved:
            return True
        if self._store:
            rows = [(self.files[key], self._edges(self.files[key])) for key in self._changed]
            try:
                self._store.save(rows, self._forgotten, self._noted)
            except StateError as error:
                self._telemetry.checkpoint_failed(str(self._store.path), str(error))
                return False
        self._changed, self._forgotten, self._noted = set(), set(), {}
        return True

    def _edges(self, entry: FileEntry) -> list[int]:
        """Return the edges of all open runs of a file, runs that touch as one.

        But for a line that was given up without its newline and what came behind it: read again as
        one run they would be one line.
        """
        torn = self._torn.get(entry.key, ())
        parts = [batch.edges() for batch in self._live.get(entry.key, {}).values()]
        if entry.owed:
            parts.append(entry.owed)
        edges: list[int] = []
        for part in sorted(filter(None, parts), key=itemgetter(0)):
            if edges and edges[-1] == part[0] and part[0] not in torn:
                edges.pop()
                edges += part[1:]
            else:
                edges += part
        if not edges:
            self._torn.pop(entry.key, None)
        if len(edges) > 2 * MAX_RUNS:
            self._telemetry.checkpoint_coarsened(entry.path, len(edges) // 2)
            edges = [edges[0], edges[-1]]
        return edges

    def close(self) -> None:
        """Close the state file as it was last committed."""
        if self._store:
            self._store.close()
