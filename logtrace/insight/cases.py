"""Runs the `tests:` of a configuration: lines through the stages, as `convert` does it.

Called by `logtrace test`. Each test has stages of its own, so that none leans on its neighbour; what it
expects is held against what would be sent. Pure; raises ConfigError where its source cannot be compiled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import msgspec

from logtrace import logs
from logtrace.clock import SystemClock
from logtrace.config.cases import CaseConfig
from logtrace.config.model import Config
from logtrace.insight.differences import Difference, compare, lacking, unexpected
from logtrace.insight.given import as_sent
from logtrace.insight.watched import Watcher, watch
from logtrace.model import Mapped, Records, Span, Trace
from logtrace.routes import build_redactor
from logtrace.source.given import batches
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the lines of a test.

    Attributes:
        lines: how many they are.
        traces: the spans of each trace, root first, in the order of the traces' first lines.
        rejected: how many lines were rejected, by reason.
        unmatched: how many lines no rule took.
        ignored: how many lines were ignored.
        taken: how many lines each rule took, by its index.
    """

    lines: int
    traces: list[list[Span]]
    rejected: dict[str, int]
    unmatched: int
    ignored: int
    taken: Counter[int]


class _Taken(Watcher):
    """Sees how many lines each rule takes; see `watched.Watcher`."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        self.counts.update(mapped.taken)


def run(config: Config, case: CaseConfig) -> Outcome:
    """Return what becomes of the lines of a test."""
    source = next(each for each in config.sources if case.source in (None, each.name))
    telemetry = Telemetry(logs.silent(), SystemClock())
    stages = Stages(msgspec.structs.replace(config, sources=(source,)), telemetry)
    taken = _Taken()
    watch(stages, taken, config.traces.max_open)
    redactor = build_redactor(config)
    text = "".join(f"{line.removesuffix(chr(10))}\n" for line in case.lines)
    closed: list[Trace] = []
    lines = 0
    for batch in batches(BytesIO(text.encode("utf-8", "replace")), case.name, source.name, 1):
        lines += len(batch.lines)
        batch.modified = case.modified or 0
        closed += stages.process(batch).traces
    closed += stages.elapse(0, ()).traces
    closed += stages.flush().traces
    closed.sort(key=lambda trace: min(trace.numbers))
    traces = [as_sent(trace, redactor).spans for trace in closed]
    rejected = {
        label: count
        for (name, label), count in telemetry.counts.items()
        if name == "lines_rejected"
    }
    return Outcome(
        lines,
        [trace for trace in traces if trace],
        rejected,
        telemetry.total("lines_unmatched"),
        telemetry.total("lines_ignored"),
        taken.counts,
    )


def failures(case: CaseConfig, outcome: Outcome) -> Iterator[Difference]:
    """Yield where what became of the lines is not what the test expects."""
    for key in ("unmatched", "ignored"):
        expected, got = getattr(case, key), getattr(outcome, key)
        if expected is not None and expected != got:
            yield Difference(key, expected, got)
    if case.traces is not None and case.traces != len(outcome.traces):
        yield Difference("traces", case.traces, len(outcome.traces))
    if case.rejected is not None:
        for reason in sorted(case.rejected.keys() | outcome.rejected):
            expected, got = case.rejected.get(reason, 0), outcome.rejected.get(reason, 0)
            if expected != got:
                yield Difference(f"rejected.{reason}", expected, got)
    if case.expect is not None:
        yield from _spans(case, outcome)


def _spans(case: CaseConfig, outcome: Outcome) -> Iterator[Difference]:
    spans = [(span, trace) for trace in outcome.traces for span in trace]
    for index, place, differences in compare(case.expect or (), spans):
        if index is None:
            assert place is not None
            yield unexpected(spans[place][0])
        elif place is None:
            assert case.expect is not None
            yield lacking(index, case.expect[index])
        else:
            yield from differences
