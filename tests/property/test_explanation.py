"""What `explain` says of a line is what the generated code makes of it, whatever rules and lines are."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import SourceConfig
from logtrace.errors import ConfigError
from logtrace.mapping.compiler import Mapping, compile_source
from logtrace.mapping.explanation import Explainer, RuleStory, Told, Whole
from logtrace.mapping.rules import check
from logtrace.mapping.values import text
from logtrace.model import HalfSpan, MappedSpan, Records, Reject, Role, Span
from tests.property.test_compiler_equals_interpreter import LINES, SOURCES
from tests.support.mapping import FakeParser, read_time

pytestmark = pytest.mark.fuzz


def built(
    config: SourceConfig, lines: list[dict[str, Any]], row: Any
) -> tuple[Records, Mapping, Callable[[int | None], Explainer]] | None:
    """Return the lines, the generated code, and what makes an explainer for lines of a known time.

    None: the rules cannot be used.
    """
    try:
        checked = check(config)
    except ConfigError:
        return None
    parser = FakeParser(checked.fields, row)
    records = parser.records(lines)
    compiled = compile_source(checked, parser, read_time)
    return records, compiled, lambda known: Explainer(checked, parser, read_time, known=known)


@given(SOURCES, LINES, st.sampled_from(["attribute", "item"]))
def test_an_explanation_is_what_happens(
    config: SourceConfig, lines: list[dict[str, Any]], row: Any
) -> None:
    """The outcome, the rule that is said to have decided it, and what its conditions came to."""
    if (made_of := built(config, lines, row)) is None:
        return
    records, compiled, explainer_at = made_of
    explainer = explainer_at(None)
    for at, index in enumerate(records.lines):
        story = explainer.explain(records, at)
        one = Records(records.batch, [records.rows[at]], [index], [])
        mapped = compiled.map(one)
        assert mapped == story.mapped
        assert bool(mapped.ignored) == bool(story.ignore and story.ignore.value)
        assert bool(mapped.resets) == bool(story.reset and story.reset.value)
        deciders = [rule for rule in story.rules if rule.decides]
        if mapped.ignored or mapped.unmatched:
            assert [] == deciders
        else:
            assert all(decider.tried and _holds(decider) for decider in deciders)
            made = [*mapped.spans, *mapped.alone, *mapped.halves]
            rejected = [reason for _, reason in mapped.rejects]
            assert [*made, *rejected] == [decider.outcome for decider in deciders]
        for rule in story.rules:
            assert _consistent(rule)
            if rule.tried and not rule.decides:
                # It cannot use a line that has gone on from a rule which could: that is no reject.
                given = any(before.decides for before in story.rules[: rule.index])
                assert rule.outcome is None or (given and isinstance(rule.outcome, Reject))


@given(SOURCES, LINES, st.sampled_from(["attribute", "item"]))
def test_what_is_told_of_a_span_of_two_lines_is_what_it_has(
    config: SourceConfig, lines: list[dict[str, Any]], row: Any
) -> None:
    """Each text, tag and child, and whether it failed, as the generated code makes them."""
    if (made_of := built(config, lines, row)) is None:
        return
    records, compiled, explainer_at = made_of
    halves = compiled.map(records).halves
    first_number = records.batch.first
    for first, last in product(halves, halves):
        rule = compiled.half_rules.get(first.rule)
        if rule is None or first.rule != last.rule or (first.role, last.role) not in PARTS:
            continue
        identity = rule.identify(first)
        if isinstance(identity, Reject):
            continue
        made = rule.finish(first, last, identity, 0, first.time, first.time + 10**9)
        if isinstance(made, Reject):
            continue
        rows = [records.rows[half.number - first_number] for half in (first, last)]
        whole = Whole(made.span, *rows, [(last.number, rows[1])])
        explainer = explainer_at(last.time)  # its own, or that of the line before
        story = explainer.explain(records, last.number - first_number, {first.rule: whole})
        told = story.rules[first.rule]
        assert told.joined
        assert _told_texts(told) == _texts(told, made.span)
        if first.role is Role.START:
            errors = [bool(value) for key, _, value in told.values if key == "error"]
            assert errors in ([], [bool(made.span.error)])
        children = [child.made for child in told.children if isinstance(child.made, Span)]
        assert [(each.name, each.start, each.duration) for each in made.children] == [
            (each.name, each.start, each.duration) for each in children
        ]


PARTS = ((Role.START, Role.END), (Role.MEMBER, Role.MEMBER))


def _told_texts(rule: RuleStory) -> dict[str, str | None]:
    """Return what a rule is told to have made, by its key, as text."""
    told = {key: None if value is None else text(value) for key, _, value in rule.values}
    texts = {key: said for key, said in told.items() if key in KEYS or key.startswith("tags.")}
    return {key: said or None for key, said in texts.items()}


def _texts(rule: RuleStory, span: Span) -> dict[str, str | None]:
    """Return the same of what a span has; what was told to be nothing may have a default there."""
    has: dict[str, str | None] = {}
    for key, said in _told_texts(rule).items():
        of_span = span.meta.get(key[5:]) if key.startswith("tags.") else getattr(span, key)
        has[key] = None if said is None and key in DEFAULTED else of_span or None
    return has


KEYS = ("name", "resource", "service", "type")
DEFAULTED = (*KEYS, "tags.env", "tags.team")
"""What a source, or the rule itself, has something for where a template gives nothing."""


def _holds(rule: RuleStory) -> bool:
    """Return whether one of a rule's conditions holds; a group has none."""
    return not rule.conditions or any(bool(told.value) for _, told in rule.conditions)


def _consistent(rule: RuleStory) -> bool:
    """Return whether a rule that made something has a condition that holds, down to its parts."""
    if isinstance(rule.outcome, MappedSpan | HalfSpan | Reject) and not _holds(rule):
        return False
    return all(_adds_up(told) for _, told in rule.conditions)


def _adds_up(told: Told) -> bool:
    """Return whether the parts of `and`, `or` and `not` explain what they came to."""
    if not told.parts:
        return True
    values = [bool(part.value) for part in told.parts]
    sums = {all(values), any(values)} if len(values) > 1 else {not values[0]}
    return bool(told.value) in sums and all(map(_adds_up, told.parts))
