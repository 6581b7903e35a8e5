from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping.otlp import spans
from logtrace.model import Span

T, S = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return attributes as OTLP has them."""
    kinds = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
    return [
        {
            "key": key,
            "value": {"intValue": str(value)}
            if type(value) is int
            else {kinds[type(value)]: value},
        }
        for key, value in values.items()
    ]


def export(span: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an export of one span."""
    base = {
        "traceId": T,
        "spanId": S,
        "name": "GET /",
        "startTimeUnixNano": "5",
        "endTimeUnixNano": "8",
    }
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes(resource or {})},
                "scopeSpans": [{"spans": [{**base, **span}]}],
            }
        ]
    }


def one(span: dict[str, Any], **resource: Any) -> Span:
    """Return what is read of a span."""
    ((found, _),) = spans(
        export(span, {key.replace("_", "."): value for key, value in resource.items()})
    )
    return found


def test_ids_and_times_are_exact() -> None:
    """Of 128 and 64 bits, and to the nanosecond."""
    ((span, high),) = spans(export({"parentSpanId": "0000000000000007"}))
    assert (0xA3CE929D0E0E4736, "4bf92f3577b34da6") == (span.trace_id, high)
    assert (0x00F067AA0BA902B7, 7, 5, 3) == (
        span.span_id,
        span.parent_id,
        span.start,
        span.duration,
    )


def test_ids_may_be_in_base64_and_keys_in_the_other_spelling() -> None:
    """As protobuf's own JSON has them."""
    span = {
        "trace_id": "S/kvNXezTaajzpKdDg5HNg==",
        "span_id": "APBnqgupArc=",
        "name": "x",
        "start_time_unix_nano": 5,
    }
    ((found, high),) = spans({"resource_spans": [{"scope_spans": [{"spans": [span]}]}]})
    assert (0xA3CE929D0E0E4736, "4bf92f3577b34da6", 5) == (found.trace_id, high, found.start)
    assert (0x00F067AA0BA902B7, 0) == (found.span_id, found.duration)


@pytest.mark.parametrize(
    ("kind", "given_attributes", "name", "form"),
    [
        (2, {"http.request.method": "GET"}, "http.server.request", "web"),
        ("SPAN_KIND_CLIENT", {"http.method": "GET"}, "http.client.request", "http"),
        (3, {"db.system": "postgresql"}, "postgresql.query", "db"),
        (3, {"db.system.name": "redis"}, "redis.query", "cache"),
        (4, {"messaging.system": "kafka"}, "kafka.producer", "queue"),
        (
            5,
            {"messaging.system": "kafka", "messaging.operation.type": "process"},
            "kafka.process",
            "queue",
        ),
        (2, {"rpc.system": "grpc"}, "grpc.server.request", "web"),
        (2, {}, "server.request", "web"),
        (1, {}, "internal", "custom"),
        (99, {}, "internal", "custom"),
        ("x", {}, "internal", "custom"),
    ],
)
def test_operation_and_type(
    kind: Any, given_attributes: dict[str, Any], name: str, form: str
) -> None:
    """They follow from the kind and what the attributes say."""
    span = one({"kind": kind, "attributes": attributes(given_attributes)})
    assert (name, "GET /", form) == (span.name, span.resource, span.type)


def test_tags_and_metrics() -> None:
    """Numbers that a metric holds exactly are metrics, all else is text; the span's own go first."""
    span = one(
        {
            "attributes": attributes(
                {"a": "x", "n": 7, "f": 0.5, "b": True, "big": 2**53 + 1, "env": "own"}
            )
        },
        service_name="shop",
        deployment_environment="prod",
        service_version="1.4",
    )
    assert ("shop", {"n": 7.0, "f": 0.5}) == (span.service, span.metrics)
    expected = {
        "a": "x",
        "b": "true",
        "big": str(2**53 + 1),
        "env": "own",
        "version": "1.4",
        "span.kind": "internal",
    }
    assert expected == span.meta


def test_an_error_says_why() -> None:
    """By the status, and by the exception among its events."""
    event = {
        "name": "exception",
        "timeUnixNano": "6",
        "attributes": attributes({"exception.type": "E"}),
    }
    span = one({"status": {"code": "STATUS_CODE_ERROR", "message": "no"}, "events": [event]})

    assert (1, "no", "E") == (span.error, span.meta["error.message"], span.meta["error.type"])
    assert [
        {"name": "exception", "time_unix_nano": 6, "attributes": {"exception.type": "E"}}
    ] == span.span_events
    assert 0 == one({"status": {"code": 1, "message": "fine"}}).error


def test_links() -> None:
    """Those that name a trace and a span."""
    span = one(
        {
            "links": [
                {"traceId": T, "spanId": S, "attributes": attributes({"n": 1})},
                {"traceId": T},
                7,
            ]
        }
    )
    assert [
        {
            "trace_id": 0xA3CE929D0E0E4736,
            "trace_id_high": 0x4BF92F3577B34DA6,
            "span_id": 0x00F067AA0BA902B7,
            "attributes": {"n": "1"},
        }
    ] == span.span_links


KEYS = [
    *(
        "resourceSpans",
        "scopeSpans",
        "spans",
        "resource",
        "attributes",
        "key",
        "value",
        "traceId",
        "spanId",
        "kind",
    ),
    *(
        "name",
        "startTimeUnixNano",
        "status",
        "code",
        "events",
        "links",
        "intValue",
        "arrayValue",
        "values",
        "scope",
    ),
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(T),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_nothing_raises(inner: Any) -> None:
    """Whatever JSON stands in whichever place."""
    rows = [
        inner,
        {"resourceSpans": inner},
        {"resourceSpans": [inner]},
        export({"attributes": inner}),
    ]
    rows += [
        export({"events": inner, "links": inner}),
        export({"status": inner, "kind": inner, "name": inner}),
    ]
    for row in rows:
        for span, high in spans(row):
            assert (type(span.trace_id), type(span.start), type(high)) == (int, int, str)
            assert all(type(text) is str for text in span.meta.values())


@pytest.mark.parametrize("value", [{"arrayValue": {"values": []}}, {"kvlistValue": {"values": []}}])
def test_a_system_that_is_no_text_is_a_database(value: dict[str, Any]) -> None:
    """Whatever a line holds there: none ends the daemon."""
    row = export({"kind": 3, "attributes": [{"key": "db.system", "value": value}]})
    assert ["db"] == [span.type for span, _ in spans(row)]
