"""Generates the Python of a source's rules: one function for a batch, small ones for half-spans.

Called by `compiler`, once per source. In: the checked rules and the parser whose rows they read; out: a
`Writer` with the source and the values of its names. The code means exactly what `interpreter` says;
it is written to be read (`logtrace show-code`): each block names the rule and the line it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace

from logtrace.mapping import runtime
from logtrace.mapping.checked import CheckedSource, Rule
from logtrace.mapping.childcode import write_children
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.linecode import LineCode
from logtrace.mapping.nodes import All, Node, variables
from logtrace.mapping.pairing import Identity
from logtrace.mapping.spancode import SpanCode
from logtrace.mapping.variables import HalfVariables, RowVariables
from logtrace.mapping.writer import Writer
from logtrace.model import Mapped, MappedSpan, Parser, Role

_PLACES = "spans, alone, halves, unmatched, ignored, rejects"


def generate(checked: CheckedSource, parser: Parser) -> Writer:
    """Return the code of all rules; what reads times and the seeds are left for the compiler to bind."""
    writer = Writer()
    _BatchCode(writer, checked, parser).write()
    for rule in checked.rules:
        if rule.kind == "when":
            continue
        _write_identify(writer, rule)
        if rule.kind == "event":
            _write_event(writer, rule)
        else:
            _write_finish(writer, rule)
    return writer


class _BatchCode:
    """Writes `map_batch`."""

    def __init__(self, writer: Writer, checked: CheckedSource, parser: Parser) -> None:
        self._writer = writer
        self._checked = checked
        self._fields = RowVariables(writer, parser)
        self._conditions = Conditions(writer, self._fields)

    def write(self) -> None:
        """Write the whole function."""
        writer, rules = self._writer, self._checked.rules
        writer.use(Mapped=Mapped)
        with writer.block("def map_batch(records):"):
            writer.line("batch = records.batch")
            writer.line("first, starts, file_key = batch.first, batch.starts, batch.key")
            if rules:
                seeds = (f"span_seed{rule.index}, trace_seed{rule.index}" for rule in rules)
                writer.line(f"{', '.join(seeds)} = seeds(file_key)")
            for rule in rules:
                if rule.children and rule.kind == "when":
                    writer.line(f"child_seeds{rule.index} = child_seeds(file_key, {rule.index})")
            for place in (*_PLACES.split(", "), "resets"):
                writer.line(f"{place} = []")
            writer.line("ignored.extend(records.skipped)")
            writer.line("timeless = 0")
            for rule in rules:
                writer.line(f"n{rule.index} = 0")
            with writer.block("for i, r in zip(records.lines, records.rows):"):
                self._write_line()
            writer.line("times_end(records)")
            writer.line("taken = {}")
            for rule in rules:
                with writer.block(f"if n{rule.index}:"):
                    writer.line(f"taken[{rule.index}] = n{rule.index}")
            writer.line(f"return Mapped({_PLACES}, taken, resets, timeless)")

    def _write_line(self) -> None:
        """Write what happens to one line."""
        writer, checked = self._writer, self._checked
        if checked.reset is not None:
            writer.line(f"# reset, line {checked.mark.line}")
            with self._where(checked.reset):
                writer.line("resets.append(first + i)")
        if checked.ignore is not None:
            writer.line(f"# ignore, line {checked.mark.line}")
            with self._where(checked.ignore):
                writer.line("ignored.append(i)")
                writer.line("continue")
        if checked.continues:
            writer.line("given = False")
        for rule in checked.rules:
            writer.line()
            self._write_rule(rule)
            writer.forget_extracted()
        writer.line()
        if checked.continues:
            with writer.block("if not given:"):
                writer.line("unmatched.append(i)")
        else:
            writer.line("unmatched.append(i)")

    def _write_rule(self, rule: Rule) -> None:
        code = LineCode(self._writer, self._checked, rule, self._fields)
        code.extract(early=True)
        if rule.condition is None:
            code.comment("group")
            code.extract(early=False)
            code.write_half(Role.MEMBER)
            return
        code.comment("start" if rule.kind == "pair" else rule.kind)
        if rule.end is not None and rule.continues:
            self._writer.line(f"before = n{rule.index}")
        with self._where(rule.condition):
            code.extract(early=False)
            if rule.kind == "when":
                code.write_span()
            else:
                code.write_half(Role.EVENT if rule.kind == "event" else Role.START)
        if rule.end is None:
            return
        code.comment("end")
        with ExitStack() as blocks:
            if rule.continues:  # else a line that is a start does not get here
                blocks.enter_context(self._writer.block(f"if n{rule.index} == before:"))
            with self._where(rule.end):
                code.extract(early=False)
                code.write_half(Role.END)

    @contextmanager
    def _where(self, condition: Node) -> Iterator[None]:
        """Write a condition; what only its later terms read is loaded where the first term holds."""
        terms = condition.terms if isinstance(condition, All) else (condition,)
        with ExitStack() as blocks:
            if self._reads_more(terms):
                blocks.enter_context(self._if(terms[0]))
                terms = terms[1:]
            blocks.enter_context(self._if(All(terms) if len(terms) > 1 else terms[0]))
            yield

    def _reads_more(self, terms: tuple[Node, ...]) -> bool:
        """Return whether later terms read fields that the first does not, and that are not loaded."""
        now = set(variables(terms[0]))
        later = (variable for term in terms[1:] for variable in variables(term))
        return any(
            not self._fields.is_loaded(variable) for variable in later if variable not in now
        )

    def _if(self, condition: Node) -> AbstractContextManager[None]:
        test = self._conditions.test(condition)
        # A test that begins with a parenthesis is in parentheses as a whole.
        return self._writer.block(f"if {test[1:-1] if test[0] == '(' else test}:")


# ── half-spans ────────────────────────────────────────────────────────────────────────────────────


def _write_event(writer: Writer, rule: Rule) -> None:
    """Write the function that makes a span event of a line."""
    writer.line()
    with writer.block(f"def event_{rule.index}(half):"):
        writer.line("a = b = half.values")
        code = _half_code(writer, rule)
        name = code.name()
        code.tags()
        code.metrics()
        attributes = "{**meta, **metrics}"
        parts = f'"name": {name}, "time_unix_nano": half.time, "attributes": {attributes}'
        writer.line(f"return {{{parts}}}")


def _write_identify(writer: Writer, rule: Rule) -> None:
    """Write the function that gives the ids of a half-span."""
    writer.line()
    writer.use(Identity=Identity)
    with writer.block(f"def identify_{rule.index}(half):"):
        writer.line("a = half.values")
        code = _half_code(writer, rule)
        trace = "None, ''"
        if rule.trace_id is not None:
            code.check_trace()
            trace = "trace[0], trace[1]"
        code.span_id(f"seeds(half.file_key)[{2 * rule.index}]", "half.offset")
        writer.line(f"return Identity({trace}, span_id)")


def _write_finish(writer: Writer, rule: Rule) -> None:
    """Write the function that makes a span of a half-span's first and last line."""
    writer.line()
    with writer.block(f"def finish_{rule.index}(first, last, identity, parent_id, start, end):"):
        writer.line("a = first.values")
        writer.line("b = a if last is None else last.values")
        code = _half_code(writer, rule)
        name = code.name()
        writer.line("trace_id, span_id = identity.trace_id, identity.span_id")
        with writer.block("if trace_id is None:"):
            writer.line("trace_id = span_id")
        if rule.adopts:
            code.check_trace()
            writer.line("caller = trace[2]")
        writer.line("enclosing = parent_id")
        is_root, is_parented = code.kinship("enclosing")
        writer.line("duration = max(end - start, 0)")
        writer.line(f"span = {code.span(name)}")
        if rule.kind == "group" and rule.error is not None:
            writer.line("span.error = 1 if first.failed else 0")
        more = ""
        if rule.children:
            seeds = f"child_seeds(first.file_key, {rule.index})"
            write_children(writer, code.conditions, rule.children, seeds, "first.offset")
            more = ", (), children"
        if rule.kind == "pair":
            writer.use(UNFINISHED=runtime.UNFINISHED)
            with writer.block("if last is None:"):
                writer.line("span.error = 1")
                writer.line('span.meta.setdefault("error.message", UNFINISHED)')
        writer.use(MappedSpan=MappedSpan)
        writer.line("end_line = first if last is None else last")
        line = "end_line.number, end_line.time"
        parts = f"span, {line}, identity.trace_high, {is_root}, {is_parented}{more}"
        writer.line(f"return MappedSpan({parts})")


def _half_code(writer: Writer, rule: Rule) -> SpanCode:
    """Return what writes a rule's span inside one of these functions.

    Whether a group has failed is known by then: each of its lines was asked.
    """
    if rule.kind == "group":
        rule = replace(rule, error=None)
    conditions = Conditions(writer, HalfVariables(writer, rule))
    return SpanCode(writer, conditions, rule, lambda reason: writer.line(f"return {reason}"))
