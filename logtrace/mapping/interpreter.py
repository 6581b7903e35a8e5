"""Says what rules mean: reads the checked tree line by line, slowly and plainly.

The generated code must give the same `Mapped` for every line; a property test holds it to that. In:
records; out: `Mapped`, and a `HalfRule` for each rule that needs several lines. Never raises for what a
line holds; one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from logtrace.mapping import ids, operators, runtime, values
from logtrace.mapping.checked import CheckedSource, Extract, Rule
from logtrace.mapping.evaluator import Read, evaluate, metrics_of, tags_of, text_of, value_of
from logtrace.mapping.interpreted_children import children_of
from logtrace.mapping.line_times import LineTimes, ReadTime, row_reader, time_value
from logtrace.mapping.nodes import Extracted, Field, Variable
from logtrace.mapping.pairing import HalfRule, Identity
from logtrace.model import (
    HalfSpan,
    LineBatch,
    Mapped,
    MappedSpan,
    Parser,
    Records,
    Reject,
    Role,
    Span,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One record, as the expressions of a rule see it; `number` counts all records of the run."""

    batch: LineBatch
    index: int
    read: Read

    @property
    def number(self) -> int:
        return self.batch.first + self.index

    @property
    def offset(self) -> int:
        return self.batch.starts[self.index]


class Interpreter:
    """Applies a source's rules; the same interface as `compiler.Mapping`.

    Attributes:
        half_rules: what pairing needs of each rule that is not `when`, by its index.
    """

    def __init__(
        self,
        checked: CheckedSource,
        parser: Parser,
        read_time: ReadTime,
        read_moment: ReadTime | None = None,
    ) -> None:
        """See `compiler.compile_source`."""
        self._checked = checked
        self._parser = parser
        self._read_time = read_time
        self._read_moment = read_moment or read_time
        self._line_times = LineTimes(parser, checked.times, read_time)
        self._records: Records | None = None
        self._guessed = 0
        self.half_rules: dict[int, HalfRule] = {
            rule.index: InterpretedHalf(rule) for rule in checked.rules if rule.kind != "when"
        }

    def map(self, records: Records) -> Mapped:
        """Return what the rules make of `records`."""
        mapped = Mapped(ignored=list(records.skipped))
        self._records, self._guessed = records, 0
        for index, row in zip(records.lines, records.rows, strict=True):
            line = _Line(records.batch, index, row_reader(self._parser, row))
            self._take(line, mapped)
        self._line_times.end(records)
        mapped.timeless = self._guessed
        return mapped

    def _take(self, line: _Line, mapped: Mapped) -> None:
        """Put one line into its place in `mapped`."""
        checked = self._checked
        if checked.reset is not None and evaluate(checked.reset, line.read):
            mapped.resets.append(line.number)
        if checked.ignore is not None and evaluate(checked.ignore, line.read):
            mapped.ignored.append(line.index)
            return
        given = False
        for rule in checked.rules:
            outcome = self._apply(rule, line)
            if outcome is None:
                continue
            if isinstance(outcome, Reject):
                if not given:
                    mapped.rejects.append((line.index, outcome))
                return
            mapped.taken[rule.index] = mapped.taken.get(rule.index, 0) + 1
            if isinstance(outcome, HalfSpan):
                mapped.halves.append(outcome)
            elif not rule.settled:
                mapped.halves.append(self._open_ended(rule, outcome, line))
            elif rule.trace_id is None:
                mapped.alone.append(outcome)
            else:
                mapped.spans.append(outcome)
            if not rule.continues:
                return
            given = True
        if not given:
            mapped.unmatched.append(line.index)

    def _apply(self, rule: Rule, line: _Line) -> MappedSpan | HalfSpan | Reject | None:
        """Return what a rule makes of a line, or None if it does not take it."""
        read = with_extract(rule.extract, line.read)
        line = _Line(line.batch, line.index, read)
        if rule.condition is None:  # a group
            return self._half(rule, Role.MEMBER, line)
        if evaluate(rule.condition, read):
            if rule.kind == "when":
                return self._span(rule, line)
            return self._half(rule, Role.EVENT if rule.kind == "event" else Role.START, line)
        if rule.end is not None and evaluate(rule.end, read):
            return self._half(rule, Role.END, line)
        return None

    # ── one line, one span ────────────────────────────────────────────────────────────────────────

    def _span(self, rule: Rule, line: _Line) -> MappedSpan | Reject:
        read, timing = line.read, rule.timing
        time = self._moment(value_of(timing.end, read)) if timing.end else self._line_time(line)
        if isinstance(time, Reject):
            return time
        traced = _trace(rule, line.batch.key, line.offset, read)
        if traced is None:
            return Reject.NO_TRACE_ID
        low, high = traced
        if not text_of(rule.name, read):
            return Reject.NO_NAME
        extent = self._extent(rule, read, time)
        if isinstance(extent, Reject):
            return extent
        start, duration = extent
        span = _span(rule, read, low, _span_id(rule, line.batch.key, line.offset, read), 0)
        span.span.start, span.span.duration = start, duration
        span.number, span.time, span.trace_high = line.number, time, high
        if rule.children:
            span.children = children_of(rule, read, span.span, line.batch.key, line.offset)
        return span

    def _extent(self, rule: Rule, read: Read, time: int) -> tuple[int, int] | Reject:
        """Return start and duration of the span of a `when` rule."""
        timing = rule.timing
        if timing.start is not None:
            value = value_of(timing.start, read)
            if value is None:
                return Reject.NO_DURATION
            start = self._moment(value)
            if isinstance(start, Reject):
                return start
            return (start, time - start) if start <= time else Reject.BAD_DURATION
        if timing.duration is None:
            return time, 0
        value = value_of(timing.duration, read)
        if value is None:
            return Reject.NO_DURATION
        duration = values.duration(value, timing.unit)
        if duration is None:
            return Reject.BAD_DURATION
        if timing.at_start:
            return time, duration
        start = time - duration
        return (start, duration) if start >= runtime.EARLIEST else Reject.TIME_OUT_OF_RANGE

    def _open_ended(self, rule: Rule, span: MappedSpan, line: _Line) -> HalfSpan:
        """Return a span for which pairing has to say to what it belongs."""
        return HalfSpan(
            rule=rule.index,
            role=Role.SPAN,
            key="",
            scope=text_of(self._checked.scope, line.read) or "",
            time=span.time,
            number=line.number,
            offset=line.offset,
            file_key=line.batch.key,
            values=(),
            within=rule.within,
            span=span,
        )

    # ── half-spans ────────────────────────────────────────────────────────────────────────────────

    def _half(self, rule: Rule, role: Role, line: _Line) -> HalfSpan | Reject | None:
        read = line.read
        key = text_of(rule.key, read)
        if key is None and rule.key is not None and not rule.by_trace:
            return None
        time = self._line_time(line)
        if isinstance(time, Reject):
            return time
        needs_trace = rule.by_trace or role not in (Role.END, Role.MEMBER)
        if needs_trace and _trace(rule, line.batch.key, line.offset, read) is None:
            return Reject.NO_TRACE_ID
        if role is Role.EVENT and not text_of(rule.name, read):
            return Reject.NO_NAME
        return HalfSpan(
            rule=rule.index,
            role=role,
            key=key or "",
            scope=text_of(self._checked.scope, read) or "",
            time=time,
            number=line.number,
            offset=line.offset,
            file_key=line.batch.key,
            values=tuple(read(variable) for variable in rule.kept),
            failed=role is Role.MEMBER and _fails(rule, read),
        )

    # ── fields ────────────────────────────────────────────────────────────────────────────────────

    def _line_time(self, line: _Line) -> int | Reject:
        """Return when the line was written; if it does not say so, when the one before it was."""
        value = time_value(self._checked.times, line.read)
        time = None if value is None else self._read_time(value)
        if time is None and self._records is not None:
            time = self._line_times.before(self._records, line.index)
            self._guessed += time is not None
        return time if _is_time(time) else runtime.bad_time(value, time)

    def _moment(self, value: Any) -> int | Reject:
        """Return the time that a value means, or why it is none."""
        time = None if value is None else self._read_moment(value)
        return time if _is_time(time) else runtime.bad_time(value, time)


def _is_time(time: int | None) -> TypeGuard[int]:
    return time is not None and runtime.EARLIEST <= time < runtime.LATEST


class InterpretedHalf:
    """A rule that needs several lines, for `pairing`."""

    def __init__(self, rule: Rule) -> None:
        assert rule.kind != "when"
        self._rule = rule
        self.kind: Literal["pair", "group", "event"] = rule.kind
        self.index = rule.index
        self.timeout = rule.timeout
        self.pause = rule.pause
        self.closes_all = rule.closes_all

    def identify(self, half: HalfSpan) -> Identity | Reject:
        """See `pairing.HalfRule`."""
        read = _between(self._rule, half, half)
        span_id = _span_id(self._rule, half.file_key, half.offset, read)
        if self._rule.trace_id is None:
            return Identity(None, "", span_id)
        traced = _trace(self._rule, half.file_key, half.offset, read)
        if traced is None:
            return Reject.NO_TRACE_ID
        return Identity(*traced, span_id)

    def finish(
        self,
        first: HalfSpan,
        last: HalfSpan | None,
        identity: Identity,
        parent_id: int,
        start: int,
        end: int,
    ) -> MappedSpan | Reject:
        """See `pairing.HalfRule`."""
        read = _between(self._rule, first, last or first)
        if not text_of(self._rule.name, read):
            return Reject.NO_NAME
        trace_id = identity.trace_id or identity.span_id
        span = _span(self._rule, read, trace_id, identity.span_id, parent_id)
        span.span.start, span.span.duration = start, max(end - start, 0)
        span.number, span.time = (last or first).number, (last or first).time
        span.trace_high = identity.trace_high
        if self.kind == "group":
            span.span.error = int(first.failed)
        if last is None and self.kind == "pair":
            span.span.error = 1
            span.span.meta.setdefault("error.message", runtime.UNFINISHED)
        if self._rule.children:
            made = children_of(self._rule, read, span.span, first.file_key, first.offset)
            span.children = made
        return span

    def event(self, half: HalfSpan) -> dict[str, Any]:
        """See `pairing.HalfRule`."""
        read = _between(self._rule, half, half)
        return {
            "name": text_of(self._rule.name, read),
            "time_unix_nano": half.time,
            "attributes": {**tags_of(self._rule, read), **metrics_of(self._rule, read)},
        }


def with_extract(extract: Extract | None, read: Read) -> Read:
    """Return what gives the fields of a line and the groups of a rule's pattern."""
    if extract is None:
        return read
    found = operators.found(read(extract.field), extract.pattern.search)
    groups = found.groupdict() if found else {}
    return lambda variable: (
        groups.get(variable.name) if isinstance(variable, Extracted) else read(variable)
    )


def _between(rule: Rule, first: HalfSpan, last: HalfSpan) -> Read:
    """Return what gives the variables of a half-span from its first and last line."""
    places = {(type(kept), kept.name, _exact(kept)): at for at, kept in enumerate(rule.kept)}

    def read(variable: Variable) -> Any:
        at = places[type(variable), variable.name, _exact(variable)]
        if variable.side == "first":
            return first.values[at]
        value = last.values[at]
        return first.values[at] if value is None and variable.side == "both" else value

    return read


def _exact(variable: Variable) -> bool:
    return isinstance(variable, Field) and variable.exact


# ── the parts of a span ───────────────────────────────────────────────────────────────────────────


def _trace(rule: Rule, file_key: int, offset: int, read: Read) -> tuple[int, str] | None:
    """Return the halves of the trace id, or None where the rule names one and the line has none."""
    if rule.trace_id is None:
        return ids.derive(ids.seed(file_key, rule.index, 1), offset), ""
    return ids.trace_id(value_of(rule.trace_id, read), rule.trace_id.dialect)


def _span_id(rule: Rule, file_key: int, offset: int, read: Read) -> int:
    """Return the span id that the line gives, or one of our own."""
    given = None
    if rule.span_id is not None:
        given = ids.span_id(value_of(rule.span_id, read), rule.span_id.dialect)
    return given or ids.derive(ids.seed(file_key, rule.index, 0), offset)


def _kinship(rule: Rule, read: Read, span_id: int, enclosing: int) -> tuple[int, bool, bool]:
    """Return the parent's id, whether the span is a root, and whether the log says either."""
    if rule.parent_id is not None:
        parent = ids.parent_id(value_of(rule.parent_id, read), rule.parent_id.dialect)
        return (parent, False, True) if parent and parent != span_id else (0, True, True)
    if rule.adopts and rule.trace_id is not None:
        called = runtime.context(value_of(rule.trace_id, read), rule.trace_id.dialect)
        if called and called[2] and called[2] != span_id:
            return called[2], False, True
    if enclosing:
        return enclosing, False, True
    if rule.serves or rule.trace_id is None:
        return 0, True, rule.trace_id is None
    # Of a trace with an id, the outermost start ends what we see, but its caller may be elsewhere.
    return 0, rule.kind == "pair" and rule.scoped, False


def _fails(rule: Rule, read: Read) -> bool:
    """Return whether the rule's `error` holds."""
    return rule.error is not None and bool(evaluate(rule.error, read))


def _span(rule: Rule, read: Read, trace_id: int, span_id: int, enclosing: int) -> MappedSpan:
    """Return the span with all that does not depend on times."""
    parent_id, is_root, is_parented = _kinship(rule, read, span_id, enclosing)
    name = text_of(rule.name, read) or ""
    span = Span(
        service=text_of(rule.service, read) or rule.own_service,
        name=name,
        resource=text_of(rule.resource, read) or name,
        trace_id=trace_id,
        span_id=span_id,
        start=0,
        duration=0,
        parent_id=parent_id,
        error=0 if rule.kind == "group" else int(_fails(rule, read)),
        type=text_of(rule.type, read) or "",
        meta=tags_of(rule, read),
        metrics=metrics_of(rule, read),
    )
    return MappedSpan(span, number=0, time=0, root=is_root, parented=is_parented)
