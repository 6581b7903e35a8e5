from pathlib import Path

import pytest

from logtrace.analysis.fields import field_findings
from logtrace.analysis.words import word_findings
from tests.support.judged import known, said


@pytest.mark.parametrize(
    ("keys", "what", "fix"),
    [
        (
            "when: done == True, instant: true",
            "when: True is taken for the name of a field",
            'write `true`; field["True"] is a field of that name',
        ),
        (
            "when: done == None, instant: true",
            "when: None is taken for the name of a field",
            "write `not x exists`, or `x exists` for its opposite;"
            ' field["None"] is a field of that name',
        ),
        (
            "when: level == ERROR, instant: true",
            "when: ERROR is taken for the name of a field, and is named nowhere else",
            'write "ERROR" for a text; field["ERROR"] is surely a field',
        ),
        (
            "when: a, instant: true, trace_id: 'x-%{id}'",
            "trace_id: the % before { is text, and part of the value",
            "leave it out",
        ),
        (
            "when: a, instant: true, resource: '{coalesce(a, FALSE)}'",
            "resource: FALSE is taken for the name of a field",
            'write `false`; field["FALSE"] is a field of that name',
        ),
    ],
)
def test_values_of_other_languages(tmp_path: Path, keys: str, what: str, fix: str) -> None:
    """They are names of fields here, which is said with what to write."""
    (found,) = word_findings(known(tmp_path, keys, pattern=None))
    assert [f"spans[0].{what}"] == said([found])
    assert fix == found.fix


def test_a_field_that_is_called_so(tmp_path: Path) -> None:
    """In brackets it is meant."""
    source = known(tmp_path, "when: 'field[\"True\"] == true', instant: true", pattern=None)
    assert [] == said(word_findings(source))


def test_it_is_said_once(tmp_path: Path) -> None:
    """That no line has such a field is no news then."""
    source = known(tmp_path, "when: level == None, instant: true")
    assert [] == said(field_findings(source))


@pytest.mark.parametrize(
    "keys",
    [
        "when: user == owner, instant: true, tags: {a: '{owner}'}",
        "when: user == owner.id, instant: true",
        "when: 'user == field[\"owner\"]', instant: true",
        "when: 5 == owner, instant: true, resource: '{a}% {b}'",
    ],
)
def test_fields_that_are_compared(tmp_path: Path, keys: str) -> None:
    """What is surely one, or named elsewhere: nothing is said."""
    assert [] == said(word_findings(known(tmp_path, keys, pattern=None)))


def test_a_text_without_quotes_where_the_fields_are_known(tmp_path: Path) -> None:
    """That no line has such a field is said with the other cure."""
    source = known(tmp_path, "when: level == ERROR, instant: true")
    assert [] == said(word_findings(source))
    (found,) = field_findings(source)
    assert 'write "ERROR" for a text; its lines have time, level, message' == found.fix
