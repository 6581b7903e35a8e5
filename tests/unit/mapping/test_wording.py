import pytest
from hypothesis import given

from logtrace.mapping.expressions import parse
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import Constant, Node, walk
from logtrace.mapping.wording import worded
from tests.property.test_compiler_equals_interpreter import EXPRESSIONS


@pytest.mark.parametrize(
    "text",
    [
        'event == "done"',
        'field["odd-name"] exists',
        "not a and (b or c)",
        '(not a) == "x"',
        "-(a + 1) > -5",
        'lower(a) in ["x", 1, 1.5, true]',
        r'a matches "^\d+$"',
        "a matches 'say \"x\"'",
        r'a contains "tab \t, quote \", backslash \\"',
        "coalesce(a, b.c, null) startswith @x",
        "(a < 1) and (b >= 250)",
    ],
)
def test_an_expression_is_written_out(text: str) -> None:
    """As somebody might have written it."""
    assert parse(text) == parse(worded(parse(text)))


def test_it_is_written_as_a_person_would() -> None:
    """With brackets only around what does not hold together by itself."""
    assert 'not (a == "x")' == worded(parse("not a=='x'".replace("'", '"')))
    assert 'event == "done" and status >= 500' == worded(parse('event=="done" and status>=500'))
    assert "a and b or c" == worded(parse("(a and b) or c"))
    assert "a and (b or c)" == worded(parse("a and (b or c)"))
    assert "took > 250000000" == worded(parse("took > 250ms"))


def _comparable(node: Node) -> list[str]:
    """Return the kinds and values of all parts: a pattern is no two times the same object."""
    return [
        f"{type(part).__name__} {part.value!r}" if isinstance(part, Constant) else repr(type(part))
        for part in walk(node)
    ]


@given(EXPRESSIONS)
def test_what_is_written_means_the_same(text: str) -> None:
    """Whatever the expression is."""
    try:
        node = parse(text)
        again = worded(node)
    except Fault:
        return
    assert _comparable(node) == _comparable(parse(again))
    assert again == worded(parse(again))
