"""Everything that can happen, one method each: the log event and the counter together.

This is the table of contents of logtrace at run time. An event's name is a literal
`<noun>_<past verb>` and is written nowhere else. Levels: info = the life cycle that the operator asked
for; warning = odd, nothing lost; error = data lost, or someone must act. What can happen per line is
counted per batch and never logged by itself. An event that repeats is logged once in ten seconds for
each cause, with `suppressed`: how often it happened in between. The last warning or error of each name
is kept, for `logtrace status`.

Threads: any; what is counted is counted per batch, so the lock costs nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from logtrace.clock import SECOND, Clock
from logtrace.lately import Happening, Logger, Remembering
from logtrace.model import Closed, Drop, Refusal, Reject, Rewrite

QUIET = 10 * SECOND
"""How long a repeating event stays quiet after it was logged."""

HOUR = 3600 * SECOND

COUNTERS = {
    "lines_read": "source",
    "bytes_read": "source",
    "files_opened": "source",
    "files_rotated": "source",
    "files_truncated": "source",
    "file_failures": "",
    "files_skipped": "kind",
    "archives_damaged": "",
    "nuls_skipped": "source",
    "bytes_lost": "reason",
    "checkpoint_failures": "",
    "checkpoints_coarsened": "",
    "lines_rejected": "reason",
    "lines_ignored": "source",
    "lines_unmatched": "source",
    "lines_joined": "source",
    "lines_repaired": "what",
    "spans_evicted": "source",
    "traces_closed": "reason",
    "spans_closed": "reason",
    "traces_kept": "rule",
    "traces_not_kept": "rule",
    "send_failures": "",
    "payloads_shipped": "",
    "traces_shipped": "",
    "spans_shipped": "",
    "bytes_shipped": "",
    "spans_stale": "",
    "spans_postdated": "",
    "spans_refused": "reason",
    "texts_redacted": "rule",
    "spans_rewritten": "reason",
    "spans_dropped": "reason",
}
"""Every counter, and what it counts apart; "": nothing. `logtrace status` shows them all."""


class Telemetry:
    """Counters and the daemon's own log.

    Attributes:
        counts: `(counter, label)` to how often; the label is "" where a counter has none.
        rejects: `(source, reason)` to how many lines of it were rejected.
        shipped_at: wall-clock time of the last acknowledged payload, 0 if there was none.
    """

    def __init__(self, log: Logger, clock: Clock) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.rejects: Counter[tuple[str, str]] = Counter()
        self.shipped_at = 0
        self._log = Remembering(log, clock)
        self._clock = clock
        self._lock = threading.Lock()
        self._repeats: dict[tuple[str, str], tuple[int, int]] = {}

    def count(self, counter: str, label: str = "") -> int:
        """Return the value of a counter."""
        return self.counts[counter, label]

    def total(self, counter: str) -> int:
        """Return the sum of a counter over its labels."""
        return sum(value for (name, _), value in self.counts.items() if name == counter)

    def counted(self) -> dict[str, dict[str, int]]:
        """Return all counters by name and label, from any thread; one without labels has only ""."""
        with self._lock:
            counts = list(self.counts.items())
        counted: dict[str, dict[str, int]] = {
            name: {} if label else {"": 0} for name, label in COUNTERS.items()
        }
        for (name, label), count in counts:
            counted.setdefault(name, {})[str(label)] = count
        return counted

    def rejected(self, source: str) -> dict[str, int]:
        """Return how many lines of a source were rejected, by reason, from any thread."""
        with self._lock:
            rejects = list(self.rejects.items())
        return {str(reason): count for (name, reason), count in rejects if name == source}

    def lately(self) -> list[Happening]:
        """Return the last warning or error of each name, the newest first, from any thread."""
        return self._log.last()

    def _add(self, counter: str, amount: int, label: str = "") -> None:
        if amount:
            with self._lock:
                self.counts[counter, label] += amount

    def _seldom(
        self, level: str, event: str, cause: str, quiet: int = QUIET, **fields: Any
    ) -> None:
        """Log `event`, at most once in `quiet` for each cause."""
        now = self._clock.monotonic()
        due, suppressed = self._repeats.get((event, cause), (now, 0))
        if now < due:
            self._repeats[event, cause] = (due, suppressed + 1)
            return
        if suppressed:
            fields["suppressed"] = suppressed
        if len(self._repeats) > 1000:  # causes may hold file names: bounded
            self._repeats.clear()
        self._repeats[event, cause] = (now + quiet, 0)
        getattr(self._log, level)(event, **fields)

    # ── daemon ────────────────────────────────────────────────────────────────────────────────────

    def daemon_started(self, version: str, sources: int) -> None:
        """Say that the daemon runs."""
        self._log.info("daemon_started", version=version, sources=sources)

    def config_reloaded(self) -> None:
        """Say that a changed configuration is in force."""
        self._log.info("config_reloaded")

    def reload_failed(self, error: str) -> None:
        """Say that the changed configuration is bad: the old one stays in force."""
        self._log.error("reload_failed", error=error)

    def daemon_draining(self, signal: str) -> None:
        """Say that the daemon was told to stop and finishes what is in flight."""
        self._log.info("daemon_draining", signal=signal)

    def daemon_stopped(self, left: int) -> None:
        """Say that the daemon is done; `left` spans were not delivered: their lines stay open."""
        log = self._log.warning if left else self._log.info
        log("daemon_stopped", spans_left=left)

    def admin_failed(self, path: str, error: str, fix: str) -> None:
        """Say that `logtrace status` cannot ask this daemon; nothing else is the worse for it."""
        self._log.warning("admin_failed", path=path, error=error, fix=fix)

    # ── source ────────────────────────────────────────────────────────────────────────────────────

    def lines_read(self, source: str, lines: int, size: int) -> None:
        """Count whole lines that were read, and their bytes."""
        self._add("lines_read", lines, source)
        self._add("bytes_read", size, source)

    def file_opened(self, file: str, source: str, offset: int) -> None:
        """Say that a file is read, and from where."""
        self._add("files_opened", 1, source)
        self._log.info("file_opened", file=file, source=source, offset=offset)

    def file_rotated(self, file: str, source: str) -> None:
        """Say that the path names another file now; the old one is read to its end."""
        self._add("files_rotated", 1, source)
        self._log.info("file_rotated", file=file, source=source)

    def file_truncated(self, file: str, source: str, offset: int) -> None:
        """Say that a file was cut: it is read from its beginning again."""
        self._add("files_truncated", 1, source)
        self._log.warning("file_truncated", file=file, source=source, offset=offset)

    def file_failed(self, file: str, error: str, fix: str = "") -> None:
        """Say that a file cannot be read now; nothing is forgotten, it is tried again."""
        self._add("file_failures", 1)
        self._seldom("warning", "file_failed", f"{file} {error}", file=file, error=error, fix=fix)

    def file_skipped(self, file: str, kind: str) -> None:
        """Say that a source names something that is not read for what it is, such as a FIFO."""
        self._add("files_skipped", 1, kind)
        self._log.warning("file_skipped", file=file, kind=kind)

    def watch_failed(self, directory: str, error: str, fix: str = "") -> None:
        """Say that a directory cannot be watched: its files are found by polling."""
        self._seldom("warning", "watch_failed", error, directory=directory, error=error, fix=fix)

    def archive_damaged(self, file: str, error: str, offset: int) -> None:
        """Say that a compressed file cannot be read on; what was read of it, up to there, stays."""
        self._add("archives_damaged", 1)
        self._log.error("archive_damaged", file=file, error=error, offset=offset)

    def nuls_skipped(self, source: str, size: int) -> None:
        """Count bytes of NULs that nobody wrote: a file system's, where nothing stands."""
        self._add("nuls_skipped", size, source)

    def lines_lost(self, file: str, size: int, reason: str) -> None:
        """Count bytes that were never read because their file is gone."""
        self._add("bytes_lost", size, reason)
        self._log.error("lines_lost", file=file, bytes=size, reason=reason)

    def ledger_opened(self, path: str, files: int, open_records: int) -> None:
        """Say which state the daemon goes on from."""
        self._log.info("ledger_opened", path=path, files=files, open_records=open_records)

    def ledger_discarded(self, path: str, error: str, kept: str) -> None:
        """Say that the state could not be read and was put aside as `kept`."""
        self._log.error("ledger_discarded", path=path, error=error, kept=kept)

    def checkpoint_failed(self, path: str, error: str) -> None:
        """Say that positions could not be written; they are kept in memory and tried again."""
        self._add("checkpoint_failures", 1)
        self._seldom("error", "checkpoint_failed", error, path=path, error=error)

    def checkpoint_coarsened(self, file: str, runs: int) -> None:
        """Say that a file has too many scattered open lines: a restart reads on from the oldest."""
        self._add("checkpoints_coarsened", 1)
        self._seldom("warning", "checkpoint_coarsened", file, file=file, runs=runs)

    # ── libraries ─────────────────────────────────────────────────────────────────────────────────

    def library_warned(self, library: str, text: str, cause: str) -> None:
        """Say what a library warns of; `cause` is the same whenever it does."""
        self._seldom("warning", "library_warned", f"{library} {cause}", library=library, text=text)

    # ── parse and mapping ─────────────────────────────────────────────────────────────────────────

    def lines_rejected(self, source: str, reason: Reject, count: int) -> None:
        """Count lines that could not be used."""
        self._add("lines_rejected", count, reason)
        with self._lock:
            self.rejects[source, reason] += count
        self._seldom(
            "warning",
            "lines_rejected",
            f"{source} {reason}",
            source=source,
            reason=str(reason),
            count=count,
        )

    def lines_ignored(self, source: str, count: int) -> None:
        """Count lines that the configuration ignores."""
        self._add("lines_ignored", count, source)

    def lines_unmatched(self, source: str, count: int) -> None:
        """Count lines that no rule took."""
        self._add("lines_unmatched", count, source)

    def lines_joined(self, source: str, count: int) -> None:
        """Count lines that went on with the record of a line before them."""
        self._add("lines_joined", count, source)

    def lines_repaired(self, count: int, what: str) -> None:
        """Count lines that were used after a repair: `utf8`, `cut`, `time` or `span`."""
        self._add("lines_repaired", count, what)

    def spans_evicted(self, source: str, count: int) -> None:
        """Count open starts and groups that were closed early: too many were open, or too large."""
        self._add("spans_evicted", count, source)

    # ── assemble ──────────────────────────────────────────────────────────────────────────────────

    def traces_closed(self, reason: Closed, traces: int, spans: int) -> None:
        """Count traces (or chunks) that left the assembler."""
        self._add("traces_closed", traces, reason)
        self._add("spans_closed", spans, reason)

    def traces_decided(self, rule: str, is_kept: bool, traces: int) -> None:
        """Count traces that a rule of `traces.keep` decided about."""
        if is_kept:
            self._add("traces_kept", traces, rule)
        else:
            self._add("traces_not_kept", traces, rule)

    # ── ship ──────────────────────────────────────────────────────────────────────────────────────

    def agent_reached(self, url: str, version: str, encoding: str) -> None:
        """Say which Agent answers and what it is sent."""
        self._log.info("agent_reached", url=url, version=version, encoding=encoding)

    def send_failed(self) -> None:
        """Count an exchange that failed and is tried again."""
        self._add("send_failures", 1)

    def agent_unreachable(self, url: str, error: str, delay: int) -> None:
        """Say that the Agent takes no payloads; reading stops until it does. Once an outage."""
        self._seldom(
            "warning",
            "agent_unreachable",
            url,
            url=url,
            error=error,
            delay_secs=round(delay / SECOND, 1),
        )

    def agent_recovered(self, url: str, after: int) -> None:
        """Say that the Agent takes payloads again, after so many nanoseconds."""
        self._repeats.pop(("agent_unreachable", url), None)
        self._log.info("agent_recovered", url=url, after_secs=round(after / SECOND, 1))

    def payload_shipped(self, traces: int, spans: int, size: int) -> None:
        """Count what the Agent has acknowledged."""
        self.shipped_at = self._clock.now()
        self._add("payloads_shipped", 1)
        self._add("traces_shipped", traces)
        self._add("spans_shipped", spans)
        self._add("bytes_shipped", size)

    def texts_redacted(self, rule: str, count: int) -> None:
        """Count what was taken out of spans before they were sent."""
        self._add("texts_redacted", count, rule)

    def spans_refused(self, reason: Refusal, count: int, error: str) -> None:
        """Count spans that were left out because the Agent would refuse them; `error` is an example."""
        self._add("spans_refused", count, reason)
        self.spans_dropped(Drop.AGENT_WOULD_REFUSE, count, error)

    def spans_stale(self, count: int) -> None:
        """Count spans that were sent although they may be too old for the backend to keep."""
        self._add("spans_stale", count)

    def spans_postdated(self, count: int, ahead: int) -> None:
        """Count spans that were sent although they end too far from now; say so, once an hour."""
        self._add("spans_postdated", count)
        self._seldom(
            "warning",
            "spans_postdated",
            "",
            HOUR,
            count=count,
            ahead_secs=ahead // SECOND,
            fix="look at `time:` of the source: is its zone or the unit of its numbers another?",
        )

    def statistics_shifted(self, age: int) -> None:
        """Say, once an hour, that old spans are sent: the Agent's statistics count them as of now."""
        self._seldom(
            "warning",
            "statistics_shifted",
            "",
            HOUR,
            age_secs=age // SECOND,
            fix="start with --skip-older-than if that matters more than the old traces",
        )

    def spans_rewritten(self, reason: Rewrite, count: int) -> None:
        """Count changes to spans before they were sent: the Agent would have made them unseen."""
        self._add("spans_rewritten", count, reason)

    def spans_dropped(self, reason: Drop, count: int, error: str = "") -> None:
        """Count spans that are lost for good, and say so."""
        if not count:
            return
        self._add("spans_dropped", count, reason)
        wanted = reason is Drop.TOO_OLD
        self._seldom(
            "warning" if wanted else "error",
            "spans_dropped",
            str(reason),
            reason=str(reason),
            count=count,
            intentional=wanted,
            error=error,
        )

    def quarantine_failed(self, path: str, error: str) -> None:
        """Say that a refused trace could not be kept for a person to look at."""
        self._seldom("warning", "quarantine_failed", error, path=path, error=error)
