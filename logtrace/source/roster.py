"""Which files are followed, and under which name: joins what discovery finds to open tails.

Called by `source.files` in the pipeline thread. One path through all its rotations is one log stream: a
file belongs to the stream of the path that it was first seen under, whatever it is called later. A
file that discovery does not list any more is followed by its descriptor until it has been quiet for a
while (`LINGER`), then it is missing. At most `DESCRIPTORS` are open; the others are opened again, by
path and identity, when they change.

Which file is which is found out by `source.arrivals`. A file that cannot be opened is not forgotten: it
is said once, and tried again with each scan.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable, Sequence

from logtrace.clock import SECOND, Clock
from logtrace.config.model import SourceConfig
from logtrace.source.arrivals import Arrivals
from logtrace.source.checkpoint import FileEntry
from logtrace.source.discovery import FIXES, Found
from logtrace.source.identity import number
from logtrace.source.ledger import Ledger
from logtrace.source.missing import open_file
from logtrace.source.registry import Registry
from logtrace.source.streams import Streams
from logtrace.source.tail import Rewritten, Tail
from logtrace.source.window import Window
from logtrace.telemetry import Telemetry

DESCRIPTORS = 512
"""Files held open at once; above it those that were read least recently are closed. Where the process
may open fewer than twice as many, half of what it may."""

LINGER = 60 * SECOND
"""How long a file that was renamed away must be quiet before it is left: its writer may go on."""

LINGER_DELETED = 10 * SECOND
"""The same for a deleted file, whose room on the disk is free only when it is closed."""

RETRY = SECOND
"""How long a file that cannot be read is left alone."""


class Roster:
    """The followed files.

    Attributes:
        tails: each of them, by device and inode.
        active: those to look at between scans.
        unopened: source of each file that the last scan could not open, by path.
        streams: them by their log streams.
        arrivals: files that are not followed yet.
    """

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        ledger: Ledger,
        clock: Clock,
        telemetry: Telemetry,
        once: bool,
    ) -> None:
        self.tails: dict[tuple[int, int], Tail] = {}
        self.active: dict[Tail, None] = {}
        self.streams = Streams()
        self._registry = Registry(sources, ledger, clock, telemetry, once)
        self._ledger, self._clock, self._telemetry = ledger, clock, telemetry
        self.unopened: dict[str, str] = {}
        self._sources = {source.name for source in sources}
        self.arrivals = Arrivals(self, self._registry, sources, ledger, clock, once)
        self._open: dict[Tail, None] = {}  # least recently read first
        self._failed: dict[str, str] = {}
        self._scans = 0

    # ── scans ─────────────────────────────────────────────────────────────────────────────────────

    def reconcile(self, found: Iterable[Found], now: int) -> None:
        """Bring what is followed in line with what is there; `now` is monotonic."""
        self._scans += 1
        self.unopened = {}
        newcomers = []
        for item in found:
            place = item.device, item.inode
            tail = self.tails.get(place)
            met = tail is not None and self._meet(tail, item, now)
            if not met and place not in self.arrivals:
                newcomers.append(item)
        for tail in list(self.tails.values()):
            if tail.listed and tail.seen != self._scans:
                self._miss(tail, now)
        if newcomers or self.arrivals.searching:
            self.notice_cuts(now)
        self.arrivals.take(newcomers, now)

    def _meet(self, tail: Tail, item: Found, now: int) -> bool:
        """Take note of a followed file that was found; return False if it may be another by now."""
        if tail.fd < 0 and item.path != tail.entry.path:
            self.leave(tail)  # what nobody holds open may be gone, and another have its inode
            return False
        tail.seen = self._scans
        if item.path != tail.entry.path or not tail.listed:
            self._rename(tail, item.path, True, now)
        if item.size != tail.disk or item.mtime != tail.mtime:
            self.stir(tail, now)
        return True

    def _miss(self, tail: Tail, now: int) -> None:
        """Deal with a file that was not found where it was: it is gone, or nobody can tell."""
        if not _stands(tail):
            self._rename(tail, tail.entry.path, False, now)
        elif tail.fd >= 0 and tail not in self.active:  # the scan does not see its changes
            self.active[tail], tail.due = None, now

    def _rename(self, tail: Tail, path: str, listed: bool, now: int) -> None:
        """Note under which name a file stands now, and whether discovery lists it."""
        before, tail.listed = tail.rotated, listed
        if tail.entry.path != path:
            tail.entry.path = path
            self._ledger.touch(tail.entry)
        if tail.rotated and not before:
            tail.left, tail.drained = now, False
        self.stir(tail, now)

    def notice_cuts(self, now: int) -> None:
        """Begin anew in files that were cut since they were looked at last.

        Done before anything new is followed: a newcomer may be the copy of a cut file.
        """
        for tail in [tail for tail in self.active if tail.due <= now]:
            try:
                if tail in self.active and self.open(tail):
                    tail.look(now)
                    tail.verify()
            except Rewritten:
                self.rewritten(tail, now)
            except OSError as error:
                self.fail(tail.entry.path, error)

    # ── tails ─────────────────────────────────────────────────────────────────────────────────────

    def follow(
        self,
        entry: FileEntry,
        fd: int,
        path: str,
        listed: bool,
        now: int,
        packed: Window | None = None,
    ) -> None:
        """Follow an open file, whose descriptor is taken over; see `Tail` for what is given."""
        if entry.path != path:
            entry.path = path
            self._ledger.touch(entry)
        self._registry.missing.discard(entry)  # before its head grows, by which it is filed there
        try:
            encoding = self._registry.encodings.get(entry.source)
            tail = Tail(entry, fd, os.fstat(fd), encoding, packed)
        except OSError as error:
            os.close(fd)
            self.fail(path, error)
            self._registry.miss(entry)
            return
        tail.listed, tail.seen, tail.left = listed, self._scans, now
        self.tails[tail.place] = tail
        if self.streams.add(tail) and not tail.rotated:
            self._telemetry.file_rotated(path, entry.source)
        self._telemetry.file_opened(path, entry.source, entry.offset)
        self._hold_open(tail)
        self.stir(tail, now)
        # It is quiet since it was last written, not since we look: a half line at its end is old news.
        tail.fresh = now - min(max(0, self._clock.now() - tail.mtime), now)

    def stir(self, tail: Tail, now: int) -> None:
        """Have a tail looked at in the next round."""
        tail.due = tail.fresh = now
        self.active[tail] = None

    def look_back(self, tail: Tail, now: int) -> None:
        """Find what was added to older files of a stream after they were read to their end.

        Called before a newer one is begun, when something stands in it. After a rename a writer goes on
        in the old file until it opens the new one; from then on it adds nothing to the old.
        """
        for older in self.streams.before(tail):
            if older.drained and _has_changed(older):
                older.drained = False
                self.stir(older, now)

    def rewritten(self, tail: Tail, now: int) -> None:
        """Start again in a file that was cut: with a new key, from its beginning."""
        try:
            status = os.fstat(tail.fd)
            entry = self._registry.restarted(tail.entry, tail.fd, status)
            self.arrivals.look_for_generations(tail.entry)
            tail.attach(tail.fd)
            tail.begin(entry, status)
        except OSError as error:  # it looks as cut, or changed, the next time
            self.fail(tail.entry.path, error)
            tail.failing, tail.due, tail.disk = True, now + RETRY, -1
            return
        tail.left = now
        self.stir(tail, now)

    def leave(self, tail: Tail) -> None:
        """Stop following a file: it is missing from now on, or, if it was drained, finished."""
        entry = tail.entry
        entry.finished = tail.drained
        if not tail.links:  # the inode may be given to another file
            self._registry.displace(entry)
        self.streams.remove(tail)
        del self.tails[tail.place]
        self.active.pop(tail, None)
        self.shut(tail)
        self._registry.miss(entry)

    # ── descriptors ───────────────────────────────────────────────────────────────────────────────

    def open(self, tail: Tail) -> bool:
        """Make sure that a tail has its file open; return False if that is not there any more.

        Raises OSError when the file cannot be opened now, `Rewritten` when it was cut.
        """
        if tail.fd >= 0:
            return True
        entry = tail.entry
        try:
            tail.attach(open_file(entry.path))
        except FileNotFoundError:
            self.leave(tail)
            return False
        self._hold_open(tail)
        status = os.fstat(tail.fd)
        if number(status) != tail.place:
            self.leave(tail)
            return False
        if not tail.recognises(status):
            raise Rewritten
        return True

    def used(self, tail: Tail) -> None:
        """Note that a tail was read: its descriptor is the last to be closed."""
        del self._open[tail]
        self._open[tail] = None

    def shut(self, tail: Tail) -> None:
        """Close a descriptor."""
        self._open.pop(tail, None)
        tail.close()

    def _hold_open(self, tail: Tail) -> None:
        """Count a descriptor; above the bound close another, of a listed file if there is one."""
        self._open[tail] = None
        if len(self._open) <= _bound():
            return
        victim = next((other for other in self._open if other.listed and other is not tail), None)
        if victim is not None:
            self.shut(victim)
            if not (victim.rotated or victim.pending or victim.entry.owed):
                self.active.pop(victim, None)  # the scan sees its changes for less than opening it
            return
        victim = next(iter(self._open))
        if not victim.links and victim.pending:
            entry = victim.entry
            self._telemetry.lines_lost(entry.path, entry.size - entry.offset, "descriptors")
            entry.offset = entry.size
        self.leave(victim)

    # ── failures ──────────────────────────────────────────────────────────────────────────────────

    def fail(self, path: str, error: OSError) -> None:
        """Say, once for each cause, that a file cannot be read now."""
        reason = error.strerror or str(error)
        if self._failed.get(path) != reason:
            self._failed[path] = reason
            self._telemetry.file_failed(path, reason, FIXES.get(error.errno or 0, ""))

    def readable(self, path: str) -> None:
        """Note that a file can be read: if it cannot again, that is news."""
        self._failed.pop(path, None)

    def close(self) -> None:
        """Close all descriptors."""
        for tail in self.tails.values():
            tail.close()
        self.arrivals.close()


def _stands(tail: Tail) -> bool:
    """Return whether a file is where it was, for all that is known: its directory may be closed."""
    try:
        return number(os.stat(tail.entry.path)) == tail.place
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _has_changed(tail: Tail) -> bool:
    """Return whether a file is not as it was looked at last; it is not opened for that."""
    try:
        status = os.stat(tail.fd if tail.fd >= 0 else tail.entry.path)
    except OSError:  # the next scan finds out what became of it
        return False
    return number(status) == tail.place and (
        status.st_size != tail.disk or status.st_mtime_ns != tail.mtime
    )


def _bound() -> int:
    """Return how many files may be held open now."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return DESCRIPTORS if allowed == resource.RLIM_INFINITY else min(DESCRIPTORS, allowed // 2)
