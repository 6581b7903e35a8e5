"""Prints a trace, and why it looks as it does: for `explain`.

The picture first; then for each span its lines, how its parent was found, and what it is as it would be
sent; then what was changed on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from logtrace.assemble.parents import TAG
from logtrace.cli.page import Page
from logtrace.cli.report import changes
from logtrace.cli.words import CLOSED, decision_text
from logtrace.config.model import KeepConfig
from logtrace.insight.given import Files
from logtrace.insight.reading import Origin, TraceLines
from logtrace.model import Span
from logtrace.web.rows import arrange
from logtrace.web.text import date_text, duration_text, time_text, trace_id_text

MOST_SPANS = 60
"""Spans that are told of one by one, and"""

MOST_PLACES = 5
"""lines of one of them whose places are given."""

_FOUND = {
    "call": "inferred: it called this one, by its name or as its peer",
    "thread": "inferred: the tightest span around it in time in its own thread",
    "containment": "inferred: the tightest span of the trace around it in time",
    "overlap": "inferred: the span of its service in which it starts, and which it outlasts",
    "root": "inferred: no span is around it, so the root",
    "cycle": "mended: the parent that the log gives leads back to the span itself",
}


class TraceStory:
    """Prints traces on a page."""

    def __init__(self, page: Page, files: Files, keep: Sequence[KeepConfig] = ()) -> None:
        """Print on a page; `files` know where lines stand, `keep` is what `traces.keep` says."""
        self._page, self._line, self._files, self._keep = page, page.line, files, keep

    def print(self, trace: TraceLines) -> None:
        """Print all of one trace."""
        if not trace.spans:
            self._line(("a trace of which nothing would be sent", "bold red"))
            self._changes(trace)
            return
        self._line((f"trace {trace_id_text(trace.spans)}", "bold"), whole=True)
        self._line(f"  closed: {trace.reason}: {CLOSED[trace.reason]}", wrap=4)
        if decision := decision_text(trace.spans[0], self._keep, trace.kept_by):
            self._line(f"  {decision}", wrap=4)
        self._page.waterfall(trace.spans)
        self._line("")
        origins = {
            id(span): origin for span, origin in zip(trace.spans, trace.origins, strict=True)
        }
        names = {span.span_id: span for span in reversed(trace.spans)}
        rows = arrange(trace.spans, MOST_SPANS, crowd=MOST_SPANS).rows
        for row in rows:
            for span in row.spans:
                self._span(span, origins[id(span)], names)
        left = len(trace.spans) - sum(len(row.spans) for row in rows)
        if left:
            self._line(f"and {left:,} more spans")
        self._changes(trace)

    def _span(self, span: Span, origin: Origin | None, names: dict[int, Span]) -> None:
        resource = span.resource if span.resource != span.name else ""
        self._line((f"{span.service} {span.name} ", "bold"), resource)
        if origin is not None:
            places = [str(self._files.place(number)) for number in origin.numbers[:MOST_PLACES]]
            more = len(origin.numbers) - len(places)
            tail = f" and {more:,} more" if more > 0 else ""
            self._line(f"  from      {', '.join(places)}{tail}", wrap=12)
        self._line(f"  parent    {_parent(span, origin, names)}", wrap=12)
        when = f"{date_text(span.start)} {time_text(span.start)} UTC"
        failed = ", failed" if span.error else ""
        self._line(f"  time      {when}, {duration_text(span.duration)}{failed}")
        self._line(f"  span id   {span.span_id:016x}")
        tags = ", ".join(f"{key}={value}" for key, value in span.meta.items() if shows(key))
        if span.type:
            self._line(f"  type      {span.type}")
        if tags:
            self._line(f"  tags      {tags}", wrap=12)
        metrics = ", ".join(f"{key}={value:g}" for key, value in span.metrics.items() if shows(key))
        if metrics:
            self._line(f"  metrics   {metrics}", wrap=12)
        counts = Counter(str(event.get("name")) for event in span.span_events)
        events = [name if count == 1 else f"{name} ({count:,})" for name, count in counts.items()]
        if events:
            self._line(f"  events    {', '.join(events)}", wrap=12)

    def _changes(self, trace: TraceLines) -> None:
        """Say what was changed and redacted in the trace."""
        if trace.findings is not None:
            for line in changes(trace.findings):
                self._line(line)
        for rule, count in trace.redacted.most_common():
            self._line(f"redacted: {rule} {count:,}")


def shows(key: str) -> bool:
    """Return whether a tag is the log's, not one for the Agent or of ours."""
    return not key.startswith(("_dd.", "_sampling")) and key != TAG


def _parent(span: Span, origin: Origin | None, names: dict[int, Span]) -> str:
    """Return who the parent of a span is, and how it was found."""
    parent = names.get(span.parent_id)
    who = f"{parent.service} {parent.name}" if parent else f"{span.parent_id:016x}, not among these"
    if origin is None:
        return f"{who}; a timer in that one's line"
    how = span.meta.get(TAG)
    if how is not None:
        found = _FOUND.get(how, f"inferred: {how}")
        return f"{who}; {found}" if span.parent_id else f"none; {found}"
    if span.parent_id:
        return f"{who}; the log says so, by an id or by the scope around it"
    if origin.parented:
        return "none: the log says that it is the root"
    if origin.root:
        return "none: nothing here called it, so it seems to be the root"
    return "none: the log names none, and no span is around it in time"
