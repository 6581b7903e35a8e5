"""What is left out and what is changed before a payload is made."""

from copy import deepcopy
from typing import Any

import pytest

from logtrace.model import Closed, Refusal, Rewrite, Trace
from logtrace.ship.findings import Findings
from logtrace.ship.normalise import examine, note_shared_ids, prepare
from tests.support.clock import NOON
from tests.support.traces import span

EVENT = {"name": "log", "time_unix_nano": 5, "attributes": {"s": "x"}}

USUAL: dict[str, Any] = {
    "type": "web",
    "meta": {"env": "prod", "http.status_code": "200", "peer.service": "db-1", "user": "x"},
    "metrics": {"_sampling_priority_v1": 1.0},
}


@pytest.mark.parametrize("check", [prepare, examine])
def test_good_spans_pass_untouched(check: Any) -> None:
    """The usual case gives back the very list, and nothing was found; the second time too."""
    spans = [
        span(1, **deepcopy(USUAL)),
        span(1, span_id=2, parent_id=1, type="sql", resource="BEGIN"),
    ]
    before = deepcopy(spans)

    for _ in range(2):
        prepared = check(spans, NOON)
        assert spans is prepared.spans
        assert None is prepared.findings
    assert before == spans


@pytest.mark.parametrize("check", [prepare, examine])
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"service": "My Shop"}, Rewrite.SERVICE_NORMALISED),
        ({"name": "GET /"}, Rewrite.NAME_NORMALISED),
        ({"resource": ""}, Rewrite.RESOURCE_EMPTY),
        ({"resource": "r" * 5001}, Rewrite.RESOURCE_CUT),
        ({"parent_id": 7}, Rewrite.PARENT_CLEARED),
        ({"duration": -1}, Rewrite.INVALID_DURATION),
        ({"duration": 2**63 - 1}, Rewrite.INVALID_DURATION),
        ({"start": 1_795_348_800}, Rewrite.INVALID_START_DATE),
        ({"type": "t" * 101}, Rewrite.TYPE_TRUNCATE),
        ({"type": "sql"}, Rewrite.TYPE_NOT_SQL),
        ({"meta": {"env": "Prod"}}, Rewrite.TAG_NORMALISED),
        ({"meta": {"http.status_code": "0"}}, Rewrite.INVALID_HTTP_STATUS_CODE),
        ({"meta": {"peer.service": "!"}}, Rewrite.PEER_SERVICE_INVALID),
        ({"meta": {"_dd.base_service": "!"}}, Rewrite.BASE_SERVICE_INVALID),
        ({"meta": {"k" * 201: "v"}}, Rewrite.TAG_CUT),
        ({"metrics": {"k" * 201: 1.0}}, Rewrite.TAG_CUT),
        ({"meta": {"k": "v" * 25_001}}, Rewrite.TAG_CUT),
        ({"meta": {f"k{i}": "v" for i in range(1025)}}, Rewrite.TAGS_LEFT_OUT),
        ({"span_events": [EVENT] * 129}, Rewrite.EVENTS_LEFT_OUT),
        ({"span_links": [{}]}, Rewrite.LINKS_LEFT_OUT),
    ],
)
def test_what_the_agent_would_change_is_found(
    check: Any, fields: dict[str, Any], reason: Rewrite
) -> None:
    """By the quick test too, among good spans, in the same list, and once."""
    spans = [span(7, span_id=8), span(7, **deepcopy(fields)), span(7, span_id=9)]
    prepared = check(spans, NOON)

    assert {reason: 1} == prepared.rewritten
    assert spans is prepared.spans
    assert ({}, "") == (prepared.refused, prepared.reason)
    assert None is check(spans, NOON).findings


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"span_id": 0}, Refusal.SPAN_ID_ZERO),
        ({"trace_id": 8}, Refusal.FOREIGN_SPAN),
        ({"trace_id": 0}, Refusal.TRACE_ID_ZERO),
        ({"service": None}, Refusal.NOT_TEXT),
        ({"name": None}, Refusal.NOT_TEXT),
        ({"type": []}, Refusal.NOT_TEXT),
        ({"resource": None}, Refusal.NOT_TEXT),
        ({"start": "1"}, Refusal.BAD_START),
        ({"duration": "1"}, Refusal.BAD_DURATION),
        ({"meta": None}, Refusal.NOT_A_MAP),
        ({"meta": ["a"]}, Refusal.NOT_A_MAP),
        ({"metrics": 5}, Refusal.NOT_A_MAP),
        ({"meta": {"user": 5}}, Refusal.NOT_TEXT),
        ({"meta": {"env": None}}, Refusal.NOT_TEXT),
        ({"meta": {"http.status_code": 200}}, Refusal.NOT_TEXT),
        ({"meta": {5: "x"}}, Refusal.NOT_TEXT),
    ],
)
def test_the_quick_test_finds_wrong_types_and_what_would_be_lost_unseen(
    fields: dict[str, Any], reason: Refusal
) -> None:
    """The bad span is left out, its neighbours stay and are mended."""
    good, bad, odd = span(7), span(7, **({"span_id": 9} | fields)), span(7, service="My Shop")
    prepared = prepare([good, odd, bad, odd], NOON)

    assert [good, odd, odd] == prepared.spans
    assert {reason: 1} == prepared.refused
    assert {Rewrite.SERVICE_NORMALISED: 1} == prepared.rewritten
    assert prepared.reason.startswith("span ")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"parent_id": -1}, Refusal.BAD_PARENT_ID),
        ({"start": 1.5e18}, Refusal.BAD_START),
        ({"duration": True}, Refusal.BAD_DURATION),
        ({"error": True}, Refusal.BAD_ERROR),
        ({"resource": b"x"}, Refusal.NOT_TEXT),
        ({"metrics": {"m": "2"}}, Refusal.NOT_A_NUMBER),
        ({"span_links": 5}, Refusal.NOT_A_LIST),
    ],
)
def test_the_complete_check_finds_what_the_agent_has_refused(
    fields: dict[str, Any], reason: Refusal
) -> None:
    """It asks each field, the first spans of a trace as well as the others."""
    good, bad = span(7), span(7, **({"span_id": 9} | fields))

    assert {reason: 1} == examine([good, bad], NOON).refused
    assert [good] == examine([bad, good], NOON).spans


@pytest.mark.parametrize("check", [prepare, examine])
def test_a_trace_id_of_zero_leaves_nothing(check: Any) -> None:
    """All spans of trace 0 are left out."""
    prepared = check([span(0, span_id=1), span(0, span_id=2)], NOON)

    assert [] == prepared.spans
    assert {Refusal.TRACE_ID_ZERO: 2} == prepared.refused


@pytest.mark.parametrize("check", [prepare, examine])
def test_no_spans_are_no_spans(check: Any) -> None:
    """An empty trace stays empty and is nobody's fault."""
    nothing: list[Any] = []

    assert nothing is check(nothing, NOON).spans
    assert None is check(nothing, NOON).findings


def test_ids_that_spans_share_are_noted_once() -> None:
    """The Agent counts each span but the first; what was noted is not noted again."""
    spans = [span(7), span(7, span_id=8), span(7), span(7)]
    trace, findings = Trace(spans, [1], Closed.COMPLETE, shared_ids=True), Findings()
    note_shared_ids(trace, findings)

    assert {Rewrite.DUPLICATE_SPAN_ID: 2} == findings.rewritten
    assert not trace.shared_ids
