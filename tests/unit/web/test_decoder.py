"""What the Agent's decoder takes, and what it answers with a 400."""

import json
from typing import Any

import msgpack
import pytest

from logtrace.model import Span
from logtrace.web.decoder import Refused, decode

JSON, MSGPACK = "application/json", "application/msgpack"

GOOD = {
    "service": "shop",
    "name": "web.request",
    "resource": "GET /",
    "trace_id": 2**64 - 1,
    "span_id": 7,
    "parent_id": 5,
    "start": 1_795_348_800_000_000_000,
    "duration": 5,
    "error": 1,
    "type": "web",
    "meta": {"env": "prod"},
    "metrics": {"a": 1, "b": 0.5},
}


def encoded(payload: Any, content_type: str) -> bytes:
    """Return a payload in one of both forms, by libraries that `ship` does not use."""
    if content_type == MSGPACK:
        return bytes(msgpack.packb(payload))
    return json.dumps(payload, allow_nan=False).encode()


def refusal(payload: Any, content_type: str) -> str:
    """Return what the answer to a payload says, "" if it is taken."""
    try:
        decode(encoded(payload, content_type), content_type, "/v0.4/traces")
    except Refused as error:
        return str(error)
    return ""


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
@pytest.mark.parametrize("path", ["/v0.3/traces", "/v0.4/traces"])
def test_both_forms_are_taken_at_both_paths(content_type: str, path: str) -> None:
    """The fields arrive as they were sent."""
    [[span]] = decode(encoded([[GOOD]], content_type), content_type, path)

    assert Span(**GOOD) == span  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content_type",
    ["", "text/json", "Application/JSON", "application/json; charset=utf-8", " application/json "],
)
def test_names_of_json(content_type: str) -> None:
    """Case, parameters and blanks do not matter, and no name at all means JSON."""
    assert 1 == len(decode(encoded([[GOOD]], JSON), content_type, "/v0.3/traces"))


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("trace_id", 1.5, "trace_id: 1.5, wants an integer"),
        ("trace_id", "5", "trace_id: text '5', wants an integer"),
        ("trace_id", True, "trace_id: true, wants an integer"),
        ("span_id", [], "span_id: an array, wants an integer"),
        ("start", 1.5e18, r"start: 1.5e\+18, wants an integer"),
        ("start", 2**63, "start: 9223372036854775808, wants an integer from"),
        ("duration", "5", "duration: text '5', wants an integer"),
        ("error", True, "error: true, wants an integer"),
        ("error", 2**31, "error: 2147483648, wants an integer from"),
        ("name", 5, "name: 5, wants text"),
        ("service", {}, "service: a map, wants text"),
        ("type", False, "type: false, wants text"),
        ("meta", [], "meta: an array, wants a map"),
        ("meta", {"a": 5}, "meta 'a': 5, wants text"),
        ("meta", {"a": True}, "meta 'a': true, wants text"),
        ("meta", {"a": {}}, "meta 'a': a map, wants text"),
        ("metrics", {"a": "1"}, "metrics 'a': text '1', wants a number"),
        ("metrics", {"a": True}, "metrics 'a': true, wants a number"),
        ("metrics", "x", "metrics: text 'x', wants a map"),
        ("span_events", {}, "span_events: a map, wants an array"),
        ("span_events", [5], "span_events: 5, wants maps"),
        ("span_events", [{"name": 5}], "span_events name: 5, wants text"),
        ("span_events", [{"time_unix_nano": -1}], "span_events time_unix_nano: -1"),
        ("span_events", [{"attributes": {"a": "x"}}], "span_events attribute: text 'x'"),
        ("span_links", {}, "span_links: a map, wants an array"),
        ("span_links", [5], "span_links: 5, wants maps"),
        ("span_links", [{"trace_id": "5"}], "span_links trace_id: text '5', wants an integer"),
        ("span_links", [{"trace_id_high": 1.5}], "span_links trace_id_high: 1.5"),
        ("span_links", [{"span_id": 2**63, "flags": 2**32}], "span_links flags: 4294967296"),
        ("span_links", [{"tracestate": 5}], "span_links tracestate: 5, wants text"),
        ("span_links", [{"attributes": []}], "span_links attributes: an array, wants a map"),
        ("span_links", [{"attributes": {"a": 5}}], "span_links attribute 'a': 5, wants text"),
    ],
)
def test_one_wrong_value_refuses_the_whole_payload(
    content_type: str, field: str, value: Any, words: str
) -> None:
    """The answer names trace, span, field, what is there and what should be."""
    payload = [[GOOD], [GOOD, GOOD | {field: value}]]
    with pytest.raises(Refused, match=f"^trace 1, span 1: {words}"):
        decode(encoded(payload, content_type), content_type, "/v0.4/traces")


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "payload: a map, wants an array"),
        (5, "payload: 5, wants an array"),
        ([5], "trace 0: 5, wants an array"),
        ([[], "x"], "trace 1: text 'x', wants an array"),
        ([[None]], "trace 0, span 0: null, wants a map"),
        ([["x"]], "trace 0, span 0: text 'x', wants a map"),
    ],
)
def test_the_shape_of_a_payload(content_type: str, payload: Any, words: str) -> None:
    """A payload is an array of arrays of maps."""
    assert words == refusal(payload, content_type)


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
def test_null_is_the_zero_value_anywhere(content_type: str) -> None:
    """As a field, a tag, a metric, a trace and a payload."""
    payload = [[{name: None for name in GOOD}, {"meta": {"a": None}, "metrics": {"b": None}}], None]
    [[empty, tagged], trace] = decode(encoded(payload, content_type), content_type, "/v0.4/traces")

    assert Span("", "", "", 0, 0, 0, 0) == empty
    assert ({"a": ""}, {"b": 0.0}) == (tagged.meta, tagged.metrics)
    assert [] == trace
    assert [] == decode(encoded(None, content_type), content_type, "/v0.4/traces")


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
def test_unknown_fields_are_ignored(content_type: str) -> None:
    """They may hold anything."""
    assert "" == refusal([[GOOD | {"nonsense": [{"a": 1.5}]}]], content_type)


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
def test_links_are_read(content_type: str) -> None:
    """All of their fields, none of which has to be there."""
    link = {
        "trace_id": 2**64 - 1,
        "trace_id_high": 2**63,
        "span_id": 8,
        "attributes": {"link.name": "cause"},
        "tracestate": "dd=s:1",
        "flags": 2**31 + 1,
    }
    payload = [[GOOD | {"span_links": [link, {}]}, GOOD | {"span_links": None}]]
    [[first, second]] = decode(encoded(payload, content_type), content_type, "/v0.4/traces")

    assert [link, {}] == first.span_links
    assert None is second.span_links


def test_negative_ids_are_a_matter_of_form() -> None:
    """In MessagePack they are the two's complement of an unsigned id, in JSON they are refused."""
    payload = [[GOOD | {"trace_id": -1}]]
    [[span]] = decode(encoded(payload, MSGPACK), MSGPACK, "/v0.4/traces")

    assert 2**64 - 1 == span.trace_id
    assert "trace_id: -1, wants an integer from 0" in refusal(payload, JSON)


def test_negative_times_are_read() -> None:
    """They are the normaliser's matter."""
    [[span]] = decode(encoded([[GOOD | {"start": -1, "duration": -2}]], JSON), JSON, "/v0.3/traces")
    assert (-1, -2) == (span.start, span.duration)


@pytest.mark.parametrize(
    "text",
    [
        b"[[{]]",
        b"[[{'a':1}]]",
        b"\xef\xbb\xbf[]",
        b"[] []",
        b"[",
        b" ",
        b'[["a\nb"]]',
        b'[[{"trace_id":18446744073709551616}]]',
        b'[[{"trace_id":-0.0}]]',
        b'[[{"metrics":{"a":NaN}}]]',
        b'[[{"metrics":{"a":-Infinity}}]]',
        b'[[{"metrics":{"a":1e400}}]]',
        b'[[{"metrics":{"a":' + b"9" * 400 + b"}}]]",
        b'[[{"start":1e3}]]',
        b"[" * 5000,
    ],
)
def test_json_that_go_does_not_read(text: bytes) -> None:
    """Syntax errors, a byte order mark, numbers out of range, floats for integers."""
    with pytest.raises(Refused) as caught:
        decode(text, JSON, "/v0.4/traces")
    assert 400 == caught.value.status


def test_json_as_go_reads_it() -> None:
    """Case of keys does not matter, the last of two wins, bad Unicode becomes U+FFFD."""
    text = b'[[{"SERVICE":"a","service":"b","Name":"x\xffy","resource":"\\ud800z","Trace_ID":9}]]'
    [[span]] = decode(text, JSON, "/v0.4/traces")

    assert ("b", "x\ufffdy", "\ufffdz", 9) == (
        span.service,
        span.name,
        span.resource,
        span.trace_id,
    )


@pytest.mark.parametrize(
    "body",
    [b"\x91", b"\xc1", b"\x90\x00", b"\x91\x91\x81\x05\x05", b"\x91\x91\x81\xa1\xff\x01", b"[]"],
)
def test_msgpack_that_is_none(body: bytes) -> None:
    """Cut short, unused codes, bytes behind the end, keys that are no text."""
    with pytest.raises(Refused) as caught:
        decode(body, MSGPACK, "/v0.4/traces")
    assert 400 == caught.value.status


@pytest.mark.parametrize("content_type", [JSON, MSGPACK])
def test_an_empty_body_has_its_own_words(content_type: str) -> None:
    """As the Agent says it."""
    with pytest.raises(Refused, match=r"^unexpected-eof$"):
        decode(b"", content_type, "/v0.4/traces")


def test_other_types_and_paths() -> None:
    """A form that nobody reads there is a 400, a path that nobody serves a 404."""
    with pytest.raises(Refused, match="'text/plain' is neither") as wrong_type:
        decode(b"[]", "text/plain", "/v0.4/traces")
    with pytest.raises(Refused, match=r"v0\.5/traces is not served") as wrong_path:
        decode(b"[]", JSON, "/v0.5/traces")

    assert (400, 404) == (wrong_type.value.status, wrong_path.value.status)
