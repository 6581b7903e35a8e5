from pathlib import Path

import pytest

from logtrace.analysis.reach import reach_findings
from tests.support.judged import known, said

A = 'when: level == "A", instant: true'


def unreached(tmp_path: Path, rules: str, more: str = "") -> list[str]:
    """Return what is said of JSON rules."""
    return said(reach_findings(known(tmp_path, rules, more, pattern=None)))


def test_a_rule_that_lets_lines_go_on_takes_none_away(tmp_path: Path) -> None:
    """All lines that it takes get to the rules behind it."""
    assert [] == unreached(tmp_path, f"{A}, continue: true\n{A}")


@pytest.mark.parametrize(
    "second",
    [
        A,
        'when: level == "A" and b == 1, instant: true',
        'event: level == "A"',
        'start: level == "A", end: c',
    ],
)
def test_a_rule_behind_one_that_takes_all(tmp_path: Path, second: str) -> None:
    """Whatever kind it is of."""
    (found,) = unreached(tmp_path, f"{A}\n{second}")
    assert "no line gets here: rule 1 (line 6) takes all that it could take" in found


def test_a_rule_behind_ignore(tmp_path: Path) -> None:
    """Ignored lines reach no rule."""
    (found,) = unreached(tmp_path, A, "ignore: level exists")
    assert "`ignore` takes" in found


def test_an_end_that_its_start_takes(tmp_path: Path) -> None:
    """The start is tried first."""
    (found,) = unreached(tmp_path, 'start: a contains "job", end: a contains "job" and b exists')
    assert "spans[0].end: no line gets here: its own `start` takes" in found


def test_several_rules_take_all(tmp_path: Path) -> None:
    """Each a part of it."""
    rules = (
        "when: a exists, instant: true\nwhen: not a exists, instant: true\nwhen: b, instant: true"
    )
    (found,) = unreached(tmp_path, rules)
    assert "rule 1 (line 6) and rule 2 (line 7) take" in found


@pytest.mark.parametrize(
    "rules",
    [
        f'{A}\nwhen: level == "B", instant: true',
        f'when: level == "A" and b == 1, instant: true\n{A}',
        f'start: level == "A", end: c, key: "{{k}}"\n{A}',
        f'start: level == "A", end: c, key: "{{lower(k)}}"\n{A}',
        f'group: "{{k}}"\n{A}',
        "when: 'a or \"b\"', instant: true\nwhen: c, instant: true",
        "when: 'x == \"1\"', instant: true, extract: '(?P<x>a)'\n"
        "when: 'x == \"1\"', instant: true, extract: '(?P<x>b)'",
    ],
)
def test_what_may_be_reached(tmp_path: Path, rules: str) -> None:
    """A key may have no value, a group is another rule's, and what follows from a mistake is no news."""
    assert [] == unreached(tmp_path, rules)


def test_a_key_that_is_there(tmp_path: Path) -> None:
    """A rule with a key takes the lines that have it."""
    rules = f'group: "{{k}}"\nwhen: k exists and {A.removeprefix("when: ")}'
    assert 1 == len(unreached(tmp_path, rules))


def test_the_same_extract_gives_the_same_groups(tmp_path: Path) -> None:
    """Conditions on them can be compared."""
    rule = "when: 'x == \"1\"', instant: true, extract: '(?P<x>a)'"
    assert 1 == len(unreached(tmp_path, f"{rule}\n{rule}"))
