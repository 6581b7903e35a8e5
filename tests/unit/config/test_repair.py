import pytest

from logtrace.config.nodes import Mapping, Node, Scalar, Sequence
from logtrace.config.syntax import Document, parse


def values(node: Node | None) -> list[Scalar]:
    """Return all scalars that are values, in order."""
    if isinstance(node, Mapping):
        return [found for _, value in node.pairs for found in values(value)]
    if isinstance(node, Sequence):
        return [found for item in node.items for found in values(item)]
    return [node] if isinstance(node, Scalar) else []


def read(text: str) -> Document:
    """Return what a file holds."""
    return parse(text.encode(), "x")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('when: "a" == b', '"a" == b'),
        ("when: 'a' == b", "'a' == b"),
        ('when: "a" == b  # why', '"a" == b'),
        ("name: {x} y", "{x} y"),
        ("name: {x}-{y}", "{x}-{y}"),
        ("name: [x] y", "[x] y"),
        ("path: *.log", "*.log"),
        ("- *.log", "*.log"),
        ("- - *.log", "*.log"),
        ("when: @a == 1", "@a == 1"),
        ("when: `a`", "`a`"),
        ("when: %a", "%a"),
        ("when: > 5", "> 5"),
        ('when: path == "a: b"', 'path == "a: b"'),
        ("name: GET: x", "GET: x"),
        (r'extract: "\d+"', r"\d+"),
        ("- when: @a", "@a"),
        ("a: {b: {x}/{y}}", "{x}/{y}"),
        ("a: {b: x{y}}", "x{y}"),
        ("- {when: a in [1, 2], name: x}", "a in [1, 2]"),
        ("- [{when: a in [1, 2]}, {when: b, name: x}]", "a in [1, 2]"),
        ("b: {x: @a, y: 1}", "@a"),
        ('{a: b == "c}", e: f}', 'b == "c}"'),
    ],
)
def test_the_value_that_wants_quotes_is_found(text: str, meant: str) -> None:
    """It is read as if it had them, and the advice is to write them."""
    document = read(text)
    (repaired,) = (scalar for scalar in values(document.root) if scalar.trouble is not None)

    assert [] == document.problems
    assert meant == repaired.text
    assert meant in repaired.trouble.fix.replace("''", "'") if repaired.trouble else False


def test_reading_goes_on_behind_a_repair() -> None:
    """Several values that want quotes, two of them on one line, are found in one run."""
    document = read("a: @x\nb: {c: @y, d: @z}\ne: f\n")
    assert ["@x", "@y", "@z", "f"] == [scalar.text for scalar in values(document.root)]
    assert [(1, 4), (2, 8), (2, 15)] == [
        (trouble.mark.line, trouble.mark.column) for trouble in document.troubles
    ]


def test_a_misread_value_above_a_repair_stays_read() -> None:
    """Both are read as they were meant."""
    document = read('a: b contains " #"\nc: @x\n')
    assert ['b contains " #"', "@x"] == [scalar.text for scalar in values(document.root)]
    assert 2 == len(document.troubles)


def test_places_are_those_of_the_file_and_not_of_the_repair() -> None:
    """Behind the added quotes, and within them."""
    first, second = values(read("{a: @it, b: cd}").root)
    assert (5, 6) == (first.text.mark.column, first.text.at(1).column)
    assert (13, 14) == (second.text.mark.column, second.text.at(1).column)


@pytest.mark.parametrize(
    "text",
    [
        'a: "b',
        "a: {b: c",
        "a: [b",
        "a:\n  - b\n c: d",
        "a: b\n c: d",
        "a: @b\n  c",
        "a: b\n\tc: d",
        "@",
        "]",
    ],
)
def test_nothing_is_put_in_quotes_that_quotes_do_not_cure(text: str) -> None:
    """An open quote, an open bracket or an indentation is said to be one."""
    document = read(text)
    assert None is document.root
    assert [] == document.troubles
    assert 1 == len(document.problems)


def test_repairs_end() -> None:
    """A file of mistakes only is given up after a while, with what was found till then."""
    document = read("\n".join(f"a{number}: @x" for number in range(100)))
    assert None is document.root
    assert 21 == len(document.troubles)
    assert 22 == document.problems[0].mark.line + 1
