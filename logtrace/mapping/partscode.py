"""Generates what the spans of rules and of their children have in common: all but ids and times.

Used by `spancode` and `childcode`. Each method writes the lines that fill one or two Python variables,
always the same ones (`name`, `meta`, `metrics`, …), and in the end the span itself.
"""

from __future__ import annotations

from logtrace.mapping import ids, runtime
from logtrace.mapping.checked import Parts
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.templates import Template
from logtrace.mapping.writer import Writer
from logtrace.model import Span


class PartsCode:
    """Writes the parts of one rule's or child's spans.

    Attributes:
        conditions: finds the fields.

    Args:
        path: of the key in the source, such as `spans[0]`.
        line: line of the configuration where it begins.
    """

    def __init__(
        self, writer: Writer, conditions: Conditions, parts: Parts, path: str, line: int
    ) -> None:
        self.conditions = conditions
        self._writer = writer
        self._parts = parts
        self._path = path
        self._line = line

    def comment(self, part: str) -> None:
        """Write where in the configuration the following lines come from; `part` is one of ours."""
        self._writer.line(f"# {self._path}.{part}, line {self._line}")

    def value(self, template: Template) -> str:
        """Return a name that holds a template's value, or None."""
        value = self.conditions.piece(template).value_or_none
        if value.isidentifier():
            return value
        name = self._writer.name("v")
        self._writer.line(f"{name} = {value}")
        return name

    def named(self) -> tuple[str, bool]:
        """Return Python for the operation name, and whether it may be missing or empty."""
        template = self._parts.name
        piece = self.conditions.piece(template)
        if not piece.needs and template.constant:
            return piece.text, False
        self.comment("name")
        self._writer.line(f"name = {piece.text_or_none}")
        return "name", True

    def made(self, name: str, service: str, extent: str) -> str:
        """Return the Python of `Span(...)`.

        Args:
            name: Python for the operation name.
            service: likewise for the service, where none is named.
            extent: likewise for trace id, span id, start, duration and parent id.
        """
        parts = self._parts
        self._writer.use(Span=Span)
        self.comment("service, resource, type")
        service = self._text_or(parts.service, "service", service)
        resource = self._text_or(parts.resource, "resource", name)
        type_ = self._text_or(parts.type, "type_", self._writer.bind(""))
        error = "0"
        if parts.error is not None:
            self.comment("error")
            test = self.conditions.test(parts.error)
            self._writer.line(f"error = 1 if {test} else 0")
            error = "error"
        self.tags()
        metrics = ""
        if parts.metrics:
            self.metrics()
            metrics = ", metrics"
        return f"Span({service}, {name}, {resource}, {extent}, {error}, {type_}, meta{metrics})"

    def tags(self) -> None:
        """Fill `meta`."""
        writer, parts = self._writer, self._parts
        self.comment("tags")
        if not parts.meta and not parts.tags:
            writer.line("meta = {}")
            return
        # A copy of a dict that has all keys, minus what is missing, costs less than one that grows.
        blank = {**dict.fromkeys(parts.tags, ""), **parts.meta}
        writer.line(f"meta = {writer.bind(blank, 'tags')}.copy()")
        for key, template in parts.tags.items():
            name = writer.bind(key)
            piece = self.conditions.piece(template)
            with writer.block(f"if {piece.present}:"):
                writer.line(f"meta[{name}] = {piece.text}")
            if key not in parts.meta:
                with writer.block("else:"):
                    writer.line(f"del meta[{name}]")

    def metrics(self) -> None:
        """Fill `metrics`."""
        writer = self._writer
        self.comment("metrics")
        writer.use(metric=runtime.metric)
        writer.line("metrics = {}")
        for key, template in self._parts.metrics.items():
            piece = self.conditions.piece(template)
            writer.line(f"number = metric({piece.value_or_none})")
            with writer.block("if number is not None:"):
                writer.line(f"metrics[{writer.bind(key)}] = number")

    def _text_or(self, template: Template | None, target: str, otherwise: str) -> str:
        """Return Python for a template's text, or for another where that is missing or empty."""
        if template is None:
            return otherwise
        piece = self.conditions.piece(template)
        if not piece.needs:
            return piece.text if template.constant else otherwise
        self._writer.line(f"{target} = ({piece.text_or_none}) or {otherwise}")
        return target


def derive(writer: Writer, target: str, seed: str, offset: str) -> None:
    """Write `ids.derive` out: a call would cost as much again."""
    writer.line(f"z = ({seed} + {offset} * {ids.GOLDEN}) & {ids.MASK}")
    writer.line(f"{target} = (z ^ (z >> 31)) or 1")
