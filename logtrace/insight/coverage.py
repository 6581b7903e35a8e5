"""Counts what became of the lines of each source, rule by rule and reason by reason, with samples.

Called by `preview` through `watched`. Memory is bounded: counts, and so many samples of each kind. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from logtrace.insight.shapes import SAMPLE, Shapes
from logtrace.mapping.checked import CheckedSource
from logtrace.mapping.nodes import Field, variables
from logtrace.mapping.pairing import Paired
from logtrace.model import LineBatch, Mapped, Records, Reject

MOST_REASON_SHAPES = 200
"""Shapes that are counted for each reason of rejection."""


@dataclass(slots=True)
class SourceCoverage:
    """What became of the lines of one source.

    Attributes:
        records: how many were read: lines, but where `multiline` or an envelope joins some.
        taken: how many each rule took, by its index; those that it rejected are not among them.
        ignored: how many were ignored.
        unmatched: those that no rule took, by shape.
        rejected: those that could not be used, by reason and shape.
    """

    unmatched: Shapes
    records: int = 0
    taken: Counter[int] = field(default_factory=Counter)
    ignored: int = 0
    rejected: dict[Reject, Shapes] = field(default_factory=dict)

    @property
    def spanned(self) -> int:
        """How many records became spans, or part of one, once everything is closed."""
        lost = sum(shapes.lines for shapes in self.rejected.values())
        return self.records - self.ignored - self.unmatched.lines - lost


class Coverage:
    """Watches the stages; see `watched.Watcher`.

    Attributes:
        sources: what became of the lines, by the source's name; only of those that had any.
    """

    def __init__(self, checked: Iterable[CheckedSource]) -> None:
        self.sources: dict[str, SourceCoverage] = {}
        self._telling = {source.name: telling_fields(source) for source in checked}
        self._batch: LineBatch | None = None
        self._rules: dict[int, int] = {}

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        """Count a batch."""
        batch = self._batch = records.batch
        coverage = self._of(source)
        coverage.records += len(records.rows) + len(records.rejects) + len(records.skipped)
        coverage.taken.update(mapped.taken)
        self._rules = {half.number: half.rule for half in mapped.halves}
        coverage.ignored += len(mapped.ignored)
        for index in mapped.unmatched:
            coverage.unmatched.add(line_text(batch.lines[index]), batch.first + index)
        for index, reason in (*records.rejects, *mapped.rejects):
            self._reject(source, batch.first + index, reason)

    def paired(self, source: str, paired: Paired) -> None:
        """Count half-spans that came to nothing."""
        for number, reason in paired.released:
            self._reject(source, number, reason)
            if number in self._rules:  # else it was given up later: a count too many stays
                self._of(source).taken[self._rules[number]] -= 1

    def _of(self, source: str) -> SourceCoverage:
        if source not in self.sources:
            self.sources[source] = SourceCoverage(Shapes(self._telling.get(source, ())))
        return self.sources[source]

    def _reject(self, source: str, number: int, reason: Reject) -> None:
        rejected = self._of(source).rejected
        if reason not in rejected:
            rejected[reason] = Shapes(self._telling.get(source, ()), MOST_REASON_SHAPES)
        batch = self._batch
        index = number - batch.first if batch else -1
        held = batch is not None and 0 <= index < len(batch.lines)
        rejected[reason].add(line_text(batch.lines[index]) if batch and held else "", number)


def line_text(line: bytes) -> str:
    """Return the beginning of a line as text."""
    return line[: 4 * SAMPLE].decode("utf-8", "replace").removesuffix("\r")


def telling_fields(source: CheckedSource) -> tuple[str, ...]:
    """Return the fields whose values decide which rule takes a line, as far as they are its own keys."""
    nodes = [source.ignore, source.reset]
    nodes += [node for rule in source.rules for node in (rule.condition, rule.end)]
    names = [
        variable.name
        for node in nodes
        if node is not None
        for variable in variables(node)
        if isinstance(variable, Field)
    ]
    return tuple(dict.fromkeys(names))
