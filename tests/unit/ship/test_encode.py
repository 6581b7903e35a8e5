"""Payloads: their form, and how a trace is split."""

import json

import msgpack
import pytest

from logtrace.model import Closed, Trace
from logtrace.ship import encode
from logtrace.ship.encode import V03, V04, choose, halves, trace_json
from logtrace.ship.normalise import prepare
from tests.support.clock import NOON
from tests.support.traces import span

FULL = {
    "service": "shop",
    "name": "web.request",
    "resource": "GET /7",
    "trace_id": 7,
    "span_id": 7,
    "start": 1_795_348_800_000_000_000,
    "duration": 5_000_000,
    "error": 1,
    "meta": {"env": "prod"},
    "metrics": {"_sampling_priority_v1": 1.0},
}


def test_a_span_is_a_map_of_its_fields() -> None:
    """Both forms carry the same map; fields with their zero value are left out."""
    spans = [[span(7, error=1, meta={"env": "prod"}, metrics={"_sampling_priority_v1": 1.0})]]

    assert [[FULL]] == json.loads(V03.encode(spans))
    assert [[FULL]] == msgpack.unpackb(V04.encode(spans))


@pytest.mark.parametrize("form", encode.ENCODINGS)
def test_lone_surrogates_are_replaced(form: encode.Encoding) -> None:
    """Text that no UTF-8 can hold is sent with a question mark in its place, wherever it is."""
    bad = span(1, resource="a\udc80b", meta={"k\udc80": "v\udc80"}, metrics={"m\udc80": 1.0})
    body = form.encode([[span(2)], [bad]])
    [_, [sent]] = json.loads(body) if form is V03 else msgpack.unpackb(body)

    assert ("a?b", {"k?": "v?"}, {"m?": 1.0}) == (sent["resource"], sent["meta"], sent["metrics"])


@pytest.mark.parametrize(
    ("endpoints", "refused", "expected"),
    [
        ((), (), V04),
        (("/v0.3/traces", "/v0.4/traces"), (), V04),
        (("/v0.3/traces", "/v0.5/traces"), (), V03),
        (("/v0.5/traces",), (), V04),
        (("/v0.3/traces", "/v0.4/traces"), {V04.path}, V03),
        ((), {V04.path}, V03),
        ((), {V04.path, V03.path}, None),
    ],
)
def test_the_best_form_that_the_agent_takes(
    endpoints: tuple[str, ...], refused: set[str], expected: encode.Encoding | None
) -> None:
    """MessagePack if the Agent offers it or says nothing; never what it has refused."""
    assert expected is choose(endpoints, refused)


def test_halves_keep_every_span_and_the_numbers_come_last() -> None:
    """The record numbers are done only with the second chunk, which is sent last."""
    whole = Trace([span(1, span_id=i) for i in range(1, 6)], [4, 5], Closed.SIZE)
    first, second = halves(whole)

    assert [1, 2, 3, 4, 5] == [s.span_id for s in first.spans + second.spans]
    assert [] == first.numbers
    assert [4, 5] == second.numbers


def test_both_halves_say_what_the_root_says_for_the_trace() -> None:
    """Each chunk is sampled by itself: it needs the priority and the trace's upper id half."""
    said = {"_sampling_priority_v1": 2.0, "_dd.agent_psr": 0.5, "_dd.rule_psr": 0.1}
    root = span(1, metrics=said | {"rows": 5.0}, meta={"_dd.p.tid": "ab" * 8, "x": "y"})
    _, second = halves(Trace([root, span(1, span_id=2)], [1], Closed.SIZE))

    assert {**said, "logtrace.partial": 1} == second.spans[0].metrics
    assert {"_dd.p.tid": "ab" * 8} == second.spans[0].meta


def test_parts_of_a_trace_say_that_they_are() -> None:
    """The first span of each chunk says of how many spans it is a part, however often it is halved."""
    whole = Trace([span(1, span_id=i) for i in range(1, 8)], [1], Closed.COMPLETE)
    first, second = halves(whole)
    third, fourth = halves(second)

    marks = [[s.metrics.get("logtrace.partial") for s in t.spans] for t in (first, third, fourth)]
    assert [[3, None, None], [2, None], [2, None]] == marks


def test_one_trace_as_json_can_be_read_by_any_agent() -> None:
    """An array of spans, their events in a tag."""
    event = {"name": "log", "time_unix_nano": 5, "attributes": {}}
    spans = prepare([span(7, span_events=[event]), span(7, span_id=8)], NOON).spans
    first, second = json.loads(trace_json(spans))

    assert (7, 8) == (first["span_id"], second["span_id"])
    assert [event] == json.loads(first["meta"]["events"])
    assert "span_events" not in first


@pytest.mark.parametrize("form", encode.ENCODINGS)
def test_links_are_sent_as_they_are(form: encode.Encoding) -> None:
    """Every Agent knows them; a span without any has no such field."""
    link = {"trace_id": 2**64 - 1, "span_id": 8, "attributes": {"a": "b"}, "flags": 2**31}
    spans = prepare([span(1, span_links=[link]), span(1, span_links=[])], NOON).spans
    body = form.encode([spans])
    [[with_link, without]] = json.loads(body) if form is V03 else msgpack.unpackb(body)

    assert [link] == with_link["span_links"]
    assert "span_links" not in without
