"""Expected spans against those that came: which belongs to which, and where they differ.

Called by `cases`. Only what a test has written is compared. Spans are held against one another in
order; where one is missing or too many, the others are still held against their own, so that one
mistake reads as one. Pure; a pairing of many spans is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from logtrace.config.cases import SpanCase
from logtrace.mapping import ids
from logtrace.model import Span

MOST_PAIRS = 100_000
"""Pairs of spans that are weighed; with more, the first is held against the first, and so on."""

Came = tuple[Span, Sequence[Span]]
"""A span, and all of its trace."""

_PLAIN = ("service", "name", "resource", "type", "error", "start", "duration")
_KEYS = ("name", "resource", "service", "type", "error", "duration")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was expected.

    Attributes:
        key: path of the key in the test, such as `expect[0].tags.user`.
        expected: what the test says; None: that there is none.
        got: what came; None: nothing.
    """

    key: str
    expected: Any
    got: Any


Pair = tuple[int | None, int | None, list[Difference]]
"""Index of the expected span, index of the one that came, and where they differ."""


def compare(expected: Sequence[SpanCase], came: Sequence[Came]) -> list[Pair]:
    """Return which span belongs to which, in order; without one or the other where it has none."""
    if len(expected) * len(came) > MOST_PAIRS:
        longest = max(len(expected), len(came))
        pairs = [
            (i if i < len(expected) else None, i if i < len(came) else None) for i in range(longest)
        ]
    else:
        pairs = _paired(expected, came)
    return [
        (i, j, [] if i is None or j is None else list(between(i, expected[i], *came[j])))
        for i, j in pairs
    ]


def between(index: int, expected: SpanCase, span: Span, trace: Sequence[Span]) -> list[Difference]:
    """Return where `span` is not what the test's span `index` says."""
    found = [
        (name, getattr(expected, name), getattr(span, name))
        for name in _PLAIN
        if getattr(expected, name) is not None
    ]
    found += _identity(expected, span, trace)
    found += [(f"tags.{key}", text, span.meta.get(key)) for key, text in expected.tags.items()]
    for key, text in expected.metrics.items():
        found.append((f"metrics.{key}", _number(text), span.metrics.get(key)))
    for key in expected.without:
        table = "metrics" if key in span.metrics else "tags"
        found.append((f"{table}.{key}", None, span.meta.get(key, span.metrics.get(key))))
    if expected.events is not None:
        names = [event.get("name") for event in span.span_events]
        found.append(("events", list(expected.events), names))
    return [
        Difference(f"expect[{index}].{key}", wanted, got)
        for key, wanted, got in found
        if wanted != got
    ]


def lacking(index: int, expected: SpanCase) -> Difference:
    """Return the difference that an expected span makes that did not come."""
    told = {key: value for key in _KEYS if (value := getattr(expected, key)) is not None}
    return Difference(f"expect[{index}]", told, None)


def unexpected(span: Span) -> Difference:
    """Return the difference that a span makes that nobody expected."""
    return Difference("expect", None, {key: getattr(span, key) for key in _KEYS})


def _identity(
    expected: SpanCase, span: Span, trace: Sequence[Span]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield (key, expected, got) of ids, as hex; and of the parent's name."""
    if expected.trace_id is not None:
        low, high = ids.trace_id(expected.trace_id) or (0, "")
        upper = next((each.meta["_dd.p.tid"] for each in trace if "_dd.p.tid" in each.meta), "")
        yield "trace_id", f"{high}{low:016x}", f"{upper if high else ''}{span.trace_id:016x}"
    if expected.span_id is not None:
        yield "span_id", f"{ids.span_id(expected.span_id) or 0:016x}", f"{span.span_id:016x}"
    if expected.parent_id is not None:
        yield (
            "parent_id",
            f"{ids.parent_id(expected.parent_id) or 0:016x}",
            f"{span.parent_id:016x}",
        )
    if expected.parent is not None:
        names = {each.span_id: each.name for each in reversed(trace)}
        absent = "a span that is not here" if span.parent_id else ""
        yield "parent", str(expected.parent), names.get(span.parent_id, absent)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _paired(
    expected: Sequence[SpanCase], came: Sequence[Came]
) -> list[tuple[int | None, int | None]]:
    """Return the pairing in order that leaves the fewest differences."""
    rows, columns = len(expected), len(came)
    alone = 4  # as many differences make two spans two different ones
    costs = [[alone * (i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        costs[i][columns] = alone * (rows - i)
    for j in range(columns):
        costs[rows][j] = alone * (columns - j)
    costs[rows][columns] = 0
    weights: dict[tuple[int, int], int] = {}
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            weights[i, j] = min(_weight(expected[i], *came[j]), 2 * alone + 1)
            costs[i][j] = min(
                weights[i, j] + costs[i + 1][j + 1],
                alone + costs[i + 1][j],
                alone + costs[i][j + 1],
            )
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and costs[i][j] == weights[i, j] + costs[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif i < rows and costs[i][j] == alone + costs[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return pairs


def _weight(expected: SpanCase, span: Span, trace: Sequence[Span]) -> int:
    """Return how unlike two spans are; another name weighs more than another tag."""
    return sum(
        3 if each.key.endswith("].name") else 1 for each in between(0, expected, span, trace)
    )
