"""Generates the parts of a span that one line and several lines have in common.

Used by `codegen` for the function that maps a batch and for those that finish half-spans. Each method
writes the lines that fill one or two Python variables, always the same ones: `trace_id`, `trace_high`,
`span_id`, `parent_id`, `name`, and in the end the span itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logtrace.mapping import ids, runtime
from logtrace.mapping.checked import Rule
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.templates import Template
from logtrace.mapping.writer import Writer
from logtrace.model import MappedSpan, Reject, Span

Fail = Callable[[str], None]
"""Writes what ends the work on a line, with a Python expression for the reason."""


class SpanCode:
    """Writes the code of one rule's spans; `conditions` finds the fields, `fail` rejects."""

    def __init__(self, writer: Writer, conditions: Conditions, rule: Rule, fail: Fail) -> None:
        self._writer = writer
        self._conditions = conditions
        self._rule = rule
        self._fail = fail

    def comment(self, part: str) -> None:
        """Write where in the configuration the following lines come from; `part` is one of ours."""
        rule = self._rule
        self._writer.line(f"# spans[{rule.index}].{part}, line {rule.line}")

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
            self.derive("span_id", seed, offset)
            return
        self.comment("span_id")
        value = self.value(template)
        read = writer.bind(_reading(ids.span_id, template.dialect), "read_id")
        writer.line(f"span_id = {read}({value})")
        with writer.block("if span_id is None:"):
            self.derive("span_id", seed, offset)

    def derive(self, target: str, seed: str, offset: str) -> None:
        """Write `ids.derive` out: a call would cost as much again."""
        self._writer.line(f"z = ({seed} + {offset} * {ids.GOLDEN}) & {ids.MASK}")
        self._writer.line(f"{target} = (z ^ (z >> 31)) or 1")

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
            return "not parent_id", "True"
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
        piece = self._conditions.piece(self._rule.name)
        if not piece.needs and self._rule.name.constant:
            return piece.text
        self.comment("name")
        self._writer.line(f"name = {piece.text_or_none}")
        with self._writer.block("if not name:"):
            self._reject(Reject.NO_NAME)
        return "name"

    def span(self, name: str) -> str:
        """Return the Python of `Span(...)`, from what the other methods filled in."""
        rule = self._rule
        self._writer.use(Span=Span, MappedSpan=MappedSpan)
        self.comment("service, resource, type")
        service = self._text_or(rule.service, "service", self._writer.bind(rule.own_service))
        resource = self._text_or(rule.resource, "resource", name)
        type_ = self._text_or(rule.type, "type_", self._writer.bind(""))
        error = "0"
        if rule.error is not None:
            self.comment("error")
            test = self._conditions.test(rule.error)
            self._writer.line(f"error = 1 if {test} else 0")
            error = "error"
        self.tags()
        metrics = ""
        if rule.metrics:
            self.metrics()
            metrics = ", metrics"
        parts = f"{service}, {name}, {resource}, trace_id, span_id, start, duration"
        return f"Span({parts}, parent_id, {error}, {type_}, meta{metrics})"

    def tags(self) -> None:
        """Fill `meta`."""
        writer, rule = self._writer, self._rule
        self.comment("tags")
        if not rule.meta and not rule.tags:
            writer.line("meta = {}")
            return
        # A copy of a dict that has all keys, minus what is missing, costs less than one that grows.
        blank = {**dict.fromkeys(rule.tags, ""), **rule.meta}
        writer.line(f"meta = {writer.bind(blank, 'tags')}.copy()")
        for key, template in rule.tags.items():
            name = writer.bind(key)
            piece = self._conditions.piece(template)
            with writer.block(f"if {piece.present}:"):
                writer.line(f"meta[{name}] = {piece.text}")
            if key not in rule.meta:
                with writer.block("else:"):
                    writer.line(f"del meta[{name}]")

    def metrics(self) -> None:
        """Fill `metrics`."""
        writer = self._writer
        self.comment("metrics")
        writer.use(metric=runtime.metric)
        writer.line("metrics = {}")
        for key, template in self._rule.metrics.items():
            piece = self._conditions.piece(template)
            writer.line(f"number = metric({piece.value_or_none})")
            with writer.block("if number is not None:"):
                writer.line(f"metrics[{writer.bind(key)}] = number")

    def _text_or(self, template: Template | None, target: str, otherwise: str) -> str:
        """Return Python for a template's text, or for another where that is missing or empty."""
        if template is None:
            return otherwise
        piece = self._conditions.piece(template)
        if not piece.needs:
            return piece.text if template.constant else otherwise
        self._writer.line(f"{target} = ({piece.text_or_none}) or {otherwise}")
        return target

    def value(self, template: Template) -> str:
        """Return a name that holds an id's value, or None."""
        value = self._conditions.piece(template).value_or_none
        if value.isidentifier():
            return value
        name = self._writer.name("v")
        self._writer.line(f"{name} = {value}")
        return name

    def _reject(self, reason: Reject) -> None:
        self._writer.use(**{reason.name: reason})
        self._fail(reason.name)


def _reading(read: Callable[..., Any], dialect: str | None) -> Callable[[Any], Any]:
    """Return a function of a value alone; most often there is no dialect, and `read` is that."""
    return read if dialect is None else lambda value: read(value, dialect)
