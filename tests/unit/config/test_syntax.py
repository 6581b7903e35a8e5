import pytest
import yaml

from logtrace.config import syntax
from logtrace.config.syntax import parse
from logtrace.errors import Mark


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_a_file_without_content_has_no_problem_here(data: bytes) -> None:
    """Whether it may be empty is for the reader to say."""
    document = parse(data, "x")
    assert [] == document.problems
    assert document.root is None or "" == getattr(document.root, "text", None)


@pytest.mark.parametrize(
    ("data", "place", "what"),
    [
        (b"a: b\nc: \xff", (2, 4), "byte 0xff is not UTF-8"),
        ("a: é".encode() + b"\xe9", (1, 5), "byte 0xe9 is not UTF-8"),
        ("a: b".encode("utf-16"), (1, 1), "byte 0xff is not UTF-8"),
        (b"a: b\n\nc: \0", (3, 4), "YAML does not allow the character U+0000"),
        (b"a: \x1b[31m", (1, 4), "YAML does not allow the character U+001B"),
        ("a\ufeff: b".encode(), (1, 2), "YAML does not allow the character U+FEFF"),
        (b"a:\n\tb: c", (2, 1), "a tab cannot indent YAML"),
        (b"a: 'b\nc: d\n", (1, 4), "the quote is never closed"),
        (b'a: "b\nc: "d"\n', (1, 4), "the quote is never closed"),
        (b"a: [b\n", (1, 4), "a bracket is not closed"),
        (b"a: {b: c\n", (1, 4), "a bracket is not closed"),
        (b"a: b\n c: d\n", (2, 3), "a key is not expected here"),
        (b"a:\n  - b\n c: d\n", (3, 2), "a key is expected here"),
        (b"a: b\nc\n", (2, 1), "a key without its ':'"),
    ],
)
def test_what_is_no_yaml_is_said_in_plain_words(
    data: bytes, place: tuple[int, int], what: str
) -> None:
    """With the place where a person has to look."""
    (problem,) = parse(data, "x").problems
    assert (what, Mark("x", *place)) == (problem.what, problem.mark)


def test_the_line_is_shown_with_a_caret() -> None:
    """Under the character that the problem is about."""
    (problem,) = parse(b"a: [b\n", "x").problems
    assert "    a: [b\n       ^" == problem.excerpt


def test_the_parser_written_in_python_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML is without libyaml, the tree and its places are no others."""
    text = b"a: {b: [c, 'd'], e: &x \"f\"}\ng: *x\nh: |\n  i\n"
    fast = parse(text, "x").root
    monkeypatch.setattr(syntax, "Loader", yaml.SafeLoader)

    assert fast == parse(text, "x").root
