import pytest

from logtrace import errors
from logtrace.errors import ConfigError, LogtraceError, Mark, Problem, Severity


def problem(line: int, what: str = "is wrong", fix: str = "") -> Problem:
    """Return a problem at the beginning of a line."""
    return Problem(Mark("a.yaml", line, 1), "sources[0]", what, fix)


def test_a_problem_is_place_key_what_and_cure() -> None:
    """The form is `file:line:column: key: what; fix`."""
    assert "a.yaml:3:1: sources[0]: is wrong; mend it" == str(problem(3, fix="mend it"))
    assert "a.yaml:3:1: sources[0]: is wrong" == str(problem(3))


def test_a_warning_says_that_it_is_one() -> None:
    """The word stands behind the place, whatever the file is called."""
    warning = Problem(Mark("C: x.yaml", 3, 1), "", "is odd", severity=Severity.WARNING)
    assert "C: x.yaml:3:1: warning: is odd" == str(warning)


def test_problems_come_in_the_order_of_their_places() -> None:
    """Line 9 comes before line 10."""
    assert [problem(9), problem(10)] == ConfigError([problem(10), problem(9)]).problems


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("LogtraceError", 1),
        ("UsageError", 2),
        ("ConfigError", 78),
        ("StateError", 74),
        ("SourceError", 1),
        ("AddressError", 1),
        ("AgentUnavailable", 1),
        ("AgentRejected", 1),
    ],
)
def test_exit_codes_are_those_of_the_tree(kind: str, code: int) -> None:
    """Scripts and the systemd unit depend on them."""
    error: type[LogtraceError] = getattr(errors, kind)
    assert code == error.exit_code
