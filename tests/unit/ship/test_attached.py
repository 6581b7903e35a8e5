"""Events and links in the form that the Agent reads."""

import json
from typing import Any

import pytest

from logtrace.model import Rewrite
from logtrace.ship.attached import (
    ATTRIBUTES_KEPT,
    EVENTS_KEPT,
    LINKS_KEPT,
    checked_links,
    typed_events,
)
from logtrace.ship.findings import Example, Findings


def event(**fields: Any) -> dict[str, Any]:
    """Return an event as mapping makes it, but for the given fields."""
    return {"name": "log", "time_unix_nano": 5, "attributes": {}} | fields


def link(**fields: Any) -> dict[str, Any]:
    """Return a link with its ids alone, but for the given fields."""
    return {"trace_id": 7, "span_id": 8} | fields


def typed(*events: Any) -> tuple[list[dict[str, Any]], Findings]:
    """Return events as they are sent, and what was noted."""
    findings = Findings()
    return typed_events(list(events), findings.note), findings


def checked(*links: Any) -> tuple[list[dict[str, Any]] | None, Findings]:
    """Return links as they are sent, and what was noted."""
    findings = Findings()
    return checked_links(list(links), findings.note), findings


def test_event_attributes_get_the_agents_types() -> None:
    """Text, bool, int and float keep their kind; everything else, huge ints too, becomes text."""
    attributes = {"s": "x", "b": True, "i": 5, "f": 0.5, "l": [1], "n": None, "h": 2**70}
    events, findings = typed(event(attributes=attributes))

    assert [
        {
            "name": "log",
            "time_unix_nano": 5,
            "attributes": {
                "s": {"type": 0, "string_value": "x"},
                "b": {"type": 1, "bool_value": True},
                "i": {"type": 2, "int_value": 5},
                "f": {"type": 3, "double_value": 0.5},
                "l": {"type": 0, "string_value": "[1]"},
                "n": {"type": 0, "string_value": "null"},
                "h": {"type": 0, "string_value": str(2**70)},
            },
        }
    ] == events
    assert not findings
    assert events == typed(*events)[0]


@pytest.mark.parametrize(
    "value",
    [
        {"type": "click"},
        {"type": 0, "string_value": 5},
        {"type": 1, "string_value": "x"},
        {"type": 0, "string_value": "x", "more": 1},
        {"type": 7},
    ],
)
def test_what_only_looks_as_if_it_had_a_type(value: dict[str, Any]) -> None:
    """It came from the log: as text it costs no payload."""
    [given], _ = typed(event(attributes={"a": value}))
    text = json.dumps(value, separators=(",", ":"))
    assert {"type": 0, "string_value": text} == given["attributes"]["a"]


def test_texts_of_events_are_cut() -> None:
    """Name, keys and values, each change noted."""
    long = event(name="n" * 101, attributes={"k" * 201: "v" * 25_001})
    [given], findings = typed(long)

    assert "n" * 100 == given["name"]
    assert {"k" * 200: {"type": 0, "string_value": "v" * 25_000}} == given["attributes"]
    assert {Rewrite.EVENT_CUT: 3} == findings.rewritten
    assert "n" * 101 == long["name"]


def test_a_span_has_a_bounded_number_of_events() -> None:
    """Events beyond the bound are left out, the first ones stay."""
    events, findings = typed(*(event(name=f"e{i}") for i in range(500)))

    assert EVENTS_KEPT == len(events)
    assert "e0" == events[0]["name"]
    assert {Rewrite.EVENTS_LEFT_OUT: Example("span_events", 500, 128)} == findings.examples


def test_odd_events_cost_no_span() -> None:
    """What has no time gets 0, what is no event is left out."""
    events, findings = typed({"time_unix_nano": -1, "attributes": 5}, None, "x")

    assert [{"time_unix_nano": 0, "name": "", "attributes": {}}] == events
    assert {Rewrite.EVENTS_LEFT_OUT: 1} == findings.rewritten


def test_a_link_keeps_what_it_has() -> None:
    """All fields pass, and nothing is added to ids alone."""
    full = link(trace_id_high=1, attributes={"a": "b"}, tracestate="dd=s:1", flags=2**31 + 1)

    assert [full, link()] == checked(full, link())[0]
    assert not checked(full, link())[1]


def test_no_links_are_no_field() -> None:
    """An empty list is left out of the span."""
    assert None is checked()[0]


@pytest.mark.parametrize(
    "bad", [5, {}, link(trace_id=0), link(span_id=2**64), link(span_id="5"), link(trace_id=True)]
)
def test_a_link_that_leads_nowhere_is_left_out(bad: Any) -> None:
    """It would cost the payload, or be of no use."""
    links, findings = checked(bad, link())

    assert [link()] == links
    assert {Rewrite.LINKS_LEFT_OUT: 1} == findings.rewritten


def test_a_span_has_a_bounded_number_of_links() -> None:
    """Links beyond the bound are left out, the first ones stay."""
    links, findings = checked(*(link(span_id=i) for i in range(1, 500)))

    assert list(range(1, LINKS_KEPT + 1)) == [each["span_id"] for each in links or []]
    assert {Rewrite.LINKS_LEFT_OUT: 1} == findings.rewritten


def test_texts_of_links_are_cut() -> None:
    """Keys, values and the state; what is no text becomes some."""
    long = link(attributes={"k" * 201: "v" * 25_001, "n": 5}, tracestate="s" * 25_001)
    links, findings = checked(long)

    assert [link(attributes={"k" * 200: "v" * 25_000, "n": "5"}, tracestate="s" * 25_000)] == links
    assert {Rewrite.LINK_CUT: 3} == findings.rewritten


def test_a_link_has_a_bounded_number_of_attributes() -> None:
    """The first ones stay."""
    links, findings = checked(link(attributes={f"k{i}": "v" for i in range(500)}))

    assert links is not None
    assert ATTRIBUTES_KEPT == len(links[0]["attributes"])
    assert {Rewrite.LINK_CUT: 1} == findings.rewritten


@pytest.mark.parametrize(
    ("name", "expected"), [("a b", "a_b"), ("", "unnamed_operation"), ("n" * 101, "n" * 100)]
)
def test_the_name_of_a_link_is_a_name(name: str, expected: str) -> None:
    """The Agent spells the attribute link.name like the name of an operation."""
    links, findings = checked(link(attributes={"link.name": name}))

    assert [link(attributes={"link.name": expected})] == links
    assert {Rewrite.LINK_NAME_NORMALISED: 1} == findings.rewritten


def test_odd_fields_of_a_link_are_left_out() -> None:
    """High half, flags and attributes that cannot be are as if they were not there."""
    assert [link()] == checked(link(trace_id_high=-1, flags=2**32, attributes=5, tracestate=None))[
        0
    ]
