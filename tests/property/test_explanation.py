"""What `explain` says of a line is what the generated code makes of it, whatever rules and lines are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import SourceConfig
from logtrace.errors import ConfigError
from logtrace.mapping.compiler import compile_source
from logtrace.mapping.explanation import Explainer, RuleStory, Told
from logtrace.mapping.rules import check
from logtrace.model import HalfSpan, MappedSpan, Records, Reject
from tests.property.test_compiler_equals_interpreter import LINES, SOURCES
from tests.support.mapping import FakeParser, read_time

pytestmark = pytest.mark.fuzz


@given(SOURCES, LINES, st.sampled_from(["attribute", "item"]))
def test_an_explanation_is_what_happens(
    config: SourceConfig, lines: list[dict[str, Any]], row: Any
) -> None:
    """The outcome, the rule that is said to have decided it, and what its conditions came to."""
    try:
        checked = check(config)
    except ConfigError:
        return
    parser = FakeParser(checked.fields, row)
    records = parser.records(lines)
    compiled = compile_source(checked, parser, read_time)
    explainer = Explainer(checked, parser, read_time)
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
