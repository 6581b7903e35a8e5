from pathlib import Path

import pytest

from logtrace.analysis.conditions import condition_findings
from tests.support.judged import known, said


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ('level == "A" or "B"', 'is always true: "B" is compared with nothing'),
        ('"B"', 'is always true: "B" is compared with nothing'),
        ("5", "is always true: 5 is compared with nothing"),
        ('""', "is never true"),
        ("1 == 2", "is never true"),
        (
            'level == "A" and level == "B"',
            'is never true: level == "A" and == "B" exclude each other',
        ),
        ("level == true", "is never true: level is text"),
        ("level in [true]", "is never true: level is text"),
        ('"x" in message', "is never true: message is text, and `in` wants a list"),
        ('level == "A" and "B"', 'a part of it is always true: "B" is compared with nothing'),
        ('not (level == "A" and 1 == 2)', "is always true"),
        ('level == "A" or not (1 < 2)', "a part of it is never true"),
    ],
)
def test_what_is_decided(tmp_path: Path, condition: str, what: str) -> None:
    """The condition, or its smallest part that is decided while the whole is not."""
    source = known(tmp_path, f"when: '{condition}', instant: true")
    assert [f"spans[0].when: {what}"] == said(condition_findings(source))


@pytest.mark.parametrize(
    "condition",
    ["true", "false", "level", "levl == true", 'level == "A" or level == "B"', "level == 5"],
)
def test_what_is_not(tmp_path: Path, condition: str) -> None:
    """`true` and `false` are meant; of a field that there is not others speak."""
    source = known(tmp_path, f"when: '{condition}', instant: true")
    assert [] == said(condition_findings(source))


def test_every_condition_is_looked_at(tmp_path: Path) -> None:
    """Those of the source, and all of a rule."""
    source = known(
        tmp_path,
        'start: "1 == 2", end: "3 == 4", error: "5 == 6"\nevent: "7 == 8"',
        'ignore: "9 == 10"\n    reset: "11 == 12"',
    )
    keys = [problem.key for problem in condition_findings(source)]
    assert [
        "ignore",
        "reset",
        "spans[0].start",
        "spans[0].end",
        "spans[0].error",
        "spans[1].event",
    ] == keys


def test_what_may_be_meant(tmp_path: Path) -> None:
    """The cure is written out with the field's own name."""
    source = known(tmp_path, 'when: \'level == "A" or "B"\', instant: true')
    (found,) = condition_findings(source)
    assert 'write level == "B", or level in ["…", "B"]' == found.fix
