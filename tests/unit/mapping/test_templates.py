"""Templates, their filters, and their mistakes."""

import pytest

from logtrace.mapping import templates
from logtrace.mapping.evaluator import value_of
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import Field
from logtrace.mapping.templates import ID_FILTERS, LINE_FILTERS, Template, split_unit

LINE = {"method": "GET", "route": "/a", "status": 500, "rate": 0.5, "tags": ["x"]}


def made(text: str) -> object:
    """Return what a template makes of LINE."""
    return value_of(templates.parse(text), lambda variable: LINE.get(variable.name))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web.request", "web.request"),
        ("", ""),
        ("{method} {route}", "GET /a"),
        ("{status}", 500),
        ("{tags}", ["x"]),
        (" {status}", " 500"),
        ("{rate}|{tags}", '0.5|["x"]'),
        ("{missing}", None),
        ("{method} {missing}", None),
        ("{{{method}}}", "{GET}"),
        ("{{}}", "{}"),
        ("{method | lower}", "get"),
        ("{method|lower|upper}", "GET"),
        ("{status + 1}", 501),
        ('{"}"}', "}"),
        ("{coalesce(missing, route)}", "/a"),
    ],
)
def test_meaning(text: str, expected: object) -> None:
    """One expression keeps its type, several are joined as text, a missing field gives no value."""
    assert expected == made(text)


@pytest.mark.parametrize(
    ("text", "index", "what", "fix"),
    [
        ("a } b", 2, "a `}` without its `{`", "write `}}` for a brace"),
        ("a {b", 2, "a `{` without its `}`", "write `{{` for a brace"),
        ("{ }", 0, "nothing stands within the braces", "name a field, or write `{{}}`"),
        (
            "{a | hex}",
            5,
            "the filter 'hex' means nothing here",
            "it goes with trace_id, span_id and",
        ),
        ("{a | last}", 5, "the filter 'last' means nothing here", "it goes with group"),
        ("{a | uper}", 5, "unknown filter 'uper'", "did you mean 'upper'?"),
        ("{a | trim}", 5, "unknown filter 'trim'", "one of lower, upper, obfuscate_sql"),
        ("{a | len}", 5, "unknown filter 'len'", "it is a function: {len(x)}"),
        (
            "{a | lower()}",
            10,
            "unexpected '(' behind a filter",
            "a name alone, such as {x | lower}",
        ),
        ("{a | }", 5, "a filter's name is missing", "coalesce(a, b)"),
        ("{a || b}", 4, "a filter's name is missing", "coalesce(a, b)"),
        ("{a matches x}", 11, "unexpected 'x' where a regular", 'write matches "x"'),
        ("{a | lower | lower | lower | lower | lower}", 35, "more than 4 filters", ""),
        ("x" * 4097, 4096, "longer than 4096 characters", ""),
    ],
)
def test_mistakes_are_named_at_their_character(text: str, index: int, what: str, fix: str) -> None:
    """A mistake says where in the whole text it is, and what to write."""
    with pytest.raises(Fault) as caught:
        templates.parse(text)

    assert index == caught.value.index
    assert caught.value.what.startswith(what)
    assert fix in caught.value.fix


def test_dialect_needs_the_whole_value() -> None:
    """An id can be forced to hex only if it is all that the template holds."""
    assert templates.parse("{id | hex}", ID_FILTERS).dialect == "hex"
    with pytest.raises(Fault, match="needs the whole value"):
        templates.parse("x{id | hex}", ID_FILTERS)


@pytest.mark.parametrize(
    ("text", "index", "fix"),
    [
        ("{x | hash | lower}", 12, "write {… | lower | hash}"),
        ("{x | hex | decimal}", 11, "keep one"),
    ],
)
def test_nothing_changes_an_id(text: str, index: int, fix: str) -> None:
    """A filter of text comes before the id is made, and there is one way to make it."""
    with pytest.raises(Fault, match="which makes an id of the text") as caught:
        templates.parse(text, (*ID_FILTERS, "lower"))
    assert (index, fix) == (caught.value.index, caught.value.fix)


def test_line_filters_say_where_fields_are_read() -> None:
    """`{x | last}` reads x in the last line of a group."""
    assert templates.parse("{x | last}", LINE_FILTERS) == Template((Field("x", side="last"),))


@pytest.mark.parametrize(
    ("text", "unit"), [("{x} ms", 10**6), ("{x}s", 10**9), ("{x} µs ", 1000), ("{x}", None)]
)
def test_unit_follows_the_value(text: str, unit: int | None) -> None:
    """A unit behind a single expression counts it."""
    value, actual = split_unit(templates.parse(text))

    assert (value.single, unit) == (Field("x"), actual)


def test_other_text_is_no_unit() -> None:
    """What is more than a value and a unit stays as it is."""
    template = templates.parse("{m}m{s}s")

    assert split_unit(template) == (template, None)
