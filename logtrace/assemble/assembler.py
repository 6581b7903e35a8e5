"""Collects the spans of traces and says when a trace is complete.

The pipeline calls `arrive` with what mapping made of each batch of a round, then `elapse` with the time
that has passed; both return the traces that are closed now. Arriving lines close nothing by their
coming; `elapse` does, when all that the round brought is in, whatever the order of its streams (a
trace that was quiet for long enough between two of its lines is cut there, see `open_trace`). Nothing
raises for what a log holds; what is kept is bounded by `max_open`, `max_spans`, `max_bytes` (of lines)
and fixed tables. Every record number that comes in goes out in a trace. Pure: no I/O, no clock; runs on
the caller's thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from operator import attrgetter

from logtrace.assemble import memory
from logtrace.assemble.closed import ClosedTraces, Root
from logtrace.assemble.decisions import Decisions, Keep
from logtrace.assemble.domain import Domain
from logtrace.assemble.eviction import last_number, quietest
from logtrace.assemble.finish import finish, finish_alone
from logtrace.assemble.open_trace import OpenTrace, Part, cut, keep
from logtrace.assemble.stream_time import FOREVER, LEAP, Stream
from logtrace.assemble.waits import SHORTEST, Waits
from logtrace.config.model import TracesConfig
from logtrace.model import Closed, Mapped, MappedSpan, Trace

LATE, SIZE = Closed.LATE, Closed.SIZE  # an enum's members are slow to look up for each trace

_line = attrgetter("number")
_line_time = attrgetter("time")


class Assembler:
    """Open traces of all streams.

    Attributes:
        waits: how long a trace with a known root must be quiet; serialisable.
        open_traces: traces that are collected now.
        open_spans: spans in them.
        open_bytes: bytes of the lines that these were made of, about.
        decisions: what is to be kept, and how many traces each rule of `keep` decided about.
    """

    def __init__(self, config: TracesConfig, keep: Keep | None = None) -> None:
        wait, max_age = config.wait, config.max_age
        self._when_rooted = Closed.COMPLETE if wait is None or wait <= max_age else Closed.AGE
        self._when_idle = Closed.IDLE if config.idle <= max_age else Closed.AGE
        if wait is not None:
            wait = max(1, min(wait, max_age))  # 0 would cut between the spans of one line
        self.waits = Waits(wait)
        self.open_traces = 0
        self.open_spans = 0
        self.open_bytes = 0
        self._max_bytes = config.max_bytes
        self._max_open = max(1, config.max_open)
        self._max_spans = max(1, config.max_spans)
        self._idle = max(1, min(config.idle, max_age))
        self._shortest = min(self._idle, SHORTEST if wait is None else wait)
        self._active = 0
        self._streams: dict[str, Stream] = {}
        self._behind: set[Stream] = set()
        self._domains: dict[str, Domain] = {}
        self.decisions = Decisions(keep)
        self._memory = ClosedTraces()
        self._quietest: deque[tuple[int, OpenTrace]] = deque()
        self._ready: list[Trace] = []

    @property
    def rates(self) -> Mapping[str, float]:
        """What part of its traces the Agent wants kept, by `service:<service>,env:<env>`.

        Set it to another mapping when the Agent gives new rates; traces that have left are decided.
        """
        return self.decisions.rates

    @rates.setter
    def rates(self, rates: Mapping[str, float]) -> None:
        self.decisions.use(rates)

    def time(self, stream: str) -> int:
        """Return the stream's time T in nanoseconds; only differences mean anything."""
        known = self._streams.get(stream)
        return known.time(self._active) if known else 0

    def advance(self, stream: str, newest: int, domain: str, behind: bool) -> int:
        """Return T as it will be when the coming batch, its newest line stamped `newest`, is in.

        To be called before `arrive` by whom needs T earlier, such as the pairing of half-spans.
        """
        known = self._meet(stream, domain)
        known.meet(newest, self._active)
        return known.expect(newest, known.leap(behind), self._active)

    def arrive(self, mapped: Mapped, stream: str, domain: str, behind: bool) -> list[Trace]:
        """Take in the spans of one batch.

        Args:
            mapped: what mapping, and pairing, made of the batch; its spans are changed in place.
            stream: name of the log stream.
            domain: name that all streams whose sources share trace ids have in common.
            behind: whether the stream had more to read.

        Returns:
            Lone spans, each a trace; and chunks that leave because a bound was reached.
        """
        spans, alone, halves = mapped.spans, mapped.alone, mapped.halves
        first = spans or alone or halves
        if not first:
            return []
        known = self._meet(stream, domain)
        known.meet(first[0].time, self._active)
        leap = known.leap(behind)
        if spans:
            last = max(spans, key=_line) if halves else spans[-1]  # pairs may come late
            self._collect(spans, last, known, leap, mapped.size // len(spans))
            if self.open_bytes > self._max_bytes:
                self._make_room(known)
        for lines in (alone, halves):
            if lines:
                known.follow(max(map(_line_time, lines)), len(lines), leap, self._active)
        known.behind = behind
        if behind:
            self._behind.add(known)
        self._ready += finish_alone(alone, self.decisions, mapped.size)
        return self._take_ready()

    def elapse(self, elapsed: int, behind: Collection[str]) -> list[Trace]:
        """Let time pass, and close what has been quiet for long enough.

        Args:
            elapsed: nanoseconds of monotonic time since the last call in which logs were read; time
                in which reading was paused does not count.
            behind: streams that have unread lines; their time moves with these.
        """
        self._active += elapsed
        for stream in self._behind:
            stream.behind = False
        self._behind = {self._streams[name] for name in behind if name in self._streams}
        for stream in self._behind:
            stream.behind = True
            stream.lead -= elapsed
        for stream in self._streams.values():
            if stream.deadlines:
                self._sweep(stream)
        for domain in self._domains.values():
            horizon = domain.horizon(self._active)
            for trace in domain.released(horizon):
                self._settle(trace, horizon)
            for trace in domain.expired(self._active):
                self._settle(trace, FOREVER)
        return self._take_ready()

    def flush(self) -> list[Trace]:
        """Close everything, whether complete or not: there will be no more lines."""
        for domain in self._domains.values():
            for trace in list(domain.open.values()):
                self._leave(trace, Closed.FLUSHED)
        return self._take_ready()

    def remember(self) -> bytes:
        """Return what the next run should know."""
        return memory.pack(self.waits, self._memory)

    def recall(self, packed: bytes) -> None:
        """Go on from what `remember` returned; anything else is as good as nothing."""
        memory.unpack(packed, self.waits, self._memory)

    # ── arrivals ──────────────────────────────────────────────────────────────────────────────────

    def _meet(self, name: str, domain: str) -> Stream:
        stream = self._streams.get(name)
        if stream is None:
            if domain not in self._domains:
                self._domains[domain] = Domain(domain)
            stream = self._streams[name] = self._domains[domain].join(self._active)
        return stream

    def _collect(
        self, spans: list[MappedSpan], last: MappedSpan, stream: Stream, leap: int, share: int
    ) -> None:
        """Add each span to its trace, at the stream time at which it came.

        Each is taken to be made of `share` bytes: all of a batch alike, so that none is measured.
        `last` is that of the last line.
        """
        max_spans = self._max_spans
        find = stream.domain.open.get
        offset = stream.offset
        now = stream.time(self._active)
        clock = now - offset
        newest = last.time
        for mapped in spans:
            time = mapped.time
            if time > clock and time - clock <= leap:
                clock = time
                now = time + offset
            mapped.time = clock
            trace = find(mapped.span.trace_id)
            if trace is None:
                trace = self._open(mapped, stream, now)
            elif trace.stream is not stream or now - trace.at > trace.gap:
                self._resume(trace, stream, now, clock, leap)
            collected = trace.spans
            if len(collected) + trace.below >= max_spans and collected[-1].number != mapped.number:
                self._leave(trace, SIZE)
                collected = trace.spans
            collected.append(mapped)
            trace.at = now
            trace.size += share
            if mapped.children:
                trace.below += len(mapped.children)
                self.open_spans += len(mapped.children)
            if mapped.root and not trace.rooted:
                self._root(trace, mapped)
        stream.lead = now - self._active
        self.open_spans += len(spans)
        self.open_bytes += share * len(spans)
        if last.number > stream.number:  # not for spans that timed out long after their lines
            stream.number = last.number
            stream.follow(newest, len(spans), leap, self._active)

    def _open(self, mapped: MappedSpan, stream: Stream, now: int) -> OpenTrace:
        """Begin a trace, or the next chunk of one that has left."""
        stream.lead = now - self._active
        if self.open_traces >= self._max_open:
            self._make_room(stream)
        span = mapped.span
        domain = stream.domain
        trace = OpenTrace(span.trace_id, stream, now, self._idle)
        known = self._memory.recall(span.trace_id ^ domain.salt)
        if known is not None:
            root_id, service, name, _ = trace.known = known
            trace.late = True
            if root_id:
                self.waits.late(service, name)
            trace.limit = self.waits.wait(service, name)
        domain.open[span.trace_id] = trace
        self.open_traces += 1
        if not mapped.root or trace.late:
            stream.deadlines.enter(trace, now + trace.limit)
        return trace

    def _root(self, trace: OpenTrace, mapped: MappedSpan) -> None:
        """Note that the root has come: from now on the wait decides, not `idle`."""
        trace.rooted = True
        trace.gap = 0
        if not trace.late:
            trace.limit = self.waits.wait(mapped.span.service, mapped.span.name)
            trace.stream.deadlines.enter(trace, trace.at + trace.limit)

    def _resume(self, trace: OpenTrace, stream: Stream, now: int, clock: int, leap: int) -> None:
        """Note the quiet before the next span of a trace, and from which stream it comes."""
        before = trace.stream
        limit = trace.limit
        if before is stream:
            quiet = now - trace.at
        else:
            ahead = clock - stream.skew - trace.end()
            stream.domain.compare(stream, before, ahead)
            if leap == LEAP:  # read live: what the clocks say does not matter
                quiet = before.time(self._active) - trace.at
            else:  # either may be the earlier line, and a root that comes now may be
                quiet = abs(clock - stream.skew - trace.end())
                limit = min(limit, self._shortest)
        if quiet < limit:
            trace.gap = max(trace.gap, quiet)
        elif not trace.lapsed:
            trace.lapsed = True
            trace.stream.domain.hold(trace, trace.end() + limit, self._active)
        if before is not stream:
            trace.move(stream)

    # ── closing ───────────────────────────────────────────────────────────────────────────────────

    def _sweep(self, stream: Stream) -> None:
        """Look at the traces of a stream that may have been quiet for long enough."""
        now = stream.time(self._active)
        passed = stream.deadlines.passed(now)
        if not passed:
            return
        horizon = stream.domain.horizon(self._active)
        for trace in passed:
            if trace.lapsed or trace.stream is not stream or horizon < FOREVER:
                self._settle(trace, horizon)
            elif trace.at + trace.limit <= now:
                self._leave(trace, self._reason(trace, trace.rooted))
            else:
                stream.deadlines.enter(trace, trace.at + trace.limit)

    def _settle(self, trace: OpenTrace, horizon: int) -> None:
        """Close what of `trace` is over: quiet for its limit, and nobody can still add to it.

        Args:
            trace: an open trace, or one that has left since it was entered to be looked at.
            horizon: the moment up to which all streams of the domain have been read.
        """
        if trace.closed:
            return
        if trace.lapsed:
            self._settle_lapsed(trace, horizon)
            if trace.lapsed:
                return
        due = trace.at + trace.limit
        over = due <= trace.stream.time(self._active)
        end = trace.end() + trace.limit
        if over and end <= horizon:
            self._leave(trace, self._reason(trace, trace.rooted))
        elif over:
            trace.stream.domain.hold(trace, end, self._active)
        elif trace.deadlines is None:
            trace.stream.deadlines.enter(trace, due)

    def _settle_lapsed(self, trace: OpenTrace, horizon: int) -> None:
        """Close the parts of `trace` that are over, but the last; look again later if some are not."""
        *parts, last = self._cut(trace)
        final = 0
        while final < len(parts) and parts[final].end + parts[final].limit <= horizon:
            self._emit(trace, parts[final].spans, self._reason(trace, parts[final].rooted))
            trace.late = True
            final += 1
        rest = [*parts[final:], last]
        # What came last need not be the latest: quiet is measured from the latest moment.
        count = len(trace.spans)
        keep(trace, rest)
        gone = trace.size * (count - len(trace.spans)) // count
        trace.size -= gone
        self.open_bytes -= gone
        trace.stream = last.streams[-1]
        trace.at = last.spans[-1].time + trace.stream.offset
        trace.rooted = any(part.rooted for part in rest)
        trace.limit = last.limit
        trace.gap = 0
        # While lines from before its end may come, so may a root that makes a cut of a pause.
        trace.lapsed = len(rest) > 1 or last.end > horizon
        if trace.lapsed:
            # Not at the first part: to cut ever again for each of many parts would be quadratic.
            part = rest[(len(rest) - 1) // 2]
            trace.stream.domain.hold(trace, part.end + part.limit, self._active)

    def _cut(self, trace: OpenTrace) -> list[Part]:
        if trace.rooted or trace.late:
            wait = trace.limit
        else:
            span = trace.spans[0].span
            wait = self.waits.wait(span.service, span.name)
        return cut(trace, self._idle, wait)

    def _reason(self, trace: OpenTrace, rooted: bool) -> Closed:
        if trace.late:
            return LATE
        return self._when_rooted if rooted else self._when_idle

    def _leave(self, trace: OpenTrace, reason: Closed) -> None:
        """Let all spans of `trace` go, and, unless only its chunk is full, the trace itself."""
        spans = trace.spans
        if trace.lapsed:
            *parts, last = self._cut(trace)
            for part in parts:
                self._emit(trace, part.spans, self._reason(trace, part.rooted))
                trace.late = True
            spans = last.spans
            trace.lapsed = False
        known = self._emit(trace, spans, reason)
        self.open_bytes -= trace.size
        trace.spans, trace.below, trace.size, trace.legs = [], 0, 0, None
        if reason is SIZE:
            return
        trace.closed = True
        trace.deadlines = None
        domain = trace.stream.domain
        del domain.open[trace.trace_id]
        self.open_traces -= 1
        if trace.rooted and not trace.late:
            self.waits.learn(known[1], known[2], trace.gap)
        self._memory.remember(trace.trace_id ^ domain.salt, known)

    def _emit(self, trace: OpenTrace, spans: list[MappedSpan], reason: Closed) -> Root:
        finished, known = finish(spans, reason, trace.known, self.decisions)
        finished.size = trace.size * len(spans) // len(trace.spans)
        trace.known = known
        self._ready.append(finished)
        self.open_spans -= len(finished.spans)
        return known

    def _make_room(self, stream: Stream) -> None:
        """Close the trace that was quiet longest, unless some are over anyway."""
        self._sweep(stream)
        while self.open_traces >= self._max_open or self.open_bytes > self._max_bytes:
            if not self._quietest:
                self._quietest.extend(quietest(self._domains.values()))
            number, trace = self._quietest.popleft()
            if not trace.closed and last_number(trace) == number:
                self._leave(trace, Closed.EVICTED)

    def _take_ready(self) -> list[Trace]:
        ready, self._ready = self._ready, []
        return ready
