"""Spans as Datadog's tracers write them in JSON: the body of a request to the Agent, one a line.

Called by `ready`. `[[{span}, …], …]` is a list of traces; `{"traces": […]}`, as the Lambda exporter
logs it, is the same; a list of spans is one trace, and an object with a `trace_id` one span. Keys that
a span does not have in the Agent's API are left out, and so is a value of a type that it does not take
there. Ids may be numbers, or text as `ids` reads it. Never raises for content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.mapping import ids, runtime
from logtrace.model import Span

_UPPER_HALF = "_dd.p.tid"
_LONGEST = 2**63 - 1


def spans(row: Any) -> Iterator[tuple[Span, str]]:
    """Yield each span of a line and the upper half of its trace id; trace id 0: it has none."""
    if isinstance(row, dict):
        row = row.get("traces") if "traces" in row else [row]
    for trace in row if isinstance(row, list) else ():
        for span in trace if isinstance(trace, list) else (trace,):
            if isinstance(span, dict):
                yield _span(span)


def _span(given: dict[str, Any]) -> tuple[Span, str]:
    low, high = ids.trace_id(given.get("trace_id")) or (0, "")
    meta = {key: value for key, value in _table(given, "meta") if isinstance(value, str)}
    span = Span(
        service=_text(given, "service"),
        name=_text(given, "name"),
        resource=_text(given, "resource") or _text(given, "name"),
        trace_id=low,
        span_id=ids.span_id(given.get("span_id")) or 0,
        start=number(given.get("start")),
        duration=number(given.get("duration")),
        parent_id=ids.parent_id(given.get("parent_id")) or 0,
        error=int(bool(number(given.get("error")))),
        type=_text(given, "type"),
        meta=meta,
        metrics={
            key: metric
            for key, value in _table(given, "metrics")
            if (metric := runtime.metric(value)) is not None
        },
    )
    for key in ("span_events", "span_links"):
        listed = given.get(key)
        if isinstance(listed, list) and (found := [one for one in listed if isinstance(one, dict)]):
            setattr(span, key, found)
    return span, high or meta.get(_UPPER_HALF, "")


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""


def _table(given: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    value = given.get(key)
    return list(value.items()) if isinstance(value, dict) else []


def number(value: Any) -> int:
    """Return a whole number from 0 on, of a number or a text that is one, else 0."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, float) and 0 <= value <= _LONGEST:
        value = int(value)
    return int(value) if isinstance(value, int) and 0 <= value <= _LONGEST else 0
