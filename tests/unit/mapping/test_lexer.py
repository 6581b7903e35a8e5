"""Words of expressions."""

import pytest

from logtrace.mapping.lexer import Fault, read_token


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12 ", "number", 12),
        ("1.50", "number", 1.5),
        (".5", "number", 0.5),
        ("2e3", "number", 2000.0),
        ("250ms", "number", 250_000_000),
        ("1.5s", "number", 1_500_000_000),
        ("2µs", "number", 2_000),
        ("3h", "number", 10_800_000_000_000),
        (r'"a\"b\n\u00e9"', "text", 'a"b\né'),
        (r"'\d\.'", "text", r"\d\."),
        ("@timestamp", "name", None),
        ("user.id2", "name", None),
        (">=", "sign", None),
        ("  ", "stop", None),
        ("}", "stop", None),
    ],
)
def test_reads_one_token(text: str, kind: str, value: object) -> None:
    """Numbers, durations in nanoseconds, texts with escapes, names, signs and stops are told apart."""
    token = read_token(text, 0, "|}")

    assert (kind, value) == (token.kind, token.value)


@pytest.mark.parametrize(
    ("text", "index", "what"),
    [
        ("  ;", 2, "unexpected character ';'"),
        ("“x”", 0, "unexpected character '“'"),
        ('"abc', 0, "text without an end"),
        ("12parsecs", 2, "'parsecs' is not a unit"),
        ("1e400", 0, "the number is too large"),
        ("9" * 5000, 0, "the number is too large"),
    ],
)
def test_what_is_no_token_is_a_fault_with_its_place(text: str, index: int, what: str) -> None:
    """A message can point at the character that is wrong."""
    with pytest.raises(Fault) as caught:
        read_token(text, 0, "")

    assert (index, what) == (caught.value.index, caught.value.what)


@pytest.mark.parametrize("digits", [1, 19, 20, 32, 38])
def test_whole_numbers_are_exact(digits: int) -> None:
    """As long as ids in decimal digits are: none of them becomes a float."""
    token = read_token("9" * digits, 0, "")

    assert 10**digits - 1 == token.value
    assert int is type(token.value)
