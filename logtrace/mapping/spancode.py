"""Generates the ids of a span, and its name, without which a line is rejected.

Used by `codegen` for the function that maps a batch and for those that finish half-spans. Each method
writes the lines that fill one or two Python variables, always the same ones: `trace_id`, `trace_high`,
`span_id`, `parent_id`, and those of `partscode`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logtrace.mapping import ids, runtime
from logtrace.mapping.checked import Rule
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.partscode import PartsCode, derive
from logtrace.mapping.writer import Writer
from logtrace.model import Reject

Fail = Callable[[str], None]
"""Writes what ends the work on a line, with a Python expression for the reason."""


class SpanCode(PartsCode):
    """Writes the code of one rule's spans; `conditions` finds the fields, `fail` rejects."""

    def __init__(self, writer: Writer, conditions: Conditions, rule: Rule, fail: Fail) -> None:
        super().__init__(writer, conditions, rule, f"spans[{rule.index}]", rule.line)
        self._rule = rule
        self._fail = fail

    # ── ids ───────────────────────────────────────────────────────────────────────────────────────

    def trace(self) -> None:
        """Fill `trace_id`, `trace_high` and, where the rule adopts, `caller`, from the line."""
        template, writer = self._rule.trace_id, self._writer
        assert template is not None
        self.check_trace()
        target = "trace_id, trace_high, caller" if self._rule.adopts else "trace_id, trace_high"
        writer.line(f"{target} = trace")

    def check_trace(self) -> None:
        """Fill `trace` with the id's parts; reject the line if it has none."""
        template, writer = self._rule.trace_id, self._writer
        assert template is not None
        self.comment("trace_id")
        value = self.value(template)
        read = runtime.context if self._rule.adopts else ids.trace_id
        memory: runtime.Memory[object] = runtime.Memory(_reading(read, template.dialect))
        recall, find = writer.bind(memory.known.get, "recall"), writer.bind(memory.find, "find")
        writer.line(f"trace = ({recall}({value}) if {value}.__class__ is str else None)")
        with writer.block("if trace is None:"):
            writer.line(f"trace = {find}({value})")
            with writer.block("if trace is None:"):
                self._reject(Reject.NO_TRACE_ID)

    def span_id(self, seed: str, offset: str) -> None:
        """Fill `span_id`, from the line or derived."""
        template, writer = self._rule.span_id, self._writer
        if template is None:
            derive(writer, "span_id", seed, offset)
            return
        self.comment("span_id")
        value = self.value(template)
        read = writer.bind(_reading(ids.span_id, template.dialect), "read_id")
        writer.line(f"span_id = {read}({value})")
        with writer.block("if span_id is None:"):
            derive(writer, "span_id", seed, offset)

    def kinship(self, enclosing: str) -> tuple[str, str]:
        """Fill `parent_id`; return Python for whether the span is a root, and has a known parent.

        Args:
            enclosing: name that holds the id of the span around this one, or "": there is none.
        """
        rule, writer = self._rule, self._writer
        if rule.parent_id is not None:
            self.comment("parent_id")
            value = self.value(rule.parent_id)
            read = writer.bind(_reading(ids.parent_id, rule.parent_id.dialect), "read_id")
            writer.line(f"parent_id = {read}({value})")
            with writer.block("if parent_id is None or parent_id == span_id:"):
                writer.line("parent_id = 0")
            return "not parent_id", "True"
        if rule.adopts:
            other = enclosing or "0"
            writer.line(f"parent_id = caller if caller and caller != span_id else {other}")
            return "not parent_id", "parent_id != 0"
        if rule.serves or rule.trace_id is None:
            writer.line(f"parent_id = {enclosing or 0}")
            return "not parent_id" if enclosing else "True", "True"
        writer.line(f"parent_id = {enclosing or 0}")
        if not enclosing:
            return "False", "False"
        is_root = "not parent_id" if rule.kind == "pair" and rule.scoped else "False"
        return is_root, "parent_id != 0"

    # ── the rest ──────────────────────────────────────────────────────────────────────────────────

    def name(self) -> str:
        """Return Python for the operation name; reject the line if it has none."""
        name, may_lack = self.named()
        if may_lack:
            with self._writer.block("if not name:"):
                self._reject(Reject.NO_NAME)
        return name

    def span(self, name: str) -> str:
        """Return the Python of `Span(...)`, from what the other methods filled in."""
        own = self._writer.bind(self._rule.own_service)
        return self.made(name, own, "trace_id, span_id, start, duration, parent_id")

    def _reject(self, reason: Reject) -> None:
        self._writer.use(**{reason.name: reason})
        self._fail(reason.name)


def _reading(read: Callable[..., Any], dialect: str | None) -> Callable[[Any], Any]:
    """Return a function of a value alone; most often there is no dialect, and `read` is that."""
    return read if dialect is None else lambda value: read(value, dialect)
