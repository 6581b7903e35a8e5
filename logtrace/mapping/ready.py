"""Maps lines that are spans already: every span of a line, as it is, into its trace.

Called by the pipeline, in the place of compiled rules, for sources of a format that needs none. What a
line holds is read by `otlp` and `datadog`. The spans of a line that belong to one trace stay together:
the one that is its root, or else the first, has the others as its children. A line may hold spans of
several traces; it is done when all of them are (`Mapped.shared`). A span without a trace id is left
out, and its line counted; a line that has no other is rejected. Never raises for content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from logtrace.config.model import Defaults, SourceConfig
from logtrace.mapping import datadog, otlp
from logtrace.mapping.compiler import Mapping
from logtrace.mapping.rules import UNNAMED_SERVICE
from logtrace.model import Mapped, MappedSpan, Records, Reject, Span


class Ready(NamedTuple):
    """A span of a line, and the upper half of its trace id."""

    span: Span
    high: str


def compile_ready(source: SourceConfig) -> Mapping:
    """Return the mapping of a source whose lines are spans."""
    read = otlp.spans if source.format == "otlp-json" else datadog.spans
    apply = _defaults(source.defaults)

    def map_batch(records: Records) -> Mapped:
        mapped = Mapped(ignored=list(records.skipped))
        first = records.batch.first
        for index, row in zip(records.lines, records.rows, strict=True):
            traces: dict[int, list[Ready]] = {}
            lost = False
            for span, high in read(row):
                if span.trace_id:
                    apply(span)
                    traces.setdefault(span.trace_id, []).append(Ready(span, high))
                else:
                    lost = True
            _place(mapped, index, first + index, traces.values(), lost)
        return mapped

    return Mapping(map_batch, "# its lines are spans already: nothing is generated\n", {}, {})


def _place(
    mapped: Mapped, index: int, number: int, traces: Iterable[list[Ready]], lost: bool
) -> None:
    """Add the spans of a line, by trace."""
    together = [_together(spans, number) for spans in traces]
    if not together:
        if lost:
            mapped.rejects.append((index, Reject.NO_TRACE_ID))
        else:
            mapped.ignored.append(index)
        return
    mapped.spans += together
    mapped.incomplete += lost
    if len(together) > 1:
        mapped.shared[number] = len(together)


def _together(spans: list[Ready], number: int) -> MappedSpan:
    """Return the spans of one trace as one, the others below it."""
    top = min(spans, key=lambda ready: (ready.span.parent_id != 0, ready.span.start))
    return MappedSpan(
        top.span,
        number,
        max(ready.span.start + ready.span.duration for ready in spans),
        next((ready.high for ready in spans if ready.high), ""),
        root=top.span.parent_id == 0,
        parented=True,
        children=[ready.span for ready in spans if ready is not top],
    )


def _defaults(defaults: Defaults) -> Callable[[Any], None]:
    """Return what fills in what a span does not say itself."""
    service = str(defaults.service or UNNAMED_SERVICE)
    own = {"env": defaults.env, "version": defaults.version, "host": defaults.host, **defaults.tags}
    tags = {str(key): str(value) for key, value in own.items() if value is not None}

    def apply(span: Span) -> None:
        span.service = span.service or service
        if tags:
            span.meta = {**tags, **span.meta}

    return apply
