"""How generated code loads variables: each once, from the right place, whatever a line holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import pytest

from logtrace.mapping.checked import Extract, Rule
from logtrace.mapping.expressions import pattern
from logtrace.mapping.nodes import Extracted, Field, Variable
from logtrace.mapping.rules import check
from logtrace.mapping.variables import HalfVariables, RowVariables
from logtrace.mapping.writer import Writer
from tests.support.mapping import FakeParser, rule, source

NAMES = ("a", "a.b", "c", "d.e", "odd'\"\\name")
ROWS: list[Literal["attribute", "item"]] = ["attribute", "item"]


class Rows:
    """A function `read(r)` that is being written, and what its variables are."""

    def __init__(self, row: Literal["attribute", "item"] = "attribute") -> None:
        self.writer = Writer()
        self.parser = FakeParser(NAMES, row)
        self.variables = RowVariables(self.writer, self.parser)

    def value(self, write: Callable[[], list[str]], line: dict[str, Any]) -> list[Any]:
        """Return what the names hold that `write` returns, for a line of the log."""
        with self.writer.block("def read(r):"):
            self.writer.line(f"return [{', '.join(write())}]")
        names = dict(self.writer.bound)
        exec(self.writer.source, names)
        found: list[Any] = names["read"](self.parser.records([line]).rows[0])
        return found

    def code(self, *variables: Variable) -> list[str]:
        """Return the lines that load variables, without blanks before them."""
        with self.writer.block("def read(r):"):
            for variable in variables:
                self.variables.load(variable)
        return [line.strip() for line in self.writer.source.splitlines()[1:]]


# ── fields of a row ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "has"),
    [
        (Field("a"), True),
        (Field("a.b"), True),
        (Field("a.x"), True),
        (Field("a.x", exact=True), False),
        (Field("a.b", exact=True), True),
        (Field("d"), False),
        (Field("d.e"), True),
        (Field("d.x"), False),
        (Field("x"), False),
        (Field("x.a"), False),
    ],
)
def test_a_field_can_be_there_if_its_flat_name_or_its_head_can(field: Field, has: bool) -> None:
    """The parser knows the keys that it looks for; what is below them it cannot know."""
    assert has is Rows().variables.has(field)


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ({"a": 1}, Field("a"), 1),
        ({"a": 1}, Field("a", exact=True), 1),
        ({}, Field("a"), None),
        ({"a": False}, Field("a"), False),
        ({"x": 1}, Field("x"), None),
        ({"a.b": "flat", "a": {"b": "nested"}}, Field("a.b"), "flat"),
        ({"a.b": None, "a": {"b": "nested"}}, Field("a.b"), "nested"),
        ({"a.b": "", "a": {"b": "nested"}}, Field("a.b"), ""),
        ({"a": {"b": "nested"}}, Field("a.b", exact=True), None),
        ({"a": {"b": None}}, Field("a.b"), None),
        ({"a": "text"}, Field("a.b"), None),
        ({"a": ["b"]}, Field("a.b"), None),
        ({"a": None}, Field("a.x"), None),
        ({"a": {"b": {"c": 5}}}, Field("a.b.c"), 5),
        ({"a": {"b.c": 5}}, Field("a.b.c"), 5),
        ({"a": {"b": "text"}}, Field("a.b.c"), None),
        ({"d.e": 7, "d": {"e": 8}}, Field("d.e"), 7),
        ({"d": {"e": 8}}, Field("d.e"), None),
        ({"d": {"x": 8}}, Field("d.x"), None),
        ({"odd'\"\\name": 3}, Field("odd'\"\\name", exact=True), 3),
        ({"a": {"'\n": 3}}, Field("a.'\n"), 3),
    ],
)
@pytest.mark.parametrize("row", ROWS)
def test_the_value_of_a_field(
    row: Literal["attribute", "item"], line: dict[str, Any], field: Field, expected: Any
) -> None:
    """The flat key comes before the nested one, null is absent, and an odd line has no field."""
    rows = Rows(row)

    assert [expected] == rows.value(lambda: [rows.variables.load(field)], line)


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        (Field("a"), ["f0 = r.f0"]),
        (Field("x"), ["f0 = None"]),
        (Field("d.e"), ["f0 = r.f3"]),
        (Field("a.b", exact=True), ["f0 = r.f1"]),
        (Field("a.x"), ["f1 = r.f0", "f0 = f1.get(c0) if f1.__class__ is dict else None"]),
        (Field("a.x.y"), ["f1 = r.f0", "f0 = dig(f1, c0)"]),
    ],
)
def test_the_code_of_a_field(field: Field, lines: list[str]) -> None:
    """It is no longer than the parser makes necessary."""
    assert lines == Rows().code(field)


def test_a_tuple_is_read_by_number() -> None:
    """Rows of regular expressions have items for attributes."""
    assert ["f0 = r[2]"] == Rows("item").code(Field("c"))


def test_each_field_is_loaded_once() -> None:
    """The second use in a block, or in one within it, takes the name of the first."""
    rows = Rows()
    with rows.writer.block("def read(r):"):
        names = [rows.variables.load(Field("a"))]
        with rows.writer.block("if f0:"):
            names += [rows.variables.load(Field("a")), rows.variables.load(Field("c"))]

    assert ["f0", "f0", "f1"] == names
    assert 1 == rows.writer.source.count("r.f0")


def test_a_field_that_another_block_loaded_is_loaded_again_under_its_name() -> None:
    """What one branch loads the other may lack; both use one name, as a reader expects."""
    rows = Rows()
    with rows.writer.block("def read(r):"):
        for test in ("if x:", "if y:"):
            with rows.writer.block(test):
                names = [rows.variables.load(Field(name)) for name in ("a", "c")]
                assert ["f0", "f1"] == names

    assert 2 == rows.writer.source.count("f0 = r.f0\n")
    assert 2 == rows.writer.source.count("f1 = r.f2\n")


def test_nested_fields_of_one_head_share_it() -> None:
    """The value of the head is loaded once for all that is dug out of it."""
    assert 1 == Rows().code(Field("a.x"), Field("a.y"), Field("a.z")).count("f1 = r.f0")


def test_in_a_row_there_is_no_side() -> None:
    """A field of the first, last or any line is the field of the line at hand."""
    rows = Rows()
    with rows.writer.block("def read(r):"):
        before = rows.variables.is_loaded(Field("a", side="last"))
        names = {
            rows.variables.load(replace(Field("a"), side=side))
            for side in ("line", "first", "last", "both")
        }
        after = rows.variables.is_loaded(Field("a", side="last"))

    assert (False, {"f0"}, True) == (before, names, after)


def test_names_of_fields_never_become_code() -> None:
    """Slots have numbers, and what is below them is looked up by a bound name."""
    rows = Rows()
    source = "\n".join(rows.code(Field("odd'\"\\name", exact=True), Field("a.x'\"y")))

    assert re.fullmatch(r"[\w\s.=()]+", source)
    assert "x'\"y" in rows.writer.bound.values()


# ── extraction ────────────────────────────────────────────────────────────────────────────────────

ONE = r"job (?P<job>\w+)"
TWO = r"(\w+) (?P<job>\w+)(?: rc=(?P<rc>\d+))?$"


def extraction(text: str) -> Extract:
    """Return an extraction from the field `c`."""
    made = pattern(text)
    return Extract(made, Field("c"), tuple(made.groupindex), early=False)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        (ONE, "the job x", ["x"]),
        (ONE, "no", [None]),
        (ONE, None, [None]),
        (ONE, ["job x"], [None]),
        (ONE, {"job": "x"}, [None]),
        (TWO, "a b rc=5", ["b", "5"]),
        (TWO, "a b", ["b", None]),
        (TWO, "", [None, None]),
        (r"(?P<job>\d+)(?P<rc>0)", 500, ["50", "0"]),
        (r"(?P<job>t)(?P<rc>r)", True, ["t", "r"]),
        (r"(?P<job>x*)(?P<rc>y?)", "z", ["", ""]),
        (r"(?P<job>.)(?P<rc>.)", "\ud800\x00", ["\ud800", "\x00"]),
    ],
)
@pytest.mark.parametrize("row", ROWS)
def test_groups_are_extracted(
    row: Literal["attribute", "item"], text: str, value: Any, expected: list[Any]
) -> None:
    """A group has its text, or null: where it took no part, and where nothing matches."""
    rows = Rows(row)
    extract = extraction(text)

    def write() -> list[str]:
        rows.variables.extract(extract)
        return [rows.variables.load(Extracted(group)) for group in extract.groups]

    assert expected == rows.value(write, {"c": value})


def test_groups_are_known_where_they_are_extracted() -> None:
    """Neither before, nor outside the block."""
    rows = Rows()
    extract = extraction(ONE)
    group = Extracted("job", "both")
    with rows.writer.block("def read(r):"):
        with rows.writer.block("if x:"):
            known = [rows.variables.is_loaded(group)]
            rows.variables.extract(extract)
            known += [rows.variables.is_loaded(group)]
        known += [rows.variables.is_loaded(group)]

    assert [False, True, False] == known


# ── half-spans ────────────────────────────────────────────────────────────────────────────────────


def kept(*variables: Variable) -> Rule:
    """Return a rule whose half-spans keep variables."""
    made = check(source(rule(start="a", end="b", name="x"))).rules[0]
    return replace(made, kept=variables)


def half(variable: Variable, first: tuple[Any, ...], last: tuple[Any, ...]) -> Any:
    """Return a variable of a half-span that keeps `x`, `field["x"]` and a group `x`."""
    writer = Writer()
    names = {"a": first, "b": last}
    places = kept(Field("x"), Field("x", exact=True), Extracted("x"))
    with writer.block("if True:"):
        writer.line(f"value = {HalfVariables(writer, places).load(variable)}")
    exec(writer.source, names)
    return names["value"]


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (Field("x", side="first"), 1),
        (Field("x", side="last"), 4),
        (Field("x", side="both"), 4),
        (Field("x", exact=True, side="first"), 2),
        (Field("x", exact=True, side="last"), None),
        (Field("x", exact=True, side="both"), 2),
        (Extracted("x", "first"), None),
        (Extracted("x", "last"), 0),
        (Extracted("x", "both"), 0),
    ],
)
def test_the_value_of_a_half_span(variable: Variable, expected: Any) -> None:
    """Of both lines the last counts where it has the field at all, 0 included."""
    assert expected == half(variable, (1, 2, None), (4, None, 0))


def test_the_same_name_on_another_side_is_another_variable() -> None:
    """Each is loaded once, under a name of its own."""
    writer = Writer()
    with writer.block("def finish(a, b):"):
        variables = HalfVariables(writer, kept(Field("y"), Field("x")))
        names = [
            variables.load(Field("x", side=side)) for side in ("first", "last", "first", "last")
        ]

    assert ["v0", "v1", "v0", "v1"] == names
    assert "def finish(a, b):\n    v0 = a[1]\n    v1 = b[1]\n" == writer.source
