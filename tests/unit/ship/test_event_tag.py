"""Events in a tag: what it holds, and what has no room in it."""

import json
from typing import Any

import pytest

from logtrace.model import Rewrite, Span
from logtrace.ship.event_tag import SHORTEST, events_as_tags
from logtrace.ship.findings import Example, Findings
from logtrace.ship.normalise import prepare
from logtrace.ship.texts import VALUE_BYTES
from tests.support.clock import NOON
from tests.support.traces import span


def event(number: int = 5, **attributes: Any) -> dict[str, Any]:
    """Return an event with these attributes."""
    return {"name": "log", "time_unix_nano": number, "attributes": attributes}


def prepared(*events: dict[str, Any]) -> Span:
    """Return a span with these events as it is sent to an Agent that knows them."""
    return prepare([span(1, span_events=list(events))], NOON).spans[0]


def tagged(*events: dict[str, Any]) -> tuple[list[dict[str, Any]], Findings]:
    """Return the events that are in the tag, and what was noted."""
    findings = Findings()
    [made] = events_as_tags([prepared(*events)], findings.note)
    assert len(made.meta["events"].encode()) <= VALUE_BYTES
    return json.loads(made.meta["events"]), findings


def test_events_become_a_tag_for_agents_that_do_not_know_them() -> None:
    """The tag `events` is a JSON list with plain attributes; the span itself is not changed."""
    given = [span(1, span_events=[event(n=3, s="x")], meta={"a": "b"}), span(1, span_id=2)]
    spans = prepare(given, NOON).spans
    findings = Findings()
    copies = events_as_tags(spans, findings.note)

    assert [event(n=3, s="x")] == json.loads(copies[0].meta["events"])
    assert ([], {"a": "b"}) == (copies[0].span_events, spans[0].meta)
    assert spans[0].span_events
    assert spans[1] is copies[1]
    assert not findings


def test_long_texts_are_shortened_before_an_event_is_left_out() -> None:
    """All as much as it takes, the short ones not at all; what was shortened ends in dots."""
    stacks = [f"{number}" + "s" * 5500 for number in range(8)]
    events, findings = tagged(*(event(i, stack=s, kind="Oops") for i, s in enumerate(stacks)))

    assert list(range(8)) == [each["time_unix_nano"] for each in events]
    assert {"Oops"} == {each["attributes"]["kind"] for each in events}
    for stack, each in zip(stacks, events, strict=True):
        short = each["attributes"]["stack"]
        assert short.endswith("...")
        assert stack.startswith(short[:-3])
        assert 3000 < len(short) < 3100
    assert {Rewrite.EVENT_CUT: 8} == findings.rewritten
    assert (
        Example("span_events", stacks[0], short.replace("7s", "0s"))
        == (findings.examples[Rewrite.EVENT_CUT])
    )


@pytest.mark.parametrize(
    ("unit", "count"), [("x", 24_990), ("é", 12_495), ("\0", 6_000), ('"', 13_000), ("🧀", 6_248)]
)
def test_an_event_that_fills_the_tag_is_shortened(unit: str, count: int) -> None:
    """It is not left out, the tag is used to its end, and no character is cut in two."""
    [only], findings = tagged(event(text=unit * count))
    text = only["attributes"]["text"]
    size = len(json.dumps([only], ensure_ascii=False, separators=(",", ":")).encode())

    assert unit * (len(text) - 3) + "..." == text
    assert VALUE_BYTES - 12 < size <= VALUE_BYTES
    assert {Rewrite.EVENT_CUT: 1} == findings.rewritten


def test_events_are_left_out_when_short_texts_are_too_much() -> None:
    """The first ones stay, with texts as short as can be; how many they were is noted."""
    events, findings = tagged(*(event(i, a="x" * 900, b="y" * 90) for i in range(128)))

    assert list(range(len(events))) == [each["time_unix_nano"] for each in events]
    assert 80 < len(events) < 128
    lengths = {len(each["attributes"]["a"]) for each in events}
    assert lengths <= set(range(SHORTEST, SHORTEST + 5))
    assert {90} == {len(each["attributes"]["b"]) for each in events}
    assert Example("span_events", 128, len(events)) == (findings.examples[Rewrite.EVENTS_LEFT_OUT])
    assert {Rewrite.EVENTS_LEFT_OUT: 1, Rewrite.EVENT_CUT: len(events)} == findings.rewritten


def test_of_an_event_that_is_all_keys_the_first_attributes_stay() -> None:
    """Keys cannot be shortened; the event is there all the same, and others beside it."""
    fat = event(**{f"{number:03}{'k' * 197}": "v" for number in range(128)})
    events, findings = tagged(fat, event(6, a="b"))

    assert [64, 1] == [len(each["attributes"]) for each in events]
    assert list(fat["attributes"])[:64] == list(events[0]["attributes"])
    assert {Rewrite.EVENT_CUT: Example("span_events", 128, 64)} == findings.examples


def test_what_was_left_out_is_noted_once() -> None:
    """A payload may be encoded again, as when the Agent was away."""
    given = prepared(*(event(i, a="x" * 900) for i in range(128)))
    first, second = Findings(), Findings()
    once = events_as_tags([given], first.note)

    assert once == events_as_tags([given], second.note)
    assert first
    assert not second


def test_a_tag_of_the_same_name_makes_room() -> None:
    """There is one tag `events`: that of the log is left out, and noted, once."""
    given = span(1, span_events=[event()], meta={"events": "5"})
    first, second = Findings(), Findings()
    [made] = events_as_tags([given], first.note)
    events_as_tags([given], second.note)

    assert [event()] == json.loads(made.meta["events"])
    assert {Rewrite.TAGS_LEFT_OUT: 1} == first.rewritten
    assert not second
