"""A source's rules after `rules.check`: parsed, consistent, with all defaults filled in.

The interpreter and the generated code are two readings of this one tree. What is constant per rule is
text already; what depends on a line is a `nodes.Node` or a `Template` whose fields are bound: each says
whether it is a field of the line or a group of the rule's `extract`, and, for half-spans, in which of
their lines it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from logtrace.config.model import Text
from logtrace.errors import Mark, Problem
from logtrace.mapping.nodes import Field, Node, Variable, variables
from logtrace.mapping.templates import Template
from logtrace.patterns.bounded import Bounded

Kind = Literal["when", "pair", "group", "event"]
"""`when`: a line is a span; `pair`: start and end; `group`: all lines of one key; `event`."""

SPAN_ORDINAL, TRACE_ORDINAL, CHILD_ORDINAL = range(3)
"""What an id is for, within a rule; those of children are counted on from the last."""

MOST_ELEMENTS = 32
"""Child spans that are made of one list."""

Placed = Literal["start", "end", "after-previous", "offset"]
"""Where a child lies within its parent."""


@dataclass(frozen=True, slots=True)
class Extract:
    """More fields for one rule, from the text of one field.

    Attributes:
        pattern: is searched for.
        field: where.
        groups: names of the pattern's groups, and so of the fields.
        early: whether the rule's condition needs them.
    """

    pattern: Bounded
    field: Field
    groups: tuple[str, ...]
    early: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """When the span of a `when` rule starts and how long it takes.

    Attributes:
        duration: the value, and
        unit: nanoseconds in what it counts, or None: its text says so itself.
        start: the span's start instead of a duration, and
        end: its end; None: the line's time.
        at_start: whether the line's time is the start, not the end.
    """

    duration: Template | None = None
    unit: int | None = None
    start: Template | None = None
    end: Template | None = None
    at_start: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """A timer within a line, or each timer of a list, that becomes a child span.

    Attributes:
        path: of its key in the source, such as `spans[0].children[1]`.
        line: line of the configuration where it begins.
        ordinal: what its span ids are derived from, within the rule; those of a list follow.
        lists: what it is made `each` of, by the names of the elements; empty: there is one child.
        condition: it is only there where this holds.
        name: operation name; without it there is no child.
        resource: absent or empty: the name.
        service: absent or empty: the parent's.
        type: absent: "".
        duration: the value; without it there is no child.
        unit: nanoseconds in what `duration` counts, or None: its text says so itself.
        place: where it lies.
        offset: how long after its parent's start it begins, for `offset`, and
        offset_unit: nanoseconds in what that counts.
        error: it failed where this holds.
        meta: constant tags, and
        tags: those that depend on the line.
        metrics: numbers.
    """

    path: str
    line: int
    ordinal: int
    lists: dict[str, Template]
    condition: Node | None
    name: Template
    resource: Template | None
    service: Template | None
    type: Template | None
    duration: Template
    unit: int | None
    place: Placed
    offset: Template | None
    offset_unit: int | None
    error: Node | None
    meta: dict[str, str]
    tags: dict[str, Template]
    metrics: dict[str, Template]

    @property
    def ordinals(self) -> int:
        """How many span ids it may need."""
        return MOST_ELEMENTS if self.lists else 1

    def variables(self) -> Iterator[Variable]:
        """Yield what it reads, elements of its lists too."""
        for template in (
            *self.lists.values(),
            *present(self.name, self.resource, self.service, self.type),
            *present(self.duration, self.offset),
            *self.tags.values(),
            *self.metrics.values(),
        ):
            yield from template.variables()
        for node in (self.condition, self.error):
            if node is not None:
                yield from variables(node)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Where an attribute does not concern its kind, it is None or empty.

    Attributes:
        index: its place in the source.
        kind: which of the four it is.
        line: line of the configuration where it begins.
        condition: what a line must satisfy (for `pair`: to be a start); None for `group`.
        end: for `pair`: what a line must satisfy to be an end.
        key: text that joins lines into one half-span; None: "".
        name: operation name; without it a line is rejected.
        resource: absent or empty: the name.
        service: absent or empty: `own_service`.
        own_service: the service of spans that name none.
        type: absent: "".
        trace_id: a line where it names no id is rejected; None: derived.
        by_trace: whether it is the trace id that pairs lines, so that all of them need it.
        span_id: where it names no id, or is None: derived.
        parent_id: where it names no id the span is a root; None: unknown, unless
        serves: the span is of kind server or consumer; then the caller is in the trace id, or nowhere.
        timing: for `when`.
        error: the span failed where it holds.
        meta: constant tags, and
        tags: those that depend on the line.
        metrics: numbers.
        children: timers that become child spans.
        extract: more fields.
        kept: for half-spans: what `HalfSpan.values` holds.
        scoped: whether the source has a scope.
        continues: whether its lines go on to later rules.
        settled: whether its spans are final, or pairing has to say to which trace and parent they
            belong: for `when`, with a scope in which starts may be open, or with `continue`.
        closes_all: for `pair`: whether an end closes all open starts, not only the nearest.
        timeout: for `pair`, in nanoseconds.
        pause: for `group`, in nanoseconds.
    """

    index: int
    kind: Kind
    line: int
    condition: Node | None
    end: Node | None
    key: Template | None
    name: Template
    resource: Template | None
    service: Template | None
    own_service: str
    type: Template | None
    trace_id: Template | None
    by_trace: bool
    span_id: Template | None
    parent_id: Template | None
    serves: bool
    timing: Timing
    error: Node | None
    meta: dict[str, str]
    tags: dict[str, Template]
    metrics: dict[str, Template]
    children: tuple[Child, ...]
    extract: Extract | None
    kept: tuple[Variable, ...]
    scoped: bool
    continues: bool
    settled: bool
    closes_all: bool
    timeout: int
    pause: int

    @property
    def adopts(self) -> bool:
        """Whether a whole context in `trace_id` names the parent."""
        return self.serves and self.parent_id is None and self.trace_id is not None

    @property
    def within(self) -> Literal["", "trace", "any"]:
        """What start of its scope may be the parent of its spans; see `HalfSpan`."""
        if not self.scoped or self.parent_id is not None:
            return ""
        return "any" if self.trace_id is None else "trace"

    def values(self) -> Iterator[Template]:
        """Yield the templates that a finished span or an event is made of, ids included."""
        yield from present(self.trace_id, self.span_id, self.parent_id)
        yield from present(self.name, self.resource, self.service, self.type)
        yield from self.tags.values()
        yield from self.metrics.values()


Parts = Rule | Child
"""What has a name, resource, service, type, error, tags and metrics."""


def present(*templates: Template | None) -> Iterator[Template]:
    """Yield those that are there."""
    return (template for template in templates if template is not None)


@dataclass(frozen=True, slots=True)
class Written:
    """A condition or a value as the configuration has it, for those who judge what is written there.

    Attributes:
        text: of the configuration.
        key: its key within the source, such as `spans[1].when`.
        tree: what it was read as, with bound fields.
    """

    text: Text
    key: str
    tree: Node | Template


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """All rules of a source.

    Attributes:
        name: the source's name, and
        mark: its place in the configuration.
        times: fields that may hold a line's time; the first that has a value does.
        ignore: lines that it holds for give nothing.
        reset: lines that it holds for end all open starts.
        scope: what nests start/end rules; None: all of a stream.
        rules: in the order in which they are tried.
        fields: names of all fields that are read, and the heads of dotted ones.
        warnings: what is odd, but can be used.
        written: every condition and value that was read, with its place.
    """

    name: str
    mark: Mark
    times: tuple[Field, ...]
    ignore: Node | None
    reset: Node | None
    scope: Template | None
    rules: tuple[Rule, ...]
    fields: frozenset[str]
    warnings: tuple[Problem, ...]
    written: tuple[Written, ...] = ()

    @property
    def continues(self) -> bool:
        """Whether several rules may take one line."""
        return any(rule.continues for rule in self.rules)

    @property
    def ordinals(self) -> tuple[int, ...]:
        """How many ids of children the lines of each rule may need."""
        return tuple(sum(child.ordinals for child in rule.children) for rule in self.rules)
