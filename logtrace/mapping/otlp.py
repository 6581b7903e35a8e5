"""Spans as OpenTelemetry writes them in JSON: the collector's file exporter, one export a line.

Called by `ready`. Ids, times, parents, events and links are taken as they are. What Datadog calls
otherwise is called so: the resource's `service.name` is the service, `deployment.environment` the tag
`env`, `service.version` the tag `version`; the span's name is the resource; the operation's name and
the type follow from the kind and the attributes. A status of error makes the span an error, with its
message and that of the exception among its events. Numbers among the attributes are metrics, the
others tags. Keys may be written as `traceId` or as `trace_id`. Never raises for content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from logtrace.mapping import ids, runtime
from logtrace.mapping.datadog import number
from logtrace.model import Span

_KINDS = ("internal", "internal", "server", "client", "producer", "consumer")
_KIND_NAMES = {f"SPAN_KIND_{name.upper()}": name for name in _KINDS}
_ENV = ("deployment.environment.name", "deployment.environment")
_RENAMED = {
    "service.version": "version",
    **dict.fromkeys(_ENV, "env"),
    "host.name": "host",
    "http.request.method": "http.method",
    "http.response.status_code": "http.status_code",
    "url.full": "http.url",
    "user_agent.original": "http.useragent",
    "client.address": "network.client.ip",
}
_AS_TEXT = frozenset(("http.status_code",))
_EXACT = 2**53
_CACHES = frozenset(("redis", "memcached", "valkey"))
_EXCEPTION = {
    "exception.type": "error.type",
    "exception.message": "error.message",
    "exception.stacktrace": "error.stack",
}


def spans(row: Any) -> Iterator[tuple[Span, str]]:
    """Yield each span of a line and the upper half of its trace id; trace id 0: it has none."""
    for group in _list(row, "resourceSpans"):
        resource = _attributes(_get(group, "resource"))
        scopes = [*_list(group, "scopeSpans"), *_list(group, "instrumentationLibrarySpans")]
        for scope in scopes:
            library = _get(scope, "scope")
            for span in _list(scope, "spans"):
                if isinstance(span, dict):
                    yield _span(span, resource, library)


def _span(given: dict[str, Any], resource: dict[str, Any], library: Any) -> tuple[Span, str]:
    low, high = ids.trace_id(_get(given, "traceId")) or (0, "")
    attributes = _attributes(given)
    kind = _kind(_get(given, "kind"))
    start, end = number(_get(given, "startTimeUnixNano")), number(_get(given, "endTimeUnixNano"))
    title = _get(given, "name")
    title = title if isinstance(title, str) else ""
    service = resource.get("service.name")
    span = Span(
        service=service if isinstance(service, str) else "",
        name=_operation(kind, attributes),
        resource=title or _operation(kind, attributes),
        trace_id=low,
        span_id=ids.span_id(_get(given, "spanId")) or 0,
        start=start,
        duration=max(end - start, 0),
        parent_id=ids.parent_id(_get(given, "parentSpanId")) or 0,
        type=_type(kind, attributes),
    )
    _tag(span, {**resource, **attributes})
    span.meta.pop("service.name", None)
    span.meta["span.kind"] = kind
    for key, tag in (("name", "otel.scope.name"), ("version", "otel.scope.version")):
        value = _get(library, key)
        if isinstance(value, str) and value:
            span.meta[tag] = value
    span.span_events = [_event(event) for event in _list(given, "events")]
    span.span_links = [link for each in _list(given, "links") if (link := _link(each))] or None
    _status(span, _get(given, "status"))
    return span, high


def _tag(span: Span, attributes: dict[str, Any]) -> None:
    """Put attributes where the Agent has them."""
    for key, value in attributes.items():
        name = _RENAMED.get(key, key)
        metric = None if isinstance(value, str | bool) or name in _AS_TEXT else value
        if isinstance(value, int) and abs(value) > _EXACT:  # a metric would lose its last digits
            metric = None
        if metric is not None and (found := runtime.metric(metric)) is not None:
            span.metrics[name] = found
        else:
            span.meta[name] = _text(value)


def _status(span: Span, status: Any) -> None:
    """Note that the span failed, and why, as far as it says."""
    if _get(status, "code") not in (2, "STATUS_CODE_ERROR"):
        return
    span.error = 1
    message = _get(status, "message")
    if isinstance(message, str) and message:
        span.meta.setdefault("error.message", message)
    for event in span.span_events:
        if event["name"] == "exception":
            for key, tag in _EXCEPTION.items():
                if key in event["attributes"]:
                    span.meta[tag] = _text(event["attributes"][key])


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return _KIND_NAMES.get(value, "internal")
    return _KINDS[value] if type(value) is int and 0 <= value < len(_KINDS) else "internal"


def _operation(kind: str, attributes: dict[str, Any]) -> str:
    """Return the name of what the span does, of which its own name is one case."""
    if "http.request.method" in attributes or "http.method" in attributes:
        return f"http.{kind}.request"
    for key in ("db.system.name", "db.system"):
        if key in attributes:
            return f"{attributes[key]}.query"
    if "messaging.system" in attributes and kind in ("producer", "consumer", "client"):
        operation = attributes.get(
            "messaging.operation.type", attributes.get("messaging.operation")
        )
        return f"{attributes['messaging.system']}.{operation or kind}"
    if "rpc.system" in attributes:
        return f"{attributes['rpc.system']}.{kind}.request"
    return f"{kind}.request" if kind in ("server", "client") else kind


def _type(kind: str, attributes: dict[str, Any]) -> str:
    system = attributes.get("db.system.name", attributes.get("db.system"))
    if system is not None:
        return "cache" if isinstance(system, str) and system in _CACHES else "db"
    if kind in ("producer", "consumer"):
        return "queue"
    return {"server": "web", "client": "http"}.get(kind, "custom")


def _event(given: Any) -> dict[str, Any]:
    name = _get(given, "name")
    return {
        "name": name if isinstance(name, str) else "",
        "time_unix_nano": number(_get(given, "timeUnixNano")),
        "attributes": {
            key: value if isinstance(value, str | bool | int | float) else _text(value)
            for key, value in _attributes(given).items()
        },
    }


def _link(given: Any) -> dict[str, Any] | None:
    traced, span_id = ids.trace_id(_get(given, "traceId")), ids.span_id(_get(given, "spanId"))
    if traced is None or span_id is None:
        return None
    low, high = traced
    texts = {key: _text(value) for key, value in _attributes(given).items()}
    link: dict[str, Any] = {"trace_id": low, "span_id": span_id, "attributes": texts}
    return link | ({"trace_id_high": int(high, 16)} if high else {})


# ── OTLP in JSON ──────────────────────────────────────────────────────────────────────────────────


def _get(given: Any, key: str) -> Any:
    """Return the value of a key, in either spelling; None where there is none."""
    if not isinstance(given, dict):
        return None
    found = given.get(key)
    return given.get(_snake(key)) if found is None else found


def _snake(key: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in key)


def _list(given: Any, key: str) -> list[Any]:
    found = _get(given, key)
    return found if isinstance(found, list) else []


def _attributes(given: Any) -> dict[str, Any]:
    """Return attributes by their names; a value is text, a number, a truth, or as OTLP has it."""
    return {
        str(key): value
        for each in _list(given, "attributes")
        if (key := _get(each, "key")) is not None
        and (value := _value(_get(each, "value"))) is not None
    }


def _value(given: Any) -> Any:
    if not isinstance(given, dict):
        return None
    for key in ("stringValue", "boolValue", "doubleValue"):
        if (found := _get(given, key)) is not None:
            return found
    if (whole := _get(given, "intValue")) is not None:  # a text, for it may have 64 bits
        try:
            return int(whole) if len(str(whole)) < 20 else None
        except (TypeError, ValueError):
            return None
    several = _list(_get(given, "arrayValue"), "values")
    if several and all(isinstance(one, dict) and len(one) == 1 for one in several):
        return [next(iter(one.values())) for one in several]
    return given or None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, msgspec.MsgspecError):
        return ""
