"""The keys of a rule (`spans:` of a source), as the mapping stage sees them; see `config.model`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from logtrace.clock import SECOND
from logtrace.config.keys import Expression, Pattern, Section, Template, Text, duration, key
from logtrace.errors import Mark

RULE_KINDS: Final = ("when", "start", "group", "event")
"""The keys that say what a rule is; exactly one is there (`start` together with `end`)."""

SPAN_RULES: Final = ("when", "start", "group")
"""The kinds of rule that make a span of their own."""


class ExtractConfig(Section, frozen=True, kw_only=True):
    """`extract:` of a rule: more fields, from the text of one field. A bare pattern reads `message`."""

    pattern: Annotated[Pattern, key("Regular expression with named groups, searched for.")]
    field: Annotated[Text | None, key("Field to search in; absent: message.")] = None


class ChildConfig(Section, frozen=True, kw_only=True):
    """One entry of `children:` of a rule: a timer within its lines that becomes a child span."""

    mark: Mark
    name: Annotated[Template, key("Operation name of the child, such as db.query.")]
    duration: Annotated[
        Template, key('How long it took, such as "{db_ms} ms"; none or negative: no child.')
    ]
    place: Annotated[
        Literal["start", "end", "after-previous", "offset"],
        key("Where it lies in its parent; after-previous: where the child before it ends."),
    ] = "after-previous"
    offset: Annotated[
        Template | None,
        key('With place: offset, how long after its parent\'s start it begins: "{wait_ms} ms".'),
    ] = None
    when: Annotated[Expression | None, key("It is only there where this holds.")] = None
    each: Annotated[
        dict[str, Template],
        key(
            'Lists, such as {time: "{upstream_response_time}"}: one child for each place in them, '
            "whose templates read {each.time} and {each.index}."
        ),
    ] = msgspec.field(default_factory=dict)
    resource: Annotated[Template | None, key("What was worked on; absent: the name.")] = None
    service: Annotated[Template | None, key("Service; absent: its parent's.")] = None
    type: Annotated[Template | None, key("Span type, such as web, http, sql, cache or queue.")] = (
        None
    )
    kind: Annotated[
        Literal["server", "client", "producer", "consumer", "internal"] | None,
        key("Role of the child, as the tag span.kind."),
    ] = None
    peer: Annotated[Template | None, key("Service that it calls, as the tag peer.service.")] = None
    error: Annotated[Expression | None, key("The child failed if it holds.")] = None
    tags: Annotated[dict[str, Template], key("Tags of the child: text.")] = msgspec.field(
        default_factory=dict
    )
    metrics: Annotated[dict[str, Template], key("Metrics of the child: numbers.")] = msgspec.field(
        default_factory=dict
    )


class RuleConfig(Section, frozen=True, kw_only=True):
    """One entry of `spans:`. Exactly one of `when`, `start` + `end`, `group`, `event` is there.

    A key with `rules=` goes with these kinds only; `config.checks` sees to it.
    """

    mark: Mark
    when: Annotated[Expression | None, key("One line that it holds for is one span.")] = None
    start: Annotated[Expression | None, key("A line that it holds for opens a span.")] = None
    end: Annotated[
        Expression | None, key("A line that it holds for closes the span.", rules=("start",))
    ] = None
    group: Annotated[
        Template | None, key("All lines with the same value are one span, first line to last.")
    ] = None
    event: Annotated[
        Expression | None, key("A line that it holds for is an event of its span.")
    ] = None
    name: Annotated[Template | None, key("Operation name, such as web.request.", required=True)] = (
        None
    )
    continue_: Annotated[
        bool,
        key("A line that the rule has taken goes on to later rules, too.", name="continue"),
    ] = False
    resource: Annotated[
        Template | None, key("What was worked on; absent: the name.", rules=SPAN_RULES)
    ] = None
    service: Annotated[
        Template | None, key("Service; absent: the source's, else defaults.", rules=SPAN_RULES)
    ] = None
    type: Annotated[
        Template | None, key("Span type, such as web, http, sql, cache or queue.", rules=SPAN_RULES)
    ] = None
    kind: Annotated[
        Literal["server", "client", "producer", "consumer", "internal"] | None,
        key(
            "Role of the span. A server or consumer without a parent is its trace's root.",
            rules=SPAN_RULES,
        ),
    ] = None
    trace_id: Annotated[
        Template | None,
        key("Id shared by the lines of one trace; absent: its scope's, or a trace of its own."),
    ] = None
    span_id: Annotated[
        Template | None, key("Id of the span; absent: derived.", rules=SPAN_RULES)
    ] = None
    parent_id: Annotated[
        Template | None,
        key(
            "Id of the parent span; written but empty: the span is a root.",
            rules=SPAN_RULES,
            empty=True,
        ),
    ] = None
    duration: Annotated[
        Template | None, key('How long it took, such as "{took_ms} ms".', rules=("when",))
    ] = None
    at: Annotated[
        Literal["start", "end"],
        key("Whether the line's time is the span's start or end.", rules=("when",)),
    ] = "end"
    from_: Annotated[
        Template | None,
        key("Time the span started, instead of a duration.", name="from", rules=("when",)),
    ] = None
    to: Annotated[
        Template | None,
        key("Time the span ended, beside `from`; absent: the line's time.", rules=("when",)),
    ] = None
    instant: Annotated[
        bool, key("The span has no duration: it marks a moment.", rules=("when",))
    ] = False
    peer: Annotated[
        Template | None,
        key(
            "Service that the span calls, as the tag peer.service: what is found there is its child.",
            rules=SPAN_RULES,
        ),
    ] = None
    host: Annotated[
        Template | None,
        key("Host it ran on, as the tag host; absent: the source's.", rules=SPAN_RULES),
    ] = None
    thread: Annotated[
        Template | None,
        key(
            "Thread it ran in, as the tag thread.name: what contains it there is its parent.",
            rules=SPAN_RULES,
        ),
    ] = None
    error: Annotated[Expression | None, key("The span failed if it holds.", rules=SPAN_RULES)] = (
        None
    )
    tags: Annotated[dict[str, Template], key("Tags of the span: text.")] = msgspec.field(
        default_factory=dict
    )
    metrics: Annotated[dict[str, Template], key("Metrics of the span: numbers.")] = msgspec.field(
        default_factory=dict
    )
    children: Annotated[
        tuple[ChildConfig, ...],
        key("Timers within the line that become child spans.", rules=SPAN_RULES),
    ] = ()
    extract: Annotated[
        ExtractConfig | None,
        key("More fields, by a pattern searched for in one field.", bare="pattern"),
    ] = None
    key: Annotated[
        Template | None,
        key(
            "What pairs a start with its end; absent: scope, else trace_id.",
            rules=("start", "event"),
        ),
    ] = None
    closes: Annotated[
        Literal["nearest", "all"],
        key("Which open starts of its rule and key an end closes.", rules=("start",)),
    ] = "nearest"
    timeout: Annotated[
        int,
        duration("A start that waited so long is sent as an unfinished span.", rules=("start",)),
    ] = 3600 * SECOND
    pause: Annotated[
        int, duration("A group that was quiet for so long is over.", rules=("group",))
    ] = 5 * SECOND
