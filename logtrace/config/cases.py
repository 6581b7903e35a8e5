"""The keys of `tests:`: lines of a log, and what has to become of them.

A part of `model`; read by `logtrace.insight.cases`, which runs them. What is not written is not
compared.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from logtrace.config.keys import Section, Text, key
from logtrace.errors import Mark


class SpanCase(Section, frozen=True, kw_only=True):
    """One entry of `expect:`: a span as far as it is of interest."""

    mark: Mark
    service: Annotated[Text | None, key("Service.")] = None
    name: Annotated[Text | None, key("Operation name.")] = None
    resource: Annotated[Text | None, key("What was worked on.")] = None
    type: Annotated[Text | None, key('Span type; "": none.', empty=True)] = None
    error: Annotated[int | None, key("1: the span failed, 0: it did not.")] = None
    start: Annotated[
        int | None,
        key("Time it starts: RFC 3339, or nanoseconds since 1970.", reads="moment"),
    ] = None
    duration: Annotated[
        int | None, key("How long it took: such as 12ms, or nanoseconds.", reads="length")
    ] = None
    trace_id: Annotated[Text | None, key("Id of its trace, in any form that a log may have.")] = (
        None
    )
    span_id: Annotated[Text | None, key("Id of the span, likewise.")] = None
    parent_id: Annotated[
        Text | None, key('Id of its parent, likewise; "": it is a root.', empty=True)
    ] = None
    parent: Annotated[
        Text | None, key('Name of its parent in the same trace; "": it is a root.', empty=True)
    ] = None
    tags: Annotated[dict[str, Text], key("Tags that it has, among others.", empty=True)] = (
        msgspec.field(default_factory=dict)
    )
    metrics: Annotated[dict[str, Text], key("Metrics that it has, among others.")] = msgspec.field(
        default_factory=dict
    )
    without: Annotated[tuple[Text, ...], key("Tags and metrics that it must not have.")] = ()
    events: Annotated[tuple[Text, ...] | None, key("Names of its events, all, in order.")] = None


class CaseConfig(Section, frozen=True, kw_only=True):
    """One entry of `tests:`."""

    mark: Mark
    name: Annotated[Text, key("Says what the test shows.")]
    source: Annotated[Text | None, key("Name of the source; absent: the only one there is.")] = None
    lines: Annotated[
        tuple[Text, ...],
        key(
            "Lines of a log, taken as they stand; a text may hold several.",
            reads="line",
            required=True,
        ),
    ] = ()
    modified: Annotated[
        int | None,
        key(
            "When the log was written last, for lines whose time has no year: RFC 3339.",
            reads="moment",
        ),
    ] = None
    expect: Annotated[
        tuple[SpanCase, ...] | None,
        key("The spans that they give: by their traces' first lines, root first, then by start."),
    ] = None
    traces: Annotated[int | None, key("How many traces the spans are in.")] = None
    rejected: Annotated[
        dict[str, int] | None, key("How many lines cannot be used, by reason; {}: none.")
    ] = None
    unmatched: Annotated[int | None, key("How many lines no rule takes.")] = None
    ignored: Annotated[int | None, key("How many lines are ignored.")] = None
