"""The events of a span as the tag `events`, for Agents that know no others.

It holds JSON, as that of Datadog's tracers does. Called by the lanes of the shipper, which know the
Agent, and by `encode` and `insight` for what any Agent can read. The Agent would cut a tag that is too
long, and cut JSON is no JSON. So the longest texts of events are shortened until all events fit; where
even short ones are too much, the last events are left out. Both are noted, once: it is the events of
the span itself that are shortened. They have passed `attached`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import msgspec

from logtrace.model import Rewrite, Span
from logtrace.ship.attached import Note
from logtrace.ship.texts import ELLIPSIS, VALUE_BYTES

TAG = "events"

SHORTEST = 100
"""To so many bytes a text is shortened at most, before events are left out."""

_ROOM = VALUE_BYTES - len("[]")
_encode = msgspec.json.Encoder().encode

Event = dict[str, Any]


def events_as_tags(spans: list[Span], note: Note) -> list[Span]:
    """Return spans with their events in a tag; those that have any are copied, the others passed on."""
    return [_with_tag(span, note) if span.span_events else span for span in spans]


def _with_tag(span: Span, note: Note) -> Span:
    if TAG in span.meta:  # of a log: there is one place
        note(Rewrite.TAGS_LEFT_OUT, f"meta.{TAG}", span.meta.pop(TAG), "the events of the span")
    text = _encode([_plain(event) for event in span.span_events])
    if len(text) > VALUE_BYTES:
        span.span_events = _fitted(span.span_events, note)
        text = _encode([_plain(event) for event in span.span_events])
    return msgspec.structs.replace(span, span_events=[], meta=span.meta | {TAG: text.decode()})


def _fitted(events: list[Event], note: Note) -> list[Event]:
    """Return events that have room in a tag."""
    room, least = _ROOM, 0  # for texts, and what those need when they are as short as can be
    sizes: list[int] = []
    kept: list[Event] = []
    for given in events:
        event = _with_fewer_attributes(given, note)
        texts = _sizes(event)
        others = len(_encode(_plain(event))) - sum(texts) + len(",")
        least += _least(texts)
        if least > room - others:
            note(Rewrite.EVENTS_LEFT_OUT, "span_events", len(events), len(kept))
            break
        room -= others
        kept.append(event)
        sizes += texts
    longest = _level(sizes, room)
    return [_shortened(event, longest, note) for event in kept]


def _with_fewer_attributes(event: Event, note: Note) -> Event:
    """Return an event that has room in a tag if its texts are short enough: it may have long keys."""
    given = event
    while len(_encode(_plain(event))) + _least(texts := _sizes(event)) - sum(texts) >= _ROOM:
        attributes = list(event["attributes"].items())
        event = event | {"attributes": dict(attributes[: len(attributes) // 2])}
    if event is not given:
        counts = (len(each["attributes"]) for each in (given, event))
        note(Rewrite.EVENT_CUT, "span_events", *counts)
    return event


def _level(sizes: list[int], room: int) -> int:
    """Return how long texts may be so that all of them have room."""
    rising = sorted(sizes)
    for index, size in enumerate(rising):
        share = room // (len(rising) - index)
        if size > share:
            return share
        room -= size
    return VALUE_BYTES


def _shortened(event: Event, longest: int, note: Note) -> Event:
    attributes = {}
    for key, value in event["attributes"].items():
        text = value.get("string_value", "")
        if _size(text) > longest:
            short = _beginning(text, longest)
            note(Rewrite.EVENT_CUT, "span_events", text, short)
            value = value | {"string_value": short}
        attributes[key] = value
    return event | {"attributes": attributes}


def _beginning(text: str, longest: int) -> str:
    """Return the beginning of a text, as long as JSON of it may be."""
    room = longest - len(ELLIPSIS)
    end = bisect_right(range(longest), room, key=lambda end: _size(text[:end])) - 1
    return text[:end] + ELLIPSIS


def _size(text: str) -> int:
    """Return how many bytes a text has as JSON."""
    return len(_encode(text)) - len('""')


def _sizes(event: Event) -> list[int]:
    values = event["attributes"].values()
    return [_size(value["string_value"]) for value in values if "string_value" in value]


def _least(sizes: Iterable[int]) -> int:
    return sum(min(size, SHORTEST) for size in sizes)


def _plain(event: Event) -> Event:
    """Return an event whose attributes say their value alone, not its type."""
    attributes = {
        key: next((each for word, each in value.items() if word != "type"), None)
        for key, value in event["attributes"].items()
    }
    return event | {"attributes": attributes}
