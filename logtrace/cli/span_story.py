"""Prints what a rule made of a line, or of all the lines of its span: for `explain`.

Each value with the text of the configuration that it came of, and each child span that there might be.
What only holds for the one line is told apart from what came of it together with others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from logtrace.cli.page import Page
from logtrace.cli.shown import shown
from logtrace.insight.given import Place
from logtrace.insight.line import SpanOfLines
from logtrace.mapping.explained_spans import OF_THE_LINE, ChildStory, Value
from logtrace.mapping.explanation import RuleStory
from logtrace.model import HalfSpan, MappedSpan, Reject, Role, Span
from logtrace.web.text import count_text, duration_text

MOST_PLACES = 5
"""Lines of a group whose places are given, and"""

MOST_CHILDREN = 20
"""children of one span that are told of."""


class SpanStory:
    """Prints stories of spans on a page."""

    def __init__(self, page: Page, places: Callable[[int], Place]) -> None:
        """Print on a page; `places` says where the line with a record number stands."""
        self._line, self._places = page.line, places

    def print(self, rule: RuleStory, joined: SpanOfLines | None, lost: Reject | None) -> None:
        """Print all that a rule says, where it has decided.

        Args:
            rule: what it says.
            joined: the span of several lines that the line is part of; None: it is not known.
            lost: why the line gave the rule nothing; None: it did.
        """
        alone = [value for value in rule.values if value[0] in OF_THE_LINE]
        others = [value for value in rule.values if value[0] not in OF_THE_LINE]
        if not _is_part(rule.outcome):
            self._values(rule.values, rule)
        elif joined is None:
            self._values(alone, rule)
            if any(value != text for _, text, value in others):
                why = "" if lost else "; its span is not at hand"
                self._line(f"     by this line alone{why}:")
                self._values(others, rule)
        else:
            self._values(alone, rule)
            self._line(f"     its span: {self._from(joined)}", wrap=11)
            self._values(others, rule, joined)
        for child in rule.children[:MOST_CHILDREN]:
            self._child(child)
        if len(rule.children) > MOST_CHILDREN:
            self._line("       and more children")

    def _from(self, joined: SpanOfLines) -> str:
        """Return which lines a span came of, and whether it is whole."""
        first, others = self._places(joined.first), ""
        if joined.count > 1:
            others = f" (the first of {joined.count:,} that it is part of)"
        if joined.last is None:
            return f"from {first}{others}; unfinished: no end came for it"
        if joined.last == joined.first:
            return f"from {first} alone{others}"
        return f"from {first} (first) and {self._places(joined.last)} (last){others}"

    def _values(
        self, values: Sequence[Value], rule: RuleStory, joined: SpanOfLines | None = None
    ) -> None:
        for key, text, value in values:
            if key == "error" and joined is not None:
                self._error(text, value, rule, joined)
            elif value != text:  # it is not constant
                made = "" if value is None else _made(key, rule, joined)
                self._value(key, text, f"{shown(value)}{made}")

    def _value(self, key: str, text: str, came: str, indent: int = 7) -> None:
        quoted = text.replace("\n", " ")
        said = f"{' ' * indent}{key}: {quoted}  "
        self._line(said, (f"→ {came}", "cyan"), wrap=indent + 4)

    def _error(self, text: str, value: Any, rule: RuleStory, joined: SpanOfLines) -> None:
        """Say whether an error was found, line by line in a group, and whether the span has it."""
        failed = "the span failed" if joined.span.error else "the span did not fail"
        if not rule.errors:
            came = f"{shown(value)}"
            if bool(value) != bool(joined.span.error):
                unfinished = " all the same: it is unfinished" if joined.last is None else ""
                came += f"; {failed}{unfinished}"
            self._value("error", text, came)
            return
        held, not_held = (
            [number for number, holds in rule.errors if holds is wanted] for wanted in (True, False)
        )
        said = [
            f"{word} at {self._some(numbers)}"
            for word, numbers in (("true", held), ("false", not_held))
            if numbers
        ]
        self._value("error", text, f"{', '.join(said)}; {failed}")

    def _some(self, numbers: Sequence[int]) -> str:
        places = [str(self._places(number)) for number in numbers[:MOST_PLACES]]
        more = len(numbers) - len(places)
        return ", ".join(places) + (f" and {count_text(more, 'more line')}" if more > 0 else "")

    def _child(self, child: ChildStory) -> None:
        """Say of a child what it came to, or why there is none."""
        which = f"{child.number}" + (f", element {child.place}" if child.place else "")
        head = f"       child {which}: {child.name}  "
        if isinstance(child.made, Span):
            later = f", {duration_text(child.later)} after the start" if child.later else ""
            cut = ", cut to end with its span" if child.cut else ""
            came = f"→ {duration_text(child.made.duration)}{later}{cut}"
            self._line(head, (came, "cyan"), wrap=11)
        else:
            self._line(head, (f"→ none: {child.made}", "yellow"), wrap=11)
        for key, text, value in child.values:
            if key != "name" and value != text:
                self._value(key, text, shown(value), indent=11)


def _is_part(outcome: Any) -> bool:
    """Return whether a line is a part of a span of several, rather than a span or an event."""
    return isinstance(outcome, HalfSpan) and outcome.role in (Role.START, Role.END, Role.MEMBER)


def _made(key: str, rule: RuleStory, joined: SpanOfLines | None) -> str:
    """Return what an id's value was read as."""
    outcome = rule.outcome
    mapped = outcome.span if isinstance(outcome, HalfSpan) else outcome
    if joined is not None:
        span, high = joined.span, joined.trace_high
    elif isinstance(mapped, MappedSpan):
        span, high = mapped.span, mapped.trace_high
    else:
        return ""
    read = {"trace_id": span.trace_id, "span_id": span.span_id, "parent_id": span.parent_id}
    return f" = {high if key == 'trace_id' else ''}{read[key]:016x}" if key in read else ""
