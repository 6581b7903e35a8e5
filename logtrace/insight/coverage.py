"""Counts what became of the lines of each source, rule by rule and reason by reason, with samples.

Called by `preview` through `watched`. Memory is bounded: counts, and so many samples of each kind. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from logtrace.insight.record_texts import RecordTexts
from logtrace.insight.shapes import SAMPLE, Shapes
from logtrace.insight.watched import Watcher
from logtrace.mapping.checked import CheckedSource
from logtrace.mapping.nodes import Field, variables
from logtrace.mapping.pairing import Paired
from logtrace.model import HalfSpan, Mapped, Records, Reject

MOST_REASON_SHAPES = 200
"""Shapes that are counted for each reason of rejection."""


@dataclass(slots=True)
class SourceCoverage:
    """What became of the lines of one source.

    Attributes:
        records: how many were read: lines, but where `multiline` or an envelope joins some.
        taken: how many each rule took, by its index; those that gave it nothing are not among them.
        fruitless: how many gave a rule nothing, by its index and the reason, but something to another.
        ignored: how many were ignored.
        resets: how many no rule took, but `reset`.
        unmatched: those that nothing took, by shape.
        rejected: those that could not be used, by reason and shape.
    """

    unmatched: Shapes
    records: int = 0
    taken: Counter[int] = field(default_factory=Counter)
    fruitless: Counter[tuple[int, Reject]] = field(default_factory=Counter)
    ignored: int = 0
    resets: int = 0
    rejected: dict[Reject, Shapes] = field(default_factory=dict)

    @property
    def spanned(self) -> int:
        """How many records became spans, or part of one, once everything is closed."""
        lost = sum(shapes.lines for shapes in self.rejected.values())
        return self.records - self.ignored - self.resets - self.unmatched.lines - lost


class Coverage(Watcher):
    """Watches the stages; see `watched.Watcher`.

    Attributes:
        sources: what became of the lines, by the source's name; only of those that had any.
    """

    def __init__(
        self, checked: Iterable[CheckedSource], texts: Mapping[str, RecordTexts] | None = None
    ) -> None:
        """Count by the rules of these; `texts` know what stands within the envelopes of a source."""
        self.sources: dict[str, SourceCoverage] = {}
        self._telling = {source.name: telling_fields(source) for source in checked}
        self._texts = texts or {}
        self._first = 0
        self._text_of: Callable[[int], str] = str
        self._lines = 0
        self._lost: list[tuple[int, int, Reject]] = []

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        """Count a batch."""
        batch, coverage = records.batch, self._of(source)
        self._first, self._lines = batch.first, len(batch.lines)
        texts = self._texts.get(source)
        self._text_of = texts.of(records) if texts else lambda index: line_text(batch.lines[index])
        coverage.records += len(records.rows) + len(records.rejects) + len(records.skipped)
        coverage.taken.update(mapped.taken)
        coverage.ignored += len(mapped.ignored)
        resets = frozenset(mapped.resets)
        for index in mapped.unmatched:
            if batch.first + index in resets:
                coverage.resets += 1
            else:
                coverage.unmatched.add(self._text_of(index), batch.first + index)
        for index, reason in (*records.rejects, *mapped.rejects):
            self._reject(source, batch.first + index, reason)

    def lost(self, source: str, half: HalfSpan, reason: Reject) -> None:
        """Count a line that gave a rule nothing."""
        self._of(source).taken[half.rule] -= 1
        self._lost.append((half.number, half.rule, reason))

    def paired(self, source: str, paired: Paired) -> None:
        """Count lines that came to nothing."""
        rejected = {number for number, _ in paired.released}
        for number, reason in paired.released:
            self._reject(source, number, reason)
        for number, rule, reason in self._lost:
            if number not in rejected:
                self._of(source).fruitless[rule, reason] += 1
        self._lost.clear()

    def _of(self, source: str) -> SourceCoverage:
        if source not in self.sources:
            self.sources[source] = SourceCoverage(Shapes(self._telling.get(source, ())))
        return self.sources[source]

    def _reject(self, source: str, number: int, reason: Reject) -> None:
        rejected = self._of(source).rejected
        if reason not in rejected:
            rejected[reason] = Shapes(self._telling.get(source, ()), MOST_REASON_SHAPES)
        held = 0 <= number - self._first < self._lines
        rejected[reason].add(self._text_of(number - self._first) if held else "", number)


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
