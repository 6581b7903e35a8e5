"""The source of the pipeline: log files, followed through whatever happens to them.

Called by `logtrace.pipeline` in its own thread. Out go `LineBatch`es, back come record numbers; between
them the ledger keeps account, and `commit` writes it down. One `read` is one fair round: first what a
run before this one left open, then at most one block of each file that has something, those that are
behind first, in all not more than `ROUND` bytes.

A file that was read lately is asked for news every 30 ms; where many are awake, less and less often
while it stays quiet. After `AWAKE` only the scan looks at it, once a second or when `wake` is called. A
scan takes at most one part in `SCAN_SHARE` of the time, however many files there are. A file that cannot
be read is said, left alone for a second, and keeps its place; nothing here raises for what a file does.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence

from logtrace.clock import MILLISECOND, SECOND, Clock
from logtrace.config.model import SourceConfig
from logtrace.model import LineBatch
from logtrace.source.discovery import Discovery
from logtrace.source.heading import Headings
from logtrace.source.identity import EVIDENCE
from logtrace.source.ledger import Ledger
from logtrace.source.likeness import alike
from logtrace.source.owed import Owed
from logtrace.source.replay import MAX_PLACES, read_again
from logtrace.source.roster import LINGER, LINGER_DELETED, RETRY, Roster
from logtrace.source.survey import Survey, survey
from logtrace.source.tail import Rewritten, Tail
from logtrace.telemetry import Telemetry

POLL = 30 * MILLISECOND
"""How long to wait before a busy file is looked at again."""

PATIENCE = MILLISECOND
"""How much longer to wait for each file that is awake, at most: so many are looked at in a second."""

AWAKE = 5 * SECOND
"""How long after its last change a file is looked at between scans."""

SCAN = SECOND
"""How long to wait before directories are listed again."""

SCAN_SHARE = 40
"""A scan is done so seldom that it takes one part in so many of the time."""

WOKEN_SCAN = SECOND // 10
WOKEN_SHARE = 10
"""The same two after a directory event."""

GIVE_UP = 2 * SECOND
"""How long a rotated file must be quiet before its unfinished last line is taken as it is, if its log
goes on in the next one."""

STALLED = 30 * SECOND
"""How long an archive that ends in the middle must not have grown to be called truncated."""

ROUND = 4 * 1024 * 1024
"""Bytes that one round hands out, about: what is in memory at once."""

COMMIT = 250 * MILLISECOND
"""How long to wait before the checkpoint is written again."""

_Read = Callable[[Tail, int], LineBatch | None]


class LogFiles:
    """All log files of a configuration.

    Attributes:
        behind: streams that held unread data after the last round.
    """

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        ledger: Ledger,
        clock: Clock,
        telemetry: Telemetry,
        once: bool = False,
    ) -> None:
        """Prepare to read; nothing is opened before the first `read`.

        Args:
            sources: whose files to read.
            ledger: where to go on; stays the caller's to close.
            clock: gives the time of the next look at a file.
            telemetry: is told what happens.
            once: whether to read what there is now and no more: an unfinished last line is a line.
        """
        self.behind: set[str] = set()
        self._ledger, self._clock, self._telemetry, self._once = ledger, clock, telemetry, once
        self._discovery = Discovery(sources, telemetry)
        self._headings = Headings(sources)
        self._roster = Roster(sources, ledger, clock, telemetry, once)
        self._owed = Owed(ledger, {source.name for source in sources})
        self._rounds = 0
        self._woken = False
        self._unproven = False  # whether lines go out by which the ledger does not know their file
        self._woken_scan = self._next_scan = self._last_commit = clock.monotonic() - SCAN

    # ── lines ─────────────────────────────────────────────────────────────────────────────────────

    def read(self) -> list[LineBatch]:
        """Return the batches of one fair round; empty when there is nothing to read now."""
        now = self._clock.monotonic()
        self._scan_if_due(now)
        self._roster.arrivals.look_into_archives(now)
        self._rounds += 1
        batches = self._read_again(now) or self._read_new(now)
        if self._unproven:
            self._unproven = False
            self._ledger.commit()
        self.behind = (
            {
                tail.entry.stream
                for tail in self._roster.active
                if (tail.pending or tail.entry.owed) and not tail.failing
            }
            | self._roster.streams.unknown
            | self._roster.streams.incomplete
        )
        return batches

    def look(self) -> None:
        """Follow what happens to the files and read nothing: there is no room for more lines.

        A file that is rotated and deleted meanwhile stays open, so that it can be read later; one that
        is cut begins anew, so that what is written from then on is known.
        """
        now = self._clock.monotonic()
        if self._scan_if_due(now):
            self._roster.notice_cuts(now)

    def release(self, numbers: Iterable[int]) -> None:
        """Take back record numbers: their lines need never be read again."""
        self._ledger.release(numbers)

    def tie(self, number: int, others: range) -> None:
        """Have lines given back when the line `number` is: they are one record."""
        self._ledger.tie(number, others)

    def commit(self, force: bool = False) -> None:
        """Write the checkpoint if the last was a while ago, or at once."""
        now = self._clock.monotonic()
        if force or now - self._last_commit >= COMMIT:
            self._last_commit = now
            if self._ledger.unsaved:  # nothing is written only to say that nothing happened
                self._roster.arrivals.note()
            self._ledger.commit()

    def close(self) -> None:
        """Close all files; writes nothing: call `commit(force=True)` before."""
        self._roster.close()

    def survey(self, limit: int) -> Survey:
        """Return how far everything is read, with details of `limit` files."""
        return survey(self._roster, limit)

    # ── waiting ───────────────────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Have directories listed and idle files looked at in the next round: something happened."""
        self._woken = True

    def patience(self) -> int:
        """Return how many nanoseconds `read` has nothing to do for, as far as can be known."""
        if self._roster.arrivals.busy:
            return 0
        due = min((tail.due for tail in self._roster.active), default=self._next_scan)
        return max(0, min(due, self._next_scan) - self._clock.monotonic())

    @property
    def quiet(self) -> bool:
        """Whether no file is being written: then wake-ups for changes cost nothing and help."""
        now = self._clock.monotonic()
        return not any(
            tail.pending or tail.entry.owed or now - tail.fresh < AWAKE
            for tail in self._roster.active
        )

    def directories(self) -> set[tuple[str, bool]]:
        """Return the places to watch as of the last scan: (directory, whether also below it)."""
        return self._discovery.places

    # ── rounds ────────────────────────────────────────────────────────────────────────────────────

    def _scan_if_due(self, now: int) -> bool:
        if now >= self._next_scan or (self._woken and now >= self._woken_scan):
            self._scan(now)
            return True
        return False

    def _scan(self, now: int) -> None:
        self._woken = False
        self._roster.reconcile(self._discovery.scan(), now)
        end = self._clock.monotonic()
        took = end - now
        self._next_scan = end + max(SCAN, SCAN_SHARE * took)
        self._woken_scan = end + max(WOKEN_SCAN, WOKEN_SHARE * took)

    def _read_again(self, now: int) -> list[LineBatch]:
        """Return lines that are owed; of each stream only those of its oldest file."""
        chosen = self._owed.next(self._roster.active, now)
        batches = self._round(chosen, self._replay, now)
        moving = {tail.entry.stream for tail in chosen if not tail.failing}
        if waiting := self._owed.streams - moving:  # for a file that cannot be read now
            for tail in self._roster.active:
                if tail.entry.owed and tail.due <= now and tail.entry.stream in waiting:
                    tail.due = now + POLL
        return batches

    def _read_new(self, now: int) -> list[LineBatch]:
        """Return lines that were never read, of files that are behind first.

        Left out are files that owe lines: to go on at the offset of an archive would undo the steps
        towards what it owes, again and again. Before all others come rotated files: those of their
        streams may wait for them. Each file has its turn; whose turn is the same are read newest first,
        rotated ones oldest first.
        """
        due = [tail for tail in self._roster.active if tail.due <= now and not tail.entry.owed]
        due.sort(key=_urgency)
        return self._round(due, self._follow, now)

    def _round(self, tails: list[Tail], read: _Read, now: int) -> list[LineBatch]:
        batches: list[LineBatch] = []
        size = 0
        for tail in tails:
            if tail not in self._roster.active:  # left by now, so that another could be opened
                continue
            try:
                batch = read(tail, now) if self._roster.open(tail) else None
                tail.failing = False
            except Rewritten:
                self._roster.rewritten(tail, now)
                continue
            except OSError as error:
                self._fail(tail, error, now)
                continue
            if batch is not None:
                self._telemetry.lines_read(batch.source, len(batch.lines), len(batch.block))
                self._telemetry.lines_repaired(batch.cut, "cut")
                self._telemetry.lines_repaired(batch.repaired, "utf8")
                self._telemetry.nuls_skipped(batch.source, batch.nuls)
                batches.append(batch)
                size += len(batch.block)
                if size >= ROUND:
                    break
        return batches

    def _replay(self, tail: Tail, now: int) -> LineBatch | None:
        if tail.look(now):
            tail.verify()
        changing = self._headings.changes(tail.entry.source)
        again = read_again(tail, 1 if changing else MAX_PLACES)
        if again is None:
            return None
        self._headings.stamp(again.batch, tail.content, tail.encoding)
        again.batch.modified = tail.mtime
        self._ledger.readmit(again.batch, again.runs, again.owed)
        return again.batch

    def _follow(self, tail: Tail, now: int) -> LineBatch | None:
        """Read a block of a file, or find out when to look at it again."""
        if tail.look(now):
            tail.verify()
        if tail.pending and not tail.entry.offset:
            self._roster.look_back(tail, now)
        if tail.entry.stream in self._owed.streams or self._roster.streams.held(tail, now):
            tail.due = now + POLL
            return None
        give_up = self._gives_up(tail, now)
        batch = None
        if tail.pending or tail.padded or (give_up and tail.unfinished):
            batch = tail.read(give_up)
        if batch is None:
            self._rest(tail, now)
            return None
        self._headings.stamp(batch, tail.content, tail.encoding)
        batch.modified = tail.mtime
        self._ledger.admit(batch)
        if not tail.proven:
            self._unproven, tail.proven = True, tail.entry.identity.covered >= EVIDENCE
        self._roster.used(tail)
        tail.turn, tail.fresh = self._rounds, now
        tail.due = now if tail.pending or tail.rotated else now + POLL
        return batch

    def _gives_up(self, tail: Tail, now: int) -> bool:
        """Return whether an unfinished last line is taken as it is: nobody will finish it.

        That a file was renamed does not tell: its writer may go on in it. That its log goes on in the
        next file does, or that it was left alone for long under a name that rotation gives.
        """
        if self._once:
            return True
        quiet = now - tail.fresh
        if tail.packed is not None:  # an archive is written once; one that is not whole may grow
            return quiet >= (GIVE_UP if tail.packed.whole or tail.packed.error else STALLED)
        if not tail.rotated:
            return False
        if self._roster.streams.continued(tail):
            return quiet >= GIVE_UP
        away = not tail.listed or alike(tail.entry, os.path.basename(tail.entry.path))
        return away and quiet >= _linger(tail)

    def _rest(self, tail: Tail, now: int) -> None:
        """Decide what becomes of a file that has nothing to read."""
        if tail.pending:  # in the middle of an over-long line
            tail.due = now
            return
        quiet = now - tail.fresh
        crowd = max(POLL, len(self._roster.active) * PATIENCE)
        tail.due = now + (SCAN if quiet >= AWAKE else min(max(POLL, quiet // 4), crowd, SCAN))
        tail.drained = tail.drained or (tail.rotated and not tail.unfinished)
        if tail.packed is not None:
            self._inspect(tail, now)
        if tail.listed:
            waits = tail.padded or (tail.rotated and tail.unfinished)
            if quiet >= (AWAKE if tail.packed is None else STALLED) and not waits:
                del self._roster.active[tail]
        elif quiet >= _linger(tail):
            self._roster.leave(tail)

    def _inspect(self, tail: Tail, now: int) -> None:
        """Say, once, what is wrong with an archive that was read as far as it goes."""
        assert tail.packed is not None
        trouble = tail.packed.trouble(self._once or now - tail.fresh >= STALLED)
        if trouble and trouble != tail.complained:
            tail.complained = trouble
            self._telemetry.archive_damaged(tail.entry.path, trouble, tail.entry.size)

    def _fail(self, tail: Tail, error: OSError, now: int) -> None:
        self._roster.fail(tail.entry.path, error)
        tail.failing, tail.due = True, now + RETRY
        if error.errno == errno.ESTALE:  # the server gave the file a new handle
            self._roster.shut(tail)


def _linger(tail: Tail) -> int:
    """Return how long a file that is not listed must be quiet before it is left."""
    return LINGER if tail.links else LINGER_DELETED


def _urgency(tail: Tail) -> tuple[bool, bool, int, int]:
    """Return what files are sorted by when several can be read."""
    age = tail.mtime if tail.rotated else -tail.mtime
    return not tail.rotated, not tail.pending, tail.turn, age
