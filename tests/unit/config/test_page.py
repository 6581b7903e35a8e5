import pytest

from logtrace.config.nodes import Mapping, Scalar
from logtrace.config.page import in_quotes, quoted
from logtrace.config.syntax import parse
from logtrace.errors import Mark


def value(text: str, name: str = "a") -> Scalar:
    """Return the scalar of a key of the top level."""
    root = parse(text.encode(), "x").root
    assert isinstance(root, Mapping)
    found = next(value for key, value in root.pairs if isinstance(key, Scalar) and key.text == name)
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("text", "quoted_text"),
    [
        ("no", "'no'"),
        ('a == "b"', "'a == \"b\"'"),
        ("it's", '"it\'s"'),
        ('it\'s "x"', "'it''s \"x\"'"),
        (r"\d'", r"'\d'''"),
    ],
)
def test_quotes_are_put_where_yaml_reads_the_text_back(text: str, quoted_text: str) -> None:
    """What is advised is right."""
    assert quoted_text == quoted(text)
    assert text == value(f"a: {quoted_text}").text


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: bcd", 4),
        ("a:   bcd", 6),
        ("a: 'bcd'", 5),
        ('a: "bcd"', 5),
        ("a: &x bcd", 7),
        ("a: &x 'bcd'", 8),
        ("a: !!str bcd", 10),
        ("é𝒳: 1\na: bcd", 4),
        ("{q: é𝒳, a: bcd}", 12),
        ("\ufeffa: bcd", 4),
    ],
)
def test_the_place_of_a_text_is_that_of_its_first_character(text: str, column: int) -> None:
    """Behind quotes, anchors and tags; columns count characters."""
    found = value(text).text
    assert ("bcd", column, True) == (found, found.mark.column, found.plain)
    assert column + 2 == found.at(2).column


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: 'b''c'", "b'c"),
        (r'a: "b\tc"', "b\tc"),
        ("a: b\n  c", "b c"),
        ("a: |\n  b", "b"),
        ("a: 'b\n  c'", "b c"),
    ],
)
def test_a_text_that_is_written_otherwise_points_at_its_start(text: str, meant: str) -> None:
    """Its characters cannot be found by counting."""
    found = value(text).text
    assert (meant, False) == (found, found.plain)
    assert found.mark == found.at(1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_count_as_yaml_counts_them(end: str) -> None:
    """Every line end of YAML 1.1."""
    assert Mark("x", 3, 4) == value(f"b: 1{end}# é{end}a: c").mark


@pytest.mark.parametrize("text", ["a: 1", "a: no", "a: "])
def test_a_bare_scalar_is_not_quoted(text: str) -> None:
    """YAML might read it as something else than text."""
    assert value(text).quoted is False


@pytest.mark.parametrize("text", ["a: '1'", 'a: "no"', "a: !!str no", "a: |\n  1", "a: ! no"])
def test_what_is_surely_text_is_quoted(text: str) -> None:
    """In quotes, as a block, or tagged."""
    assert value(text).quoted is True


@pytest.mark.parametrize(
    ("text", "meant", "what"),
    [
        ('a: b contains " #"', 'b contains " #"', "YAML takes ' #' for the start of a comment"),
        ('{a: b == "c, d"}', 'b == "c, d"', "YAML takes ',' for the end of the value"),
        ("a: !b", "!b", "YAML takes a leading '!' for a tag"),
        ("a: !(b == 1)", "!(b == 1)", "YAML takes a leading '!' for a tag"),
    ],
)
def test_a_misread_value_is_read_as_it_was_meant(text: str, meant: str, what: str) -> None:
    """The whole of it, with what YAML took it for and the quoted form."""
    found = value(text)
    assert found.trouble is not None
    assert (meant, what, in_quotes(meant)) == (found.text, found.trouble.what, found.trouble.fix)


@pytest.mark.parametrize(
    "text",
    [
        "a: b >= 500 # a comment",
        'a: b == "c" # a "comment"',
        '{a: b == "c", d: e}',
        'a: 5" disk',
        "a: it's # a comment",
    ],
)
def test_what_yaml_reads_as_meant_is_no_trouble(text: str) -> None:
    """A comment behind a whole expression is a comment."""
    assert value(text).trouble is None
