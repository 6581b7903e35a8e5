"""Traces that the Agent refused, kept for a person to look at: `logtrace receive --replay FILE`.

One JSON object a line: when, what the Agent said, and the spans. Bounded: a file that has grown to
`LARGEST` is renamed to `….1`, in the place of the one before. A trace that does not fit into a line is
kept in part. Called by the lanes of the shipper; a failure is said and changes nothing else: the loss is
counted in any case.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from logtrace.clock import SECOND, Clock
from logtrace.model import Span, Trace
from logtrace.telemetry import Telemetry

NAME = "quarantine.jsonl"
"""The file's name in the state directory."""

LARGEST = 10 * 2**20
LONGEST_LINE = 2**20


class Quarantine:
    """A bounded file of refused traces."""

    def __init__(self, path: Path, telemetry: Telemetry, clock: Clock) -> None:
        """Write to `path`; nothing is created before the first trace."""
        self.path = path
        self._telemetry, self._clock = telemetry, clock
        self._lock = threading.Lock()

    def put(self, trace: Trace, error: str) -> None:
        """Append a trace and why it was refused."""
        line = self._line(trace.spans, error)
        try:
            with self._lock:
                self._append(line)
        except OSError as failure:
            self._telemetry.quarantine_failed(str(self.path), failure.strerror or str(failure))

    def _line(self, spans: list[Span], error: str) -> bytes:
        now = datetime.fromtimestamp(self._clock.now() / SECOND, UTC)
        record = {"at": now.isoformat(timespec="seconds"), "error": error[:1000]}
        kept = spans
        while True:
            left_out = len(spans) - len(kept)
            more = {"spans_left_out": left_out} if left_out else {}
            line = _encoded(record | more | {"spans": kept})
            if len(line) <= LONGEST_LINE or not kept:
                return line
            kept = kept[: len(kept) // 2]

    def _append(self, line: bytes) -> None:
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size + len(line) > LARGEST:
            os.replace(self.path, f"{self.path}.1")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(self.path, flags, 0o600)  # what a log holds is nobody else's business
        try:
            os.write(fd, line)
        finally:
            os.close(fd)


def _encoded(record: dict[str, object]) -> bytes:
    """Return a record as a line; spans that JSON has no form for as Python shows them."""
    try:
        return msgspec.json.encode(record) + b"\n"
    except (TypeError, ValueError, OverflowError, RecursionError):
        shown = repr(record["spans"]).encode("ascii", "backslashreplace")[: LONGEST_LINE // 4]
        odd = {"error": ascii(record["error"]), "shown": shown.decode("ascii"), "spans": []}
        return msgspec.json.encode(record | odd) + b"\n"
