"""Reads files and looks closely at some of their lines, and at the traces that these are in.

Called by `logtrace explain`. The files go through the stages as for `convert`; what became of the lines
is what the stages did. Why it became of them is told by `line`. Files are read as often as it takes to
have all lines of a trace at hand: memory holds what is looked at, and what is open. Raises what
`given.Files` raises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec

from logtrace import logs
from logtrace.clock import SystemClock
from logtrace.config.model import Config
from logtrace.errors import UsageError
from logtrace.insight.given import Files, Place, as_sent, let_go
from logtrace.insight.watched import Watcher, watch
from logtrace.mapping import check
from logtrace.mapping.line_times import LineTimes, row_reader, time_value
from logtrace.mapping.pairing import Paired
from logtrace.model import (
    Closed,
    HalfSpan,
    LineBatch,
    Mapped,
    MappedSpan,
    Records,
    Reject,
    Span,
    Trace,
)
from logtrace.parse.timestamps import build_times
from logtrace.routes import Route, build_redactor
from logtrace.ship.findings import Findings
from logtrace.source.heading import heading_in
from logtrace.stages import Outcome, Stages
from logtrace.telemetry import Telemetry

MOST_TRACES = 20
"""Traces, or chunks of one, that are looked at."""

MOST_LINES = 200
"""Lines of them that are read again."""

Open = Callable[[str], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class TraceLines:
    """A trace as it would be sent, and where it comes from.

    Attributes:
        spans: the spans, root first.
        numbers: record numbers of its lines, rising.
        reason: why it was closed.
        origins: for each span what was known of it before it was joined with others; None: of a child
            span that a timer became.
        findings: what was changed or left out before sending; None: nothing.
        redacted: how often each rule replaced something in it.
    """

    spans: list[Span]
    numbers: list[int]
    reason: Closed
    origins: list[Origin | None]
    findings: Findings | None
    redacted: Counter[str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a span comes from: its lines, and whether the log itself says who its parent is."""

    numbers: tuple[int, ...]
    root: bool
    parented: bool


@dataclass(slots=True)
class Seen:
    """What one reading of the files showed.

    Attributes:
        lines: the lines that are looked at, each as a batch of its own, by record number.
        fates: what became of them: a reason, `ignored`, `unmatched`; absent: they are in a span.
        owners: of those that go on a record: the number of its first line.
        members: for the first line of a record, the numbers of its other lines.
        times: the time that each of them has.
        traces: the traces that they are in, or that were asked for.
        more: how many more of these there were.
    """

    lines: dict[int, LineBatch] = field(default_factory=dict)
    fates: dict[int, Reject | str] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)
    traces: list[TraceLines] = field(default_factory=list)
    more: int = 0


class Examination:
    """Some files, which can be read several times.

    Attributes:
        files: of the last reading; they know where a record number's line stands.
    """

    def __init__(
        self, config: Config, files: Sequence[str], source: str | None, open_file: Open
    ) -> None:
        """For `files` and `source` see `given.Files`; `open_file` opens them, each time anew."""
        self._config, self._names, self._source, self._open = config, files, source, open_file
        self.files = self._fresh()

    def look(
        self, places: Sequence[Place], trace_ids: Iterable[int] = (), whole: bool = True
    ) -> Seen:
        """Look at the lines at some places and at their traces, and at the traces of some ids.

        Args:
            places: of lines.
            trace_ids: lower halves of ids of traces.
            whole: whether to read on behind the lines, where the rest of their traces may be.

        Raises:
            UsageError: there is no line at one of the places.
        """
        ids, wanted = frozenset(trace_ids), set[int]()
        seen = self._read(places, wanted, ids, whole)
        numbers = {self.at(place) for place in places}
        chosen = numbers | {seen.owners.get(number, number) for number in numbers}
        for _ in range(3):
            wanted = {number for trace in seen.traces for number in trace.numbers[:MOST_LINES]}
            wanted |= chosen
            for first in list(wanted):
                wanted.update(seen.members.get(first, ()))
            if wanted <= seen.lines.keys():
                break
            seen = self._read((), wanted, ids, whole)
        return seen

    def at(self, place: Place) -> int:
        """Return the record number of the line at a place, once it was read; raises UsageError."""
        number = self.files.number(place)
        if number is None:
            lines = self.files.lines(place.file)
            has = f"it has {lines:,} line{'' if lines == 1 else 's'}"
            raise UsageError(f"{place}: there is no such line; {has}")
        return number

    def _fresh(self) -> Files:
        telemetry = Telemetry(logs.silent(), SystemClock())
        return Files(self._config, self._names, self._source, telemetry, self._open)

    def _read(
        self, places: Sequence[Place], wanted: set[int], ids: frozenset[int], whole: bool
    ) -> Seen:
        """Read all files once, or until a round after the one with the last line that is wanted."""
        files = self.files = self._fresh()
        stages = Stages(self._config, Telemetry(logs.silent(), SystemClock()))
        reading = _Reading(self._config, stages.routes, wanted, ids)
        watch(stages, reading, self._config.traces.max_open)
        rounds = 0
        for batches, behind in files.rounds():
            for batch in batches:
                for place in places:
                    first = files.place(batch.first)
                    if place.file == first.file and 0 <= place.line - first.line < len(batch.lines):
                        wanted.add(batch.first + place.line - first.line)
                reading.keep(batch)
                outcome = stages.process(batch)
                reading.take(outcome)
                let_go(stages, outcome)
            outcome = stages.elapse(0, behind)
            reading.take(outcome)
            let_go(stages, outcome)
            rounds += len(reading.seen.lines) >= max(len(places), len(wanted))
            if rounds > 1 and not whole:
                break
        reading.take(stages.flush())
        return reading.seen


class _Clock:
    """Reads the times of some lines of a source, with what the lines before them say."""

    def __init__(self, route: Route) -> None:
        source = route.config
        self._fields = check(source).times
        self._times = build_times(source.time)
        self._parser = route.parser
        self._before = LineTimes(route.parser, self._fields, self._times.read)

    def read(self, records: Records, wanted: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield index and time of wanted lines that have one; to be called for each batch."""
        self._times.begin(records.batch.stream, records.batch.modified)
        lines = list(records.lines) if wanted else []
        for index in wanted:
            row = records.rows[lines.index(index)]
            value = time_value(self._fields, row_reader(self._parser, row))
            time = None if value is None else self._times.read(value)
            if time is None:
                time = self._before.before(records, index)
            if time is not None:
                yield index, time
        self._before.end(records)


class _Reading(Watcher):
    """Watches one reading; see `watched.Watcher`."""

    def __init__(
        self, config: Config, routes: Mapping[str, Route], wanted: set[int], ids: frozenset[int]
    ) -> None:
        self.seen = Seen()
        self._clocks = {name: _Clock(route) for name, route in routes.items()}
        self._wanted, self._ids = wanted, ids
        self._redactor = build_redactor(config)
        self._marks = {source.name: source.heading for source in config.sources}
        self._rows = set[int]()
        self._open: dict[int, tuple[Span, Origin | None]] = {}

    def keep(self, batch: LineBatch) -> None:
        """Keep the lines of a batch that are wanted."""
        for number in self._wanted:
            index = number - batch.first
            if 0 <= index < len(batch.lines):
                line = batch.lines[index]
                self.seen.lines[number] = msgspec.structs.replace(
                    batch,
                    block=line + b"\n",
                    lines=[line],
                    starts=batch.starts[index : index + 2],
                    first=number,
                    gaps=(),
                    heading=self._heading(batch, index),
                )

    def _heading(self, batch: LineBatch, index: int) -> bytes:
        """Return what says how a line is to be read: it may stand before it in the same batch."""
        mark = self._marks.get(batch.source)
        if mark is None or not index:
            return batch.heading
        if mark:
            before = b"".join(line + b"\n" for line in batch.lines[:index])
            return heading_in(b"\n" + before, mark) or batch.heading
        return batch.heading or (b"" if batch.starts[0] else batch.lines[0] + b"\n")

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        """Note what became of wanted lines, and where spans come from."""
        first = records.batch.first
        self._tell_times(source, records, mapped)
        for index, reason in (*records.rejects, *mapped.rejects):
            self._note(first + index, reason)
        for index in mapped.ignored:
            self._note(first + index, "ignored")
        for index in mapped.unmatched:
            self._note(first + index, "unmatched")
        self._remember(mapped.spans)
        self._remember(mapped.alone)

    def paired(self, source: str, paired: Paired) -> None:
        """Note the same of half-spans."""
        for number, reason in paired.released:
            self._note(number, reason)
        self._remember(paired.spans)

    def take(self, outcome: Outcome) -> None:
        """Look at the traces that were closed, and at records of several lines."""
        seen, wanted = self.seen, self._wanted
        for number in wanted.intersection(outcome.done) - self._rows:  # it was passed over
            seen.fates.setdefault(number, Reject.RECORD_FULL)
        for first, others in outcome.ties:
            if first in wanted:
                seen.members.setdefault(first, []).extend(others)
            for number in wanted.intersection(others):
                seen.owners[number] = first
        for trace in outcome.traces:
            origins = [self._open.pop(id(span), (span, None))[1] for span in trace.spans]
            if trace.spans[0].trace_id in self._ids or self._concerns(trace):
                if len(seen.traces) < MOST_TRACES:
                    seen.traces.append(self._looked_at(trace, origins))
                else:
                    seen.more += 1

    def _concerns(self, trace: Trace) -> bool:
        if self._ids:
            return False
        owned = self.seen.owners
        return any(number in self._wanted or number in owned.values() for number in trace.numbers)

    def _looked_at(self, trace: Trace, origins: list[Origin | None]) -> TraceLines:
        known = {id(span): origin for span, origin in zip(trace.spans, origins, strict=True)}
        self._redactor.take_counts()
        prepared = as_sent(trace, self._redactor)
        return TraceLines(
            prepared.spans,
            sorted(set(trace.numbers)),
            trace.reason,
            [known.get(id(span)) for span in prepared.spans],
            prepared.findings,
            Counter(self._redactor.take_counts()),
        )

    def _tell_times(self, source: str, records: Records, mapped: Mapped) -> None:
        """Note the times of wanted lines: what the rules took them for, else what we read."""
        first, times = records.batch.first, self.seen.times
        wanted = [index for index in records.lines if first + index in self._wanted]
        self._rows.update(first + index for index in wanted)
        for index, time in self._clocks[source].read(records, wanted):
            times[first + index] = time
        made: Sequence[MappedSpan | HalfSpan]
        for made in (mapped.spans, mapped.alone, mapped.halves):
            times.update((each.number, each.time) for each in made if each.number in self._wanted)

    def _note(self, number: int, fate: Reject | str) -> None:
        if number in self._wanted:
            self.seen.fates[number] = fate

    def _remember(self, spans: list[MappedSpan]) -> None:
        for mapped in spans:
            numbers = tuple(sorted({mapped.number, *mapped.more}))
            origin = Origin(numbers, mapped.root, mapped.parented)
            self._open[id(mapped.span)] = (mapped.span, origin)
