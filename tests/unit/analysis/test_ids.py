from pathlib import Path

import pytest

from logtrace.analysis.ids import id_findings
from tests.support.judged import known, said


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("trace_id: '-'", "spans[0].trace_id: '-' is no id: each line is rejected (no_trace_id)"),
        ("trace_id: '0'", "spans[0].trace_id: '0' is no id: each line is rejected (no_trace_id)"),
        (
            "span_id: a1",
            "spans[0].span_id: 'a1' is the same for every line: all spans are one to the Agent",
        ),
        (
            "trace_id: '{a}', parent_id: none",
            "spans[0].parent_id: 'none' is no id: each span is a root",
        ),
    ],
)
def test_ids_that_do_not_depend_on_the_line(tmp_path: Path, keys: str, what: str) -> None:
    """What becomes of the lines is said."""
    source = known(tmp_path, f"when: a, instant: true, {keys}", pattern=None)
    assert [what] == said(id_findings(source))


def test_a_group_of_everything(tmp_path: Path) -> None:
    """A constant key makes one span of all lines."""
    found = said(id_findings(known(tmp_path, "group: all", pattern=None)))
    assert ["spans[0].group: 'all' is the same for every line: all lines are one span"] == found


@pytest.mark.parametrize(
    ("rules", "more", "what"),
    [
        (
            "start: a == 1, end: a == 2, key: job.id",
            "",
            "spans[0].key: 'job.id' is the same for every line:"
            " it joins lines that have nothing to do with one another",
        ),
        (
            "event: a, key: job",
            "",
            "spans[0].key: 'job' is the same for every line:"
            " it joins lines that have nothing to do with one another",
        ),
        (
            "when: a, instant: true",
            "scope: thread",
            "scope: 'thread' is the same for every line:"
            " lines nest in one another, whoever wrote them",
        ),
    ],
)
def test_a_key_or_scope_that_could_be_a_field(
    tmp_path: Path, rules: str, more: str, what: str
) -> None:
    """What it joins is said, how a field is written, and how to say that it is meant."""
    (found,) = id_findings(known(tmp_path, rules, more, pattern=None))
    assert [what] == said([found])
    name = what.split("'")[1]
    meant = f'write "{{{name}}}" for a field, or "*" where all lines of a file are meant'
    assert meant == found.fix


@pytest.mark.parametrize("scope", ["'*'", "all of it", "thread"])
def test_a_scope_that_is_meant(tmp_path: Path, scope: str) -> None:
    """What is no name, or names no field of the lines, is passed over."""
    source = known(tmp_path, "when: level exists, instant: true", f"scope: {scope}")
    assert [] == said(id_findings(source))


@pytest.mark.parametrize(
    "keys", ['trace_id: "{id}"', 'trace_id: "{id}", parent_id: ""', "resource: x"]
)
def test_ids_of_the_line(tmp_path: Path, keys: str) -> None:
    """And an empty parent, which is meant: nothing is said."""
    source = known(tmp_path, f"when: a, instant: true, {keys}", pattern=None)
    assert [] == said(id_findings(source))


def test_a_forgotten_pair_of_braces(tmp_path: Path) -> None:
    """A constant that could be a field's name is shown as one, also as nginx has it."""
    rule = "when: a, instant: true, trace_id: $request_id"
    (found,) = id_findings(known(tmp_path, rule, pattern=None))
    assert 'write "{request_id}" for a field' == found.fix
    (found,) = id_findings(
        known(tmp_path, "when: a, instant: true, trace_id: request_id", pattern=None)
    )
    assert 'write "{request_id}" for a field' == found.fix
