"""The receiver's pages: the newest traces, and one trace as a waterfall, in HTML and CSS alone.

Called by the receiver. Every text of a span goes through `_text`, which escapes what could trick the
browser and what could trick the eye; nothing else of a span is put into a page but numbers. Pure.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import Any

from logtrace.model import Span
from logtrace.web.recent import Received, Trouble
from logtrace.web.rows import Moment, Row, Rows, arrange
from logtrace.web.strict import SILENT, Rewritten
from logtrace.web.style import HUES, STYLE
from logtrace.web.text import (
    axis,
    count_text,
    date_text,
    duration_text,
    hue,
    time_text,
    trace_id_text,
    visible,
)

MINI_ROWS = 9
"""Spans in the small picture of a trace in the list."""

PAGE_ROWS = 1000
SHOWN_VALUE = 2000
SHOWN_NOTES = 100
SHOWN_EVENTS = 20
"""Events of a span that are marked, and told."""

DEEPEST = 14
"""Levels of the tree that are drawn; deeper rows stand at one place, with their level."""


def index(traces: list[Received], troubles: list[Trouble], url: str, live: bool) -> str:
    """Return the page of the newest traces; it loads itself anew every 3 s if `live`, or empty."""
    head = '<meta http-equiv="refresh" content="3">' if live or not traces else ""
    switch = '<a href="/">stop refreshing</a>' if live else '<a href="/?live">refresh every 3 s</a>'
    body = (
        f'<header><b>logtrace</b> <span>{_text(url)}</span><span class="right">{switch}</span>'
        "</header>"
    )
    if traces:
        body += _totals(traces, troubles) + _list(traces)
    else:
        body += _nothing_yet(url)
    if troubles:
        body += _troubles(troubles)
    return _document("traces", body, head)


def trace(received: Received) -> str:
    """Return the page of one trace."""
    spans = list(received.spans)
    rows = arrange(spans, PAGE_ROWS, crowd=30)
    root = rows.root
    services = list(dict.fromkeys(span.service for span in spans))
    body = (
        '<header><b><a href="/">logtrace</a></b> <a class="plain" href="/">← all traces</a></header>'
        f"<h1>{_text(root.resource, 300)}</h1>"
        f'<p class="sub">{_service(root.service)} · {_text(root.name)} · '
        f'<span class="mono">{_text(trace_id_text(spans))}</span></p>'
    )
    body += _stats(
        (duration_text(rows.duration), "duration", ""),
        (f"{len(spans):,}", "spans", ""),
        (str(len(services)), "services", ""),
        (f"{rows.errors:,}", "errors", "bad" if rows.errors else ""),
        (time_text(rows.start), f"{date_text(rows.start)} UTC", ""),
    )
    body += _waterfall(rows)
    hidden = rows.hidden + received.missing
    if hidden:
        body += f'<p class="sub">{count_text(hidden, "more span")} not shown.</p>'
    if received.notes:
        body += _notes(received.notes)
    return _document(root.resource, body)


def missing() -> str:
    """Return the page for a trace that is not (or no longer) remembered."""
    body = (
        '<header><b><a href="/">logtrace</a></b> <a class="plain" href="/">← all traces</a></header>'
        '<div class="card empty"><h1>Not here</h1>Only the newest traces are remembered.</div>'
    )
    return _document("not here", body)


def _document(title: str, body: str, head: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}<title>{_text(title, 80)} · logtrace</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def _text(text: str, limit: int = 200) -> str:
    return html.escape(visible(text, limit))


def _service(service: str) -> str:
    return f'<span class="service h{hue(service, HUES)}">{_text(service, 60)}</span>'


def _stats(*stats: tuple[str, str, str]) -> str:
    cells = "".join(
        f'<div class="{kind}">{html.escape(value)}<small>{html.escape(label)}</small></div>'
        for value, label, kind in stats
    )
    return f'<div class="card stats">{cells}</div>'


def _percent(part: float) -> str:
    return f"{max(0.0, min(1.0, part)) * 100:.3f}%"


# ── the list ──────────────────────────────────────────────────────────────────────────────────────


def _totals(traces: list[Received], troubles: list[Trouble]) -> str:
    errors = sum(1 for item in traces if any(span.error for span in list(item.spans)))
    changed = sum(1 for item in traces if _loud(item.notes))
    return _stats(
        (f"{len(traces):,}", "newest traces", ""),
        (f"{sum(len(item.spans) for item in traces):,}", "spans", ""),
        (f"{errors:,}", "with errors", "bad" if errors else ""),
        (f"{changed:,}", "the Agent would change", "warn" if changed else ""),
        (f"{len(troubles):,}", "refused or dropped", "bad" if troubles else ""),
    )


def _list(traces: list[Received]) -> str:
    rows = "".join(_list_row(item) for item in traces)
    return (
        '<div class="card list"><div class="head"><span>UTC</span><span>root</span>'
        '<span class="mini"></span><span class="num">duration</span>'
        f'<span class="num wide">spans</span><span class="wide"></span></div>{rows}</div>'
    )


def _list_row(item: Received) -> str:
    spans = list(item.spans)
    rows = arrange(spans, MINI_ROWS, crowd=3)
    pills = ""
    if rows.errors:
        pills += f'<span class="pill bad">{count_text(rows.errors, "error")}</span> '
    if loud := _loud(item.notes):
        pills += f'<span class="pill warn">{count_text(loud, "change")}</span>'
    return (
        f'<a href="/trace/{spans[0].trace_id:016x}"><span class="faint">{time_text(rows.start)}</span>'
        f'<span class="what">{_service(rows.root.service)}<i>{_text(rows.root.resource)}</i></span>'
        f'<span class="mini">{_mini(rows)}</span>'
        f'<span class="num">{duration_text(rows.duration)}</span>'
        f'<span class="num wide faint">{len(spans):,}</span><span class="wide">{pills}</span></a>'
    )


def _mini(rows: Rows) -> str:
    """Return the trace as a picture of a few thin bars."""
    return "".join(
        f'<s class="h{hue(row.spans[0].service, HUES)}{_bad(row)}" style="top:{place * 3}px;'
        f'left:{_percent(row.left)};width:{_percent(row.width)}"></s>'
        for place, row in enumerate(rows.rows)
    )


def _bad(row: Row) -> str:
    return " bad" if any(span.error for span in row.spans) else ""


def _loud(notes: list[Rewritten]) -> int:
    """Return how many changes the Agent would count as malformed: the others are cosmetic."""
    return sum(1 for note in notes if note.reason not in SILENT)


def _nothing_yet(url: str) -> str:
    return (
        '<div class="card empty"><h1>Waiting for the first trace</h1>'
        "Traces sent here appear on this page. In a logtrace configuration:"
        f"<br><pre><code>agent:\n  url: {_text(url)}</code></pre></div>"
    )


def _troubles(troubles: Iterable[Trouble]) -> str:
    rows = "".join(
        f'<span class="faint">{time_text(item.seen)}</span>'
        f'<span class="bad">{_text(item.reason)}</span><span>{_text(item.detail, 400)}</span>'
        for item in troubles
    )
    return f'<h2>Refused or dropped</h2><div class="card notes">{rows}</div>'


# ── one trace ─────────────────────────────────────────────────────────────────────────────────────


def _waterfall(rows: Rows) -> str:
    whole = max(rows.duration, 1)
    marks = [(_percent(time / whole), text) for time, text in axis(rows.duration)]
    ticks = "".join(f'<span style="left:{left}">{text}</span>' for left, text in marks)
    lines = "".join(f'<span style="left:{left}"></span>' for left, _ in marks)
    body = "".join(_fold(row) if len(row.spans) > 1 else _span(row) for row in rows.rows)
    return (
        f'<div class="card fall"><div class="lines">{lines}</div>'
        f'<div class="axis"><span>span</span><div class="ticks">{ticks}</div></div>{body}</div>'
    )


def _span(row: Row) -> str:
    span = row.spans[0]
    what = span.resource if span.resource == span.name else f"{span.name} {span.resource}"
    name = f"{_service(span.service)}<i>{_text(what)}</i>"
    kind = ' class="wrong"' if span.error else ""
    summary = _summary(row, name, duration_text(span.duration), "")
    return f"<details{kind}>{summary}{_details(span)}</details>"


def _fold(row: Row) -> str:
    first = row.spans[0]
    total = duration_text(sum(span.duration for span in row.spans))
    name = f"{_service(first.service)}<i>{len(row.spans):,} more {_text(first.name)}</i>"
    kind = ' class="wrong"' if _bad(row) else ""
    return f"<details{kind}>{_summary(row, name, f'{total} in all', ' many')}</details>"


def _summary(row: Row, name: str, duration: str, kind: str) -> str:
    guides = _guides(row)
    if row.guides:
        guides += f'<u class="elbow{" last" if row.last else ""}"></u>'
    end = row.left + row.width
    before = row.left > 1 - end and end > 0.9  # where the bar leaves more room for its duration
    side = f"right:{_percent(1 - row.left)}" if before else f"left:{_percent(end)}"
    return (
        f'<summary><span class="name">{guides}{name}</span>'
        f'<span class="track h{hue(row.spans[0].service, HUES)}">'
        f'<s class="{kind.strip()}" style="left:{_percent(row.left)};width:{_percent(row.width)}"></s>'
        f'{_moments(row)}<em style="{side}">{duration}</em></span></summary>'
    )


def _guides(row: Row) -> str:
    """Return the lines that go down past a row; one too deep for all of them has its level."""
    above, level = row.guides[1:], ""
    if len(above) > DEEPEST:
        above, level = above[: DEEPEST - 1], f'<b class="level">{row.depth}</b>'
    return "".join("<u></u>" if more else '<u class="none"></u>' for more in above) + level


def _moments(row: Row) -> str:
    """Return marks of a span's events on its track, each with its name and time."""
    return "".join(
        f'<b class="event" style="left:{_percent(event.at)}" title="{_moment(event)}"></b>'
        for event in row.events[:SHOWN_EVENTS]
    )


def _moment(event: Moment) -> str:
    sign = "-" if event.later < 0 else "+"
    return f"{_text(event.name)} {sign}{duration_text(abs(event.later))}"


def _details(span: Span) -> str:
    pairs = [
        ("span", f"{span.span_id:016x}"),
        ("parent", f"{span.parent_id:016x}" if span.parent_id else "none"),
        ("start", f"{date_text(span.start)} {time_text(span.start)} UTC"),
        ("type", span.type),
        *sorted(span.meta.items()),
        *((key, f"{value:.15g}") for key, value in sorted(span.metrics.items())),
        *(("event", json.dumps(event, default=str)) for event in span.span_events[:SHOWN_EVENTS]),
        *(("link", _link_text(link)) for link in (span.span_links or [])[:20]),
    ]
    return (
        '<dl class="tags mono">'
        + "".join(
            f"<dt>{_text(key)}</dt><dd{_mark(key)}>{_text(value, SHOWN_VALUE)}</dd>"
            for key, value in pairs
            if value
        )
        + "</dl>"
    )


def _link_text(link: dict[str, Any]) -> str:
    """Return which span a link leads to, as ids are shown elsewhere, and what it says of it."""
    high, low, span_id = (
        (link.get(key) or 0) % 2**64 for key in ("trace_id_high", "trace_id", "span_id")
    )
    trace_id = f"{high:016x}{low:016x}" if high else f"{low:016x}"
    rest = {key: link[key] for key in ("attributes", "tracestate", "flags") if link.get(key)}
    return f"trace {trace_id} span {span_id:016x} {json.dumps(rest) if rest else ''}".rstrip()


def _mark(key: str) -> str:
    return ' class="bad"' if key.startswith("error.") else ""


def _notes(notes: list[Rewritten]) -> str:
    rows = "".join(
        f'<span class="{"faint" if note.reason in SILENT else "warn"}">{_text(note.reason)}</span>'
        f"<span>{_text(note.field)}</span><span>{_text(note.before)} → {_text(note.after)}</span>"
        for note in notes[:SHOWN_NOTES]
    )
    more = len(notes) - SHOWN_NOTES
    rest = f'<p class="sub">{count_text(more, "more change")}.</p>' if more > 0 else ""
    return f'<h2>What the Agent would change</h2><div class="card notes">{rows}</div>{rest}'
