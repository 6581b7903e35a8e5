"""A request body as the Agent's decoder reads it: all of a payload, or none and the reason.

Called by the receiver, before `strict`. It shares no code with `ship`, whose oracle it is. Pure: any
body gives spans or `Refused`, never another exception.

Stricter than the Agent in what only a defect can cause: bytes behind the payload, invalid UTF-8 in
MessagePack, and a null span are refused too.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NoReturn

import msgspec

from logtrace.model import Span

MAX_UNSIGNED = 2**64 - 1
MAX_SIGNED = 2**63 - 1
MIN_SIGNED = -(2**63)

PATHS = frozenset(("/v0.3/traces", "/v0.4/traces"))
"""Where both forms are taken."""


class Refused(Exception):
    """The Agent would answer with an error status; the text is the body of its reply.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def decode(body: bytes, content_type: str, path: str) -> list[list[Span]]:
    """Return the traces of a request body, fields that are absent or null with their zero value.

    Args:
        body: the whole body.
        content_type: the header as it came; parameters and case do not matter; "" means JSON.
        path: such as /v0.4/traces.

    Raises:
        Refused: 400 for a body that cannot be decoded, 404 for a path that takes none.
    """
    if path not in PATHS:
        raise Refused(404, f"{path} is not served")
    if not body:
        raise Refused(400, "unexpected-eof")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/msgpack":
        return _traces(_from_msgpack(body), binary=True)
    if kind not in ("", "application/json", "text/json"):
        raise Refused(400, f"content type {kind!r:.60} is neither application/msgpack nor JSON")
    return _traces(_from_json(body), binary=False)


def _from_msgpack(body: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(body)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise Refused(400, f"msgp: {_first_line(error)}") from error


def _from_json(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, parse_constant=_no_constant)
        return _repaired(value) if "\\ud" in text.lower() else value
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"json: {_first_line(error)}") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def _repaired(value: Any) -> Any:
    """Return a decoded JSON value with U+FFFD for each lone surrogate, as Go's decoder has it."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value


def _traces(payload: Any, binary: bool) -> list[list[Span]]:
    """Return the spans of a decoded payload; raises Refused at the first value of a wrong type."""
    traces = []
    for trace_index, chunk in enumerate(_array(payload, "payload")):
        spans = []
        for span_index, fields in enumerate(_array(chunk, f"trace {trace_index}")):
            reader = _SpanReader(f"trace {trace_index}, span {span_index}", binary)
            spans.append(reader.span(fields))
        traces.append(spans)
    return traces


def _array(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if type(value) is not list:
        raise Refused(400, f"{where}: {_shown(value)}, wants an array")
    return value


class _SpanReader:
    """Reads the fields of one span; `where` is its place in the payload, for the reply."""

    def __init__(self, where: str, binary: bool) -> None:
        self._where = where
        self._binary = binary

    def span(self, fields: Any) -> Span:
        if type(fields) is not dict:
            raise Refused(400, f"{self._where}: {_shown(fields)}, wants a map")
        get = {self._name(key): value for key, value in fields.items()}.get
        return Span(
            service=self._text("service", get("service")),
            name=self._text("name", get("name")),
            resource=self._text("resource", get("resource")),
            type=self._text("type", get("type")),
            trace_id=self._id("trace_id", get("trace_id")),
            span_id=self._id("span_id", get("span_id")),
            parent_id=self._id("parent_id", get("parent_id")),
            start=self._int("start", get("start"), MIN_SIGNED, MAX_SIGNED),
            duration=self._int("duration", get("duration"), MIN_SIGNED, MAX_SIGNED),
            error=self._int("error", get("error"), -(2**31), 2**31 - 1),
            meta={
                self._key("meta", key): self._text("meta", value, key)
                for key, value in self._map("meta", get("meta")).items()
            },
            metrics={
                self._key("metrics", key): self._number("metrics", value, key)
                for key, value in self._map("metrics", get("metrics")).items()
            },
            span_events=self._events(get("span_events")),
            span_links=self._links(get("span_links")),
        )

    def _refuse(self, field: str, value: Any, wants: str) -> NoReturn:
        raise Refused(400, f"{self._where}: {field}: {_shown(value)}, wants {wants}")

    def _name(self, key: Any) -> str:
        """Return the name of a field; JSON's match ignores case, MessagePack's does not."""
        name = self._key("span", key)
        return name if self._binary else name.lower()

    def _key(self, field: str, key: Any) -> str:
        if type(key) is not str:
            self._refuse(f"key of {field}", key, "text")
        return key

    def _text(self, field: str, value: Any, key: str = "") -> str:
        if value is None:
            return ""
        if type(value) is not str:
            self._refuse(f"{field} {key!r:.80}" if key else field, value, "text")
        return value

    def _id(self, field: str, value: Any) -> int:
        """Return an unsigned 64-bit id; a negative one in MessagePack is its two's complement."""
        low = MIN_SIGNED if self._binary else 0
        return self._int(field, value, low, MAX_UNSIGNED) & MAX_UNSIGNED

    def _int(self, field: str, value: Any, low: int, high: int) -> int:
        if value is None:
            return 0
        if type(value) is not int:
            self._refuse(field, value, "an integer")
        if not low <= value <= high:
            self._refuse(field, value, f"an integer from {low} to {high}")
        return value

    def _number(self, field: str, value: Any, key: str) -> float:
        """Return a metric; JSON has no infinity, and a literal that overflows is refused."""
        if value is None:
            return 0.0
        if type(value) is int and value.bit_length() < 1024:
            return float(value)
        if type(value) is not float or not (self._binary or isfinite(value)):
            self._refuse(f"{field} {key!r:.80}", value, "a number")
        return value

    def _map(self, field: str, value: Any) -> dict[Any, Any]:
        if value is None:
            return {}
        if type(value) is not dict:
            self._refuse(field, value, "a map")
        return value

    def _events(self, events: Any) -> list[dict[str, Any]]:
        """Return span events as they came, once what the Agent reads of them has its type."""
        if events is None:
            return []
        if type(events) is not list:
            self._refuse("span_events", events, "an array")
        for event in events:
            if type(event) is not dict:
                self._refuse("span_events", event, "maps")
            self._text("span_events name", event.get("name"))
            self._int("span_events time_unix_nano", event.get("time_unix_nano"), 0, MAX_UNSIGNED)
            for value in self._map("span_events attributes", event.get("attributes")).values():
                if type(value) is not dict or type(value.get("type", 0)) is not int:
                    self._refuse("span_events attribute", value, "a map with a type")
        return list(events)

    def _links(self, links: Any) -> list[dict[str, Any]] | None:
        """Return span links as they came, once what the Agent reads of them has its type."""
        if links is None:
            return None
        if type(links) is not list:
            self._refuse("span_links", links, "an array")
        for link in links:
            if type(link) is not dict:
                self._refuse("span_links", link, "maps")
            for field in ("trace_id", "trace_id_high", "span_id"):
                self._id(f"span_links {field}", link.get(field))
            self._int("span_links flags", link.get("flags"), 0, 2**32 - 1)
            self._text("span_links tracestate", link.get("tracestate"))
            attributes = self._map("span_links attributes", link.get("attributes"))
            for key, value in attributes.items():
                self._text("span_links attribute", value, self._key("span_links attributes", key))
        return list(links)


def _shown(value: Any) -> str:
    """Return a value, or what kind of value it is where it may be long."""
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return f"{str(value).lower():.40}"
    if isinstance(value, str):
        return f"text {value!r:.60}"
    if isinstance(value, dict):
        return "a map"
    return "an array" if isinstance(value, list) else "bytes or an extension"
