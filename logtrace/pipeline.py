"""READ THIS FIRST: how the stages are joined.

    files ─▶ source ─▶ parse ─▶ mapping ─▶ assemble ─▶ ship ─▶ Agent
               ▲                                         │
               └──────────── record numbers ◀────────────┘

`Stages` is the pure middle: parse, mapping and assemble. It reads no file, starts no thread, sends
nothing and knows no clock; `convert` uses it alone. `Pipeline` puts a source before it and a shipper
behind it, and keeps the one promise that crosses all stages: each line that the source hands out is
given back exactly once, when it gave nothing or when the shipper is done with it. Until then it is
open in the ledger and is read again after a crash.

Thread: everything here runs in the pipeline thread; only `Shipper.offer`, `has_room` and `take_done`
touch what the shipper's thread touches too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from logtrace import mapping, parse
from logtrace.assemble.assembler import Assembler
from logtrace.clock import Clock
from logtrace.config.model import READY_FORMATS, Config, SourceConfig
from logtrace.errors import ConfigError, Problem
from logtrace.mapping.pairing import Paired, Pairing
from logtrace.model import Closed, LineBatch, Mapped, Parser, Records, Reject, Trace
from logtrace.parse import timestamps
from logtrace.parse.joining import Joined, Joiner
from logtrace.patterns.bounded import Unusable
from logtrace.shared_lines import SharedLines
from logtrace.ship.redact import Redactor, Rule
from logtrace.telemetry import Telemetry

T = TypeVar("T")

SHARED = "shared"
"""The domain of all sources whose rules name trace ids: any of them may add to the others' traces."""


class Source(Protocol):
    """What the pipeline needs of a source; see `logtrace.source.files.LogFiles`."""

    @property
    def behind(self) -> Collection[str]:
        """Streams that held unread data after the last round."""
        ...

    def read(self) -> list[LineBatch]:
        """Return the batches of one fair round; empty when there is nothing to read now."""
        ...

    def look(self) -> None:
        """Keep up with what happens to the source's files without reading: there is no room."""
        ...

    def release(self, numbers: Iterable[int]) -> None:
        """Take back record numbers: their lines need never be read again."""
        ...

    def tie(self, number: int, others: range) -> None:
        """Take note that lines are given back when the line `number` is: they are one record."""
        ...

    def commit(self, force: bool = False) -> None:
        """Write the checkpoint if it is due."""
        ...


class Sink(Protocol):
    """What the pipeline needs of a shipper; see `logtrace.ship.shipper.Shipper`."""

    @property
    def rates(self) -> Mapping[str, float]:
        """The Agent's sampling rates; the same object until they change."""
        ...

    def offer(self, traces: list[Trace]) -> None:
        """Take traces over."""
        ...

    def has_room(self) -> bool:
        """Return whether more traces may be offered; if not, the pipeline stops reading."""
        ...

    def take_done(self) -> list[int]:
        """Return the record numbers that are done since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """What the lines of one configured source go through."""

    config: SourceConfig
    domain: str
    parser: Parser
    joiner: Joiner | None
    mapping: mapping.Mapping
    pairing: Pairing


def build_route(config: Config, source: SourceConfig) -> Route:
    """Compile one source's parser and rules; raises ConfigError with all problems found."""
    problems: list[Problem] = []
    checked = _attempt(partial(mapping.check, source, source.defaults), problems)
    fields = checked.fields if checked else frozenset[str]()
    parser = _attempt(partial(parse.build, source, fields), problems)
    joiner = _attempt(partial(parse.build_joiner, source, fields, parser), problems)
    times = _attempt(partial(timestamps.build_times, source.time), problems)
    if checked is None or parser is None or times is None or problems:
        raise ConfigError(problems)
    ready = source.format in READY_FORMATS
    compiled = (
        mapping.compile_ready(source) if ready else mapping.compile_source(checked, parser, *times)
    )
    shared = ready or any(rule.trace_id is not None for rule in source.spans)
    traces = config.traces
    pairing = Pairing(compiled.half_rules, traces.max_open, traces.max_bytes)
    domain = SHARED if shared else source.name
    return Route(source, domain, parser, joiner, compiled, pairing)


def _attempt(build: Callable[[], T], problems: list[Problem]) -> T | None:
    """Return what `build` returns, None if it raises ConfigError; that one's problems are added."""
    try:
        return build()
    except ConfigError as error:
        problems += error.problems
        return None


def build_routes(config: Config) -> dict[str, Route]:
    """Compile all sources, by name; raises ConfigError with the problems of every one."""
    problems: list[Problem] = []
    routes = {
        source.name: _attempt(partial(build_route, config, source), problems)
        for source in config.sources
    }
    if problems:
        raise ConfigError(problems)
    return {name: route for name, route in routes.items() if route is not None}


def build_redactor(config: Config) -> Redactor:
    """Return what takes out of spans what must not leave; raises ConfigError with all problems."""
    redact, problems = config.redact, list[Problem]()
    built_in = [name for name in ("credit_cards", "tokens", "emails") if getattr(redact, name)]
    rules: list[Rule] = []
    for index, each in enumerate(redact.rules):
        rule = Rule(str(each.name), str(each.pattern), str(each.with_))
        try:
            Redactor([rule])
        except Unusable as error:
            place = each.pattern.at(error.index)
            problems.append(Problem(place, f"redact.rules[{index}]", error.what, error.fix))
        rules.append(rule)
    if problems:
        raise ConfigError(problems)
    return Redactor([*built_in, *rules])


def build_keep(config: Config) -> mapping.Keep | None:
    """Return what decides which traces are kept; raises ConfigError with all problems."""
    return mapping.compile_keep(config.traces.keep)


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
        mapped.spans += paired.spans
        self.shared.add_ends(paired.ends)
        mapped.size += paired.size
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


def _extend(out: Outcome, more: Outcome) -> Outcome:
    """Add an outcome to another, and return that."""
    out.traces.extend(more.traces)
    out.done.extend(more.done)
    out.ties.extend(more.ties)
    return out


class Pipeline:
    """A source, the stages, and a shipper."""

    def __init__(self, source: Source, stages: Stages, shipper: Sink, clock: Clock) -> None:
        self.source = source
        self.stages = stages
        self.shipper = shipper
        self._clock = clock
        self._stepped: int | None = None

    def step(self) -> bool:
        """Do one round; return whether lines were read.

        While the shipper has no room nothing is read and no time passes for open traces: the log
        keeps the lines, and a trace must not seem quiet only because nobody looked.
        """
        self.source.release(self.stages.shared.done(self.shipper.take_done()))
        self.stages.assembler.rates = self.shipper.rates
        batches = []
        if self.shipper.has_room():
            batches = self.source.read()
            for batch in batches:
                self._hand_on(self.stages.process(batch))
            self._hand_on(self.stages.elapse(self._elapsed(), self.source.behind))
        else:
            self._stepped = None
            self.source.look()
        self.source.commit()
        return bool(batches)

    def flush(self) -> None:
        """Close and offer everything that is open: the end of a `--once` run."""
        self._hand_on(self.stages.flush())

    def settle(self) -> None:
        """Take back what the shipper is done with and write the checkpoint now."""
        self.source.release(self.stages.shared.done(self.shipper.take_done()))
        self.source.commit(force=True)

    def _hand_on(self, outcome: Outcome) -> None:
        for number, others in outcome.ties:
            self.source.tie(number, others)
        self.source.release(self.stages.shared.done(outcome.done))
        self.shipper.offer(outcome.traces)

    def _elapsed(self) -> int:
        """Return the nanoseconds since the last step, 0 after a pause."""
        now = self._clock.monotonic()
        elapsed = now - (self._stepped if self._stepped is not None else now)
        self._stepped = now
        return elapsed
