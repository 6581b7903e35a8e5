"""Half-spans → spans: pairs starts with ends, gathers groups, hangs events into open spans.

Called by the pipeline with the half-spans of each batch, and with the time, as time passes. What a rule
makes of its lines is the rule's own (`HalfRule`, from the compiler or the interpreter); here is only who
belongs to whom, within one log stream. Every line comes back exactly once: as `number` or `more` of a
span, or in `released` with the reason why it gave nothing.

    start   opens a span. Its parent is the innermost open start of its scope, if that is of the same
            trace; the outermost gives the trace id where the rule has none. Without a scope, lines
            with a key are paired by it and do not nest; without either, the stream is one scope.
    end     closes the nearest open start of its rule and key in its scope, and as unfinished all that
            are open above it; a rule that `closes_all`: then the next one, while there is any. An
            unfinished span lasts until the last line in it.
    member  joins the open group of its rule and key, or opens it. A group is over when it was quiet
            for `pause`, or has `MOST_LINES` lines. What comes after that is a group below it.
    span    is whole, and goes out at once; the innermost open start of its scope becomes its parent,
            if that is of the same trace, or if the span's rule names none.
    event   goes to the span that its own line gave, if that did, else to the innermost open start of its
            scope (or key), else to the open group of its key, else to what was opened last in its trace.

What one line gives is of one trace, whatever ids its rules name: that of the first start, group or span
that the line began, or of the start that it ended. (Only an end, and a line of a group that is open, may
belong to another: theirs was begun earlier.) The halves of a line come one behind the other.

Bounded: when `max_open` spans are open, or they hold values of `max_bytes` of lines, the one nearest to
its timeout or pause goes out early, as if it had come to that (`evicted`): a start whose end never comes
must not keep others out. One thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import msgspec

from logtrace.mapping.open_spans import (
    ClosedGroups,
    HalfRule,
    Identity,
    OpenSpan,
    OpenSpans,
    bucket_of,
)
from logtrace.model import HalfSpan, MappedSpan, Reject, Role

__all__ = ["MOST_EVENTS", "MOST_LINES", "HalfRule", "Identity", "Paired", "Pairing"]

MOST_LINES = 10_000
"""Lines of a group; one that is never quiet goes out in parts."""

MOST_EVENTS = 1_000
"""Events of a span; the lines of further ones are released as `too_many_open`."""


BEHIND = 1 << 62
"""A place behind all lines."""


class Paired(msgspec.Struct, gc=False):
    """What became of half-spans.

    Attributes:
        spans: finished spans, in the order in which they were closed.
        places: for each of them the record number of the line at which that was: a start whose end
            never came is closed far behind its line. `BEHIND`: no line closed it, but time.
        released: (record number, why) of lines that gave nothing and never will.
        evicted: how many of the spans went out early because too many were open.
        ends: (record number, how many) of ends that closed more than one start: they come back as
            often.
        size: bytes of the lines that the spans hold values of, about.
    """

    spans: list[MappedSpan] = msgspec.field(default_factory=list)
    places: list[int] = msgspec.field(default_factory=list)
    released: list[tuple[int, Reject]] = msgspec.field(default_factory=list)
    evicted: int = 0
    ends: list[tuple[int, int]] = msgspec.field(default_factory=list)
    size: int = 0


class Pairing:
    """The half-spans of one source that wait for other lines.

    Attributes:
        open: how many spans are open, in all streams.
        open_bytes: bytes of the lines that they hold values of, about.
    """

    def __init__(
        self, rules: dict[int, HalfRule], max_open: int = 100_000, max_bytes: int = 64 << 20
    ) -> None:
        self.open = 0
        self.open_bytes = 0
        self._max_bytes = max_bytes
        self._share = 0
        self._rules = rules
        self._groups = [index for index, rule in rules.items() if rule.kind == "group"]
        self._has_events = any(rule.kind == "event" for rule in rules.values())
        self._max_open = max(1, max_open)
        self._streams: dict[str, OpenSpans] = {}
        self._place = BEHIND
        self._closed_groups = ClosedGroups()
        self._own: MappedSpan | None = None  # the span that a line last gave by itself
        self._line: tuple[int, int, str] = (-1, 0, "")  # number; low and high half of its trace id

    def take(
        self,
        stream: str,
        halves: Sequence[HalfSpan],
        now: int,
        resets: Sequence[int] = (),
        size: int = 0,
    ) -> Paired:
        """Take in the half-spans of one batch, in line order.

        Args:
            stream: name of the log stream.
            halves: the half-spans.
            now: the stream's time at the last of them, in nanoseconds; only differences mean
                anything. Within the batch it moves as the lines' own times do, so that a log times
                out the same, read in one gulp or as it is written.
            resets: record numbers of lines at which the application started anew, rising.
            size: bytes of the lines of the halves; each is taken to have an equal share.
        """
        out = Paired()
        self._share = size // max(1, len(halves))
        state = self._streams.setdefault(stream, OpenSpans(self._has_events))
        # No line is later than one that follows it: a single date in the future ages nothing.
        times = list(accumulate((half.time for half in reversed(halves)), min))
        pending = iter(resets)
        reset = next(pending, None)
        for half in halves:
            while reset is not None and reset <= half.number:
                self._place = reset
                self._empty(state, out)
                reset = next(pending, None)
            self._place = half.number
            self._advance(state, now - times[0] + times.pop(), out)
            if half.role is Role.START:
                self._start(state, half, out)
            elif half.role is Role.END:
                self._end(state, half, out)
            elif half.role is Role.MEMBER:
                self._member(state, half, out)
            elif half.span is not None:
                self._span(state, half, half.span, out)
            else:
                self._event(state, half, out)
        if reset is not None:
            self._place = reset
            self._empty(state, out)
        if self.open_bytes > self._max_bytes:
            self._make_room(state, out)
        self._place = BEHIND
        return out

    def tick(self, stream: str, now: int) -> Paired:
        """Close what has timed out or been quiet for long enough at the stream's time `now`."""
        out = Paired()
        state = self._streams.get(stream)
        if state is not None:
            self._advance(state, now, out)
            if state.nearest() is None:
                del self._streams[stream]
        return out

    def flush(self) -> Paired:
        """Close everything, open starts as unfinished: there will be no more lines."""
        out = Paired()
        for state in self._streams.values():
            self._empty(state, out)
            for group in list(state.groups.values()):
                self._close(state, group, group.last, out)
        self._streams.clear()
        return out

    # ── lines ─────────────────────────────────────────────────────────────────────────────────────

    def _start(self, state: OpenSpans, half: HalfSpan, out: Paired) -> None:
        rule = self._rules[half.rule]
        identity = self._identity(rule, half)
        if isinstance(identity, Reject):
            out.released.append((half.number, identity))
            return
        self._make_room(state, out)
        bucket, nested = bucket_of(half)
        stack = state.scopes.get(bucket)
        outer = stack.top() if nested and stack else None
        if outer is not None and outer.encloses(identity):
            identity = outer.identity._replace(span_id=identity.span_id)
            outer.end = max(outer.end, half.time)
        else:
            outer = None
        opened = OpenSpan(rule, half, identity, outer, state.now + rule.timeout)
        state.open_start(opened, bucket)
        self.open += 1
        self._hold(opened, self._share)
        self._join(half, opened.identity)

    def _end(self, state: OpenSpans, half: HalfSpan, out: Paired) -> None:
        bucket, nested = bucket_of(half)
        closed = 0
        while (starts := state.starts.get((bucket, half.rule, half.key))) is not None:
            opened = starts.top()
            if opened is None:
                break
            if nested:
                scope = state.scopes[bucket]
                while (above := scope.top()) is not None and above is not opened:
                    self._close(state, above, None, out)
            opened.end = half.time
            self._join(half, opened.identity)
            self._close(state, opened, half, out)
            closed += 1
            if not opened.rule.closes_all:
                break
        if not closed:
            out.released.append((half.number, Reject.END_WITHOUT_START))
        elif closed > 1:
            out.ends.append((half.number, closed))

    def _member(self, state: OpenSpans, half: HalfSpan, out: Paired) -> None:
        group = state.groups.get((half.rule, half.key))
        if group is None:
            rule = self._rules[half.rule]
            identity = self._identity(rule, half)
            if isinstance(identity, Reject):
                out.released.append((half.number, identity))
                return
            self._make_room(state, out)
            group = OpenSpan(rule, half, identity, None, state.now + rule.pause)
            self._closed_groups.follow(group)
            state.open_group(group)
            self.open += 1
            self._hold(group, self._share)
            self._join(half, group.identity)
        else:
            if group.last is not group.first:
                group.lines.append(group.last.number)
            group.last = half
            group.first.failed = group.first.failed or half.failed
            group.start = min(group.start, half.time)
            group.end = max(group.end, half.time)
            group.due = state.now + group.rule.pause
            self._hold(group, max(0, 2 * self._share - group.size))  # its first and last line
            if len(group.lines) + 2 >= MOST_LINES:
                self._close(state, group, half, out)

    def _span(self, state: OpenSpans, half: HalfSpan, mapped: MappedSpan, out: Paired) -> None:
        span = mapped.span
        bucket, _ = bucket_of(half)
        stack = state.scopes.get(bucket) if half.within else None
        outer = stack.top() if stack else None
        number, trace_id, trace_high = self._line
        if number == half.number:
            if trace_id != span.trace_id:
                _move(mapped, trace_id, trace_high)
        elif outer is not None and half.within == "any":
            _move(mapped, outer.identity.trace_id or 0, outer.identity.trace_high)
        if outer is not None and not span.parent_id:
            mine = Identity(span.trace_id, mapped.trace_high, span.span_id)
            if outer.encloses(mine):
                span.parent_id = outer.identity.span_id
                mapped.root, mapped.parented = False, True
                outer.end = max(outer.end, half.time)
        self._join(half, Identity(span.trace_id, mapped.trace_high, span.span_id))
        self._own = mapped
        out.spans.append(mapped)
        out.places.append(self._place)

    def _identity(self, rule: HalfRule, half: HalfSpan) -> Identity | Reject:
        """Return the ids of what a line begins: in the trace of what else it gave, if it did."""
        identity = rule.identify(half)
        number, trace_id, trace_high = self._line
        if number != half.number or isinstance(identity, Reject):
            return identity
        return identity._replace(trace_id=trace_id, trace_high=trace_high)

    def _join(self, half: HalfSpan, identity: Identity) -> None:
        """Note the trace of a line, if it is not known yet."""
        if self._line[0] != half.number:
            self._line = half.number, identity.trace_id or 0, identity.trace_high

    def _event(self, state: OpenSpans, half: HalfSpan, out: Paired) -> None:
        rule = self._rules[half.rule]
        if self._own is not None and self._own.number == half.number:
            self._own.span.span_events.append(rule.event(half))
            self._own.more += (half.number,)
            return
        opened = self._host(state, half, rule)
        if opened is None:
            out.released.append((half.number, Reject.EVENT_WITHOUT_SPAN))
        elif len(opened.events) >= MOST_EVENTS:
            out.released.append((half.number, Reject.TOO_MANY_OPEN))
        else:
            opened.events.append(rule.event(half))
            self._hold(opened, self._share)
            opened.lines.append(half.number)
            opened.end = max(opened.end, half.time)

    def _host(self, state: OpenSpans, half: HalfSpan, rule: HalfRule) -> OpenSpan | None:
        """Return the open span that an event belongs to."""
        bucket, _ = bucket_of(half)
        scope = state.scopes.get(bucket)
        if scope and (opened := scope.top()):
            return opened
        if half.key:
            for index in self._groups:
                if group := state.groups.get((index, half.key)):
                    return group
        identity = rule.identify(half)
        trace_id = None if isinstance(identity, Reject) else identity.trace_id
        trace = None if trace_id is None else state.traces.get(trace_id)
        return trace.top() if trace else None

    # ── opening and closing ───────────────────────────────────────────────────────────────────────

    def _close(
        self, state: OpenSpans, opened: OpenSpan, last: HalfSpan | None, out: Paired
    ) -> None:
        """Hand out the span of an open start or group, or release its lines."""
        first, outer, parent_id = opened.first, opened.outer, 0
        if outer is not None:
            outer.end = max(outer.end, opened.end)
            parent_id = outer.identity.span_id
        state.close(opened)
        self.open -= 1
        self.open_bytes -= opened.size
        out.size += opened.size
        numbers = [first.number, *opened.lines]
        if last is not None and last is not first:
            numbers.append(last.number)
        span = opened.rule.finish(first, last, opened.identity, parent_id, opened.start, opened.end)
        if isinstance(span, Reject):
            out.released += [(number, span) for number in numbers]
            return
        if opened.rule.kind == "group":
            self._closed_groups.closed(opened, span)
        numbers.remove(span.number)  # once: a line that gave several things comes back as often
        span.more = tuple(numbers)
        span.span.span_events += opened.events
        out.spans.append(span)
        out.places.append(self._place)

    def _empty(self, state: OpenSpans, out: Paired) -> None:
        """Close all open starts, inner ones first."""
        for scope in list(state.scopes.values()):
            while (opened := scope.top()) is not None:
                self._close(state, opened, None, out)

    # ── time and bounds ───────────────────────────────────────────────────────────────────────────

    def _advance(self, state: OpenSpans, now: int, out: Paired) -> None:
        """Move the stream's time on, never back, and close what is due."""
        if now <= state.now:
            return
        state.now = now
        while (opened := state.nearest()) is not None and opened.due <= now:
            self._close(state, opened, opened.last if opened.rule.kind == "group" else None, out)

    def _hold(self, opened: OpenSpan, size: int) -> None:
        """Note that an open span holds values of so many bytes more."""
        opened.size += size
        self.open_bytes += size

    def _make_room(self, state: OpenSpans, out: Paired) -> None:
        """Close spans early while there is no room, those of this stream first."""
        while self.open >= self._max_open or self.open_bytes > self._max_bytes:
            for candidate in (state, *self._streams.values()):
                opened = candidate.nearest()
                if opened is not None:
                    last = opened.last if opened.rule.kind == "group" else None
                    self._close(candidate, opened, last, out)
                    out.evicted += 1
                    break
            else:
                return


def _move(mapped: MappedSpan, trace_id: int, trace_high: str) -> None:
    """Put a span and its children into another trace; its parent, if it has none, is to be found."""
    mapped.trace_high = trace_high
    for span in (mapped.span, *mapped.children):
        span.trace_id = trace_id
    if not mapped.span.parent_id:
        mapped.root = mapped.parented = False
