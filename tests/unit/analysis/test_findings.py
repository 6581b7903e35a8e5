from pathlib import Path

from logtrace.analysis import findings
from logtrace.errors import Severity
from tests.support.judged import known


def test_all_judges_are_asked_and_each_thing_is_said_once(tmp_path: Path) -> None:
    """Each finds something here; what an alias repeats has one place."""
    rules = """
when: levl exists, instant: true, trace_id: '-'
when: level == True, instant: true
when: 1 == 2, instant: true, tags: &t {a: "{x}"}
when: level exists, instant: true, tags: *t
when: level == "A", instant: true
when: level == "B", from: begin
"""
    source = known(tmp_path, rules, "service: '{app}'\n    multiline: {start: tmestamp}")
    found = findings(source.config, source.checked, source.parser)
    assert {Severity.WARNING} == {problem.severity for problem in found}
    assert len(found) == len({(problem.mark, problem.what) for problem in found})
    starts = [
        "no line has",
        "'begin' is no time",
        "'-' is no id",
        "is never true",
        "no line gets here",
    ]
    for start in starts:
        assert any(problem.what.startswith(start) for problem in found)


def test_good_rules(tmp_path: Path) -> None:
    """Nothing is said of them."""
    source = known(tmp_path, 'when: level == "A", instant: true\nwhen: level exists, instant: true')
    assert [] == findings(source.config, source.checked, source.parser)
