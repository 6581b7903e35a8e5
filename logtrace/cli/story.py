"""Prints what became of a line, and why: for `explain`.

Verdict first, then the fields, then rule by rule and condition by condition. Everything is told by
`insight.line`; here it gets its words and its place on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.cells import cell_len

from logtrace.cli.page import Page
from logtrace.cli.words import REJECTED
from logtrace.config.presets import SHIPPED
from logtrace.config.scalars import suggestion
from logtrace.errors import Mark
from logtrace.insight.given import Place
from logtrace.insight.line import LineStory
from logtrace.mapping.explanation import RuleStory, Story, Told
from logtrace.model import HalfSpan, MappedSpan, Reject, Role
from logtrace.patterns.prefix import Stop
from logtrace.web.text import date_text, time_text, visible

LONGEST = 60
"""Characters of a value that are shown beside a condition."""

ROLES: Mapping[Role, str] = {
    Role.START: "opens a span",
    Role.END: "closes a span",
    Role.MEMBER: "is a line of a group",
    Role.EVENT: "is an event of a span",
    Role.SPAN: "a span, within another",
}
"""What a line is to a half-span."""


class StoryPrinter:
    """Prints stories of lines on a page."""

    def __init__(self, page: Page) -> None:
        self._line = page.line

    def print(
        self, place: Place, told: LineStory, fate: Reject | str | None, spans: Sequence[str]
    ) -> None:
        """Print all of one line.

        Args:
            place: where it stands.
            told: its story.
            fate: why it gave no span; None: it did.
            spans: the names of the spans that it is in.
        """
        self._line((str(place), "bold"), f"  source {told.source.name}", whole=True)
        self._line("  ", (told.text, "dim"), wrap=2)
        self._verdict(told, fate, spans)
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
            self._rules(told, told.story)

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
        elif story.time is None:
            self._line(("  its time: cannot be read: ", "yellow"), f"{found[0]} {shown(found[1])}")
        else:
            more = "" if story.time == story.own_time else " and the lines before it"
            self._line(f"  its time: {_utc(story.time)}, from {found[0]}{more}")

    def _rules(self, told: LineStory, story: Story) -> None:
        self._line("")
        for name, condition in (("reset", story.reset), ("ignore", story.ignore)):
            if condition is not None:
                self._condition(name, condition, told)
        if story.scope is not None:
            self._line(f"       scope: {shown(story.scope)}")
        for rule in story.rules:
            self._rule(rule, told)

    def _rule(self, rule: RuleStory, told: LineStory) -> None:
        config = told.source.spans[rule.index]
        head = f"rule {rule.index + 1}  {config.name}"
        if not rule.tried:
            self._line((f"{head}  is not asked", "dim"))
            return
        verdict, style = _took(rule)
        self._line((head, "bold"), "  ", (verdict, style), (f"  ({_place(config.mark)})", "dim"))
        for name, condition in rule.conditions:
            self._condition(name, condition, told)
        if rule.decides and rule.extracts and rule.groups is None:
            self._line(("  no   extract: its pattern is not found", "yellow"))
        for name, value in (rule.groups or {}).items():
            self._line(f"       extract: {name} = {shown(value)}")
        if rule.decides:
            for key, text, value in rule.values:
                if value == text:  # it is constant
                    continue
                quoted = text.replace("\n", " ")
                made = _made(key, rule)
                made_of = (f"→ {shown(value)}{made}", "cyan")
                self._line(f"       {key}: {quoted}  ", made_of, wrap=11)

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


def shown(value: Any, longest: int = LONGEST) -> str:
    """Return a value of a line as a person reads it; not yet safe for a terminal."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        cut = value if len(value) <= longest else value[: longest - 1] + "…"
        return f'"{cut}"'
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):
        text = str(type(value).__name__)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _made(key: str, rule: RuleStory) -> str:
    """Return what an id's value was read as."""
    if not isinstance(rule.outcome, MappedSpan):
        return ""
    span, high = rule.outcome.span, rule.outcome.trace_high
    read = {"trace_id": span.trace_id, "span_id": span.span_id, "parent_id": span.parent_id}
    return f" = {high if key == 'trace_id' else ''}{read[key]:016x}" if key in read else ""


def _utc(ns: int) -> str:
    return f"{date_text(ns)} {time_text(ns)} UTC"


def _place(mark: Mark) -> str:
    """Return where a rule stands; of a preset that is shipped just the file's name."""
    file = Path(mark.file)
    return f"{file.name if file.parent == SHIPPED else file}:{mark.line}"


def _took(rule: RuleStory) -> tuple[str, str]:
    """Return what a rule did with the line, and the style of that."""
    outcome = rule.outcome
    if isinstance(outcome, MappedSpan):
        return "takes it: a span", "bold green"
    if isinstance(outcome, HalfSpan):
        key = f", key {shown(outcome.key)}" if outcome.key else ""
        return f"takes it: {ROLES[outcome.role]}{key}", "bold green"
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
