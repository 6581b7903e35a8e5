"""parse → mapping → assemble: the pure middle. Lines in, closed traces out, nothing else.

Called by `pipeline` for each batch and each step of time, and by `convert`, `preview` and `explain`,
which have no source and no shipper. Reads no file, starts no thread, sends nothing and knows no clock;
never raises for what a line holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from operator import itemgetter
from typing import NamedTuple

from logtrace.assemble.assembler import Assembler
from logtrace.config.model import Config
from logtrace.mapping.pairing import Paired
from logtrace.model import Closed, LineBatch, Mapped, MappedSpan, Records, Reject, Trace
from logtrace.parse.joining import Joined
from logtrace.routes import Route, build_keep, build_routes
from logtrace.shared_lines import SharedLines
from logtrace.telemetry import Telemetry


class Outcome(NamedTuple):
    """What the stages made of lines, or of time that passed.

    Attributes:
        traces: those that were closed now.
        done: record numbers of lines that gave nothing and never will.
        ties: (record number of a line, those of the lines that are one record with it).
    """

    traces: list[Trace]
    done: list[int]
    ties: list[tuple[int, range]]


class Stages:
    """parse → mapping → assemble: lines in, closed traces out, nothing else."""

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        """Build all stages; raises ConfigError with every problem of every source."""
        self.routes = build_routes(config)
        self.assembler = Assembler(config.traces, build_keep(config))
        self._telemetry = telemetry
        self._paired_streams: dict[str, Route] = {}
        self.shared = SharedLines()

    @property
    def waiting(self) -> bool:
        """Whether records of several lines are open, which time may close."""
        return any(route.joiner.waiting for route in self.routes.values() if route.joiner)

    def process(self, batch: LineBatch) -> Outcome:
        """Take one batch through all stages."""
        route = self.routes[batch.source]
        if route.joiner is not None:
            return self._joined(route, route.joiner.take(batch), lambda _: batch.behind)
        traces, done = self._take(route, route.parser.parse(batch), batch.behind)
        return Outcome(self._closed(traces), done, [])

    def _joined(self, route: Route, joined: Joined, behind: Callable[[str], bool]) -> Outcome:
        """Take records that are whole through the other stages; `behind` says it of their streams."""
        traces: list[Trace] = []
        done = list(joined.passed)
        for records in joined.records:
            more, numbers = self._take(route, records, behind(records.batch.stream))
            traces += more
            done += numbers
        name, joins = route.config.name, sum(len(others) for _, others in joined.ties)
        self._telemetry.lines_joined(name, joins)
        self._telemetry.lines_repaired(joined.cut, "cut")
        if joined.passed:
            reason, count = Reject.RECORD_FULL, len(joined.passed)
            self._telemetry.lines_rejected(name, reason, count)
        return Outcome(self._closed(traces), done, joined.ties)

    def _take(self, route: Route, records: Records, behind: bool) -> tuple[list[Trace], list[int]]:
        """Take records through mapping and assemble."""
        stream = records.batch.stream
        mapped = route.mapping.map(records)
        if mapped.shared:
            self.shared.expect(mapped.shared)
        mapped.size = len(records.batch.block)
        done = self._account(route, records, mapped)
        if mapped.halves or mapped.resets:
            if any(rule.continue_ for rule in route.config.spans):
                self.shared.add(mapped.halves)
            done += self._pair(route, stream, behind, mapped)
        return self.assembler.arrive(mapped, stream, route.domain, behind), done

    def _pair(self, route: Route, stream: str, behind: bool, mapped: Mapped) -> list[int]:
        """Join half-spans; finished ones go to `mapped`, lines that gave nothing are returned."""
        self._paired_streams[stream] = route
        newest = max((half.time for half in mapped.halves), default=0)
        now = self.assembler.advance(stream, newest, route.domain, behind)
        paired = route.pairing.take(stream, mapped.halves, now, mapped.resets, mapped.size)
        return self._collect(route, paired, mapped) + self._collect(
            route, route.pairing.tick(stream, now), mapped
        )

    def elapse(self, elapsed: int, behind: Collection[str]) -> Outcome:
        """Let `elapsed` nanoseconds pass for the streams that are not behind."""
        out = Outcome([], [], [])
        for route in self.routes.values():
            if route.joiner is not None and route.joiner.waiting:
                joined = route.joiner.elapse(elapsed, behind)
                _extend(out, self._joined(route, joined, behind.__contains__))
        traces = self.assembler.elapse(elapsed, behind)
        done: list[int] = []
        for stream, route in self._paired_streams.items():
            mapped = Mapped()
            done += self._collect(
                route, route.pairing.tick(stream, self.assembler.time(stream)), mapped
            )
            if mapped.spans:
                traces += self.assembler.arrive(mapped, stream, route.domain, stream in behind)
        return _extend(out, Outcome(self._closed(traces), done, []))

    def flush(self) -> Outcome:
        """Close everything, open starts as unfinished spans: there will be no more lines."""
        out = Outcome([], [], [])
        traces: list[Trace] = []
        done: list[int] = []
        for route in self.routes.values():
            if route.joiner is not None:
                _extend(out, self._joined(route, route.joiner.flush(), lambda _: False))
            mapped = Mapped()
            done += self._collect(route, route.pairing.flush(), mapped)
            traces += self.assembler.arrive(mapped, route.config.name, route.domain, behind=False)
        return _extend(out, Outcome(self._closed(traces + self.assembler.flush()), done, []))

    def _account(self, route: Route, records: Records, mapped: Mapped) -> list[int]:
        """Count what became of the lines; return the numbers of those that gave nothing."""
        rejects = records.rejects + mapped.rejects
        for reason, count in Counter(reason for _, reason in rejects).items():
            self._telemetry.lines_rejected(route.config.name, reason, count)
        self._telemetry.lines_unmatched(route.config.name, len(mapped.unmatched))
        self._telemetry.lines_ignored(route.config.name, len(mapped.ignored))
        self._telemetry.lines_repaired(records.repaired, "utf8")
        self._telemetry.lines_repaired(mapped.timeless, "time")
        self._telemetry.lines_repaired(mapped.incomplete, "span")
        first = records.batch.first
        return [
            first + index
            for index in (*mapped.unmatched, *mapped.ignored, *(line for line, _ in rejects))
        ]

    def _collect(self, route: Route, paired: Paired, mapped: Mapped) -> list[int]:
        """Add finished pairs to `mapped`; return the numbers of lines that found no partner."""
        mapped.spans = _in_order(mapped.spans, paired)
        self.shared.add_ends(paired.ends)
        mapped.size += paired.size
        self._telemetry.spans_evicted(route.config.name, paired.evicted)
        for reason, count in Counter(self.shared.rejected(paired.released)).items():
            self._telemetry.lines_rejected(route.config.name, reason, count)
        return [number for number, _ in paired.released]

    def _closed(self, traces: list[Trace]) -> list[Trace]:
        """Count traces by the reason they were closed for."""
        spans: Counter[Closed] = Counter()
        chunks: Counter[Closed] = Counter()
        for trace in traces:
            chunks[trace.reason] += 1
            spans[trace.reason] += len(trace.spans)
        for reason, count in chunks.items():
            self._telemetry.traces_closed(reason, count, spans[reason])
        for (rule, is_kept), count in self.assembler.decisions.take_decided().items():
            self._telemetry.traces_decided(f"keep[{rule}]", is_kept, count)
        return traces


def _in_order(spans: list[MappedSpan], paired: Paired) -> list[MappedSpan]:
    """Return spans of single lines and those of pairs as they come when the log is read live."""
    if not spans or not paired.spans:
        return spans or paired.spans
    placed = list(zip(paired.places, paired.spans, strict=True))
    placed += [(span.number, span) for span in spans]
    return [span for _, span in sorted(placed, key=itemgetter(0))]


def _extend(out: Outcome, more: Outcome) -> Outcome:
    """Add an outcome to another, and return that."""
    out.traces.extend(more.traces)
    out.done.extend(more.done)
    out.ties.extend(more.ties)
    return out
