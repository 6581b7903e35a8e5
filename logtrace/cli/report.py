"""Says in one line what became of everything that was read: for `run --once` and `convert`."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.telemetry import Telemetry
from logtrace.web.text import count_text


def spans_in_traces(spans: int, traces: int) -> str:
    """Return `3 spans in 1 trace`."""
    return f"{count_text(spans, 'span')} in {count_text(traces, 'trace')}"


def summary(telemetry: Telemetry) -> str:
    """Return, in one line, what became of everything that was read."""
    total = telemetry.total
    parts = [
        count_text(total("lines_read"), "line"),
        f"{spans_in_traces(total('spans_shipped'), total('traces_shipped'))} shipped",
        *lost(telemetry),
    ]
    if telemetry.total("file_failures"):
        parts.append("some files could not be read: see the log")
    return "; ".join(parts)


def lost(telemetry: Telemetry) -> Iterator[str]:
    """Yield, by kind, how many lines gave nothing and how many spans were lost, and why."""
    for counter, word in (
        ("lines_rejected", "rejected"),
        ("lines_unmatched", "unmatched"),
        ("lines_ignored", "ignored"),
        ("spans_dropped", "spans lost"),
    ):
        labels = {
            label: value for (name, label), value in telemetry.counts.items() if name == counter
        }
        if labels:
            why = ", ".join(f"{label} {value}" for label, value in sorted(labels.items()) if label)
            yield f"{sum(labels.values())} {word}" + (f" ({why})" if why else "")
