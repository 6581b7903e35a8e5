"""What the Agent would refuse: values that fail its decoder, ids that cost a whole trace.

Called by `normalise` for payloads that the Agent has refused, and for spans that fail its quick test.
One value of a wrong type costs a whole payload (400), one bad id a whole trace (dropped behind a 200,
unseen): a span that has one is not sent. Pure; any value may stand in any field.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from logtrace.model import Refusal, Span

MAX_ID = 2**64 - 1
MAX_TIME = 2**63 - 1
MIN_TIME = -(2**63)

Refused = tuple[Refusal, str]
"""Why a span is left out: the word, and a text for people."""


def trace_id_of(spans: list[Span]) -> int:
    """Return the trace id that the spans of a chunk must have: the first one that can be, else 0."""
    return next((span.trace_id for span in spans if is_int(span.trace_id, 1, MAX_ID)), 0)


def refuse(span: Span, trace_id: int) -> Refused | None:
    """Return what would make the Agent refuse a payload or drop a trace with `span`, or None."""
    return (
        _trace_id(span, trace_id)
        or _id(Refusal.SPAN_ID_ZERO, Refusal.BAD_SPAN_ID, "span id", span.span_id)
        or _number(Refusal.BAD_PARENT_ID, "parent id", span.parent_id, 0, MAX_ID)
        or _number(Refusal.BAD_START, "start", span.start, MIN_TIME, MAX_TIME)
        or _number(Refusal.BAD_DURATION, "duration", span.duration, MIN_TIME, MAX_TIME)
        or _number(Refusal.BAD_ERROR, "error", span.error, 0, 1)
        or _texts(span)
        or _tags(span)
        or _attached(span)
    )


def _trace_id(span: Span, trace_id: int) -> Refused | None:
    given = span.trace_id
    wrong = _id(Refusal.TRACE_ID_ZERO, Refusal.BAD_TRACE_ID, "trace id", given)
    if wrong is None and given != trace_id:
        return Refusal.FOREIGN_SPAN, f"trace id {given} in a chunk of trace {trace_id}"
    return wrong


def _id(zero: Refusal, bad: Refusal, field: str, value: Any) -> Refused | None:
    reason = zero if type(value) is int and value == 0 else bad
    return _number(reason, field, value, 1, MAX_ID)


def _number(reason: Refusal, field: str, value: Any, low: int, high: int) -> Refused | None:
    if is_int(value, low, high):
        return None
    # Python refuses to write out an int of thousands of digits
    shown = (
        "of many digits" if type(value) is int and value.bit_length() > 512 else f"{value!r:.40}"
    )
    return reason, f"{field} {shown} is not an integer from {_limit(low)} to {_limit(high)}"


def _limit(value: int) -> str:
    return {MAX_ID: "2^64-1", MAX_TIME: "2^63-1", MIN_TIME: "-2^63"}.get(value, str(value))


def _texts(span: Span) -> Refused | None:
    for field in ("service", "name", "resource", "type"):
        if type(getattr(span, field)) is not str:
            return Refusal.NOT_TEXT, f"{field} is not text"
    return None


def _tags(span: Span) -> Refused | None:
    for field in ("meta", "metrics"):
        if type(getattr(span, field)) is not dict:
            return Refusal.NOT_A_MAP, f"{field} is not a map"
    for key, value in span.meta.items():
        if type(key) is not str or type(value) is not str:
            return Refusal.NOT_TEXT, f"tag {key!r:.80} is not text"
    for key, number in span.metrics.items():
        if type(key) is not str:
            return Refusal.NOT_TEXT, f"metric {key!r:.80} is not text"
        if not is_number(number):
            return Refusal.NOT_A_NUMBER, f"metric {key!r:.80} is not a finite number"
    return None


def _attached(span: Span) -> Refused | None:
    if type(span.span_events) is not list:
        return Refusal.NOT_A_LIST, "span_events is not a list"
    if span.span_links is not None and type(span.span_links) is not list:
        return Refusal.NOT_A_LIST, "span_links is not a list"
    return None


def is_int(value: Any, low: int, high: int) -> bool:
    """Return whether `value` is an int, and no bool, from `low` to `high`."""
    return type(value) is int and low <= value <= high


def is_number(value: Any) -> bool:
    """Return whether `value` is a finite float, or an int that the Agent reads as a metric."""
    if type(value) is float:
        return isfinite(value)
    return is_int(value, MIN_TIME, MAX_ID)
