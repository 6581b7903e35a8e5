"""Generates the child spans that a rule makes of timers within its lines.

Used by `codegen` and `linecode` once a rule's span is made. Each child is a block of its own that adds
to the list `children`, or passes by: a timer that is missing costs no line its span. The code reads
`span`, `start` and `duration` of the parent; the names that it fills are free by then.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import zip_longest

from logtrace.mapping import runtime, values
from logtrace.mapping.checked import CHILD_ORDINAL, Child
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.nodes import INDEX, Element
from logtrace.mapping.partscode import PartsCode, derive
from logtrace.mapping.templates import Template
from logtrace.mapping.writer import Writer


def write_children(
    writer: Writer,
    conditions: Conditions,
    children: tuple[Child, ...],
    seeds: str,
    offset: str,
) -> None:
    """Write what fills `children`.

    Args:
        writer: takes the code.
        conditions: finds the fields.
        children: those of one rule, at least one.
        seeds: Python for the seeds of their ids.
        offset: Python for the offset of the line that ids are derived from.
    """
    writer.line("children = []")
    writer.line("finish = start + duration")
    in_turn = any(child.place == "after-previous" for child in children)
    if in_turn:
        writer.line("previous = start")
    for child in children:
        _ChildCode(writer, conditions, child, in_turn).write(seeds, offset)


class _ChildCode(PartsCode):
    """Writes the block of one child; `in_turn`: one of the rule's may begin where it ends."""

    def __init__(self, writer: Writer, conditions: Conditions, child: Child, in_turn: bool) -> None:
        super().__init__(writer, conditions, child, child.path, child.line)
        self._child = child
        self._in_turn = in_turn

    def write(self, seeds: str, offset: str) -> None:
        """Write all of it."""
        child, writer = self._child, self._writer
        with ExitStack() as blocks:
            index = str(child.ordinal - CHILD_ORDINAL)
            if child.lists:
                index += f" + {self._each(blocks)}"
            if child.condition is not None:
                self.comment("when")
                blocks.enter_context(writer.block(f"if {self.conditions.test(child.condition)}:"))
            self._duration("took", "duration", child.duration, child.unit)
            blocks.enter_context(writer.block("if took is not None:"))
            self._begin(blocks)
            name, may_lack = self.named()
            if may_lack:
                blocks.enter_context(writer.block("if name:"))
            with writer.block("if took > finish - begun:"):
                writer.line("took = finish - begun")
            derive(writer, "child_id", f"{seeds}[{index}]", offset)
            extent = "span.trace_id, child_id, begun, took, span.span_id"
            writer.line(f"children.append({self.made(name, 'span.service', extent)})")
            if self._in_turn:
                writer.line("previous = begun + took")

    def _each(self, blocks: ExitStack) -> str:
        """Write the loop over the child's lists; return the name that holds the place in them."""
        child, writer = self._child, self._writer
        self.comment("each")
        writer.use(elements=runtime.elements, zip_longest=zip_longest)
        lists = [f"elements({self.value(template)})" for template in child.lists.values()]
        place = writer.name("place")
        names = [writer.name("e") for _ in lists]
        targets = f"{place}, ({', '.join(names)},)"
        blocks.enter_context(
            writer.block(f"for {targets} in enumerate(zip_longest({', '.join(lists)})):")
        )
        writer.know(Element(INDEX), place)
        for element, name in zip(child.lists, names, strict=True):
            writer.know(Element(element), name)
        return place

    def _begin(self, blocks: ExitStack) -> None:
        """Fill `begun`, from `took` and where the child lies; never behind the parent's end."""
        child, writer = self._child, self._writer
        if child.place == "start":
            writer.line("begun = start")
        elif child.place == "end":
            writer.line("begun = finish - took if took < duration else start")
        elif child.place == "after-previous":
            writer.line("begun = previous")
        elif child.offset is not None:
            self._duration("later", "offset", child.offset, child.offset_unit)
            blocks.enter_context(writer.block("if later is not None:"))
            writer.line("begun = start + later if later < duration else finish")

    def _duration(self, target: str, part: str, template: Template, unit: int | None) -> None:
        """Fill `target` with nanoseconds, or None."""
        writer = self._writer
        self.comment(part)
        writer.use(duration_of=values.duration)
        value = self.value(template)
        slow = f"duration_of({value}, {unit})"
        if unit is None:
            writer.line(f"{target} = {slow}")
            return
        bound = -(-values.LONGEST // unit)  # whole numbers below it stay below LONGEST
        quick = f"{value}.__class__ is int and 0 <= {value} < {bound}"
        writer.line(f"{target} = {value} * {unit} if {quick} else {slow}")
