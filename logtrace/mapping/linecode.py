"""Generates what a rule does with one line that it takes: a finished span, or a half of one.

Used by `codegen` within the loop over a batch, where `i` is the line's index and `r` its row. Every path
through the code written here ends with the line in exactly one list, and `continue`. Only a line
without the key of its half-span falls through, to the next rule, and one that a rule with the key
`continue` has taken: then `given` is true, and no later rule can reject it.
"""

from __future__ import annotations

from contextlib import ExitStack

from logtrace.mapping import runtime, values
from logtrace.mapping.checked import CheckedSource, Rule
from logtrace.mapping.childcode import write_children
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.partscode import derive
from logtrace.mapping.spancode import SpanCode
from logtrace.mapping.templates import Template
from logtrace.mapping.variables import RowVariables
from logtrace.mapping.writer import Writer
from logtrace.model import HalfSpan, MappedSpan, Reject, Role


class LineCode:
    """Writes what becomes of the lines that one rule takes."""

    def __init__(
        self, writer: Writer, checked: CheckedSource, rule: Rule, fields: RowVariables
    ) -> None:
        self._writer = writer
        self._checked = checked
        self._rule = rule
        self._fields = fields
        self._conditions = Conditions(writer, fields)
        self._code = SpanCode(writer, self._conditions, rule, self._fail)
        self.comment = self._code.comment

    def extract(self, early: bool) -> None:
        """Write the rule's extraction, if it is to be done this early."""
        extract = self._rule.extract
        if extract is not None and extract.early == early:
            self.comment("extract")
            self._fields.extract(extract)

    # ── one line, one span ────────────────────────────────────────────────────────────────────────

    def write_span(self) -> None:
        """Write what makes a finished span of the line."""
        rule, code, writer = self._rule, self._code, self._writer
        self._time(rule.timing.end)
        if rule.trace_id is None:
            derive(writer, "trace_id", f"trace_seed{rule.index}", "starts[i]")
        else:
            code.trace()
        name = code.name()
        self._extent()
        code.span_id(f"span_seed{rule.index}", "starts[i]")
        is_root, is_parented = code.kinship(enclosing="")
        span = code.span(name)
        place, high = ("spans", "trace_high") if rule.trace_id else ("alone", '""')
        writer.use(MappedSpan=MappedSpan)
        writer.line(f"span = {span}")
        more = ""
        if rule.children:
            seeds = f"child_seeds{rule.index}"
            write_children(writer, self._conditions, rule.children, seeds, "starts[i]")
            more = ", (), children"
        made = f"MappedSpan(span, first + i, time, {high}, {is_root}, {is_parented}{more})"
        if rule.settled:
            writer.line(f"{place}.append({made})")
        else:
            self._append_half(Role.SPAN, '""', "()", f", {rule.within!r}, {made}")
        self._taken()

    def _extent(self) -> None:
        """Fill `start` and `duration`, from `time` and the rule's timing."""
        timing, writer = self._rule.timing, self._writer
        if timing.start is not None:
            self._start(timing.start)
        elif timing.duration is None:
            writer.line("start = time")
            writer.line("duration = 0")
        else:
            self._duration(timing.duration, timing.unit)
            if timing.at_start:
                writer.line("start = time")
                return
            writer.line("start = time - duration")
            with writer.block("if start < EARLIEST:"):
                self._reject(Reject.TIME_OUT_OF_RANGE)

    def _start(self, template: Template) -> None:
        """Fill `start` and `duration` from the time at which the span started."""
        writer = self._writer
        self.comment("from")
        value = self._code.value(template)
        with writer.block(f"if {value} is None:"):
            self._reject(Reject.NO_DURATION)
        self._read_time("start", value)
        writer.line("duration = time - start")
        with writer.block("if duration < 0:"):
            self._reject(Reject.BAD_DURATION)

    def _duration(self, template: Template, unit: int | None) -> None:
        """Fill `duration`."""
        writer = self._writer
        self.comment("duration")
        writer.use(duration_of=values.duration)
        value = self._code.value(template)
        if unit is None:
            self._any_duration(value, unit)
            return
        bound = -(-values.LONGEST // unit)  # whole numbers below it stay below LONGEST
        with writer.block(f"if {value}.__class__ is int and 0 <= {value} < {bound}:"):
            writer.line(f"duration = {value} * {unit}")
        with writer.block("else:"):
            self._any_duration(value, unit)

    def _any_duration(self, value: str, unit: int | None) -> None:
        """Fill `duration` from a value of any type."""
        writer = self._writer
        writer.line(f"duration = duration_of({value}, {unit}) if {value} is not None else None")
        with writer.block("if duration is None:"):
            writer.use(NO_DURATION=Reject.NO_DURATION, BAD_DURATION=Reject.BAD_DURATION)
            self._fail(f"NO_DURATION if {value} is None else BAD_DURATION")

    # ── half-spans ────────────────────────────────────────────────────────────────────────────────

    def write_half(self, role: Role) -> None:
        """Write what makes a half-span of the line."""
        rule, writer = self._rule, self._writer
        if rule.key is None:
            self._half(role, '""')
            return
        piece = self._conditions.piece(rule.key)
        if not piece.needs or rule.by_trace:
            self._half(role, piece.text)
            return
        with writer.block(f"if {piece.present}:"):
            self._half(role, piece.text)

    def _half(self, role: Role, key: str) -> None:
        rule, writer = self._rule, self._writer
        self._time(None)
        named = rule.by_trace or role not in (Role.END, Role.MEMBER)  # those find what has one
        if rule.trace_id is not None and named:
            self._code.check_trace()
        if role is Role.EVENT:
            self._code.name()
        scope = self._scope()
        kept = "".join(f"{self._fields.load(variable)}, " for variable in rule.kept)
        writer.line(f"key = {key}")
        writer.line(f"kept = ({kept})")
        failed = ""
        if role is Role.MEMBER and rule.error is not None:
            self.comment("error")
            failed = f", failed=bool({self._conditions.test(rule.error)})"
        self._append_half(role, "key", "kept", failed, scope)
        self._taken()

    def _append_half(
        self, role: Role, key: str, kept: str, more: str, scope: str | None = None
    ) -> None:
        """Write the half-span itself; `scope` None: it is not filled yet."""
        writer = self._writer
        scope = self._scope() if scope is None else scope
        writer.use(HalfSpan=HalfSpan, **{role.name: role})
        places = f"{self._rule.index}, {role.name}, {key}, {scope}, time, first + i, starts[i]"
        writer.line(f"halves.append(HalfSpan({places}, file_key, {kept}{more}))")

    def _scope(self) -> str:
        """Fill `scope`; return Python for it."""
        if self._checked.scope is None:
            return '""'
        piece = self._conditions.piece(self._checked.scope)
        text = f'{piece.text} if {piece.present} else ""' if piece.needs else piece.text
        self._writer.line(f"scope = {text}")
        return "scope"

    # ── times ─────────────────────────────────────────────────────────────────────────────────────

    def _time(self, template: Template | None) -> None:
        """Fill `time`, from a template or from the line's time field."""
        self.comment("time")
        if template is not None:
            self._read_time("time", self._code.value(template))
            return
        fields = [field for field in self._checked.times if self._fields.has(field)]
        if len(fields) == 1:
            self._line_time(self._fields.load(fields[0]))
            return
        with ExitStack() as blocks:
            self._writer.line("stamp = None")
            for place, field in enumerate(fields):
                if place:
                    blocks.enter_context(self._writer.block("if stamp is None:"))
                self._writer.line(f"stamp = {self._fields.load(field)}")
        self._line_time("stamp")

    def _line_time(self, value: str) -> None:
        """Fill `time` with what a value means, else with the time of the line before."""
        writer = self._writer
        writer.use(bad_time=runtime.bad_time, EARLIEST=runtime.EARLIEST, LATEST=runtime.LATEST)
        writer.line(f"time = read_time({value}) if {value} is not None else None")
        with writer.block("if time is None or not EARLIEST <= time < LATEST:"):
            with writer.block("if time is None:"):
                writer.line("time = time_before(records, i)")
                writer.line("timeless += time is not None")
            with writer.block("if time is None or not EARLIEST <= time < LATEST:"):
                self._fail(f"bad_time({value}, time)")

    def _read_time(self, target: str, value: str) -> None:
        """Fill `target` with the time that a value means; reject the line if it means none."""
        writer = self._writer
        writer.use(bad_time=runtime.bad_time, EARLIEST=runtime.EARLIEST, LATEST=runtime.LATEST)
        writer.line(f"{target} = read_moment({value}) if {value} is not None else None")
        with writer.block(f"if {target} is None or not EARLIEST <= {target} < LATEST:"):
            self._fail(f"bad_time({value}, {target})")

    # ── ends ──────────────────────────────────────────────────────────────────────────────────────

    def _taken(self) -> None:
        self._writer.line(f"n{self._rule.index} += 1")
        self._writer.line("given = True" if self._rule.continues else "continue")

    def _reject(self, reason: Reject) -> None:
        self._writer.use(**{reason.name: reason})
        self._fail(reason.name)

    def _fail(self, reason: str) -> None:
        with ExitStack() as blocks:
            if self._checked.continues:
                blocks.enter_context(self._writer.block("if not given:"))
            self._writer.line(f"rejects.append((i, {reason}))")
        self._writer.line("continue")
