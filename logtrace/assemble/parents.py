"""Who is whose parent, where the log does not say, and no cycles where it says nonsense.

`infer` gives each span without a parent of its own the tightest span of the trace that contains it in
time, else the root. `break_cycles` makes a forest of whatever parent ids there are. Both are called by
`finish`, change the spans in place, and say in the tag `logtrace.parent` how a parent was found. Work
is O(n log n) whatever the log holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from operator import attrgetter

from logtrace.model import Span

UNKNOWN = -1
"""Parent id, until `infer` has run, of a span of which the log does not say the parent."""

TAG = "logtrace.parent"
"""Tag of a span whose parent the log did not give: `containment`, `root`, or `cycle`: given, but
leading back to the span itself."""

_start = attrgetter("start")
_duration = attrgetter("duration")


def sort_by_start(spans: list[Span]) -> None:
    """Sort spans, given in line order, by start; of equal ones the one written last comes first.

    A line is written when its span has ended, so that is likely the outer one.
    """
    spans.reverse()
    spans.sort(key=_start)


def sort_outermost_first(spans: list[Span]) -> None:
    """Sort spans, given in line order, by start and so that each comes before those it contains.

    Of spans with the same start and end the one written last is taken for the outer one.
    """
    spans.reverse()
    spans.sort(key=_duration, reverse=True)
    spans.sort(key=_start)


def infer(spans: list[Span], root_id: int) -> Span | None:
    """Set the parent of each span whose parent is `UNKNOWN`.

    Contained means within start and end, both included. A span of no length contains nothing. Of two
    containers of the same length the one that starts later is the parent. What nothing contains
    becomes a child of the root, or has no parent if no root is known.

    Args:
        spans: spans of one trace, as `sort_outermost_first` leaves them.
        root_id: span id of the root, in this chunk or an earlier one; 0: not known.

    Returns:
        The span that acts as the root, if none is known: one that contains all others.
    """
    # Containers that can still be the tightest one for some later span, by rising end; the
    # durations rise too, because a container that ends earlier and is longer never wins.
    ends: list[int] = []
    containers: list[Span] = []
    first = spans[0]
    acting = first if first.parent_id == UNKNOWN and not root_id else None
    latest = 0
    for span in spans:
        duration = span.duration
        end = span.start + duration
        latest = max(latest, end)
        at = bisect_left(ends, end)
        if span.parent_id == UNKNOWN:
            if at < len(ends):
                container = containers[at]
                # Both sides of a call may share one span id (B3): no span is its own parent.
                shared = container.span_id == span.span_id
                span.parent_id = container.parent_id if shared else container.span_id
                span.meta[TAG] = "containment"
            else:
                span.parent_id = root_id
                if root_id:
                    span.meta[TAG] = "root"
        if duration:
            low = at
            while low and containers[low - 1].duration >= duration:
                low -= 1
            high = at + (at < len(ends) and ends[at] == end)
            ends[low:high] = (end,)
            containers[low:high] = (span,)
    acts = acting is not None and acting.start + acting.duration == latest
    return acting if acts else None


def break_cycles(spans: list[Span], root_id: int) -> None:
    """Cut every cycle of parent ids, at an inferred parent if there is one, else at the earliest span.

    The span that is cut off becomes a child of the root. Spans that share an id are one node.

    Args:
        spans: spans of one trace in order of their starts.
        root_id: span id of the root; 0: not known.
    """
    forest = _Forest(span.span_id for span in spans)
    given = [span for span in reversed(spans) if TAG not in span.meta]
    inferred = [span for span in spans if TAG in span.meta]
    for span in given + inferred:
        child = span.span_id
        if span.parent_id and not forest.link(child, span.parent_id):
            safe = root_id and root_id != child and forest.link(child, root_id)
            span.parent_id = root_id if safe else forest.parents.get(child, 0)
            span.meta[TAG] = "cycle"


class _Forest:
    """Edges from span id to parent id that close no cycle, by union-find.

    Attributes:
        parents: the first parent of each id, where it is an id of the forest.
    """

    def __init__(self, ids: Iterable[int]) -> None:
        self._sets = {node: node for node in ids}
        self.parents: dict[int, int] = {}

    def link(self, child: int, parent: int) -> bool:
        """Add an edge; return False, and add none, if it could close a cycle."""
        if parent not in self._sets or self.parents.get(child) == parent:
            return True
        mine, theirs = self._find(child), self._find(parent)
        if mine == theirs:
            return False
        self._sets[mine] = theirs
        self.parents.setdefault(child, parent)
        return True

    def _find(self, node: int) -> int:
        sets = self._sets
        while sets[node] != node:
            sets[node] = node = sets[sets[node]]
        return node
