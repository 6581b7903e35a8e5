"""Which texts are card numbers, tokens and e-mail addresses, and that nothing can hide them."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ship import cards, secrets
from logtrace.ship.secrets import BUILT_IN, CARDS, EMAILS, TOKENS, suspects

ALL = CARDS | TOKENS | EMAILS
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.3oVb-_x"


def replaced(rule: str, text: str) -> tuple[str, int]:
    """Return a text without what a built-in rule finds in it, and how much that is."""
    found = 0
    for find in BUILT_IN[rule][1]:
        places = find(text)
        for start, end in reversed(places):
            text = f"{text[:start]}?{text[end:]}"
        found += len(places)
    return text, found


def hidden(rule: str, text: str) -> str:
    """Return a text without what a built-in rule finds in it."""
    made, count = replaced(rule, text)
    assert bool(count) is (made != text)
    assert not count or suspects(text, BUILT_IN[rule][0]) == BUILT_IN[rule][0]
    return made


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"jwt {JWT} x", "jwt ? x"),
        (f"{JWT},{JWT}", "?,?"),
        ("eyJhbGciOiJub25lIn0.e30.", "?."),
        ("id=AKIAIOSFODNN7EXAMPLE", "id=?"),
        ("ASIAIOSFODNN7EXAMPLE", "?"),
        ("ghp_" + "a1B2" * 9, "?"),
        ("github_pat_" + "a1B2" * 20, "?"),
        ("npm_" + "a1B2" * 9, "?"),
        ("shpat_" + "a1b2" * 8, "?"),
        ("glpat-" + "a1B2_" * 4, "?"),
        ("xoxb-123456789012-1234567890123-" + "a1B2" * 6, "?"),
        ("sk_live_" + "a1B2" * 6, "?"),
        ("rk_test_" + "a1B2" * 6, "?"),
        ("(sk-ant-api03-" + "a1B2" * 6 + ")", "(?)"),
        ("hf_" + "aBcD" * 9, "?"),
        ("pypi-" + "AgEI" * 9, "?"),
        ("AIza" + "a1B-2" * 7, "?"),
        ("SG." + "a1" * 11 + "." + "b2" * 21 + "b", "?"),
        ("sk-" + "a" * 21, "?"),
        ("xoxp-" + "1" * 19, "?"),
        ("sk_live_" + "a" * 16, "?"),
        ("task-" + "management-of-services-in-7", "task-management-of-services-in-7"),
        ("eyJ.eyJ", "eyJ.eyJ"),
        ("ghp_short, AKIAshort", "ghp_short, AKIAshort"),
    ],
)
def test_tokens_with_a_prefix(text: str, expected: str) -> None:
    """JWTs, keys of AWS, and what starts as the keys of a well-known service do."""
    assert expected == hidden("tokens", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer a1.b-2/c+3=", "Authorization: Bearer ?"),
        ("bearer  0123abcd x", "bearer  ? x"),
        ("BEARER\tabcdefghijklmnopqrstuvwxyz", "BEARER\t?"),
        ("Basic dXNlcjpwYXNz, x", "Basic ?, x"),
        ("Basic authentication failed", "Basic authentication failed"),
        ("the bearer token is missing", "the bearer token is missing"),
    ],
)
def test_credentials(text: str, expected: str) -> None:
    """What follows `Bearer` or `Basic` goes, unless it is a word."""
    assert expected == hidden("tokens", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a?token=abc&x=1", "/a?token=?&x=1"),
        ("/a?access_token=abc;x=1#y", "/a?access_token=?;x=1#y"),
        ("user[password]=abc&x", "user[password]=?&x"),
        ("user%5Bpassword%5D=abc&user%5bsecret%5d=abc", "user%5Bpassword%5D=?&user%5bsecret%5d=?"),
        ("a%5Bsecret%5D=abc", "a%5Bsecret%5D=?"),
        ('{"password": "a b\\"c", "n": 1}', '{"password": "?", "n": 1}'),
        ('{"token":123,"n":1}', '{"token":?,"n":1}'),
        ("{'api_key' : 'a\\'b'}", "{'api_key' : '?'}"),
        (r'"{\"secret\":\"a, b\",\"n\":1}"', r'"{\"secret\":\"?\",\"n\":1}"'),
        (r"{\\\"passwd\\\": \\\"a b\\\"}", r"{\\\"passwd\\\": \\\"?\\\"}"),
        ("password=abc, user=ann", "password=?, user=ann"),
        ("Login(pwd=abc, user=ann)", "Login(pwd=?, user=ann)"),
        ("DB_PASSWORD = abc def", "DB_PASSWORD = ? def"),
        ("X-Api-Key: abc", "X-Api-Key: ?"),
        (":secret=>abc", ":secret=>?"),
        ("aws_secret_access_key := abc", "aws_secret_access_key := ?"),
        ("private-key: abc", "private-key: ?"),
        ("token: Bearer a1.b-2/c+3= x", "token: ? x"),
        ("token: bearer abc x", "token: ? x"),
        ('token="abc', 'token="?'),
        ("token=", "token="),
        ('token=""', 'token=""'),
        ('"token": {"id": 5}', '"token": {"id": 5}'),
        ("password=?", "password=?"),
        ("max_tokens=5, token_type=x, key=5", "max_tokens=5, token_type=x, key=5"),
        ("tokens: 5, the secret of x", "tokens: 5, the secret of x"),
    ],
)
def test_values_of_keys_that_say_secret(text: str, expected: str) -> None:
    """In queries, JSON and text the key stays and its value goes."""
    assert expected == hidden("tokens", text)


# ── e-mail addresses ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ann.o'hara+x@mail.shop.example, x", "mail ?, x"),
        ("<ann@shop.example>", "<?>"),
        ("'ann@shop.example'", "'?'"),
        ("?mail=ann%40shop.example&x", "?mail=?&x"),
        ("ann@a.example,bob@b.example.", "?,?."),
        ("ann@a.example@b.example", "?@b.example"),
        ("müller@bücher.example", "?"),
        ("pg://ann:pw@db.example/x", "pg://ann:?/x"),
        ("a" * 300 + "@shop.example", "a" * 44 + "?"),
        (
            "root@localhost left-pad@1.3.0 @ann @shop.example",
            "root@localhost left-pad@1.3.0 @ann @shop.example",
        ),
        ("a @b.example", "a @b.example"),
        ("...@b.example", "...@b.example"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    """A name, an at sign and a domain with a dot are an address; escaped ones too."""
    assert expected == hidden("emails", text)


# ── whatever the text ─────────────────────────────────────────────────────────────────────────────

FRAGMENTS = (
    *(
        "4111 1111 1111 1111",
        "4111111111111111",
        "378282246310005",
        "4111-",
        "1111",
        "4",
        " ",
        "-",
        ".",
    ),
    *(
        JWT,
        "eyJ",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "sk-" + "aB" * 12,
        "SG." + "a1" * 11,
    ),
    *(
        "." + "b2" * 21 + "b",
        "hf_",
        "a1B2" * 6,
        "shpat_",
        "xoxb-",
        "glpat-",
        "AIza",
        "pypi-",
        "npm_",
    ),
    *(
        "Bearer ",
        "basic ",
        "BASIC\t",
        "dXNlcjpwYXNz",
        "token",
        "Password",
        "pwd",
        "SECRET",
        "api_key",
    ),
    *(
        "secret-key",
        "passwd",
        "PrivateKey",
        "=",
        ": ",
        "=>",
        " :=",
        '"',
        "'",
        '\\"',
        "\\",
        "]",
        "%5D",
        "%5d",
    ),
    *(
        "@",
        "%40",
        "ann",
        "@shop.example",
        "&",
        ",",
        ";",
        "?",
        "{",
        "\n",
        "\u017fecret=x",
        "\u212aey=x",
        "é",
        "٤",
    ),
    "\ud800",
)
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=12).map("".join)


@given(TEXTS)
def test_what_is_found_is_suspected(text: str) -> None:
    """The quick look says yes wherever a rule finds something."""
    for rule, (bit, _) in BUILT_IN.items():
        made, count = replaced(rule, text)

        assert bool(count) is (made != text)
        assert not count or suspects(text, bit) == suspects(text, ALL) & bit == bit


@given(TEXTS)
def test_what_was_hidden_is_not_found_again(text: str) -> None:
    """Each rule finds nothing in what it has made."""
    for rule in BUILT_IN:
        made, _ = replaced(rule, text)

        assert (made, 0) == replaced(rule, made)


@pytest.mark.parametrize("rule", BUILT_IN)
@pytest.mark.parametrize(
    "unit",
    [
        *(
            "4",
            "41",
            "4 ",
            "4-",
            "4111 ",
            "4111 1111 1111 1111 ",
            "3",
            "6.",
            "@",
            "a@",
            "a@b.",
            "@a.a",
        ),
        *(
            "%40",
            ".",
            "a",
            "-",
            "eyJ",
            "AKIA",
            "ghp_",
            "sk-",
            "token=",
            'token="',
            "token=\\",
            "token=,",
        ),
        *(
            'token=\\"',
            "token={",
            "password",
            "key: ",
            "bearer ",
            "basic a",
            "\\",
            '"',
            "%5D=",
            "é",
            "\ud800",
        ),
    ],
)
def test_hostile_text_takes_linear_time(rule: str, unit: str) -> None:
    """A hundred thousand characters of what may go on for ever are done in a moment."""
    text = unit * (100_000 // len(unit))
    before = time.process_time()
    replaced(rule, text)
    suspects(text, ALL)

    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "pattern",
    [cards._HEAD, secrets._PREFIXED, secrets._SCHEME, secrets._KEY, secrets._AT],
    ids=lambda pattern: pattern.pattern[:20],
)
def test_patterns_that_are_searched_for_repeat_nothing_without_end(
    pattern: re.Pattern[str],
) -> None:
    """So each of them looks at so many characters from each place, and no more."""
    assert [] == re.findall(r"[*+]|,\}", pattern.pattern)
