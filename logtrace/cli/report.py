"""Says what became of everything that was read: in one line, for `run --once` and `convert`, and of
what was changed on the way in a table, for `convert --report`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from logtrace.telemetry import COUNTERS, Telemetry
from logtrace.web.text import count_text, visible

if TYPE_CHECKING:
    from logtrace.ship.findings import Example, Findings

SHOWN = 60
"""Characters that are shown of a text."""


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


LOST = (
    ("lines_rejected", "rejected"),
    ("lines_unmatched", "unmatched"),
    ("lines_ignored", "ignored"),
    ("lines_joined", "joined to the line before"),
    ("lines_repaired", "repaired"),
    ("spans_dropped", "spans lost"),
    ("spans_rewritten", "changed as the Agent would"),
    ("texts_redacted", "redacted"),
)
"""Counters of what was not simply read and sent, and their words."""


def lost(telemetry: Telemetry, counters: Sequence[tuple[str, str]] = LOST) -> Iterator[str]:
    """Yield, by kind, what became of lines and spans that were not simply read and sent."""
    for counter, word in counters:
        labels = {
            label: value for (name, label), value in telemetry.counts.items() if name == counter
        }
        if labels:
            why = ", ".join(
                f"{label} {value}"
                for label, value in sorted(labels.items())
                if COUNTERS[counter] != "source"
            )
            yield f"{sum(labels.values())} {word}" + (f" ({why})" if why else "")
    if telemetry.total("archives_damaged"):
        yield f"{count_text(telemetry.total('archives_damaged'), 'archive')} damaged"


def changes(findings: Findings) -> Iterator[str]:
    """Yield the lines of a table: what was changed and what was left out, why, and one of each."""
    changed = [
        (count, str(reason), _change(findings.examples[reason]))
        for reason, count in findings.rewritten.items()
    ]
    refused = [
        (count, str(reason), visible(findings.refusals[reason]))
        for reason, count in findings.refused.items()
    ]
    yield from _table("changed, as the Agent would have done it:", changed)
    yield from _table("left out, since the Agent would have refused it:", refused)
    if not findings:
        yield "nothing was changed, nothing left out: the Agent keeps all of it as it is"


def _table(title: str, rows: list[tuple[int, str, str]]) -> Iterator[str]:
    if rows:
        yield title
    width = max((len(reason) for _, reason, _ in rows), default=0)
    for count, reason, example in sorted(rows, key=lambda row: (-row[0], row[1])):
        yield f"  {count:>9,}  {reason:<{width}}  {example}"


def _change(example: Example) -> str:
    before, after = _shown(example.before), _shown(example.after)
    return f"{visible(example.field, SHOWN)}: {before} → {after}"


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return str(value)
    size = f" ({len(value):,} characters)" if len(value) > SHOWN else ""
    return f'"{visible(value, SHOWN)}"{size}'
