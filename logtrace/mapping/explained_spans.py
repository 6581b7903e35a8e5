"""Says what a rule made of the lines of a span: its values, and each child that it may have.

Called by `explanation`. A span of several lines has its values from the first and the last of them
together; what a single line would give says nothing of it. Never raises for what a line holds. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from logtrace.mapping.checked import Child, Rule, Written
from logtrace.mapping.evaluator import Read, evaluate, text_of, value_of
from logtrace.mapping.interpreted_children import NoChild, Tried, tries_of
from logtrace.mapping.nodes import Element, Node, Variable, variables
from logtrace.mapping.templates import Template
from logtrace.mapping.values import duration
from logtrace.model import Span

MOST_TRIES = 100
"""Children of one span that are told of."""

Value = tuple[str, str, Any]
"""A key, the text of the configuration, and what it came to."""

OF_THE_LINE = ("key", "group")
"""What says to which span a line belongs: of each line by itself."""

_OF_THE_FIRST = ("trace_id", "span_id")
_CONDITIONS = ("when", "start", "end", "event")
_OF_A_CHILD = ("when", "name", "duration", "offset", "error")


@dataclass(frozen=True, slots=True)
class SpanReads:
    """A finished span, with what reads the lines that it was made of.

    Attributes:
        span: the span.
        first: reads its first line, and
        last: the last one; None: there was no end.
        lines: of a group, what reads each line of it that is at hand, by record number.
    """

    span: Span
    first: Read
    last: Read | None
    lines: Sequence[tuple[int, Read]] = ()

    def read(self, variable: Variable) -> Any:
        """Return what a template of the rule means by a variable."""
        first, last = self.first, self.last or self.first
        if variable.side == "first":
            return first(variable)
        value = last(variable)
        return first(variable) if value is None and variable.side == "both" else value


@dataclass(frozen=True, slots=True)
class ChildStory:
    """What became of a child that a span may have.

    Attributes:
        number: its place in the rule, from 1.
        place: in its lists, from 1; 0: it has none.
        name: as the configuration has it.
        values: what else it says that decides whether there is one.
        made: the child, or why there is none.
        later: nanoseconds from the start of its parent to its own.
        cut: whether it is shorter than it says, so as to end with its parent.
    """

    number: int
    place: int
    name: str
    values: tuple[Value, ...]
    made: Span | NoChild
    later: int
    cut: bool


def values_of(written: Sequence[Written], rule: Rule, read: Read, first: Read) -> Iterator[Value]:
    """Yield what a rule says, its conditions and children left out; `first` reads for the span's ids."""
    prefix = f"spans[{rule.index}]."
    for each in written:
        key = each.key.removeprefix(prefix)
        if key == each.key or key in _CONDITIONS or "[" in key:
            continue
        reads = first if key in _OF_THE_FIRST else read
        if not _elements(each.tree):
            yield key, str(each.text), _value(each.tree, reads)


def errors_of(rule: Rule, joined: SpanReads, key: str | None) -> tuple[tuple[int, bool], ...]:
    """Return for each line of a group whether the rule's `error` holds for it, by its number."""
    error = rule.error
    if rule.kind != "group" or error is None:
        return ()
    members = [(number, read) for number, read in joined.lines if text_of(rule.key, read) == key]
    return tuple((number, bool(evaluate(error, read))) for number, read in members)


def children_told(
    written: Sequence[Written], rule: Rule, read: Read, parent: Span
) -> tuple[ChildStory, ...]:
    """Return what became of each child that a span may have."""
    tries = islice(tries_of(rule, read, parent, 0, 0), MOST_TRIES)
    return tuple(_child_told(written, rule, tried, parent) for tried in tries)


def _child_told(written: Sequence[Written], rule: Rule, tried: Tried, parent: Span) -> ChildStory:
    child, made = tried.child, tried.made
    said = dict(_said(written, child))
    values = [
        (key, str(said[key].text), _value(said[key].tree, tried.read))
        for key in _OF_A_CHILD
        if key in said
    ]
    later, cut = 0, False
    if isinstance(made, Span):
        later = made.start - parent.start
        cut = made.duration != duration(value_of(child.duration, tried.read), child.unit)
    return ChildStory(
        number=rule.children.index(child) + 1,
        place=tried.place + 1 if child.lists else 0,
        name=str(said["name"].text) if "name" in said else "",
        values=tuple(values),
        made=made,
        later=later,
        cut=cut,
    )


def _said(written: Sequence[Written], child: Child) -> Iterator[tuple[str, Written]]:
    prefix = f"{child.path}."
    for each in written:
        if each.key.startswith(prefix):
            yield each.key.removeprefix(prefix), each


def _value(tree: Node | Template, read: Read) -> Any:
    return value_of(tree, read) if isinstance(tree, Template) else evaluate(tree, read)


def _elements(tree: Node | Template) -> bool:
    """Return whether a tree reads elements of lists, which only children have."""
    nodes = tree.expressions if isinstance(tree, Template) else (tree,)
    return any(isinstance(part, Element) for node in nodes for part in variables(node))
