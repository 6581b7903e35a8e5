"""Says why a line became what it became: rule by rule, condition by condition, value by value.

Called by `logtrace explain`. All that is told is what the interpreter does with that line: the outcome
of each rule is that of an interpreter which has just this rule, the value of each part of a condition
that of the evaluator. So an explanation cannot differ from what happens; a property test holds it to
the generated code. Never raises for what a line holds; slow. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logtrace.mapping import operators
from logtrace.mapping.checked import CheckedSource, Rule
from logtrace.mapping.evaluator import Read, evaluate, text_of, value_of
from logtrace.mapping.explained_spans import (
    OF_THE_LINE,
    ChildStory,
    SpanReads,
    Value,
    children_told,
    errors_of,
    values_of,
)
from logtrace.mapping.interpreter import Interpreter, with_extract
from logtrace.mapping.line_times import LineTimes, ReadTime, row_reader, time_value
from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Node,
    Not,
    Variable,
    children,
    variables,
)
from logtrace.mapping.wording import worded
from logtrace.model import HalfSpan, Mapped, MappedSpan, Parser, Records, Reject, Span

Outcome = MappedSpan | HalfSpan | Reject | None
"""What a rule makes of a line; None: it does not take it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A condition, or a part of one, and what it came to.

    Attributes:
        text: as it may be written.
        value: what it came to; it holds if that is true in Python's sense.
        reads: the fields that it reads, with their values; empty if parts follow.
        parts: of `and`, `or` and `not`: the conditions within.
    """

    text: str
    value: Any
    reads: tuple[tuple[str, Any], ...]
    parts: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """A finished span that came of several lines.

    Attributes:
        span: the span.
        first: the row of its first line, and
        last: of its last line; None: there was no end.
        lines: the rows of those that are at hand, by record number.
    """

    span: Span
    first: Any
    last: Any
    lines: Sequence[tuple[int, Any]] = ()


@dataclass(frozen=True, slots=True)
class RuleStory:
    """What one rule made of a line.

    Attributes:
        index: its place in the source.
        conditions: what it asks of a line, by the name of the key.
        groups: what its `extract` found; None: it has none, or the pattern was not found.
        extracts: whether it has one.
        values: (key, text of the configuration, what it came to) of all else that it says: by this
            line, or, where `joined`, by the lines of the span that it is part of.
        joined: whether the span is known that came of this line and others.
        errors: of a span of many lines, whether `error` holds for each of them, by its number.
        children: what became of each child that the span may have.
        outcome: what it would make of the line if it were the only rule.
        decides: whether it is this rule that decided what became of the line.
        tried: whether it came to that: no rule before it took the line.
    """

    index: int
    conditions: tuple[tuple[str, Told], ...]
    groups: dict[str, Any] | None
    extracts: bool
    values: tuple[Value, ...]
    joined: bool
    errors: tuple[tuple[int, bool], ...]
    children: tuple[ChildStory, ...]
    outcome: Outcome
    decides: bool
    tried: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What the rules of a source made of a line.

    Attributes:
        times: the fields that may hold its time, with their values, in the order in which they count.
        own_time: what the first of them with a value means by itself, in nanoseconds; None: nothing.
        time: the time that the line has, with what the lines before it say; None: none.
        reset: whether it ends what is open; None: the source has no `reset`.
        ignore: whether it is ignored, likewise.
        scope: the text of the source's `scope`.
        rules: what each rule has to say.
        mapped: what became of it: exactly what the source's rules give for this line alone.
    """

    times: tuple[tuple[str, Any], ...]
    own_time: int | None
    time: int | None
    reset: Told | None
    ignore: Told | None
    scope: Any
    rules: tuple[RuleStory, ...]
    mapped: Mapped


class _Single(Interpreter):
    """An interpreter of one line, which knows its time already if it depends on lines before it."""

    def __init__(
        self,
        checked: CheckedSource,
        parser: Parser,
        read_time: ReadTime,
        read_moment: ReadTime | None,
        known: int | None,
    ) -> None:
        super().__init__(
            checked, parser, read_time if known is None else lambda _: known, read_moment
        )
        if known is not None:
            self._line_times = _Known(known, parser, checked, read_time)


class _Known(LineTimes):
    """Line times of which the one that matters is known."""

    def __init__(
        self, known: int, parser: Parser, checked: CheckedSource, read_time: ReadTime
    ) -> None:
        super().__init__(parser, checked.times, read_time)
        self._time_before = known

    def before(self, records: Records, index: int) -> int | None:
        """See `LineTimes`."""
        return self._time_before

    def end(self, records: Records) -> None:
        """See `LineTimes`; there is nothing to keep."""


class Explainer(_Single):
    """An interpreter that can say why.

    Args:
        checked, parser, read_time, read_moment: see `compiler.compile_source`.
        known: the time that the line has, where it depends on lines before it; None: it does not.
    """

    def __init__(
        self,
        checked: CheckedSource,
        parser: Parser,
        read_time: ReadTime,
        read_moment: ReadTime | None = None,
        known: int | None = None,
    ) -> None:
        super().__init__(checked, parser, read_time, read_moment, known)
        self._own_time = read_time
        self._known = known
        self._single = [
            _Single(
                replace(checked, rules=(rule,), ignore=None, reset=None),
                *(parser, read_time, read_moment, known),
            )
            for rule in checked.rules
        ]

    def explain(
        self, records: Records, at: int, wholes: Mapping[int, Whole] | None = None
    ) -> Story:
        """Return what becomes of the row `at` of some records, and why.

        Args:
            records: read by the parser.
            at: the index of the row.
            wholes: for rules that need several lines, the span that the line became part of.
        """
        checked, row = self._checked, records.rows[at]
        one = Records(records.batch, [row], [records.lines[at]], [])
        read = row_reader(self._parser, row)
        mapped = self.map(one)
        times = tuple((field.name, read(field)) for field in checked.times)
        value = time_value(checked.times, read)
        own = None if value is None else self._own_time(value)
        rules = list(self._rules(one, read, mapped, wholes or {}))
        return Story(
            times=times,
            own_time=own,
            time=own if self._known is None else self._known,
            reset=self._told("reset", checked.reset, read),
            ignore=self._told("ignore", checked.ignore, read),
            scope=value_of(checked.scope, read),
            rules=tuple(rules),
            mapped=mapped,
        )

    def _rules(
        self, one: Records, read: Read, mapped: Mapped, wholes: Mapping[int, Whole]
    ) -> Iterator[RuleStory]:
        tried = not mapped.ignored
        for rule, single in zip(self._checked.rules, self._single, strict=True):
            outcome = _outcome(single.map(one))
            rejected = tried and isinstance(outcome, Reject)
            decides = rule.index in mapped.taken or (bool(mapped.rejects) and rejected)
            story = self._rule(rule, read, outcome, wholes.get(rule.index))
            yield replace(story, decides=decides, tried=tried)
            goes_on = rule.continues and not isinstance(outcome, Reject)
            tried = tried and (outcome is None or goes_on)

    def _rule(self, rule: Rule, line: Read, outcome: Outcome, whole: Whole | None) -> RuleStory:
        read, groups = with_extract(rule.extract, line), None
        if rule.extract is not None:
            found = operators.found(line(rule.extract.field), rule.extract.pattern.search)
            groups = found.groupdict() if found else None
        name = "start" if rule.kind == "pair" else str(rule.kind)
        conditions = ((name, rule.condition), ("end", rule.end))
        joined = self._joined(rule, whole) if whole and isinstance(outcome, HalfSpan) else None
        return RuleStory(
            index=rule.index,
            conditions=tuple(
                (name, condition)
                for name, node in conditions
                if (condition := self._told(f"spans[{rule.index}].{name}", node, read))
            ),
            groups=groups,
            extracts=rule.extract is not None,
            values=tuple(self._values(rule, read, joined)),
            joined=joined is not None,
            errors=errors_of(rule, joined, text_of(rule.key, read)) if joined else (),
            children=self._children(rule, read, outcome, joined),
            outcome=outcome,
            decides=False,
            tried=False,
        )

    def _joined(self, rule: Rule, whole: Whole) -> SpanReads:
        """Return a span of several lines with what reads them."""

        def reads(row: Any) -> Read:
            return with_extract(rule.extract, row_reader(self._parser, row))

        last = None if whole.last is None else reads(whole.last)
        lines = tuple((number, reads(row)) for number, row in whole.lines)
        return SpanReads(whole.span, reads(whole.first), last, lines)

    def _values(self, rule: Rule, read: Read, joined: SpanReads | None) -> Iterator[Value]:
        """Yield what the rule says, by the lines of its span where these are known."""
        written = self._checked.written
        mine = values_of(written, rule, read, read)
        if joined is None:
            yield from mine
            return
        yield from (value for value in mine if value[0] in OF_THE_LINE)
        begun = replace(joined, last=None)
        for value in values_of(written, rule, joined.read, begun.read):
            if value[0] not in OF_THE_LINE:
                yield value

    def _children(
        self, rule: Rule, read: Read, outcome: Outcome, joined: SpanReads | None
    ) -> tuple[ChildStory, ...]:
        """Return what became of the children of the span, where there is one."""
        mapped = outcome.span if isinstance(outcome, HalfSpan) else outcome
        if joined is not None:
            return children_told(self._checked.written, rule, joined.read, joined.span)
        if isinstance(mapped, MappedSpan):
            return children_told(self._checked.written, rule, read, mapped.span)
        return ()

    def _told(self, key: str, node: Node | None, read: Read) -> Told | None:
        """Return a condition with its values, in the words of the configuration."""
        if node is None:
            return None
        texts = (str(each.text) for each in self._checked.written if each.key == key)
        condition = told(node, read)
        return replace(condition, text=next(texts, condition.text))


def ready_story(apply: Callable[[Records], Mapped], records: Records, at: int) -> Story:
    """Return the story of a line whose spans are ready: no rule has anything to say to it."""
    one = Records(records.batch, [records.rows[at]], [records.lines[at]], [])
    return Story(
        times=(),
        own_time=None,
        time=None,
        reset=None,
        ignore=None,
        scope=None,
        rules=(),
        mapped=apply(one),
    )


def told(node: Node, read: Read) -> Told:
    """Return a condition with the values that it and its parts have."""
    value = evaluate(node, read)
    if isinstance(node, All | AnyOf | Not):
        return Told(worded(node), value, (), tuple(told(part, read) for part in children(node)))
    reads = {_name(variable): read(variable) for variable in variables(node)}
    return Told(worded(node), value, tuple(reads.items()))


def _name(variable: Variable) -> str:
    return worded(variable)


def _outcome(mapped: Mapped) -> Outcome:
    """Return what a single rule made of a single line."""
    for made in (mapped.spans, mapped.alone, mapped.halves):
        if made:
            return made[0]
    return mapped.rejects[0][1] if mapped.rejects else None
