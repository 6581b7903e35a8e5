"""What is open: starts that wait for their ends, groups that wait for more lines, by log stream.

The data of `pairing`, which alone changes it, and the contract with the rules that make spans of lines.
Everything that is looked for is found, and everything that is closed is dropped, in amortised constant
time (the next to time out: logarithmic), whatever order log lines come in. One thread.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any, Literal, NamedTuple, Protocol

from logtrace.mapping import ids
from logtrace.model import HalfSpan, MappedSpan, Reject

MOST_CLOSED = 10_000
"""Groups of a source that are remembered when they have been handed out."""

Bucket = tuple[str, str]
"""What starts and ends share: a scope and "", or, for lines without a scope, "" and their key."""


class Identity(NamedTuple):
    """Ids of a half-span; `trace_id` None: the rule has none, the outermost start gives it."""

    trace_id: int | None
    trace_high: str
    span_id: int


class HalfRule(Protocol):
    """A rule that needs several lines.

    Attributes:
        kind: `pair` (start and end), `group`, or `event`.
        index: its place in its source, as in `HalfSpan.rule`.
        timeout: for `pair`: nanoseconds after which a start is given up.
        closes_all: for `pair`: whether an end closes all open starts of its key, not the nearest.
        pause: for `group`: nanoseconds of quiet after which it is over.
    """

    kind: Literal["pair", "group", "event"]
    index: int
    timeout: int
    pause: int
    closes_all: bool

    def identify(self, half: HalfSpan) -> Identity | Reject:
        """Return the ids that a start, the first of a group, or an event names.

        Of a group its first line must have them; that of starts and events is known before.
        """
        ...

    def finish(
        self,
        first: HalfSpan,
        last: HalfSpan | None,
        identity: Identity,
        parent_id: int,
        start: int,
        end: int,
    ) -> MappedSpan | Reject:
        """Return the span of the lines from first to last; `last` None: there was no end.

        `identity` has a trace id here; `parent_id` is the enclosing start's span id, or 0.
        """
        ...

    def event(self, half: HalfSpan) -> dict[str, Any]:
        """Return the span event that a line is."""
        ...


class OpenSpan:
    """A span that is open: a start without its end yet, or a group.

    Attributes:
        rule: makes the span in the end.
        first: the start, or the first line of the group, and
        last: the group's last line; for a start the same as `first`.
        identity: its ids; here the trace id is always known.
        outer: the start that encloses it and is its parent, while that is open.
        begun: of a group that goes on after it was handed out, the id of that span; 0: of no other.
        due: the stream's time at which it is given up, or over.
        start: time of its earliest line, and
        end: of the latest line known to be within it.
        lines: record numbers of lines between first and last, events included.
        events: its span events.
        size: bytes of the lines that it holds values of, about.
        stacks: where it has to be removed from when it is closed.
        closed: whether it is.
    """

    __slots__ = (
        "begun",
        "closed",
        "due",
        "end",
        "events",
        "first",
        "identity",
        "last",
        "lines",
        "outer",
        "rule",
        "size",
        "stacks",
        "start",
    )

    def __init__(
        self, rule: HalfRule, first: HalfSpan, identity: Identity, outer: OpenSpan | None, due: int
    ) -> None:
        if identity.trace_id is None:
            identity = identity._replace(trace_id=identity.span_id)
        self.rule = rule
        self.first = self.last = first
        self.identity = identity
        self.outer = outer
        self.begun = 0
        self.due = due
        self.start = self.end = first.time
        self.lines: list[int] = []
        self.events: list[dict[str, Any]] = []
        self.size = 0
        self.stacks: list[Stack] = []
        self.closed = False

    def encloses(self, identity: Identity) -> bool:
        """Say whether a start within this one can be its child: of the same trace, not itself."""
        mine = self.identity
        return identity.trace_id in (None, mine.trace_id) and identity.span_id != mine.span_id


class ClosedGroups:
    """The ids of the groups that were handed out last.

    A group whose lines name its span can go on after that: what has left cannot be changed, and two
    spans of one id in a trace are one to whoever shows it. So what comes later is a span below it.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[int | None, int], None] = {}

    def closed(self, group: OpenSpan, span: MappedSpan) -> None:
        """Remember a group that is handed out; one that follows another belongs to that."""
        if group.begun:
            span.span.parent_id = group.begun
            span.root, span.parented = False, True
            return
        if len(self._ids) >= MOST_CLOSED:
            del self._ids[next(iter(self._ids))]
        self._ids[group.identity[0], group.identity[2]] = None

    def follow(self, group: OpenSpan) -> None:
        """Give a group that is opened ids of its own if one with its ids has left."""
        identity, first = group.identity, group.first
        if (identity[0], identity[2]) in self._ids:
            own = ids.derive(ids.seed(first.file_key, first.rule, 0), first.offset)
            group.identity, group.begun = identity._replace(span_id=own), identity.span_id


class Stack:
    """Open spans, the innermost last, in the dict that it removes itself from when it is empty.

    Closed spans that are not on top stay until they are the half of it: no search, no leak.
    """

    __slots__ = ("_dead", "_home", "_items", "_name")

    def __init__(self, home: dict[Any, Stack], name: Any) -> None:
        self._home = home
        self._name = name
        self._items: list[OpenSpan] = []
        self._dead = 0

    @staticmethod
    def push(home: dict[Any, Stack], name: Any, opened: OpenSpan) -> None:
        """Put a span on top of the stack `name`."""
        stack = home.get(name)
        if stack is None:
            stack = home[name] = Stack(home, name)
        stack._items.append(opened)
        opened.stacks.append(stack)

    def top(self) -> OpenSpan | None:
        """Return the innermost open span."""
        items = self._items
        while items and items[-1].closed:
            items.pop()
            self._dead -= 1
        return items[-1] if items else None

    def bury(self) -> None:
        """Take note that one span more of this stack is closed."""
        self._dead += 1
        if self._dead == len(self._items):
            del self._home[self._name]
        elif 2 * self._dead > len(self._items):
            self._items = [opened for opened in self._items if not opened.closed]
            self._dead = 0


class OpenSpans:
    """All that is open in one log stream.

    Attributes:
        now: the stream's time.
        scopes: open starts of each bucket.
        starts: the same, also by rule and key.
        groups: open groups by rule and key.
        traces: all open spans by trace id, where events may look for them.
        due: heap of (when, order of opening, open span); groups may be due later than it says.
    """

    def __init__(self, by_trace: bool) -> None:
        self.now = -(2**63)
        self.scopes: dict[Bucket, Stack] = {}
        self.starts: dict[tuple[Bucket, int, str], Stack] = {}
        self.groups: dict[tuple[int, str], OpenSpan] = {}
        self.traces: dict[int | None, Stack] = {}
        self.due: list[tuple[int, int, OpenSpan]] = []
        self._by_trace = by_trace
        self._opened = 0
        self._dead = 0

    def open_start(self, opened: OpenSpan, bucket: Bucket) -> None:
        """Put a start on top of its bucket."""
        Stack.push(self.scopes, bucket, opened)
        Stack.push(self.starts, (bucket, opened.first.rule, opened.first.key), opened)
        self._expect(opened)

    def open_group(self, opened: OpenSpan) -> None:
        """Add a group."""
        self.groups[opened.first.rule, opened.first.key] = opened
        self._expect(opened)

    def _expect(self, opened: OpenSpan) -> None:
        self._opened += 1
        heappush(self.due, (opened.due, self._opened, opened))
        if self._by_trace:
            Stack.push(self.traces, opened.identity.trace_id, opened)

    def close(self, opened: OpenSpan) -> None:
        """Drop an open span from wherever it is."""
        opened.closed = True
        for stack in opened.stacks:
            stack.bury()
        # What is open within it refers to it still: cut here, or the chain would grow without end.
        opened.outer, opened.stacks = None, []
        if opened.rule.kind == "group":
            del self.groups[opened.first.rule, opened.first.key]
        self._dead += 1
        if 2 * self._dead > len(self.due) + 16:
            self.due = [entry for entry in self.due if not entry[2].closed]
            heapify(self.due)
            self._dead = 0

    def nearest(self) -> OpenSpan | None:
        """Return the open span that is due first."""
        while self.due:
            due, order, opened = self.due[0]
            if opened.closed:
                heappop(self.due)
                self._dead -= 1
            elif opened.due > due:
                heappop(self.due)
                heappush(self.due, (opened.due, order, opened))
            else:
                return opened
        return None


def bucket_of(half: HalfSpan) -> tuple[Bucket, bool]:
    """Return where a line looks for others, and whether spans nest there."""
    if half.scope or not half.key:
        return (half.scope, ""), True
    return ("", half.key), False
