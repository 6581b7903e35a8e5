"""Texts of the configuration: what they mean at their place, and every problem at its character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import Text
from logtrace.errors import Mark, Severity
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import Binary, Constant, Extracted, Field, Variable
from logtrace.mapping.templates import ID_FILTERS, Template
from logtrace.mapping.texts import Place, Texts, excerpt
from tests.support.mapping import MARK, text

LINE = Place()


# ── places ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("place", "field", "expected"),
    [
        (Place(), Field("x"), Field("x")),
        (Place("first"), Field("x"), Field("x", side="first")),
        (Place("first"), Field("x", side="last"), Field("x", side="last")),
        (Place("both"), Field("x.y", exact=True), Field("x.y", exact=True, side="both")),
        (Place(groups=("x",)), Field("x"), Extracted("x")),
        (Place(groups=("x",)), Field("y"), Field("y")),
        (Place(groups=("x",)), Field("x", exact=True), Field("x", exact=True)),
        (Place("both", ("x",)), Field("x", side="last"), Extracted("x", "last")),
        (Place("both", paired=True), Field("start.x"), Field("x", side="first")),
        (Place("both", paired=True), Field("start.x.y"), Field("x.y", side="first")),
        (Place("both", ("x",), paired=True), Field("start.x"), Extracted("x", "first")),
        (
            Place("both", paired=True),
            Field("start.x", exact=True),
            Field("start.x", exact=True, side="both"),
        ),
        (Place("both", paired=True), Field("start"), Field("start", side="both")),
        (Place("both", paired=True), Field("started.x"), Field("started.x", side="both")),
        (Place(), Field("start.x"), Field("start.x")),
        (Place(paired=None), Field("x"), Field("x")),
        (
            Place(paired=None),
            Field("start.x", exact=True),
            Field("start.x", exact=True),
        ),
    ],
)
def test_a_place_says_where_fields_are_read(place: Place, field: Field, expected: Variable) -> None:
    """A side that is written wins; groups go before fields; `start.x` is x of the start line."""
    assert expected == place(field)


def test_start_is_not_known_before_the_end() -> None:
    """A condition that is looked at for one line alone cannot read the start's line."""
    with pytest.raises(Fault) as caught:
        Place(paired=None)(Field("start.x", at=7))

    fault = caught.value
    assert ("start.x is not known before the start has found its end", 7) == (
        fault.what,
        fault.index,
    )
    assert 'write field["start.x"] if that is one field\'s name' == fault.fix


def test_a_bound_field_keeps_its_place_in_the_text() -> None:
    """A later message can still point at it."""
    bound = Place("first")(Field("x", at=7))

    assert isinstance(bound, Field)
    assert 7 == bound.at


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_absent_is_none_and_no_problem() -> None:
    """An optional key that is not there costs nothing."""
    texts = Texts()

    assert (None, None) == (
        texts.expression(None, "when", LINE),
        texts.template(None, "name", LINE),
    )
    assert ([], {}) == (texts.problems, texts.fields)


def test_texts_are_bound_and_their_fields_counted() -> None:
    """Each field counts as often as it is named, however it is bound; groups are no fields."""
    texts = Texts()
    place = Place("both", ("g",), paired=True)

    node = texts.expression(text("a == start.a and g"), "error", place)
    template = texts.template(text("{b.c} {a}{g}"), "name", place)
    texts.read([Field("ts"), Field("a")])

    assert [Field("a", side="both"), Field("a", side="first"), Extracted("g", "both")] == [
        *(node.terms[0].left, node.terms[0].right, node.terms[1])  # type: ignore[union-attr]
    ]
    assert (
        Template((Field("b.c", side="both"), " ", Field("a", side="both"), Extracted("g", "both")))
        == template
    )
    assert {"a": 4, "b.c": 1, "ts": 1} == texts.fields
    assert [] == texts.problems


def test_a_pattern_is_compiled() -> None:
    """It is searched for as it is written."""
    pattern = Texts().pattern(text(r"rc=(?P<rc>\d+)"), "extract")

    assert pattern is not None
    assert "7" == pattern.search("job rc=7")["rc"]  # type: ignore[index]


def test_filters_are_those_of_the_place() -> None:
    """A dialect goes with ids only."""
    texts = Texts()

    template = texts.template(text("{a | hex}"), "trace_id", LINE, ID_FILTERS)

    assert Template((Field("a"),), "hex") == template
    assert texts.template(text("{a | hex}"), "name", LINE) is None
    assert ["the filter 'hex' means nothing here"] == [problem.what for problem in texts.problems]


def test_every_problem_is_kept_with_its_place() -> None:
    """One mistake does not hide the next; the mark, the key and the caret say where each is."""
    texts = Texts()

    assert texts.expression(text("a = 1"), "spans[0].when", LINE) is None
    assert texts.template(text("x {a"), "spans[0].name", LINE) is None
    assert texts.pattern(text("ab(c"), "spans[0].extract") is None
    texts.problem(MARK, "spans[0]", "something else", "mend it")

    assert [
        (7, "spans[0].when", "unexpected '=' where an operator belongs", "    a = 1\n      ^"),
        (7, "spans[0].name", "a `{` without its `}`", "    x {a\n      ^"),
        (
            *(7, "spans[0].extract"),
            "not a regular expression: missing ), unterminated subpattern",
            "    ab(c\n      ^",
        ),
        (5, "spans[0]", "something else", ""),
    ] == [
        (problem.mark.column, problem.key, problem.what, problem.excerpt)
        for problem in texts.problems
    ]
    assert [("write `==`", Severity.ERROR), ("mend it", Severity.ERROR)] == [
        (problem.fix, problem.severity) for problem in (texts.problems[0], texts.problems[-1])
    ]
    assert {} == texts.fields


def test_a_place_that_refuses_a_field_is_a_problem() -> None:
    """What only the place knows to be wrong points at the field too."""
    texts = Texts()

    assert texts.expression(text("a == start.a"), "end", Place(paired=None)) is None
    assert [Mark("logtrace.yaml", 7, 10)] == [problem.mark for problem in texts.problems]


def test_a_text_that_does_not_stand_as_it_is_points_at_its_beginning() -> None:
    """Over several lines or with escapes, the character's column in the file is not known."""
    texts = Texts()

    texts.expression(Text("a == 1\nand", MARK, plain=False), "when", LINE)

    (problem,) = texts.problems
    assert (MARK, "    and\n       ^") == (problem.mark, problem.excerpt)


# ── warnings ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "warned"),
    [
        ("request-id == 5", ["request-id"]),
        ("request-id > 0 and request-id < 9", ["request-id", "request-id"]),
        ("request-id exists", ["request-id"]),
        ("lower(request-id) matches 'x'", ["request-id"]),
        ("a-b-c > 0", ["a-b"]),
        ("x.y-z > 0", ["x.y-z"]),
        ("request - id == 5", []),
        ("request -id == 5", []),
        ("request-5 > 0", []),
        ("request-id > 0 and user-id > 0", []),
        ("request+id == 5", []),
        ("request-id == 5 and id exists", []),
        ("request-id == 5 or request exists", []),
        ("a-a == 0", []),
        ('field["request-id"] == 5', []),
    ],
)
def test_what_may_be_a_name_with_a_hyphen_is_warned_of(expression: str, warned: list[str]) -> None:
    """Only where it is written without blanks, and neither part is used elsewhere."""
    texts = Texts()
    texts.expression(text(expression), "when", LINE)

    assert [f"{name} subtracts, and neither part is used elsewhere" for name in warned] == [
        problem.what for problem in texts.warnings()
    ]
    assert [] == texts.problems


def test_a_use_in_another_text_silences_the_warning() -> None:
    """The whole source is looked at, so warnings come when all of it was read."""
    texts = Texts()
    texts.template(text("{total-used}"), "metrics.free", LINE)
    before = [problem.what for problem in texts.warnings()]
    texts.template(text("{used}"), "metrics.used", LINE)

    assert (1, []) == (len(before), list(texts.warnings()))


def test_a_warning_says_how_to_name_the_field() -> None:
    """It points at the left part and is no error."""
    texts = Texts()
    texts.template(text("x {request-id}"), "name", LINE)

    (warning,) = texts.warnings()
    assert (Severity.WARNING, Mark("logtrace.yaml", 7, 8)) == (warning.severity, warning.mark)
    assert 'write field["request-id"] if that is one field\'s name' == warning.fix
    assert "    x {request-id}\n       ^" == warning.excerpt


# ── excerpts ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "index", "expected"),
    [
        ("abc", 1, "    abc\n     ^"),
        ("abc", 3, "    abc\n       ^"),
        ("", 0, "    \n    ^"),
        ("ab\ncd\nef", 4, "    cd\n     ^"),
        ("ab\ncd", 2, "    ab\n      ^"),
        ("ab\n", 3, "    \n    ^"),
        ("a\tb\x1b[2J\u202e", 2, "    a b [2J \n      ^"),
        ("x" * 200, 0, f"    {'x' * 96}\n    ^"),
        ("x" * 200, 100, f"    {'x' * 96}\n    {' ' * 48}^"),
        ("x" * 200, 200, f"    {'x' * 48}\n    {' ' * 48}^"),
    ],
)
def test_excerpt(given: str, index: int, expected: str) -> None:
    """It is the line around the character, cut to a usual width and harmless to a terminal."""
    assert expected == excerpt(given, index)


@given(st.text(max_size=300), st.data())
def test_the_caret_stands_below_its_character(given_text: str, data: st.DataObject) -> None:
    """Whatever the text holds, an excerpt is two lines of printable characters."""
    index = data.draw(st.integers(0, len(given_text)))

    shown, caret = excerpt(given_text, index).splitlines()
    character = given_text[index : index + 1]
    at = caret.index("^")

    assert shown.isprintable()
    assert 100 >= len(shown)
    assert caret == " " * at + "^"
    if character == "\n" or not character:
        assert len(shown) == at
    else:
        assert shown[at] == (character if character.isprintable() else " ")


def test_a_tree_keeps_no_trace_of_where_it_was_read() -> None:
    """The same text at two keys gives equal trees."""
    texts = Texts()
    first = texts.expression(text("a > 1"), "when", LINE)

    assert first == texts.expression(text("  a > 1"), "error", LINE)
    assert Binary(">", Field("a"), Constant(1)) == first
