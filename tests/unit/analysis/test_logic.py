import pytest

from logtrace.analysis.logic import covers, holds_always, holds_never
from logtrace.mapping.expressions import parse
from logtrace.mapping.nodes import AnyOf, Field, Node


def is_text(field: Field) -> bool:
    """Return that nothing is known of a field."""
    return False


@pytest.mark.parametrize(
    "text",
    [
        "false",
        "a == 1 and a == 2",
        "a == 1 and (b == 1 or b == 2) and b == 3",
        "a exists and not a exists",
        "a == 1 and not a exists",
        "not (a == 1 or not a == 1)",
        "(a == 1 or a == 2) and a > 3",
    ],
)
def test_contradictions(text: str) -> None:
    """Nothing can make them true."""
    assert holds_never(parse(text), is_text)
    assert holds_always(parse(f"not ({text})"), is_text)


@pytest.mark.parametrize("text", ["a == 1 and b == 2", "a", "a == 1 or a == 2", "not a == 1"])
def test_what_depends_on_the_line(text: str) -> None:
    """Neither never nor always."""
    assert not holds_never(parse(text), is_text)
    assert not holds_always(parse(text), is_text)


@pytest.mark.parametrize(
    ("takers", "text"),
    [
        (["true"], "a"),
        (["a == 1"], "b == 2 and a == 1"),
        (["a == 1 and b == 2"], "b == 2 and c exists and a == 1"),
        (["a == 1 or b == 2"], "b == 2"),
        (["a in [1, 2]"], "a == 1 or a == 2"),
        (["not a == 1"], "a == 2"),
        (["a >= 500"], "a == 503 and b exists"),
        (["a exists", "not a exists"], "b == 1"),
    ],
)
def test_what_takers_take(takers: list[str], text: str) -> None:
    """One of them holds wherever the condition does."""
    assert covers([parse(taker) for taker in takers], parse(text), is_text)


@pytest.mark.parametrize(
    ("taker", "text"),
    [
        ("a == 1 and b == 2", "a == 1"),
        ("a == 1", "a == 1 or b == 2"),
        ("a == 1", "a == true"),
        ("a", "a exists"),
    ],
)
def test_what_takers_leave(taker: str, text: str) -> None:
    """There is a line that only the condition holds for."""
    assert not covers([parse(taker)], parse(text), is_text)


def test_an_alternative_is_not_lost_to_one_that_python_takes_for_equal() -> None:
    """`a == true` is another alternative than `a == 1`."""
    assert not holds_never(parse("(a == 1 or a == true) and not a == 1"), is_text)


def test_too_much_work_is_no_answer() -> None:
    """Many alternatives, or many literals: it is not known, and that is known soon."""
    many: Node = parse(" and ".join(f"(a{n} == 1 or b{n} == 2)" for n in range(12)))
    long = AnyOf(tuple(parse(f"a{n} == 1") for n in range(3000)))
    assert not holds_never(many, is_text)
    assert not holds_always(long, is_text)
