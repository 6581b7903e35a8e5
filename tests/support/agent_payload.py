"""What an Agent sends on to Datadog (`/api/v0.2/traces`), read by a protobuf decoder of a few lines.

It knows the messages AgentPayload, TracerPayload, TraceChunk and Span as Datadog publishes them, and
refuses whatever does not fit them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Forwarded:
    """A span as it was sent on; all fields that the wire left out have their zero value."""

    service: str = ""
    name: str = ""
    resource: str = ""
    trace_id: int = 0
    span_id: int = 0
    parent_id: int = 0
    start: int = 0
    duration: int = 0
    error: int = 0
    type: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Chunk:
    """A chunk of a trace, and what its tracer's payload says of all of them.

    Attributes:
        priority: the sampling priority, None if the sender gave none.
        language: of the tracer, and
        version: its version.
        env: of the payload.
    """

    priority: int | None = None
    language: str = ""
    version: str = ""
    env: str = ""
    spans: list[Forwarded] = field(default_factory=list)


NO_PRIORITY = -128

_TEXTS = {1: "service", 2: "name", 3: "resource", 12: "type"}
_UNSIGNED = {4: "trace_id", 5: "span_id", 6: "parent_id"}
_SIGNED = {7: "start", 8: "duration", 9: "error"}


def decode(body: bytes) -> list[Chunk]:
    """Return the chunks of an AgentPayload; raises ValueError for what is none."""
    payloads = [_bytes(value) for number, value in _fields(body) if number == 5]
    return [chunk for payload in payloads for chunk in _tracer_payload(payload)]


def _tracer_payload(message: bytes) -> Iterator[Chunk]:
    said = {2: "", 4: "", 8: ""}
    chunks = []
    for number, value in _fields(message):
        if number == 6:
            chunks.append(_bytes(value))
        elif number in said:
            said[number] = _bytes(value).decode()
    for each in chunks:
        chunk = _chunk(each)
        chunk.language, chunk.version, chunk.env = said[2], said[4], said[8]
        yield chunk


def _chunk(message: bytes) -> Chunk:
    chunk = Chunk(priority=0)
    for number, value in _fields(message):
        if number == 1:
            chunk.priority = _signed(value)
        elif number == 3:
            chunk.spans.append(_span(_bytes(value)))
    if chunk.priority == NO_PRIORITY:
        chunk.priority = None
    return chunk


def _span(message: bytes) -> Forwarded:
    span = Forwarded()
    for number, value in _fields(message):
        if number in _TEXTS:
            setattr(span, _TEXTS[number], _bytes(value).decode())
        elif number in _UNSIGNED:
            setattr(span, _UNSIGNED[number], _number(value))
        elif number in _SIGNED:
            setattr(span, _SIGNED[number], _signed(value))
        elif number == 10:
            key, text = _entry(value)
            span.meta[key] = text.decode()
        elif number == 11:
            key, double = _entry(value)
            [span.metrics[key]] = struct.unpack("<d", double or bytes(8))
        else:
            raise ValueError(f"field {number} of a span")
    return span


def _entry(value: int | bytes) -> tuple[str, bytes]:
    """Return key and value of an entry of a map."""
    entry = dict(_fields(_bytes(value)))
    return _bytes(entry.get(1, b"")).decode(), _bytes(entry.get(2, b""))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field: an int, or the bytes of anything else."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(message):
            raise ValueError("cut short")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number and where the next field begins."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError(f"{value} where text or a message was expected")
    return value


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("text or a message where a number was expected")
    return value


def _signed(value: int | bytes) -> int:
    number = _number(value)
    return number - 2**64 if number >= 2**63 else number
