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
    "keys", ['trace_id: "{id}"', 'trace_id: "{id}", parent_id: ""', "resource: x"]
)
def test_ids_of_the_line(tmp_path: Path, keys: str) -> None:
    """And an empty parent, which is meant: nothing is said."""
    source = known(tmp_path, f"when: a, instant: true, {keys}", pattern=None)
    assert [] == said(id_findings(source))


def test_a_forgotten_pair_of_braces(tmp_path: Path) -> None:
    """A constant that could be a field's name is shown as one."""
    (found,) = id_findings(
        known(tmp_path, "when: a, instant: true, trace_id: request_id", pattern=None)
    )
    assert 'write "{request_id}" for a field' == found.fix
