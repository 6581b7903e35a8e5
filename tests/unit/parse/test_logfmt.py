import re
from typing import Any

import pytest

from logtrace.model import Parser, Reject
from logtrace.parse.logfmt import MAX_FORMS, PATIENCE, LogfmtParser, unescaped
from tests.support.lines import Joining, batch, column, enveloped, outcomes, parser


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=1 b=x c=", ["1", "x", ""]),
        ('a="1 2" b="" c=x', ["1 2", "", "x"]),
        (r'a="say \"hi\"\n" b="\\" c="\u00e9\t"', ['say "hi"\n', "\\", "é\t"]),
        ("a b c=1", [True, True, "1"]),
        ("a=1 a=2", ["2", None, None]),
        ("a a=2 b=1 b", ["2", True, None]),
        ("a=x=y b=/p?q=1&r=2", ["x=y", "/p?q=1&r=2", None]),
        ("  a=1\t b=2  ", ["1", "2", None]),
        ('a="unclosed b=1', ["unclosed b=1", None, None]),
        ('a="ends in a backslash \\', ["ends in a backslash ", None, None]),
        ('a="x"b=1 c=2', ["x", "1", "2"]),
        ('a=x"y" b="p=q"', ['x"y"', "p=q", None]),
        ("=1 a=2", ["2", None, None]),
        ("a=ü b=\u4f60", ["ü", "\u4f60", None]),
        ('a="two\nlines" b=1', ["two\nlines", "1", None]),
    ],
)
def test_what_a_line_says(line: str, expected: list[Any]) -> None:
    """Quotes, escapes, keys without value, keys that stand twice: as documented."""
    made = parser("logfmt", "a b c")
    assert isinstance(made, LogfmtParser)
    rows = made.parse_texts([line]).rows
    assert [tuple(expected)] == rows


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", Reject.EMPTY_LINE),
        (" \t", Reject.EMPTY_LINE),
        ("    at com.example.Shop.main(Shop.java:7)", Reject.NOT_LOGFMT),
        ("panic: runtime error", Reject.NOT_LOGFMT),
    ],
)
def test_a_line_without_any_value_is_rejected_alone(line: str, reason: Reject) -> None:
    """A stack trace between two lines does not become fields."""
    made = parser("logfmt", "a")

    records = made.parse(batch("a=1", line, "a=2"))

    assert ["1", reason, "2"] == outcomes(made, records, "a")


@pytest.mark.parametrize(
    ("escaped", "expected"),
    [
        (r"\x41\u0042\U00000043", "ABC"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\U0001F600", "\U0001f600"),
        (r"\ud83d!", "\ufffd!"),
        (r"\q\'\/\a", "\\q'/\a"),
        ("\\", "\\"),
    ],
)
def test_escapes(escaped: str, expected: str) -> None:
    """Those of Go and JSON; others stay, and half a surrogate pair is no character."""
    assert expected == unescaped(escaped)


def learnt(made: Parser) -> int:
    """Return how many forms a parser has."""
    assert isinstance(made, LogfmtParser)
    return len(made._forms)


LINES = [
    'ts=1 level=info msg="order placed" took=12ms cached',
    'ts=2 level=warn msg="" took= cached',
    'ts=3 level=info msg="ü = x" took=a=b cached',
]


def test_what_was_learnt_reads_as_before() -> None:
    """After a form is learnt, block and single lines give the rows that they gave before."""
    fields = "took msg cached none ts"
    slow = parser("logfmt", fields)
    assert isinstance(slow, LogfmtParser)
    expected = slow.parse_texts(LINES).rows
    made = parser("logfmt", fields)
    made.parse(batch(*[LINES[0]] * PATIENCE))

    assert 1 == learnt(made)
    assert expected == made.parse(batch(*LINES)).rows
    mixed = [*LINES, "other=1", 'ts=4 level=x msg="a \\"b\\"" took=1 cached']
    made.parse(batch(*mixed))
    assert [*expected, (None, None, None, None, None)] == made.parse(batch(*mixed)).rows[:4]
    assert 'a "b"' == column(made, made.parse(batch(*mixed)), "msg")[4]


@pytest.mark.parametrize("fields", ["took", "took ts", "none", "", "cached"])
def test_any_number_of_fields_can_be_wanted(fields: str) -> None:
    """None, one, and one that no line has."""
    slow = parser("logfmt", fields)
    assert isinstance(slow, LogfmtParser)
    made = parser("logfmt", fields)
    made.parse(batch(*[LINES[0]] * PATIENCE))

    assert slow.parse_texts(LINES).rows == made.parse(batch(*LINES)).rows
    assert slow.parse_texts(LINES).rows == made.parse(batch(*LINES, "x=1")).rows[:3]
    assert 1 == learnt(made)


def test_a_line_that_only_looks_like_a_form_is_read_the_slow_way() -> None:
    """A quote where the form has none, two blanks, one key more: all of them."""
    made = parser("logfmt", "a b")
    made.parse(batch(*["a=1 b=2"] * PATIENCE))
    lines = ['a="1 x" b=2', "a=1  b=2", "a=1 b=2 c=3", 'a=1 b="2', "a=1 b=2 ", "b=1 a=2", "a=1"]

    expected = ["1 x", "1", "1", "1", "1", "2", "1"]
    assert expected == column(made, made.parse(batch(*lines)), "a")


def test_what_can_be_compiled_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form takes longer to be learnt, and few are kept."""
    compiled = []
    monkeypatch.setattr(
        re, "compile", lambda *given, real=re.compile: compiled.append(1) or real(*given)
    )
    made = parser("logfmt", "a")
    for number in range(200):
        made.parse(batch(*[f"a=1 k{number}=2"] * (PATIENCE + 1)))

    assert 1 == learnt(made) < MAX_FORMS
    assert 2 == len(compiled)


def test_an_order_that_cannot_be_learnt_is_left_alone() -> None:
    """Two blanks between pairs are no form; neighbours are learnt all the same."""
    made = parser("logfmt", "a")
    for _ in range(PATIENCE):
        made.parse(batch("a=1  b=2", "a=3 c=4"))

    assert 1 == learnt(made)
    assert ["1", "3"] == column(made, made.parse(batch("a=1  b=2", "a=3 c=4")), "a")


def test_forms_take_turns() -> None:
    """Of several kinds of line each is learnt."""
    made = parser("logfmt", "a b")
    for _ in range(8 * PATIENCE):
        made.parse(batch("a=1 b=2", 'b=3 msg="x" a=4'))

    assert 2 == learnt(made)
    assert ["1", "4"] == column(made, made.parse(batch("a=1 b=2", 'b=3 msg="x" a=4')), "a")


def test_a_quote_without_end_costs_linear_time() -> None:
    """A megabyte of quotes and backslashes is read at once."""
    made = parser("logfmt", "a b")
    for hostile in ('a="' + '\\"' * 400_000, 'a="' * 300_000, "a" * 10**6, '"' * 10**6 + "="):
        assert 1 == len(made.parse(batch(hostile)).rows) + len(made.parse(batch(hostile)).rejects)


def test_in_an_envelope() -> None:
    """Its fields are there beside those of the text."""
    made = Joining("logfmt", "a docker.stream", unwrap="docker")

    found = made.take(batch(enveloped('a="x y"\n'), enveloped("no\n")))
    assert [(0, ("x y", "stdout")), (1, Reject.NOT_LOGFMT)] == found


def test_windows_and_broken_text() -> None:
    """Carriage returns are no text; bytes that are not UTF-8 are repaired, learnt or not."""
    made = parser("logfmt", "a b")
    for _ in range(2):
        records = made.parse(batch(*["a=1 b=2\r"] * PATIENCE, b"a=\xff b=3\r"))
        assert (["2"] * PATIENCE + ["3"], 1) == (column(made, records, "b"), records.repaired)
    assert ["1"] == column(made, made.parse(batch(b"\xef\xbb\xbfa=1 b=2")), "a")
