"""What is left out and what is cut before a payload is made."""

import re
from typing import Any

import pytest

from logtrace.ship.normalise import EVENTS_KEPT, clean, refuse, shorten, sift
from tests.support.traces import span


def test_good_spans_pass_untouched() -> None:
    """The usual case gives back the very list, without a reason."""
    spans = [span(1), span(1, span_id=2, parent_id=1)]
    kept, reason = clean(spans)

    assert spans is kept
    assert "" == reason


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"span_id": 0}, "span id 0"),
        ({"span_id": 2**64}, "span id"),
        ({"span_id": "5"}, "span id '5'"),
        ({"trace_id": 8}, "trace id 8 in a chunk of trace 7"),
        ({"parent_id": -1}, "parent id -1"),
        ({"parent_id": None}, "parent id None"),
        ({"start": -1}, "start -1"),
        ({"start": 1.5e18}, "start 1.5e\\+18"),
        ({"start": 2**63}, "start"),
        ({"duration": -1}, "duration -1"),
        ({"duration": True}, "duration True"),
        ({"duration": 2**63 - 1}, "ends after"),
        ({"error": True}, "error True"),
        ({"error": 2}, "error 2"),
        ({"name": None}, "name is not text"),
        ({"service": 5}, "service is not text"),
        ({"meta": {"user": 5}}, "tag 'user' is not text"),
        ({"meta": {5: "x"}}, "tag 5 is not text"),
        ({"metrics": {"m": float("nan")}}, "metric 'm' is not a finite number"),
        ({"metrics": {"m": "2"}}, "metric 'm'"),
        ({"metrics": {"m": True}}, "metric 'm'"),
        ({"metrics": {"m": 2**64}}, "metric 'm'"),
    ],
)
def test_what_the_agent_would_refuse_is_found_and_named(fields: dict[str, Any], words: str) -> None:
    """The complete check leaves out the bad span, keeps its neighbours, and says why."""
    good, bad = span(7), span(7, **({"span_id": 9} | fields))
    kept, reason = sift([good, bad])

    assert [good] == kept
    assert re.search(words, reason), reason


@pytest.mark.parametrize(
    "fields",
    [{"span_id": 0}, {"trace_id": 8}, {"duration": -1}, {"name": None}, {"duration": "1"}],
)
def test_the_quick_check_finds_what_would_be_lost_unseen(fields: dict[str, Any]) -> None:
    """A zero id or a foreign trace id would cost the whole trace behind a 200: never passed on."""
    good, bad = span(7), span(7, **({"span_id": 9} | fields))
    kept, reason = clean([good, bad])

    assert [good] == kept
    assert reason


def test_a_trace_id_of_zero_leaves_nothing() -> None:
    """All spans of trace 0 are left out."""
    kept, reason = clean([span(0, span_id=1)])

    assert [] == kept
    assert "trace id 0" in reason


def test_no_spans_are_no_spans() -> None:
    """An empty trace stays empty and is nobody's fault."""
    assert ([], "") == clean([])


def test_a_good_span_is_not_refused() -> None:
    """The extremes of every range are fine."""
    extreme = span(2**64 - 1, start=0, duration=2**63 - 1, error=1, metrics={"m": -1, "n": 0.5})
    assert None is refuse(extreme, 2**64 - 1)


def test_long_texts_are_cut_at_the_border_of_a_character() -> None:
    """Service and name end at 100 bytes, the resource at 5000, never within a character."""
    long = span(1, service="ä" * 101, name="n" * 101, type="t" * 101, resource="€" * 2000)
    clean([long])

    assert "ä" * 50 == long.service
    assert "n" * 100 == long.name
    assert "t" * 100 == long.type
    assert "€" * 1666 == long.resource


def test_shorten_counts_bytes() -> None:
    """Text of just the limit is left as it is."""
    assert "€€" == shorten("€€", 6)
    assert "€" == shorten("€€", 5)
    assert "" == shorten("€", 2)


def test_event_attributes_get_the_agents_types() -> None:
    """Text, bool, int and float keep their kind; everything else, huge ints too, becomes text."""
    attributes = {"s": "x", "b": True, "i": 5, "f": 0.5, "l": [1], "n": None, "h": 2**70}
    event = {"name": "log", "time_unix_nano": 5, "attributes": attributes}
    kept, _ = clean([span(1, span_events=[event])])

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
    ] == kept[0].span_events


def test_cleaning_twice_changes_nothing_more() -> None:
    """A trace may pass here again when its payload is taken apart."""
    event = {"name": "log", "time_unix_nano": 5, "attributes": {"s": "x"}}
    spans = [span(1, span_events=[event], service="x" * 200)]
    once = repr(clean(spans)[0])

    assert once == repr(clean(spans)[0])


def test_a_span_has_a_bounded_number_of_events() -> None:
    """Events beyond the bound are cut off, the first ones stay."""
    events = [{"name": f"e{i}", "time_unix_nano": i, "attributes": {}} for i in range(500)]
    kept, _ = clean([span(1, span_events=events)])

    assert EVENTS_KEPT == len(kept[0].span_events)
    assert "e0" == kept[0].span_events[0]["name"]
