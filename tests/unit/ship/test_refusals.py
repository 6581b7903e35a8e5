"""What the Agent would refuse, and how it is named."""

import re
from typing import Any

import pytest

from logtrace.model import Refusal
from logtrace.ship.refusals import refuse, trace_id_of
from tests.support.traces import span


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        (
            {"trace_id": 0},
            Refusal.TRACE_ID_ZERO,
            r"trace id 0 is not an integer from 1 to 2\^64-1$",
        ),
        ({"trace_id": -1}, Refusal.BAD_TRACE_ID, "trace id -1"),
        ({"trace_id": "7"}, Refusal.BAD_TRACE_ID, "trace id '7'"),
        ({"trace_id": False}, Refusal.BAD_TRACE_ID, "trace id False"),
        ({"trace_id": 8}, Refusal.FOREIGN_SPAN, "trace id 8 in a chunk of trace 7"),
        ({"span_id": 0}, Refusal.SPAN_ID_ZERO, "span id 0"),
        ({"span_id": 2**64}, Refusal.BAD_SPAN_ID, "span id 18446744073709551616"),
        ({"span_id": 10**5000}, Refusal.BAD_SPAN_ID, "span id of many digits"),
        ({"span_id": "5"}, Refusal.BAD_SPAN_ID, "span id '5'"),
        ({"parent_id": -1}, Refusal.BAD_PARENT_ID, "parent id -1 is not an integer from 0"),
        ({"parent_id": None}, Refusal.BAD_PARENT_ID, "parent id None"),
        ({"start": 1.5e18}, Refusal.BAD_START, r"start 1.5e\+18"),
        ({"start": 2**63}, Refusal.BAD_START, r"start .* from -2\^63 to 2\^63-1"),
        ({"duration": True}, Refusal.BAD_DURATION, "duration True"),
        ({"duration": -(2**63) - 1}, Refusal.BAD_DURATION, "duration -9"),
        ({"error": True}, Refusal.BAD_ERROR, "error True is not an integer from 0 to 1"),
        ({"error": 2}, Refusal.BAD_ERROR, "error 2"),
        ({"name": None}, Refusal.NOT_TEXT, "name is not text"),
        ({"service": 5}, Refusal.NOT_TEXT, "service is not text"),
        ({"resource": b"x"}, Refusal.NOT_TEXT, "resource is not text"),
        ({"type": []}, Refusal.NOT_TEXT, "type is not text"),
        ({"meta": {"user": 5}}, Refusal.NOT_TEXT, "tag 'user' is not text"),
        ({"meta": {5: "x"}}, Refusal.NOT_TEXT, "tag 5 is not text"),
        ({"metrics": {5: 1.0}}, Refusal.NOT_TEXT, "metric 5 is not text"),
        ({"metrics": {"m": float("nan")}}, Refusal.NOT_A_NUMBER, "metric 'm' is not a finite"),
        ({"metrics": {"m": "2"}}, Refusal.NOT_A_NUMBER, "metric 'm'"),
        ({"metrics": {"m": True}}, Refusal.NOT_A_NUMBER, "metric 'm'"),
        ({"metrics": {"m": 2**64}}, Refusal.NOT_A_NUMBER, "metric 'm'"),
        ({"meta": None}, Refusal.NOT_A_MAP, "meta is not a map"),
        ({"metrics": ["m"]}, Refusal.NOT_A_MAP, "metrics is not a map"),
        ({"span_events": None}, Refusal.NOT_A_LIST, "span_events is not a list"),
        ({"span_links": {}}, Refusal.NOT_A_LIST, "span_links is not a list"),
    ],
)
def test_each_reason_has_its_word(fields: dict[str, Any], reason: Refusal, words: str) -> None:
    """A word that counts can be kept by, and a text that says what is there."""
    refused = refuse(span(7, **({"span_id": 9} | fields)), 7)

    assert refused is not None
    assert reason is refused[0]
    assert re.match(words, refused[1]), refused[1]


def test_a_good_span_is_not_refused() -> None:
    """The extremes of every range are fine, and what only has to be changed is no reason."""
    extreme = span(2**64 - 1, start=-(2**63), duration=2**63 - 1, metrics={"m": -1, "n": 0.5})
    assert None is refuse(extreme, 2**64 - 1)


@pytest.mark.parametrize(
    ("ids", "expected"), [([7, 8], 7), ([0, 7], 7), ([None, "x", 8], 8), ([0], 0), ([], 0)]
)
def test_the_first_usable_trace_id_is_the_trace(ids: list[Any], expected: int) -> None:
    """One bad span at the beginning does not make strangers of the others."""
    assert expected == trace_id_of([span(1, trace_id=trace_id) for trace_id in ids])
