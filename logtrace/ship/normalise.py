"""What the Agent would refuse is left out here, what it would cut is cut here.

Called by the shipper for each trace, before it is encoded. One bad value costs a whole payload (400)
and one bad id a whole trace (dropped behind a 200, unseen), so a span that has one is not sent. The
rules are those of the Agent's decoder and normaliser.

`clean` asks each span one cheap question, since spans that mapping made are right by construction;
`refuse` is the complete check, for who fails it and for payloads the Agent has refused. Pure but for
the cuts, which change the span. Any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec

from logtrace.model import Span

MAX_ID = 2**64 - 1
MAX_TIME = 2**63 - 1

NAME_BYTES = 100
"""Service, operation name and type: the Agent cuts what is longer."""

RESOURCE_BYTES = 5000
ATTRIBUTE_KEY_BYTES = 200
ATTRIBUTE_BYTES = 25_000

EVENTS_KEPT = 128
"""Span events beyond so many are cut off: a span that lasts for hours may gather any number."""

_SURELY_SHORT = RESOURCE_BYTES // 4  # a character has four bytes at most


Clean = Callable[[list[Span]], tuple[list[Span], str]]


def clean(spans: list[Span]) -> tuple[list[Span], str]:
    """Return the spans of one trace that can be sent, and why the others cannot.

    Args:
        spans: all of one trace id; texts that are too long are cut in place.

    Returns:
        `spans` itself and "" in the usual case; else the spans that remain and the first reason.
    """
    trace_id = spans[0].trace_id if spans else 0
    try:
        for span in spans:
            if (
                span.trace_id != trace_id
                or not span.span_id
                or span.duration < 0
                or len(span.resource) > _SURELY_SHORT
                or len(span.service) > NAME_BYTES
                or len(span.name) > NAME_BYTES
                or span.span_events
            ):
                break
        else:
            if trace_id:
                return spans, ""
    except TypeError:  # a value of a wrong type: the complete check names it
        pass
    return sift(spans)


def sift(spans: list[Span]) -> tuple[list[Span], str]:
    """Return what `clean` does, after a complete check of every span."""
    trace_id = spans[0].trace_id if spans else 0
    kept = []
    reason = ""
    for span in spans:
        wrong = refuse(span, trace_id)
        if wrong is None:
            cut(span)
            kept.append(span)
        else:
            reason = reason or f"span {span.name!r:.120}: {wrong}"
    return kept, reason


def refuse(span: Span, trace_id: int) -> str | None:
    """Return what would make the Agent refuse a payload or drop a trace with `span`, or None."""
    if not _is_int(span.trace_id, 1, MAX_ID):
        return f"trace id {span.trace_id!r:.40} is not from 1 to 2^64-1"
    if span.trace_id != trace_id:
        return f"trace id {span.trace_id} in a chunk of trace {trace_id}"
    if not _is_int(span.span_id, 1, MAX_ID):
        return f"span id {span.span_id!r:.40} is not from 1 to 2^64-1"
    if not _is_int(span.parent_id, 0, MAX_ID):
        return f"parent id {span.parent_id!r:.40} is not from 0 to 2^64-1"
    if not _is_int(span.start, 0, MAX_TIME):
        return f"start {span.start!r:.40} is not from 0 to 2^63-1 ns"
    if not _is_int(span.duration, 0, MAX_TIME - span.start):
        return f"duration {span.duration!r:.40} is negative, or ends after 2^63-1 ns"
    if not _is_int(span.error, 0, 1):
        return f"error {span.error!r:.40} is neither 0 nor 1"
    return _refuse_texts(span)


def _refuse_texts(span: Span) -> str | None:
    for field in ("service", "name", "resource", "type"):
        if type(getattr(span, field)) is not str:
            return f"{field} is not text"
    for key, value in span.meta.items():
        if type(key) is not str or type(value) is not str:
            return f"tag {key!r:.80} is not text"
    for key, number in span.metrics.items():
        if type(key) is not str or not _is_number(number):
            return f"metric {key!r:.80} is not a finite number"
    return None


def cut(span: Span) -> None:
    """Cut what is longer than the Agent keeps, in place, and give events the Agent's types.

    Tags are left to the Agent: it cuts keys at 200 bytes and values at 25,000 by itself, and to look
    at each of them costs more than all of `clean`.
    """
    span.service = shorten(span.service, NAME_BYTES)
    span.name = shorten(span.name, NAME_BYTES)
    span.type = shorten(span.type, NAME_BYTES)
    span.resource = shorten(span.resource, RESOURCE_BYTES)
    if span.span_events:
        span.span_events = [_event(event) for event in span.span_events[:EVENTS_KEPT]]


def shorten(text: str, limit: int) -> str:
    """Return `text`, cut to `limit` bytes of UTF-8 at the border of a character."""
    if len(text) * 4 <= limit:
        return text
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return text
    return encoded[:limit].decode("utf-8", "ignore")


def utf8(text: str) -> str:
    """Return `text` with `?` for each lone surrogate: UTF-8 has no form for them."""
    return text.encode("utf-8", "replace").decode()


def _event(event: dict[str, Any]) -> dict[str, Any]:
    """Return a span event with typed attributes: {type: 0, string_value: …} and so on."""
    time = event.get("time_unix_nano")
    typed = {
        shorten(_text(key), ATTRIBUTE_KEY_BYTES): _attribute(value)
        for key, value in event.get("attributes", {}).items()
    }
    return {
        "time_unix_nano": time if _is_int(time, 0, MAX_TIME) else 0,
        "name": shorten(_text(event.get("name", "")), NAME_BYTES),
        "attributes": typed,
    }


def _attribute(value: Any) -> dict[str, Any]:
    if type(value) is dict and "type" in value:
        return value  # has its type already: a trace may pass here more than once
    if type(value) is bool:
        return {"type": 1, "bool_value": value}
    if _is_int(value, -MAX_TIME - 1, MAX_TIME):
        return {"type": 2, "int_value": value}
    if type(value) is float and isfinite(value):
        return {"type": 3, "double_value": value}
    return {"type": 0, "string_value": shorten(_text(value), ATTRIBUTE_BYTES)}


def _text(value: Any) -> str:
    if type(value) is str:
        return utf8(value)
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return ""  # an event's odd attribute is not worth a span


def _is_int(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_number(value: Any) -> bool:
    if type(value) is float:
        return isfinite(value)
    return _is_int(value, -MAX_TIME - 1, MAX_ID)
