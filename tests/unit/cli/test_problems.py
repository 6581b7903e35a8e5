import pytest

from logtrace.cli.problems import counted, show
from logtrace.errors import Mark, Problem, Severity

ERROR = Problem(Mark("a.yaml", 1, 2), "when", "is wrong", "mend it", excerpt="    x\n    ^")
WARNING = Problem(Mark("a.yaml", 3, 4), "", "is odd", severity=Severity.WARNING)


def pretend_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make standard error, as it is now, a terminal."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_problems_are_printed_in_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    """Place, key, what and fix; then the excerpt; last how many there are."""
    show([ERROR, WARNING])
    assert [
        "a.yaml:1:2: when: is wrong; mend it",
        "    x",
        "    ^",
        "a.yaml:3:4: warning: is odd",
        "1 error, 1 warning",
    ] == capsys.readouterr().err.splitlines()


def test_one_problem_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """It is plain to see."""
    show([WARNING])
    assert "a.yaml:3:4: warning: is odd\n" == capsys.readouterr().err


def test_control_characters_are_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a file's name or a value holds."""
    show([Problem(Mark("\x1b[2J", 1, 1), "a\x07", "b\x9b", "c\u202e")])
    assert "\\x1b[2J:1:1: a\\x07: b\\x9b; c\\u202e\n" == capsys.readouterr().err


def test_colours_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is red for an error, and the word yellow for a warning."""
    pretend_terminal(monkeypatch)
    show([ERROR])
    show([WARNING])
    err = capsys.readouterr().err
    assert "\x1b[31m\x1b[1ma.yaml:1:2\x1b[0m: when: is wrong; mend it\n" in err
    assert "\x1b[1ma.yaml:3:4\x1b[0m\x1b[33m: warning:\x1b[0m is odd\n" in err


def test_no_colours_where_none_are_wanted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR is respected."""
    pretend_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    show([ERROR])
    assert "\x1b" not in capsys.readouterr().err


def test_counts() -> None:
    """Only what there is."""
    assert ("2 errors", "1 warning") == (counted([ERROR, ERROR]), counted([WARNING]))
