"""What hangs on a span, its events and its links, in the form that the Agent reads.

Called by `normalise` for spans that have any. Whatever an event or a link holds, what is returned can
be encoded and is taken: an odd attribute is not worth a span. The given lists are not changed, and what
has passed here once passes as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec

from logtrace.model import Rewrite
from logtrace.ship.refusals import MAX_ID, MAX_TIME, MIN_TIME, is_int
from logtrace.ship.texts import KEY_BYTES, NAME_BYTES, VALUE_BYTES, name, shorten, utf8

EVENTS_KEPT = 128
LINKS_KEPT = 128
"""Beyond so many they are left out: a span that lasts for hours may gather any number."""

ATTRIBUTES_KEPT = 128

MAX_FLAGS = 2**32 - 1

Note = Callable[[Rewrite, str, object, object], None]
"""Told of each change: why, in which field, what was there, what is there now."""


def typed_events(events: list[Any], note: Note) -> list[dict[str, Any]]:
    """Return span events whose attributes say their type: {type: 0, string_value: …} and so on."""
    usable = [event for event in events if type(event) is dict]
    kept = usable[:EVENTS_KEPT]
    if len(kept) < len(events):
        note(Rewrite.EVENTS_LEFT_OUT, "span_events", len(events), len(kept))
    return [_event(event, note) for event in kept]


def checked_links(links: list[Any], note: Note) -> list[dict[str, Any]] | None:
    """Return the span links whose ids can be, cut to the Agent's lengths; None if there are none."""
    kept = [link for link in links if type(link) is dict and _leads_somewhere(link)][:LINKS_KEPT]
    if len(kept) < len(links):
        note(Rewrite.LINKS_LEFT_OUT, "span_links", len(links), len(kept))
    return [_link(link, note) for link in kept] or None


# ── events ────────────────────────────────────────────────────────────────────────────────────────


def _event(event: dict[str, Any], note: Note) -> dict[str, Any]:
    cut = _Cutter(Rewrite.EVENT_CUT, "span_events", note)
    time = event.get("time_unix_nano")
    return {
        "time_unix_nano": time if is_int(time, 0, MAX_TIME) else 0,
        "name": cut(event.get("name", ""), NAME_BYTES),
        "attributes": {
            cut(key, KEY_BYTES): _attribute(value, cut)
            for key, value in cut.attributes(event).items()
        },
    }


_TYPED: dict[str, tuple[int, type]] = {
    "string_value": (0, str),
    "bool_value": (1, bool),
    "int_value": (2, int),
    "double_value": (3, float),
}


def _attribute(value: Any, cut: _Cutter) -> dict[str, Any]:
    """Return a value with its type; a trace may pass here more than once, so it may have one."""
    if type(value) is dict and len(value) == 2:
        key = next((key for key in value if key in _TYPED), "")
        if key and _TYPED[key] == (value.get("type"), type(value[key])):
            value = value[key]
    if type(value) is bool:
        return {"type": 1, "bool_value": value}
    if is_int(value, MIN_TIME, MAX_TIME):
        return {"type": 2, "int_value": value}
    if type(value) is float and isfinite(value):
        return {"type": 3, "double_value": value}
    return {"type": 0, "string_value": cut(value, VALUE_BYTES)}


# ── links ─────────────────────────────────────────────────────────────────────────────────────────


def _leads_somewhere(link: dict[str, Any]) -> bool:
    return is_int(link.get("trace_id"), 1, MAX_ID) and is_int(link.get("span_id"), 1, MAX_ID)


def _link(link: dict[str, Any], note: Note) -> dict[str, Any]:
    """Return a link with what it must have, and of the rest what it has."""
    cut = _Cutter(Rewrite.LINK_CUT, "span_links", note)
    result: dict[str, Any] = {"trace_id": link["trace_id"], "span_id": link["span_id"]}
    if is_int(high := link.get("trace_id_high"), 1, MAX_ID):
        result["trace_id_high"] = high
    attributes = {
        cut(key, KEY_BYTES): cut(value, VALUE_BYTES) for key, value in cut.attributes(link).items()
    }
    if "link.name" in attributes and (change := name(attributes["link.name"])):
        note(Rewrite.LINK_NAME_NORMALISED, "link.name", attributes["link.name"], change[0])
        attributes["link.name"] = change[0]
    if attributes:
        result["attributes"] = attributes
    if state := link.get("tracestate"):
        result["tracestate"] = cut(state, VALUE_BYTES)
    if is_int(flags := link.get("flags"), 1, MAX_FLAGS):
        result["flags"] = flags
    return result


# ── both ──────────────────────────────────────────────────────────────────────────────────────────


class _Cutter:
    """Makes text of any value, of a bounded length, and notes what was cut."""

    def __init__(self, reason: Rewrite, field: str, note: Note) -> None:
        self._reason, self._field, self._note = reason, field, note

    def __call__(self, value: Any, limit: int) -> str:
        text = _text(value)
        short = shorten(text, limit)
        if short != text:
            self._note(self._reason, self._field, text, short)
        return short

    def attributes(self, owner: dict[str, Any]) -> dict[Any, Any]:
        """Return the attributes of an event or a link, as many as are kept."""
        given = owner.get("attributes")
        if type(given) is not dict:
            return {}
        if len(given) > ATTRIBUTES_KEPT:
            self._note(self._reason, self._field, len(given), ATTRIBUTES_KEPT)
        return dict(list(given.items())[:ATTRIBUTES_KEPT])


def _text(value: Any) -> str:
    if type(value) is str:
        return utf8(value)
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return ""
