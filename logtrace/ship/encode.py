"""Traces as the body of a request, and which form of body an Agent takes.

Called by the shipper, and by `convert` for one trace at a time. MessagePack for `/v0.4/traces` is what
every peer takes; JSON for `/v0.3/traces` is the form of old Agents and of people. Both are written
straight from the `Span` structs.

Promise: no text that a prepared span can hold fails to encode (lone surrogates become `?`). A value of
a wrong type raises TypeError, ValueError or OverflowError; `refusals.refuse` tells which span has it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from logtrace.model import Span, Trace
from logtrace.ship.event_tag import events_as_tags
from logtrace.ship.texts import utf8

Encode = Callable[[list[list[Span]]], bytes]

_msgpack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()

_CHUNK_METRICS = ("_sampling_priority_v1", "_dd.agent_psr", "_dd.rule_psr")
_CHUNK_TAGS = ("_dd.p.tid", "_dd.p.dm")
"""What the first span of a chunk says for all of it."""

PARTIAL = "logtrace.partial"
"""Metric of a chunk's first span: the chunk is a part of its trace, and has so many spans."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A form of payload: where it goes, what it is called there, and how it is made."""

    path: str
    content_type: str
    encode: Encode


def _msgpack_body(traces: list[list[Span]]) -> bytes:
    try:
        return _msgpack.encode(traces)
    except UnicodeEncodeError:
        _repair(traces)
        return _msgpack.encode(traces)


def _json_body(traces: list[list[Span]]) -> bytes:
    try:
        return _json.encode(traces)
    except UnicodeEncodeError:
        _repair(traces)
        return _json.encode(traces)


V04 = Encoding("/v0.4/traces", "application/msgpack", _msgpack_body)
V03 = Encoding("/v0.3/traces", "application/json", _json_body)

ENCODINGS = (V04, V03)
"""In the order of preference."""


def choose(endpoints: Collection[str], refused: Collection[str] = ()) -> Encoding | None:
    """Return the best form for an Agent, or None if it has refused every one.

    Args:
        endpoints: paths that the Agent says it serves; empty if it did not say.
        refused: paths that it has answered with 404 or 415, whatever it says.
    """
    open_ones = [encoding for encoding in ENCODINGS if encoding.path not in refused]
    offered = [encoding for encoding in open_ones if encoding.path in endpoints]
    return next(iter(offered or open_ones), None)


def trace_json(spans: list[Span]) -> bytes:
    """Return the prepared spans of one trace as a JSON array that any Agent can read.

    What their events lose by that is known already: `insight.given.as_sent` has seen to it.
    """
    return _json_body([events_as_tags(spans, lambda *_: None)])[1:-1]


def halves(trace: Trace) -> tuple[Trace, Trace]:
    """Return a trace of two spans or more as two chunks of it.

    Each chunk is sampled by itself, so the second one gets what the first says for the whole trace.
    The first span of each says that its chunk is a part, and of how many spans: `PARTIAL`. The
    backend joins chunks by the trace id. The record numbers go with the second chunk: it is sent
    last, and they are done only then.
    """
    middle = len(trace.spans) // 2
    first, second = trace.spans[:middle], trace.spans[middle:]
    root, heir = first[0], second[0]
    for key in _CHUNK_METRICS:
        if key in root.metrics:
            heir.metrics.setdefault(key, root.metrics[key])
    for key in _CHUNK_TAGS:
        if key in root.meta:
            heir.meta.setdefault(key, root.meta[key])
    root.metrics[PARTIAL], heir.metrics[PARTIAL] = len(first), len(second)
    return Trace(first, [], trace.reason), Trace(second, trace.numbers, trace.reason)


def _repair(traces: list[list[Span]]) -> None:
    """Replace, in place, lone surrogates: UTF-8 has no form for them."""
    for spans in traces:
        for span in spans:
            span.service, span.name = utf8(span.service), utf8(span.name)
            span.resource, span.type = utf8(span.resource), utf8(span.type)
            span.meta = {utf8(key): utf8(value) for key, value in span.meta.items()}
            span.metrics = {utf8(key): value for key, value in span.metrics.items()}
