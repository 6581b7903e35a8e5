"""What the Agent makes of texts."""

import pytest

from logtrace.model import Rewrite
from logtrace.ship.texts import (
    _ENTRIES,
    Memo,
    base_service,
    environment,
    is_structured,
    name,
    operation_name,
    peer_service,
    service,
    shorten,
    span_type,
    status_code,
    tag_value,
    utf8,
)


def test_shorten_counts_bytes() -> None:
    """Text of just the limit is left as it is, and no character is cut in two."""
    assert "€€" == shorten("€€", 6)
    assert "€" == shorten("€€", 5)
    assert "" == shorten("€", 2)


def test_what_ends_a_cut_text_counts() -> None:
    """The result is never longer than the limit, so cutting it again changes nothing."""
    assert "abc..." == shorten("abcdefg", 6, "...")
    assert "é..." == shorten("éééé", 6, "...")
    assert "abcdef" == shorten("abcdef", 6, "...")


def test_half_a_surrogate_becomes_a_question_mark() -> None:
    """UTF-8 has no form for it."""
    assert "a?b" == utf8("a\udc80b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop", "shop"),
        ("shop-2:a/b.c", "shop-2:a/b.c"),
        ("Shop Front-End!", "shop_front-end"),
        ("a!!__b", "a_b"),
        ("9lives", "9lives"),
        ("__a__", "_a"),
        ("(shop)", "_shop"),
        ("Größe:1.2/x", "größe:1.2/x"),
        ("日本 語", "日本_語"),
        ("१२", "१२"),
        ("½²Ⅷ", ""),
        ("İx", "İx"),
        ("\u212a", "\u212a"),
        ("ǅ", "ǅ"),
        ("a\u0301b", "a_b"),
        ("a\udc80b", "a_b"),
        ("x" * 300, "x" * 200),
        ("!" * 199 + "ab", "_a"),
        ("語" * 200, "語" * 134),
        ("", ""),
        ("!!!", ""),
    ],
)
def test_tag_values(text: str, expected: str) -> None:
    """Lower case, letters of any script, decimal digits, `:./-`; a run of the rest is one `_`."""
    assert expected == tag_value(text)
    assert expected == tag_value(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web.request", "web.request"),
        ("GET /users", "GET_users"),
        ("9.web", "web"),
        ("a_._b", "a.b"),
        ("a..b", "a..b"),
        ("a--b__", "a_b"),
        ("/users/9", "users_9"),
        ("SQL:QUERY", "SQL_QUERY"),
        ("äöü", ""),
        ("naïve", "na_ve"),
        ("1/2", ""),
        ("", ""),
    ],
)
def test_operation_names(text: str, expected: str) -> None:
    """ASCII letters, digits and dots from the first letter on; case is kept."""
    assert expected == operation_name(text)
    assert expected == operation_name(expected)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("shop", None),
        ("s" * 100, None),
        ("", ("unnamed-python-service", (Rewrite.SERVICE_EMPTY,))),
        ("!", ("unnamed-python-service", (Rewrite.SERVICE_INVALID,))),
        ("My Shop", ("my_shop", (Rewrite.SERVICE_NORMALISED,))),
        ("s" * 101, ("s" * 100, (Rewrite.SERVICE_TRUNCATE,))),
        ("S" * 101, ("s" * 100, (Rewrite.SERVICE_TRUNCATE, Rewrite.SERVICE_NORMALISED))),
    ],
)
def test_services(text: str, change: object) -> None:
    """A service is cut to 100 bytes and spelt as a tag; one that has nothing left gets a name."""
    assert change == service(text)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("web.request", None),
        ("", ("unnamed_operation", (Rewrite.SPAN_NAME_EMPTY,))),
        ("/", ("unnamed_operation", (Rewrite.SPAN_NAME_INVALID,))),
        ("a b", ("a_b", (Rewrite.NAME_NORMALISED,))),
        ("n" * 101, ("n" * 100, (Rewrite.SPAN_NAME_TRUNCATE,))),
        (" " * 101, ("unnamed_operation", (Rewrite.SPAN_NAME_TRUNCATE, Rewrite.SPAN_NAME_INVALID))),
    ],
)
def test_names(text: str, change: object) -> None:
    """An operation name is cut to 100 bytes and spelt as the name of a metric."""
    assert change == name(text)


@pytest.mark.parametrize(
    ("rule", "cut", "nothing"),
    [
        (peer_service, Rewrite.PEER_SERVICE_TRUNCATE, Rewrite.PEER_SERVICE_INVALID),
        (base_service, Rewrite.BASE_SERVICE_TRUNCATE, Rewrite.BASE_SERVICE_INVALID),
    ],
)
def test_other_services_of_a_span(rule: object, cut: Rewrite, nothing: Rewrite) -> None:
    """They are spelt as its own, but may be empty."""
    assert callable(rule)
    assert None is rule("db-1")
    assert None is rule("")
    assert ("", (nothing,)) == rule("!")
    assert ("a_b", (Rewrite.TAG_NORMALISED,)) == rule("A b")
    assert ("b" * 100, (cut,)) == rule("b" * 101)


def test_environments() -> None:
    """They are spelt as tags, and longer than names."""
    assert None is environment("prod")
    assert None is environment("p" * 200)
    assert ("prod_eu", (Rewrite.TAG_NORMALISED,)) == environment("Prod EU")


@pytest.mark.parametrize("text", ["100", "200", "599", "0200"])
def test_status_codes_that_stay(text: str) -> None:
    """Digits from 100 to 599 are one."""
    assert None is status_code(text)


@pytest.mark.parametrize(
    "text", ["", "99", "600", "OK", "20x", "+200", " 200", "2\uff10\uff10", "²00", "1" * 5000]
)
def test_status_codes_that_go(text: str) -> None:
    """Anything else would be removed."""
    assert ("", (Rewrite.INVALID_HTTP_STATUS_CODE,)) == status_code(text)


def test_types() -> None:
    """A long type is cut; one that promises SQL has a substitute."""
    assert None is span_type("web")
    assert None is span_type("")
    assert ("t" * 100, (Rewrite.TYPE_TRUNCATE,)) == span_type("t" * 101)
    assert ("db", (Rewrite.TYPE_NOT_SQL,)) == span_type("sql") == span_type("cassandra")


def test_structured_tags() -> None:
    """The Agent never cuts the tags of its own products."""
    assert [True, True, False, False] == [
        is_structured(key) for key in ("_dd.a.json", "_dd.b.msgpack", "dd.a.json", "_dd.json5")
    ]


def test_a_rule_is_asked_once_for_a_text() -> None:
    """The answer is remembered, whichever it is."""
    asked = []
    memo = Memo(lambda text: asked.append(text) or service(text))  # type: ignore[func-returns-value]

    assert [None, None] == [memo("shop"), memo("shop")]
    assert memo("My Shop") == memo("My Shop") == service("My Shop")
    assert ["shop", "My Shop"] == asked
    assert {"shop"} == memo.right


def test_what_is_remembered_is_bounded() -> None:
    """Neither many texts nor long ones stay, and the set of right ones is always the same."""
    memo = Memo(service)
    right = memo.right
    for number in range(3 * _ENTRIES):
        memo(f"s{number}")
        memo(f"S{number}")
    memo("s" * 201)
    memo("x" * 90)

    assert right is memo.right
    assert 0 < len(right) <= _ENTRIES
    assert 0 < len(memo._changes) <= _ENTRIES
    assert "x" * 90 in right
    assert "s" * 201 not in memo._changes
    assert ("s7", (Rewrite.SERVICE_NORMALISED,)) == memo("S7")
