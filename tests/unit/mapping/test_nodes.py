"""The tree of expressions: what is below a node, in which order, and how fields are bound."""

from dataclasses import replace

import pytest

from logtrace.mapping.expressions import parse
from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Binary,
    Call,
    Constant,
    Exists,
    Extracted,
    Field,
    Matches,
    Negative,
    Node,
    Not,
    Variable,
    bind,
    children,
    variables,
    walk,
)

A, B, C = Field("a"), Field("b"), Field("c")
PATTERN = parse('a matches "x+"').pattern  # type: ignore[union-attr]

EVERY_KIND: list[tuple[Node, tuple[Node, ...]]] = [
    (Constant(1), ()),
    (Constant((1, "x")), ()),
    (A, ()),
    (Extracted("g"), ()),
    (Exists(A), (A,)),
    (Not(A), (A,)),
    (Negative(A), (A,)),
    (Matches(A, PATTERN), (A,)),
    (All((A, B, C)), (A, B, C)),
    (AnyOf((A, B)), (A, B)),
    (Binary("-", A, B), (A, B)),
    (Call("coalesce", (A, B, C)), (A, B, C)),
]

EXPRESSIONS = [
    *("a", "500", "null", 'a == "x"', "a.b >= 1 + 2 * c", "-(a) < 5", "not (a or b and not c)"),
    *('a in [1, "x", true]', 'field["a.b"] exists', r'a matches "^\d" or lower(b) contains c'),
    *("coalesce(a, len(b), int(c) % 2)", "((((a))))"),
]


@pytest.mark.parametrize(("node", "below"), EVERY_KIND)
def test_children(node: Node, below: tuple[Node, ...]) -> None:
    """The operands of a node are below it, in order."""
    assert below == children(node)


def test_walk_goes_as_it_is_written() -> None:
    """A node comes before what is below it, the left before the right."""
    tree = parse("a + 1 > b or not c exists")

    assert [
        tree,
        Binary(">", Binary("+", A, Constant(1)), B),
        *(Binary("+", A, Constant(1)), A, Constant(1), B),
        *(Not(Exists(C)), Exists(C), C),
    ] == list(walk(tree))


def test_variables_come_as_often_as_they_are_named() -> None:
    """Fields and groups are variables; constants, lists and patterns are none."""
    tree = All((parse('a == b and b in [1] and b matches "c"'), Not(Extracted("g"))))

    assert [A, B, B, B, Extracted("g")] == list(variables(tree))


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_binding_fields_to_themselves_changes_nothing(text: str) -> None:
    """What is no field stays as it is, whatever the node."""
    tree = parse(text)

    assert tree == bind(tree, lambda field: field)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_binding_reaches_every_field(text: str) -> None:
    """The places in the tree stay, and each field is what it was bound to."""
    tree = parse(text)
    bound = bind(tree, lambda field: Extracted(field.name, "last"))

    named = [Extracted(variable.name, "last") for variable in variables(tree)]
    assert named == list(variables(bound))
    assert [type(node) for node in walk(tree) if not isinstance(node, Field)] == [
        type(node) for node in walk(bound) if node not in named
    ]


def test_binding_leaves_what_is_bound_already() -> None:
    """A group of the rule's own pattern is not asked about."""
    asked: list[str] = []

    def place(field: Field) -> Variable:
        asked.append(field.name)
        return replace(field, side="first")

    bound = bind(Binary("==", Extracted("g"), A), place)

    assert (["a"], Binary("==", Extracted("g"), Field("a", side="first"))) == (asked, bound)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_nodes_written_alike_are_equal(text: str) -> None:
    """Where in a text they stand does not count, and equal nodes have one hash."""
    here, there = parse(text), parse(f"   ({text})")

    assert here == there
    assert hash(here) == hash(there)


@pytest.mark.parametrize(
    "other",
    [Field("b"), Field("a", exact=True), Field("a", side="first"), Extracted("a")],
)
def test_variables_that_are_read_elsewhere_differ(other: Variable) -> None:
    """Name, exactness, side and kind tell variables apart."""
    assert other != Field("a")
    assert 2 == len({other, Field("a")})


def test_the_place_in_the_text_is_kept_for_messages() -> None:
    """Each field knows the character where it begins, also when it is bound."""
    tree = parse('(a + field["b-c"]) > lower(d)')
    bound = bind(tree, lambda field: replace(field, side="first"))

    for each in (tree, bound):
        assert [1, 5, 27] == [field.at for field in variables(each) if isinstance(field, Field)]
