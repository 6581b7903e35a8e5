"""A trace as rows: a tree in reading order, each span with its place on the time axis.

Used by the terminal picture and the page, which draw the same rows. Whatever the parent ids say (a
cycle, a missing parent, two spans of one id), every span is in exactly one row or counted in one fold,
in linear time and without recursion. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from logtrace.model import Span

LONGEST_NAME = 200
"""Characters of an event's name that are kept."""

SHOWN_OF_A_KIND = 3
"""How many of a crowd of childless siblings of one service and name are shown before its fold."""


class Moment(NamedTuple):
    """An event of a span: where it is on the time axis, from 0 to 1, its name, and how late it is.

    It may lie outside the span, even outside the trace: then it is at an end of the axis.
    """

    at: float
    name: str
    later: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a picture.

    Attributes:
        spans: the span; or, in a fold, the spans that it stands for.
        guides: for each row above it in the tree, outermost first, whether a sibling of that follows:
            then a line goes down past this row.
        last: whether it is the last child of its parent.
        left: where the bar begins, and
        width: how long it is, as parts of the whole trace from 0 to 1.
        events: of the span, in the order of their times; a fold has none.
    """

    spans: list[Span]
    guides: tuple[bool, ...]
    last: bool
    left: float
    width: float
    events: tuple[Moment, ...] = ()

    @property
    def depth(self) -> int:
        """How many levels the row is below a root."""
        return len(self.guides)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a trace.

    Attributes:
        rows: in the order of the tree, siblings by start.
        start: when the first span begins, and
        duration: until the last one ends, in nanoseconds.
        hidden: spans beyond the limit, which are in no row.
        errors: spans with an error.
        root: the first row's span: the root if there is one.
    """

    rows: list[Row]
    start: int
    duration: int
    hidden: int
    errors: int
    root: Span


@dataclass(frozen=True, slots=True)
class _Place:
    """Siblings to be shown together, and where: one span, or a crowd to be folded."""

    members: list[int]
    guides: tuple[bool, ...]
    last: bool


def arrange(spans: list[Span], limit: int = 1000, crowd: int = 8) -> Rows:
    """Return the rows of one trace, at most `limit`.

    Args:
        spans: one or more, of one trace.
        limit: rows at most; spans beyond are counted in `hidden`.
        crowd: more childless siblings of one service and name than this are folded.
    """
    start = min(span.start for span in spans)
    duration = max(span.start + span.duration for span in spans) - start
    children, roots = _family(spans)
    rows: list[Row] = []
    seen: set[int] = set()
    shown = 0
    rest = iter(range(len(spans)))
    stack = [_Place([root], (), True) for root in reversed(roots)]
    while len(rows) < limit:
        if not stack:
            unseen = next((index for index in rest if index not in seen), None)
            if unseen is None:
                break
            stack.append(_Place([unseen], (), True))  # parents in a circle: start anywhere
        place = stack.pop()
        fresh = [index for index in place.members if index not in seen]
        if not fresh:
            continue
        seen.update(fresh)
        shown += len(fresh)
        rows.append(_row([spans[index] for index in fresh], place, start, duration))
        if len(fresh) == 1:
            stack.extend(reversed(_below(spans, children, fresh[0], place, crowd)))
    errors = sum(1 for span in spans if span.error)
    return Rows(rows, start, duration, len(spans) - shown, errors, rows[0].spans[0])


def _family(spans: list[Span]) -> tuple[dict[int, list[int]], list[int]]:
    """Return the children of each span id, by start, and the spans without a parent here."""
    ids = {span.span_id for span in spans}
    children: dict[int, list[int]] = defaultdict(list)
    roots = []
    for index in sorted(range(len(spans)), key=lambda index: spans[index].start):
        span = spans[index]
        if span.parent_id in ids and span.parent_id != span.span_id:
            children[span.parent_id].append(index)
        else:
            roots.append(index)
    roots.sort(key=lambda index: spans[index].parent_id != 0)
    return children, roots


def _below(
    spans: list[Span], children: dict[int, list[int]], parent: int, place: _Place, crowd: int
) -> list[_Place]:
    """Return the places of a span's children; a crowd of one kind gets one fold."""
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    mine = children.pop(spans[parent].span_id, [])
    for index in mine:
        if spans[index].span_id not in children:
            kinds[spans[index].service, spans[index].name].append(index)
    crowd = max(crowd, SHOWN_OF_A_KIND)
    folds = {kind[SHOWN_OF_A_KIND]: kind for kind in kinds.values() if len(kind) > crowd}
    folded = {index for kind in folds.values() for index in kind[SHOWN_OF_A_KIND:]}
    groups = [
        folds[index][SHOWN_OF_A_KIND:] if index in folds else [index]
        for index in mine
        if index in folds or index not in folded
    ]
    guides = (*place.guides, not place.last)
    return [_Place(group, guides, group is groups[-1]) for group in groups]


def _row(spans: list[Span], place: _Place, start: int, duration: int) -> Row:
    first = min(span.start for span in spans)
    end = max(span.start + span.duration for span in spans)
    whole = max(duration, 1)
    left, width = (first - start) / whole, (end - first) / whole
    events = _moments(spans[0], start, whole) if len(spans) == 1 else ()
    return Row(spans, place.guides, place.last, left, width, events)


def _moments(span: Span, start: int, whole: int) -> tuple[Moment, ...]:
    """Return the events of a span; what one holds may be anything, as it came over the wire."""
    found = []
    for event in span.span_events:
        time, name = span.start, ""
        if isinstance(event, dict):
            given, named = event.get("time_unix_nano"), event.get("name")
            time = given if isinstance(given, int) else time
            name = named[:LONGEST_NAME] if isinstance(named, str) else name
        at = min(max(time - start, 0), whole) / whole
        found.append(Moment(at, name, time - span.start))
    return tuple(sorted(found))
