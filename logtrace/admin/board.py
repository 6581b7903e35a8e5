"""What the daemon shows of itself: its threads write here, the admin server's thread reads.

The pipeline thread puts up an `Overview`, an object that is never changed again, so nobody waits for
anybody. Everything else (counters, the queue, the Agent) is looked up when somebody asks, under locks
that are held for microseconds. A stuck pipeline therefore shows: its overview grows old.

Threads: `enter`, `turn` main; `due`, `publish` pipeline; `answer` the server's.
"""

from __future__ import annotations

import os
from pathlib import Path

import logtrace
from logtrace.admin import document as doc
from logtrace.admin.document import FILES, MOST_FILES
from logtrace.admin.overview import Overview, SourceOverview
from logtrace.clock import MILLISECOND, SECOND, Clock
from logtrace.ship.shipper import PENDING_SPANS, Shipper
from logtrace.source.survey import FileView
from logtrace.telemetry import Telemetry

EVERY = SECOND
"""How long to wait at least between two overviews."""

CROWD = 5_000
"""For each so many files it is a second more: an overview of so many takes 1 to 3 ms,"""

SELDOM = 10 * SECOND
"""up to this: who never moves looks stuck."""

WANTED = 10 * SECOND
"""How long overviews tell of more files after they were asked for last."""


class Board:
    """The daemon's state, for others to look at.

    Attributes:
        limit: files that the next overview is to tell details of.
    """

    def __init__(self, telemetry: Telemetry, clock: Clock, config_path: str = "") -> None:
        self._telemetry, self._clock, self._config_path = telemetry, clock, config_path
        self._started = clock.now()
        self._started_monotonic = clock.monotonic()
        self._loaded = 0
        self._sessions = 0
        self._phase = "starting"
        self._state = Path()
        self._shipper: Shipper | None = None
        self._shown: tuple[int, int, int, int, Overview] | None = None
        self._due = 0
        self._wanted, self._wanted_until = FILES, 0

    # ── for the daemon ────────────────────────────────────────────────────────────────────────────

    def enter(self, state: Path, shipper: Shipper) -> None:
        """Show another session from now on; it goes by a configuration that was just loaded."""
        self._state, self._shipper = state, shipper
        self._sessions += 1
        self._loaded = self._clock.now()
        self._due = 0
        self._phase = "running"

    def turn(self, phase: str) -> None:
        """Show another phase: `running`, `reloading`, `draining`."""
        self._phase = phase

    @property
    def limit(self) -> int:
        """How many files the next overview is to tell details of."""
        return self._wanted if self._clock.monotonic() < self._wanted_until else FILES

    def due(self) -> bool:
        """Return whether it is time for an overview."""
        return self._clock.monotonic() >= self._due

    def publish(self, overview: Overview, limit: int, began: int, steps: int) -> None:
        """Put up an overview.

        Args:
            overview: not to be changed any more.
            limit: how many files it was to tell of.
            began: monotonic time when it was begun.
            steps: how often the pipeline went round.
        """
        now = self._clock.monotonic()
        self._shown = (now, now - began, limit, steps, overview)
        self._due = now + min(EVERY + overview.files_known // CROWD * SECOND, SELDOM)

    # ── for the server ────────────────────────────────────────────────────────────────────────────

    def answer(self, files: int, patient: bool) -> bytes | None:
        """Return the document as JSON; None: ask again in a moment, more files are being looked at.

        Args:
            files: how many files to tell of.
            patient: whether to wait for an overview with so many; else they may be fewer.
        """
        files = min(files, MOST_FILES)
        if files > FILES and not self._tells_of(files) and patient:
            return None
        return doc.encode(self._document(files))

    def _tells_of(self, files: int) -> bool:
        """Return whether the last overview tells of so many files; have the next ones do so."""
        now, shown = self._clock.monotonic(), self._shown
        self._wanted = max(files, self.limit)
        self._wanted_until = now + WANTED
        if shown is None:
            return False
        taken, _, limit, _, overview = shown
        if limit >= files or overview.files_known <= len(overview.files):
            return True
        self._due = min(self._due, taken + EVERY)
        return False

    def _document(self, files: int) -> doc.Status:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        status = doc.Status(
            version=logtrace.__version__,
            pid=os.getpid(),
            phase=self._phase,
            now=doc.moment(now),
            started_at=doc.moment(self._started),
            uptime_secs=_secs(monotonic - self._started_monotonic),
            cpu_secs=round(sum(os.times()[:2]), 3),
            memory_bytes=_memory(),
            state=str(self._state),
            config=doc.ConfigStatus(
                self._config_path, doc.moment(self._loaded), max(0, self._sessions - 1)
            ),
            counters={
                name: doc.CounterStatus(
                    sum(counts.values()), {label: count for label, count in counts.items() if label}
                )
                for name, counts in self._telemetry.counted().items()
            },
            events=[
                doc.EventStatus(
                    each.event, each.level, doc.moment(each.at), each.times, each.fields
                )
                for each in self._telemetry.lately()
            ],
        )
        if self._shipper is not None:
            self._add_shipper(status, self._shipper, now, monotonic)
        if self._shown is not None:
            self._add_overview(status, monotonic, files)
        return status

    def _add_shipper(self, status: doc.Status, shipper: Shipper, now: int, monotonic: int) -> None:
        view = shipper.view()

        def wall(at: int) -> str | None:
            return doc.moment(now - (monotonic - at)) if at else None

        status.shipper = doc.ShipperStatus(
            view.queued,
            max(0, view.pending - view.queued),
            PENDING_SPANS,
            view.has_room,
            doc.moment(self._telemetry.shipped_at),
        )
        status.agent = doc.AgentStatus(
            view.url,
            view.version,
            view.path,
            False if view.away else (True if view.path else None),
            wall(view.since),
            _secs(max(0, view.retry_at - monotonic)) if view.away else None,
            view.error,
            wall(view.error_at),
            view.unsteady,
        )

    def _add_overview(self, status: doc.Status, monotonic: int, files: int) -> None:
        assert self._shown is not None
        taken, cost, _, steps, overview = self._shown
        status.pipeline = doc.PipelineStatus(
            doc.moment(overview.at),
            _secs(max(0, monotonic - taken)),
            round(cost / MILLISECOND, 3),
            steps,
            sum(len(source.files.behind) for source in overview.sources),
            sum(source.half_spans for source in overview.sources),
            overview.open_traces,
            overview.open_spans,
            overview.max_open,
            overview.learnt_waits,
            [
                doc.WaitStatus(service, name, _secs(wait))
                for service, name, wait in overview.longest_waits
            ],
        )
        counts = self._telemetry.counted()
        status.sources = [
            _source(source, counts, self._telemetry.rejected(source.name))
            for source in overview.sources
        ]
        status.files = [_file(view) for view in overview.files[:files]]
        status.files_known = overview.files_known


def _source(
    source: SourceOverview, counts: dict[str, dict[str, int]], rejected: dict[str, int]
) -> doc.SourceStatus:
    files = source.files

    def count(counter: str) -> int:
        return counts[counter].get(source.name, 0)

    return doc.SourceStatus(
        source.name,
        source.format,
        list(source.paths),
        files.files,
        files.missing,
        files.failing,
        files.unread,
        files.again,
        len(files.behind),
        None if source.behind is None else _secs(source.behind),
        source.half_spans,
        count("lines_read"),
        count("bytes_read"),
        count("lines_unmatched"),
        count("lines_ignored"),
        rejected,
    )


def _file(view: FileView) -> doc.FileStatus:
    return doc.FileStatus(
        view.path,
        view.stream,
        view.source,
        view.state,
        view.size,
        view.offset,
        view.unread,
        view.again,
        doc.moment(view.written),
        view.error,
        view.compressed,
    )


def _secs(ns: int) -> float:
    return round(ns / SECOND, 3)


def _memory() -> int | None:
    """Return the bytes of memory that the process has now, None where nothing tells."""
    try:
        with open("/proc/self/statm", "rb") as stat:
            return int(stat.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
