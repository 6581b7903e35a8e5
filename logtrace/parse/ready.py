"""Lines that are spans already: each is JSON, of OpenTelemetry's collector or of Datadog's tracers.

Called by the pipeline through `model.Parser`, and by `joining` for what is inside envelopes. A row is
the line's JSON as it was decoded; what its spans are is the mapping's (`mapping.ready`). A line of
JSON without spans, such as one of logs or metrics, is skipped. Never raises for content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from logtrace.model import LineBatch, Records, Reject
from logtrace.parse.json_lines import JsonReader
from logtrace.parse.rows import Rows

OTLP_KEYS = ("resourceSpans", "resource_spans")


class ReadyParser:
    """A `model.Parser` of lines of spans; no line has fields."""

    row: Literal["attribute", "item"] = "item"

    def __init__(self, form: str) -> None:
        """Take one of `config.model.READY_FORMATS`."""
        self._reader = JsonReader(Any)
        self._kind: Callable[[Any], Reject | bool] = _otlp if form == "otlp-json" else _datadog

    def slot(self, name: str) -> int | None:
        """See `model.Parser`."""
        return None

    def parse(self, batch: LineBatch) -> Records:
        """See `model.Parser`."""
        return self._sorted(self._reader.read(batch.block, batch.lines)).of(batch)

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """See `joining.Inner`."""
        lines = [text.encode("utf-8", "replace") for text in texts]
        return self._sorted(self._reader.each(lines))

    def attach(
        self, rows: list[Any], names: Sequence[str], values: list[tuple[Any, ...]]
    ) -> list[Any]:
        """See `joining.Inner`; a span has no use for what its envelope says."""
        return rows

    def _sorted(self, read: Rows) -> Rows:
        """Return the rows that hold spans; the others are skipped, or rejected as something else."""
        rows: list[Any] = []
        lines: list[int] = []
        rejects = list(read.rejects)
        skipped: list[int] = []
        for index, row in zip(read.lines, read.rows, strict=True):
            kind = self._kind(row)
            if kind is True:
                rows.append(row)
                lines.append(index)
            elif kind is False:
                skipped.append(index)
            else:
                rejects.append((index, kind))
        return Rows(rows, lines, sorted(rejects), read.repaired, skipped)


def _otlp(row: Any) -> Reject | bool:
    """Return whether a line of OTLP holds spans, or why it is none."""
    if not isinstance(row, dict):
        return Reject.NOT_AN_OBJECT
    return any(key in row for key in OTLP_KEYS)


def _datadog(row: Any) -> Reject | bool:
    """Return whether a line holds traces: a list of them, or an object with such a list."""
    if isinstance(row, dict):
        return "traces" in row or "trace_id" in row
    return bool(row) if isinstance(row, list) else Reject.NOT_AN_OBJECT
