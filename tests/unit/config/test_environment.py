from pathlib import Path

import pytest

from logtrace.config.environment import fill, state_directory
from logtrace.config.model import Config, StateConfig, Text
from logtrace.errors import Mark

MARK = Mark("logtrace.yaml", 3, 10)
ENV = {"HOST": "web-1", "EMPTY": "", "YAML": "a: [b"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${HOST}", "web-1"),
        ("a-${HOST}-${HOST}", "a-web-1-web-1"),
        ("${EMPTY}", ""),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-other}", "other"),
        ("${NONE:-}", ""),
        ("${HOST:-other}", "web-1"),
        ("${HOST:?say it}", "web-1"),
        ("${YAML}", "a: [b"),
        ("$$", "$"),
        ("$${HOST}", "${HOST}"),
        ("$$$", "$$"),
    ],
)
def test_variables_are_replaced(written: str, meant: str) -> None:
    """Each form gives its value, which is text whatever it holds."""
    assert (meant, []) == fill(Text(written, MARK), ENV)


@pytest.mark.parametrize("written", [r"^(\d+)$", "$1", "$HOME", "{x} $ {y}", "cost $", "a$b{c}"])
def test_a_single_dollar_sign_is_itself(written: str) -> None:
    """A regular expression's `$` stays, and so does the text's place."""
    text = Text(written, MARK)
    filled, complaints = fill(text, ENV)

    assert filled is text
    assert [] == complaints


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("${NONE}", "the environment variable NONE is not set"),
        ("${NONE:?who?}", "the environment variable NONE is not set: who?"),
        ("${EMPTY:?who?}", "the environment variable EMPTY is empty: who?"),
        ("${a b}", "'${a b}' names no variable"),
        ("${}", "'${}' names no variable"),
        ("${HOST:+x}", "'${HOST:+x}' names no variable"),
        ("${HOST", "'${' has no closing '}'"),
    ],
)
def test_what_cannot_be_replaced_is_a_complaint(written: str, what: str) -> None:
    """It says what is wrong at the character where the variable stands."""
    _, complaints = fill(Text("ab " + written, MARK), ENV)

    assert [(Mark("logtrace.yaml", 3, 13), what)] == [each[:2] for each in complaints]


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("${route}", "set it, or write ${route:-default}; a field is {route}"),
        ("${ROUTE}", "set it, or write ${ROUTE:-default}"),
    ],
)
def test_a_field_that_is_written_as_a_variable(written: str, fix: str) -> None:
    """Variables are seldom in lower case."""
    assert fix == fill(Text(written, MARK), {})[1][0][2]


def test_every_variable_has_its_own_complaint() -> None:
    """Two unset variables of one value are two complaints."""
    assert 2 == len(fill(Text("${A} ${B}", MARK), {})[1])


@pytest.mark.parametrize(
    ("configured", "environ", "expected"),
    [
        ("/configured", {"STATE_DIRECTORY": "/given"}, "/configured"),
        (None, {"STATE_DIRECTORY": "/given:/second"}, "/given"),
        (None, {}, "/var/lib/logtrace"),
    ],
)
def test_where_the_state_is(configured: str | None, environ: dict[str, str], expected: str) -> None:
    """Where the configuration says, else the service manager, else the usual place."""
    path = Text(configured, MARK) if configured else None
    config = Config(state=StateConfig(path=path))
    assert Path(expected) == state_directory(config, environ)
