"""Says what timers within lines mean: makes the child spans of a span, slowly and plainly.

Called by the interpreter with a span that is whole; `childcode` generates code that must give the same.
Never raises for what a line holds: a timer that is missing or cannot be read gives no child.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from logtrace.mapping import ids, runtime, values
from logtrace.mapping.checked import Child, Rule
from logtrace.mapping.evaluator import Read, evaluate, metrics_of, tags_of, text_of, value_of
from logtrace.mapping.nodes import INDEX, Element, Variable
from logtrace.model import Span


class NoChild(StrEnum):
    """Why a timer gives no child."""

    CONDITION = "its `when` does not hold"
    NO_DURATION = "its `duration` gives nothing"
    BAD_DURATION = "its `duration` cannot be read, is negative, or has no unit"
    NO_OFFSET = "its `offset` gives nothing"
    BAD_OFFSET = "its `offset` cannot be read, is negative, or has no unit"
    NO_NAME = "its `name` gives nothing"


@dataclass(frozen=True, slots=True)
class Tried:
    """A child that a span may have.

    Attributes:
        child: of the rule.
        place: in its lists, from 0; 0: it has none.
        read: gives the fields that it is made of, and the elements of its lists.
        made: the child, or why there is none.
    """

    child: Child
    place: int
    read: Read
    made: Span | NoChild


def children_of(rule: Rule, read: Read, parent: Span, file_key: int, offset: int) -> list[Span]:
    """Return the children of `parent`; see `tries_of`."""
    tries = tries_of(rule, read, parent, file_key, offset)
    return [tried.made for tried in tries if isinstance(tried.made, Span)]


def tries_of(rule: Rule, read: Read, parent: Span, file_key: int, offset: int) -> Iterator[Tried]:
    """Yield the children that `parent` may have, and what became of each.

    Args:
        rule: made the parent.
        read: gives the fields that it was made of.
        parent: the span; its children never leave its start and end.
        file_key: key of the file, and
        offset: of the line, that the parent's own ids are derived from.
    """
    previous = parent.start
    for child in rule.children:
        for place, inner in _each(child, read):
            extent = _extent(child, inner, parent, previous)
            name = text_of(child.name, inner)
            if isinstance(extent, NoChild) or not name:
                why = extent if isinstance(extent, NoChild) else NoChild.NO_NAME
                yield Tried(child, place, inner, why)
                continue
            start, duration = extent
            previous = start + duration
            span = Span(
                service=text_of(child.service, inner) or parent.service,
                name=name,
                resource=text_of(child.resource, inner) or name,
                trace_id=parent.trace_id,
                span_id=ids.derive(ids.seed(file_key, rule.index, child.ordinal + place), offset),
                start=start,
                duration=duration,
                parent_id=parent.span_id,
                error=1 if child.error is not None and evaluate(child.error, inner) else 0,
                type=text_of(child.type, inner) or "",
                meta=tags_of(child, inner),
                metrics=metrics_of(child, inner),
            )
            yield Tried(child, place, inner, span)


def _each(child: Child, read: Read) -> Iterator[tuple[int, Read]]:
    """Yield each place of the child's lists, and what gives the fields there."""
    if not child.lists:
        yield 0, read
        return
    lists = [runtime.elements(value_of(template, read)) for template in child.lists.values()]
    for place, items in enumerate(zip_longest(*lists)):
        elements = {**dict(zip(child.lists, items, strict=True)), INDEX: place}
        yield place, _reading(elements, read)


def _reading(elements: dict[str, Any], read: Read) -> Read:
    def inner(variable: Variable) -> Any:
        return elements[variable.name] if isinstance(variable, Element) else read(variable)

    return inner


def _extent(child: Child, read: Read, parent: Span, previous: int) -> tuple[int, int] | NoChild:
    """Return where a child starts and how long it takes, or why there is none."""
    if child.condition is not None and not evaluate(child.condition, read):
        return NoChild.CONDITION
    given = value_of(child.duration, read)
    duration = values.duration(given, child.unit)
    if duration is None:
        return NoChild.NO_DURATION if given is None else NoChild.BAD_DURATION
    start, finish = parent.start, parent.start + parent.duration
    match child.place:
        case "end":
            start = max(start, finish - duration)
        case "after-previous":
            start = previous
        case "offset":
            given = value_of(child.offset, read)
            later = values.duration(given, child.offset_unit)
            if later is None:
                return NoChild.NO_OFFSET if given is None else NoChild.BAD_OFFSET
            start = min(start + later, finish)
    return start, min(duration, finish - start)
