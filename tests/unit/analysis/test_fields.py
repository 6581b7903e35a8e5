from pathlib import Path

import pytest

from logtrace.analysis.fields import field_findings
from tests.support.judged import known, said


def test_fields_that_there_are(tmp_path: Path) -> None:
    """Groups, extracts, exact names, and the start line's fields: nothing is said."""
    rules = """
start: level == "A", end: 'field["level"] == "B"', resource: "{start.time} {job}", extract: '(?P<job>x)'
event: level == "C", tags: {a: "{message}"}
"""
    assert [] == said(field_findings(known(tmp_path, rules)))


def test_a_field_is_found_wherever_it_is_named(tmp_path: Path) -> None:
    """In conditions, ids, tags, metrics, keys of the source: each at its place."""
    rules = (
        'when: a == 1, instant: true, trace_id: "{b}-{c}", tags: {t: "{d}"}, metrics: {m: "{e}"}'
    )
    found = list(field_findings(known(tmp_path, rules, 'ignore: f == 1\n    scope: "{g}"')))
    names = [problem.what.split("'")[1] for problem in found]
    assert ["f", "g", "b", "c", "a", "d", "e"] == names
    columns = {name: problem.mark.column for name, problem in zip(names, found, strict=True)}
    assert 4 == columns["c"] - columns["b"]


def test_what_follows_is_said(tmp_path: Path) -> None:
    """Where the line is rejected for it; not where something else may give the value."""
    rules = """
when: "true", instant: true, trace_id: "{id}"
when: "true", duration: "{took} ms"
when: "true", instant: true, trace_id: "{coalesce(id, level)}"
"""
    rejected = "so that each line it takes is rejected"
    assert [
        f"spans[0].trace_id: no line has a field 'id', {rejected} (no_trace_id)",
        f"spans[1].duration: no line has a field 'took', {rejected} (no_duration)",
        "spans[2].trace_id: no line has a field 'id'",
    ] == said(field_findings(known(tmp_path, rules)))


def test_children_cost_no_line_its_span(tmp_path: Path) -> None:
    """A field that there is not is said; elements of lists are no fields."""
    rules = (
        "when: 'true', duration: 1 ms, children: [{each: {x: '{level}'}, name: '{each.x}', "
        "duration: '{took} ms'}]"
    )
    assert ["spans[0].children[0].duration: no line has a field 'took'"] == said(
        field_findings(known(tmp_path, rules))
    )


def test_lines_without_a_time(tmp_path: Path) -> None:
    """Unless every rule says itself where its times are."""
    pattern = "^(?P<a>x)(?P<b>y)"
    (found,) = field_findings(known(tmp_path, "when: a exists, instant: true", pattern=pattern))
    assert found.what.startswith("no line has a time")
    rule = 'when: a exists, from: "{a}", to: "{b}"'
    assert [] == said(field_findings(known(tmp_path, rule, pattern=pattern)))


def test_json_may_have_any_field(tmp_path: Path) -> None:
    """Nothing is said of it."""
    assert [] == said(
        field_findings(known(tmp_path, "when: levl == 1, instant: true", pattern=None))
    )


@pytest.mark.parametrize(("group", "more"), [("at", "time: {field: at}"), ("time", "name: a")])
def test_a_time_that_a_rule_extracts(tmp_path: Path, group: str, more: str) -> None:
    """It comes too late; two ways out are named."""
    rule = f"when: level exists, instant: true, extract: '(?P<{group}>x)'"
    pattern = r"^(?P<level>\w+) (?P<message>.*)$"
    (found,) = field_findings(known(tmp_path, rule, more, pattern=pattern))
    assert (
        "what rule 1 extracts is known only once its line has a time: make it a group of `pattern`,"
        f' or write from: "{{{group}}}" and `to` in a rule with `when`'
    ) == found.fix
