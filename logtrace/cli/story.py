"""Prints what became of a line, and why: for `explain`.

Verdict first, then the fields, then rule by rule and condition by condition. Everything is told by
`insight.line`; here it gets its words and its place on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from logtrace.cli.page import Page
from logtrace.cli.shown import LONGEST, shown
from logtrace.cli.span_story import SpanStory
from logtrace.cli.words import REJECTED
from logtrace.config.presets import SHIPPED
from logtrace.config.scalars import suggestion
from logtrace.errors import Mark
from logtrace.insight.given import Place
from logtrace.insight.line import LineStory
from logtrace.mapping.explanation import RuleStory, Story, Told
from logtrace.model import HalfSpan, MappedSpan, Reject, Role
from logtrace.patterns.prefix import Stop
from logtrace.web.text import count_text, date_text, time_text, visible

MOST_LINES = 20
"""Lines of a record that are shown."""

MOST_CLOSED = 5
"""Spans that are named of those that a line has closed by `reset`."""

ROLES: Mapping[Role, str] = {
    Role.START: "opens a span",
    Role.END: "closes a span",
    Role.MEMBER: "is a line of a group",
    Role.EVENT: "is an event of a span",
    Role.SPAN: "a span",
}
"""What a line is to a half-span."""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a line.

    Attributes:
        fate: why it gave no span; None: it did.
        spans: the names of the spans that it is in.
        lost: why it gave a rule nothing that took it, by the rule's index.
        closed: spans that it closed by `reset`, with their first lines.
    """

    fate: Reject | str | None = None
    spans: Sequence[str] = ()
    lost: Mapping[int, Reject] = field(default_factory=dict)
    closed: Sequence[tuple[str, int]] = ()


class StoryPrinter:
    """Prints stories of lines on a page."""

    def __init__(self, page: Page, places: Callable[[int], Place]) -> None:
        """Print on a page; `places` says where the line with a record number stands."""
        self._line, self._places = page.line, places
        self._spans = SpanStory(page, places)

    def print(self, place: Place, told: LineStory, became: Became) -> None:
        """Print all of one line: where it stands, its story, and what became of it."""
        fate = became.fate
        self._line((str(place), "bold"), f"  source {told.source.name}", whole=True)
        self._record(told.text)
        self._verdict(told, fate, became.spans)
        if told.story is not None and told.story.reset is not None and told.story.reset.value:
            self._reset(became.closed)
        if fate is Reject.RECORD_FULL:  # it was never read as a record of its own
            return
        if told.reject is Reject.PATTERN_MISMATCH:
            self._stop(told.text, told.stop)
        if told.broken is not None:
            what, at = told.broken
            self._line("")
            self._pointed(told.text, at, what)
        if told.fields:
            self._fields(told)
        if told.story is not None:
            self._rules(told, told.story, became)

    def _record(self, text: str) -> None:
        """Print a record, the first of its lines if they are many."""
        lines = text.split("\n", MOST_LINES)
        for line in lines[:MOST_LINES]:
            self._line("  ", (line, "dim"), wrap=2)
        if len(lines) > MOST_LINES:
            more = lines[MOST_LINES].count("\n") + 1
            self._line(f"  and {count_text(more, 'more line')}")

    def _reset(self, closed: Sequence[tuple[str, int]]) -> None:
        """Say what a line closed that `reset` holds for."""
        named = [f"{name} ({self._places(first)})" for name, first in closed[:MOST_CLOSED]]
        more = len(closed) - len(named)
        named += [f"{more:,} more"] if more > 0 else []
        what = f"closes as unfinished: {', '.join(named)}" if closed else "nothing was open"
        self._line(("  → reset: ", "bold"), what, wrap=4)

    def _verdict(self, told: LineStory, fate: Reject | str | None, spans: Sequence[str]) -> None:
        if isinstance(fate, Reject):
            self._line(("  → rejected: ", "bold red"), f"{fate}: {REJECTED[fate]}", wrap=4)
        elif fate == "unmatched":
            self._line(("  → unmatched: ", "bold yellow"), "no rule takes it")
        elif fate == "ignored":
            why = "it is no record" if told.skipped else f"ignore: {told.source.ignore}"
            self._line(("  → ignored: ", "bold"), why)
        elif spans:
            self._line(("  → in span ", "bold green"), ", ".join(dict.fromkeys(spans)))
        else:
            self._line(("  → in no span that would be sent", "bold"))

    def _stop(self, text: str, stop: Stop | None) -> None:
        """Show where a pattern stopped to match."""
        self._line("")
        if stop is None:
            self._line("the line does not even begin as the pattern does")
            return
        self._line(("the pattern matches up to", "bold"))
        self._line(f"  {stop.matched}")
        self._line(("which takes", "bold"))
        self._pointed(text, stop.taken, "to here")
        self._line(("and then wants", "bold"))
        self._line(f"  {stop.wanted}")
        for name, value in stop.groups.items():
            self._line(f"  {name}: {shown(value)}")

    def _pointed(self, text: str, at: int, words: str) -> None:
        """Print a text around a character, and below it what points to that."""
        start = max(0, at - LONGEST)
        before, after = visible(text[start:at], 4 * LONGEST), visible(text[at:], 4 * LONGEST)
        more = "…" if start else ""
        self._line(f"  {more}{before}", (after, "dim"))
        self._line(" " * (2 + cell_len(more + before)) + "^ ", (words, "dim"))

    def _fields(self, told: LineStory) -> None:
        self._line("")
        self._line(("fields", "bold"))
        width = min(max(map(len, told.fields)), 24)
        for name, value in told.fields.items():
            self._line(f"  {name:{width}}  {shown(value, 400)}")
        if told.story is not None:
            self._time(told.story)

    def _time(self, story: Story) -> None:
        found = next(((name, value) for name, value in story.times if value is not None), None)
        if found is None and story.time is not None:
            self._line(f"  its time: {_utc(story.time)}, that of the line before it: it has none")
        elif found is None:
            names = ", ".join(name for name, _ in story.times)
            self._line(("  its time: none; sought in ", "yellow"), names)
            groups = {name for rule in story.rules for name in rule.groups or ()}
            if late := [name for name, _ in story.times if name in groups]:
                said = f"    a rule's `extract` finds {', '.join(late)}, too late for the time of a line"
                self._line((said, "yellow"), wrap=4)
        elif story.time is None:
            self._line(("  its time: cannot be read: ", "yellow"), f"{found[0]} {shown(found[1])}")
        else:
            more = "" if story.time == story.own_time else " and the lines before it"
            self._line(f"  its time: {_utc(story.time)}, from {found[0]}{more}")

    def _rules(self, told: LineStory, story: Story, became: Became) -> None:
        self._line("")
        for name, condition in (("reset", story.reset), ("ignore", story.ignore)):
            if condition is not None:
                self._condition(name, condition, told)
        if story.scope is not None:
            self._line(f"       scope: {shown(story.scope)}")
        for rule in story.rules:
            self._rule(rule, told, became)

    def _rule(self, rule: RuleStory, told: LineStory, became: Became) -> None:
        config = told.source.spans[rule.index]
        head = f"rule {rule.index + 1}  {config.name}"
        if not rule.tried:
            self._line((f"{head}  is not asked", "dim"))
            return
        lost = became.lost.get(rule.index)
        verdict, style = _took(rule, lost)
        where = (f"  ({_place(config.mark)})", "dim")
        self._line((head, "bold"), "  ", (verdict, style), where, wrap=4)
        if lost is not None and lost != became.fate:  # else it stands above
            self._line(f"     {lost}: {REJECTED[lost]}", wrap=5)
        for name, condition in rule.conditions:
            self._condition(name, condition, told)
        if rule.decides and rule.extracts and rule.groups is None:
            self._line(("  no   extract: its pattern is not found", "yellow"))
        for name, value in (rule.groups or {}).items():
            self._line(f"       extract: {name} = {shown(value)}")
        if rule.decides:
            self._spans.print(rule, told.joined.get(rule.index), lost)

    def _condition(self, name: str, condition: Told, told: LineStory, depth: int = 0) -> None:
        """Print a condition, and below it the parts that it is made of."""
        holds = bool(condition.value)
        label = f"{name}: " if name else ""
        reads = ", ".join(_read(name, value, told) for name, value in condition.reads)
        self._line(
            ("  yes  " if holds else "  no   ", "green" if holds else "yellow"),
            f"{'  ' * depth}{label}{condition.text}",
            (f"    {reads}" if reads else "", "cyan"),
            wrap=11 + 2 * depth,
        )
        for part in condition.parts:
            self._condition("", part, told, depth + 1)


def _utc(ns: int) -> str:
    return f"{date_text(ns)} {time_text(ns)} UTC"


def _place(mark: Mark) -> str:
    """Return where a rule stands; of a preset that is shipped just the file's name."""
    file = Path(mark.file)
    return f"{file.name if file.parent == SHIPPED else file}:{mark.line}"


def _took(rule: RuleStory, lost: Reject | None) -> tuple[str, str]:
    """Return what a rule did with the line, and the style of that."""
    outcome = rule.outcome
    if isinstance(outcome, MappedSpan):
        return "takes it: a span", "bold green"
    if isinstance(outcome, HalfSpan):
        key = f", key {shown(outcome.key)}" if outcome.key else ""
        took = f"takes it: {ROLES[outcome.role]}{key}"
        return (f"{took}; gives nothing: {lost}", "yellow") if lost else (took, "bold green")
    if isinstance(outcome, Reject):
        return f"rejects it: {outcome}", "bold red"
    held = any(bool(condition.value) for _, condition in rule.conditions)
    if held or not rule.conditions:
        return "does not take it: it has no key for it", "yellow"
    return "does not take it", "yellow"


def _read(name: str, value: Any, told: LineStory) -> str:
    """Return `status: 500`; of a field that is not there, which one may be meant."""
    text = f"{name}: {shown(value)}"
    if value is None and name not in told.fields and name not in told.known:
        meant = suggestion(name, list(told.fields))
        text += f" (did you mean {meant}?)" if meant else ""
    return text
