"""The grammar of expressions, and its mistakes."""

from typing import Any

import pytest

from logtrace.mapping import expressions
from logtrace.mapping.evaluator import evaluate
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import Constant, Field

LINE: dict[str, Any] = {
    "a": 1,
    "b": 2,
    "text": "GET /cart",
    "zero": 0,
    "user.id": "u1",
    "odd-name": "odd",
    "in": "reserved",
}


def value(text: str) -> Any:
    """Return what an expression is for LINE."""
    return evaluate(expressions.parse(text), lambda variable: LINE.get(variable.name))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("-a + 3", 2),
        ("--a", 1),
        ("- -2", 2),
        ("a == 1 and b == 3 or b == 2", True),
        ("a == 1 and (b == 3 or b == 2)", True),
        ("false and false or true", True),
        ("false and (false or true)", False),
        ("not a == 2", True),
        ("not not a", True),
        ("not a exists", False),
        ("missing exists", False),
        ("not missing", True),
        ("a + 1 == b", True),
        ("a in [3, 1]", True),
        ("-1 in [-1]", True),
        ("a in []", False),
        ('text in ["x", "GET /cart",]', Fault),
        ('text startswith "GET" and text endswith "cart"', True),
        ('text contains "/c"', True),
        (r'text matches "^\w+ /c"', True),
        ("250ms < 1s", True),
        ("1500us", 1_500_000),
        ('field["odd-name"]', "odd"),
        ('field["in"] == "reserved"', True),
        ("user.id", "u1"),
        ("coalesce(missing, null, b)", 2),
        ('lower("ABC")', "abc"),
        ("len(text)", 9),
        ("true", True),
        ("null", None),
        ("zero or missing", False),
        ('""', ""),
    ],
)
def test_meaning(text: str, expected: Any) -> None:
    """Operators bind as the reference says, and each literal, field and function has its value."""
    if expected is Fault:
        with pytest.raises(Fault):
            value(text)
        return

    assert expected == value(text)


@pytest.mark.parametrize(
    ("text", "index", "what", "fix"),
    [
        ("", 0, "it ends where a value belongs", ""),
        ("a ==", 4, "it ends where a value belongs", ""),
        ("a = 1", 2, "unexpected '=' where an operator belongs", "write `==`"),
        ("a && b", 2, "unexpected '&&' where an operator belongs", "write `and`"),
        ("!a", 0, "unexpected '!' where a value belongs", "write `not x`; `not x exists` where"),
        ("a not exists", 2, "unexpected 'not' where an operator belongs", "write `not x exists`"),
        (
            "a not contains 1",
            2,
            "unexpected 'not' where an operator belongs",
            "write `not x contains …`",
        ),
        ("a is null", 2, "unexpected 'is' where an operator belongs", "or `x exists`"),
        ("a == -b exists", 5, "what is true or false has no sign", "write `not`"),
        ("-true", 0, "what is true or false has no sign", "write `not`"),
        ("1" * 40, 0, "the number is too large", ""),
        ("1" * 65, 0, "the number is too large", ""),
        ("a startwith 1", 2, "unexpected 'startwith' where an operator belongs", "startswith"),
        ("a not in [1]", 2, "unexpected 'not' where an operator belongs", "not x in"),
        ("a == null", 2, "a comparison with null is always false", "exists"),
        ("1 < a < 3", 6, "comparisons do not chain", "a < b and b < c"),
        ("(a", 2, "it ends where ')' belongs", "add it"),
        ("a)", 1, "unexpected ')' where an operator belongs", "add the `(`"),
        ("[1]", 0, "a list can only stand to the right of `in`", "x in [1, 2]"),
        ("a in [b]", 6, "a list holds numbers, texts, true and false only", "in quotes"),
        ("a in [null]", 6, "nothing is equal to null", ""),
        ("uper(a)", 0, "unknown function 'uper'", "did you mean 'upper'?"),
        ("lower()", 0, "lower takes one value, not 0", ""),
        ("in == 1", 0, "'in' where a value belongs", 'field["in"]'),
        ("1 exists", 2, "exists stands behind a field only", ""),
        ("a matches b", 10, "unexpected 'b' where a regular expression in quotes belongs", ""),
        ('a matches "x("', 12, "not a regular expression: missing ), unterminated subpattern", ""),
        ("a == 1 AND b", 7, "unexpected 'AND' where an operator belongs", "write `and`"),
        ("NOT a", 4, "unexpected 'a' where an operator belongs", "write `not`"),
        ("a EXISTS", 2, "unexpected 'EXISTS' where an operator belongs", "write `exists`"),
        ('a == "x" OR b', 9, "unexpected 'OR' where an operator belongs", "write `or`"),
        ('a =~ "x"', 2, "unexpected '=~' where an operator belongs", "write `matches`"),
        ('a !~ "x"', 2, "unexpected '!~' where an operator belongs", "not x matches"),
        ("a <> 1", 2, "unexpected '<>' where an operator belongs", "write `!=`"),
        ("a === 1", 2, "unexpected '===' where an operator belongs", "write `==`"),
        ("a !== 1", 2, "unexpected '!==' where an operator belongs", "write `!=`"),
        ("a == “x”", 5, "unexpected character '“'", "straight quotes"),
        ("a matches “x”", 10, "unexpected character '“'", "straight quotes"),
        (
            "a matches ^/x",
            10,
            "unexpected '^/x' where a regular expression in quotes belongs",
            'matches "^/x"',
        ),
        (
            "a matches /x/",
            10,
            "unexpected '/x/' where a regular expression in quotes belongs",
            'matches "x"',
        ),
        (
            'a matches r"x"',
            10,
            "unexpected 'r\"x\"' where a regular expression in quotes belongs",
            "write it in quotes",
        ),
        ("a & b", 2, "unexpected character '&'", "write `and`"),
        ("{a} > 1", 0, "unexpected character '{'", "without braces"),
        ("a == 'it's'", 9, "unexpected 's' where an operator belongs", "a quote within a text"),
        (
            "a == 1.2.3",
            8,
            "unexpected '.3' where an operator belongs",
            "in quotes if it is a version",
        ),
        ("a > 1_000", 5, "unexpected '_000' where an operator belongs", "digits only"),
        ("a == 5 min", 7, "unexpected 'min' where an operator belongs", "right behind its number"),
        ("a 500", 2, "unexpected '500' where an operator belongs", "such as `==`"),
        ("a in (1, 2)", 7, "unexpected ',' where ')' belongs", "square brackets"),
        ("a in [1,]", 8, "unexpected ']' where a value belongs", "the comma before it"),
        ("contains(a)", 0, "'contains' where a value belongs", "`x contains …`"),
        ('a.contains("x")', 0, "unknown function 'a.contains'", "`a contains …`"),
        ("exists(a)", 0, "'exists' where a value belongs", "`x exists`"),
        ("length(a)", 0, "unknown function 'length'", "`len(x)`"),
        ('a like "x"', 2, "unexpected 'like' where an operator belongs", "contains"),
        (
            "a[0] == 1",
            1,
            "unexpected '[' where an operator belongs",
            "elements of a list have no names",
        ),
        (
            'a matches "(?<b>x)"',
            12,
            "not a regular expression: unknown extension ?<b",
            "(?P<name>…)",
        ),
        ("field[a]", 6, "unexpected 'a' where the field's name in quotes belongs", ""),
    ],
)
def test_mistakes_are_named_at_their_character(text: str, index: int, what: str, fix: str) -> None:
    """A mistake says where it is, what it is, and what to write instead."""
    with pytest.raises(Fault) as caught:
        expressions.parse(text)

    assert (index, what) == (caught.value.index, caught.value.what)
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "a" + ")" * 500,
        "not " * 500 + "a",
        "a" + " + 1" * 500,
        "lower(" * 500 + "a" + ")" * 500,
        "a == " + "1" * 5000,
    ],
)
def test_depth_and_length_are_bounded(text: str) -> None:
    """Neither the parser nor generated code can be driven out of Python's stack."""
    with pytest.raises(Fault, match=r"deep|longer"):
        expressions.parse(text)


def test_many_terms_are_not_deep() -> None:
    """A long list of alternatives is usual and stays legal."""
    assert value(" or ".join(["a == 2"] * 300 + ["a == 1"])) is True


def test_part_of_a_template_stops_at_its_end() -> None:
    """Within a template an expression ends at `|` or `}`, but not within quotes."""
    node, index = expressions.parse_part('{a == "}|" }', 1, "|}")

    assert index == 11
    assert evaluate(node, lambda _: "}|") is True


def test_equal_texts_give_equal_trees() -> None:
    """A field is the same field wherever it is named."""
    assert expressions.parse("a") == expressions.parse("  a") == Field("a")
    assert expressions.parse("1") == Constant(1)
