"""Watches the stages read files once: what became of some lines, and of which spans and traces they are.

Called by `examination`. Memory holds what is looked at, and what is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from logtrace.config.model import Config
from logtrace.insight.chosen import ChosenDecisions
from logtrace.insight.given import as_sent
from logtrace.insight.line import SpanOfLines
from logtrace.insight.watched import Watcher
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
    Role,
    Span,
    Trace,
)
from logtrace.parse.timestamps import build_times
from logtrace.routes import Route, build_redactor
from logtrace.ship.findings import Findings
from logtrace.source.heading import heading_in
from logtrace.stages import Outcome

MOST_TRACES = 20
"""Traces, or chunks of one, that are looked at."""


@dataclass(frozen=True, slots=True)
class TraceLines:
    """A trace as it would be sent, and where it comes from.

    Attributes:
        spans: the spans, root first.
        numbers: record numbers of its lines, rising.
        reason: why it was closed.
        kept_by: the entry of `traces.keep` that decided about it, by its index; None: none did, or when
            an earlier part of it left.
        origins: for each span what was known of it before it was joined with others; None: of a child
            span that a timer became.
        findings: what was changed or left out before sending; None: nothing.
        redacted: how often each rule replaced something in it.
    """

    spans: list[Span]
    numbers: list[int]
    reason: Closed
    kept_by: int | None
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
        joined: spans of several lines that they are in, by (record number, index of the rule).
        lost: why they gave a rule nothing that took them, likewise.
        resets: of those that `reset` holds for: the spans that they closed, with their first lines.
        traces: the traces that they are in, or that were asked for.
        more: how many more of these there were.
    """

    lines: dict[int, LineBatch] = field(default_factory=dict)
    fates: dict[int, Reject | str] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)
    joined: dict[tuple[int, int], SpanOfLines] = field(default_factory=dict)
    lost: dict[tuple[int, int], Reject] = field(default_factory=dict)
    resets: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    traces: list[TraceLines] = field(default_factory=list)
    more: int = 0


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


class Reading(Watcher):
    """Watches one reading; see `watched.Watcher`.

    Attributes:
        seen: what it has shown.
    """

    def __init__(
        self,
        config: Config,
        routes: Mapping[str, Route],
        decisions: ChosenDecisions,
        wanted: set[int],
        chosen: set[int],
        ids: frozenset[int],
    ) -> None:
        self.seen = Seen()
        self._decisions = decisions
        self._clocks = {name: _Clock(route) for name, route in routes.items()}
        self._wanted, self._chosen, self._ids = wanted, chosen, ids
        self._redactor = build_redactor(config)
        self._marks = {source.name: source.heading for source in config.sources}
        self._rows = set[int]()
        self._open: dict[int, tuple[Span, Origin | None]] = {}
        self._finished: dict[int, tuple[MappedSpan, HalfSpan, HalfSpan | None]] = {}
        self._keys: dict[tuple[int, int], str] = {}

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
        for half in mapped.halves:
            if half.number in self._wanted:
                self._keys[half.number, half.rule] = half.key
        self._remember(mapped.spans)
        self._remember(mapped.alone)

    def finished(self, first: HalfSpan, last: HalfSpan | None, made: MappedSpan) -> None:
        """Note which lines a span begins and ends with, until all of its lines are known."""
        self._finished[id(made)] = (made, first, last)

    def lost(self, source: str, half: HalfSpan, reason: Reject) -> None:
        """Note why a wanted line gave a rule nothing."""
        if half.number in self._wanted:
            self.seen.lost[half.number, half.rule] = reason

    def emptied(self, number: int, spans: Sequence[MappedSpan]) -> None:
        """Note what a wanted line has closed by `reset`."""
        if number in self._wanted:
            begun = [self._finished.get(id(span)) for span in spans]
            self.seen.resets[number] = [
                (made.span.name, first.number) for made, first, _ in filter(None, begun)
            ]

    def paired(self, source: str, paired: Paired) -> None:
        """Note what became of half-spans."""
        for number, reason in paired.released:
            self._note(number, reason)
        for mapped in paired.spans:
            if (known := self._finished.pop(id(mapped), None)) is not None:
                self._join(*known)
        self._remember(paired.spans)

    def _join(self, made: MappedSpan, first: HalfSpan, last: HalfSpan | None) -> None:
        """Note of the wanted lines of a span that they are in it, if it is more than as an event."""
        numbers, joined, keys = {made.number, *made.more}, self.seen.joined, self._keys
        end = None if last is None else last.number
        parts = {first.number, end} if first.role is Role.START else numbers
        for number in self._wanted.intersection(parts):
            place = number, first.rule
            if keys.get(place) != first.key:
                continue
            if place in joined:
                joined[place] = replace(joined[place], count=joined[place].count + 1)
                continue
            lines, high = tuple(sorted(numbers)), made.trace_high
            joined[place] = SpanOfLines(made.span, first.number, end, lines, high)

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
        self._decisions.entries.clear()

    def _concerns(self, trace: Trace) -> bool:
        if self._ids:
            return False
        owners, chosen = self.seen.owners, self._chosen
        concerned = chosen | {owners[number] for number in chosen if number in owners}
        return not concerned.isdisjoint(trace.numbers)

    def _looked_at(self, trace: Trace, origins: list[Origin | None]) -> TraceLines:
        known = {id(span): origin for span, origin in zip(trace.spans, origins, strict=True)}
        self._redactor.take_counts()
        kept_by = self._decisions.entries.get(id(trace.spans[0]))
        prepared = as_sent(trace, self._redactor)
        return TraceLines(
            prepared.spans,
            sorted(set(trace.numbers)),
            trace.reason,
            kept_by,
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
