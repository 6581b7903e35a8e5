"""What is left of Redis commands, paths and URLs when their values are gone."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping import obfuscate
from logtrace.mapping.obfuscate_sql import LIMIT
from logtrace.mapping.operators import FUNCTIONS

ALL = (obfuscate.redis, obfuscate.path, obfuscate.url)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("SET user:1 secret", "SET ?"),
        ("mget a b c", "MGET ?"),
        ("PING", "PING"),
        (" ping \n", "PING"),
        ("AUTH secret", "AUTH ?"),
        ("AUTH ann secret", "AUTH ?"),
        ("HELLO 3 AUTH ann secret", "HELLO ?"),
        ("CONFIG SET requirepass secret", "CONFIG SET ?"),
        ("client no-evict on", "CLIENT NO-EVICT ?"),
        ("CLIENT LIST", "CLIENT LIST"),
        ("GET list", "GET ?"),
        ("ACL 7", "ACL ?"),
        ('"SET" "k" "v"', "SET ?"),
        ("'config' 'get' '*'", "CONFIG GET ?"),
        ("FT.SEARCH idx x", "FT.SEARCH ?"),
        ("EVAL_RO 'return 1' 0", "EVAL_RO ?"),
        ("SET k 'a\nDEL b'", "SET ?"),
        ("1339518083.107412 GET k", "?"),
        ("SET: k", "?"),
        ("", ""),
        (" ", ""),
        ("?", "?"),
    ],
)
def test_redis(command: str, expected: str) -> None:
    """The name of a command stays, in upper case; its arguments are one `?`."""
    assert expected == obfuscate.redis(command)


@pytest.mark.parametrize(
    "segment",
    [
        *(
            "123",
            "-5",
            "1,2,3",
            "10.0.0.1",
            "2026-11-22",
            "20261122",
            "2026-11-22T10:00:00Z",
            "٣٤٥",
        ),
        *("9f86d081-884c-4d63-b5d3-001122334455", "{9F86D081-884C-4D63-B5D3-001122334455}"),
        *(
            "a1b2c3d4",
            "deadbeef1",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "dGhpc2lzYQ==",
            "bG9ndHJhY2U=",
        ),
        *("ann@shop.example", "ann%40shop.example", "dQw4w9WgXcQ", "cus_NffrFeUfNV2Hib"),
        *("01ARZ3NDEKTSV4RRFFQ69G5FAV", "V1StGXR8_Z5jdHi6B-myT", "order-12345", "ORD-2026-00123"),
        *("{deadbeef1}", "a%20b12345", "gh12jk34"),
    ],
)
def test_ids_in_a_path(segment: str) -> None:
    """A segment that names one thing of many is a `?`, in the middle and at the end."""
    assert "/a/?/b/?" == obfuscate.path(f"/a/{segment}/b/{segment}")


@pytest.mark.parametrize(
    "segment",
    [
        *(
            "users",
            "v1",
            "v2.1",
            "s3",
            "sha256",
            "x86_64",
            "utf8",
            "i18n",
            "oauth2",
            "oauth2callback",
        ),
        *(
            "oauth2CallbackHandler",
            "getV2UserById",
            "iphone-13-pro",
            "jquery-3.6.0.min.js",
            "es2015",
        ),
        *(
            "@types",
            "{id}",
            "{id2}",
            ":id",
            "*",
            "caf%C3%A9",
            "%C3%A9-%C3%A9-%C3%A9",
            "v10.12.101",
            "%E2%82%AC",
            "straße",
            "index.html",
        ),
        *("report.mp3", "facade", "defaced", "2fa", "~ann", "", "a=", "?"),
    ],
)
def test_words_in_a_path(segment: str) -> None:
    """A segment that somebody thought of stays, with a few digits in it too."""
    assert f"/a/{segment}/b" == obfuscate.path(f"/a/{segment}/b")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users/7?page=2", "/users/?"),
        ("/users?page=2", "/users"),
        ("/search/?q=1/2", "/search/"),
        ("/users/7#top", "/users/?"),
        ("/users/7/?.x=secret", "/users/?/"),
        ("/cart;jsessionid=1A2B/items;v=1", "/cart/items"),
        ("/f/17.pdf", "/f/?.pdf"),
        ("/js/app.8f3a2b1c.js", "/js/?.js"),
        ("/?/17.pdf/?", "/?/?.pdf/?"),
        ("users/7", "users/?"),
        ("7", "?"),
        ("//users/7", "//users/?"),
        ("GET /users/7", "GET /users/?"),
        ("https://ann:p@ss@shop7.example:8443/carts/7", "https://shop7.example:8443/carts/?"),
        ("GET http://10.0.0.1/7", "GET http://10.0.0.1/?"),
        ("http://10.0.0.1", "http://10.0.0.1"),
        ("https://?@shop.example/carts/?", "https://shop.example/carts/?"),
        ("", ""),
        ("/", "/"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    """Query, fragment, parameters and userinfo go; the host and a file's kind stay."""
    assert expected == obfuscate.path(path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ann:p@ss@h/a/7?x=1&y=2#top", "https://?@h/a/7?x=?&y=?#?"),
        ("/a?x=1=2&y=a?b;z=3", "/a?x=?&y=?;z=?"),
        ("/a?secret", "/a??"),
        ("/a?x=&y=1", "/a?x=&y=?"),
        ("/a?&x=1", "/a?&x=?"),
        ("/a?", "/a?"),
        ("/a#", "/a#"),
        ("/a;jsessionid=1A/b;c?x=1", "/a;jsessionid=?/b;??x=?"),
        (
            "jdbc:sqlserver://h:1433;user=ann;password=pw",
            "jdbc:sqlserver://h:1433;user=?;password=?",
        ),
        ("redis://:pw@h:6379/0", "redis://?@h:6379/0"),
        ("GET http://ann@h/", "GET http://?@h/"),
        ("/a/@ann", "/a/@ann"),
        ("/a;b=?/c;d=?e=f", "/a;b=?/c;d=?e=?"),
        ("", ""),
    ],
)
def test_urls(url: str, expected: str) -> None:
    """Userinfo, values of parameters and the fragment are `?`; path and names stay."""
    assert expected == obfuscate.url(url)


FRAGMENTS = (
    *(
        "/",
        "//",
        "?",
        "#",
        ";",
        "=",
        "&",
        "@",
        ":",
        "%40",
        "%C3",
        ".",
        "-",
        "_",
        " ",
        "\n",
        "'",
        '"',
    ),
    *(
        "a",
        "A",
        "1",
        "12345",
        "a1b2c3d4",
        "v1",
        "http://",
        "get ",
        "config ",
        ".json",
        "==",
        "٣",
        "é",
    ),
    *("\ud800", "ann@shop.example", "abcdef", "{", "}"),
)
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=14).map("".join)


@given(TEXTS)
def test_what_was_made_stays_as_it_is(text: str) -> None:
    """Any text has a result, no longer than itself, and the result of that is the same."""
    for make in ALL:
        made = make(text)

        assert len(made) <= len(text)
        assert made == make(made)


@given(st.text("Ab/._~:,!$&'()*+-", max_size=40), TEXTS)
def test_a_path_without_ids_is_what_it_is_before_any_query(words: str, query: str) -> None:
    """The short way for a path of words, and the memory of others, give what the long way does."""
    assert words == obfuscate.path(words)
    assert words == obfuscate.path(f"{words}#{query}") == obfuscate.path(f"{words}#{query}")
    assert words == obfuscate.path(f"{words}#{'x' * 200}")


@given(TEXTS, st.sampled_from(["s3cret/7", "Ann", "?secret?"]))
def test_the_value_of_a_parameter_never_shows(text: str, secret: str) -> None:
    """What stands behind a parameter's `=` is in no URL that was made, and in no path."""
    made = obfuscate.url(f"/a?x={secret}&{text}")

    assert made.startswith("/a?x=?")
    assert "/a" == obfuscate.path(f"/a?x={secret}&{text}")


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("start", ["", "/", "http://", "/a?", "GET "])
@pytest.mark.parametrize(
    "unit",
    [
        *(
            "/",
            "//",
            "/1",
            "/a1b2c3",
            "?",
            "a",
            "a:",
            "a.",
            "@",
            "a@",
            "u@a/",
            "&",
            "&=",
            ";",
            ";a=",
            "=",
        ),
        *("%", "%40", "1", "a1", "aA1", "abc", '"', "'", " ", "\n", "é", "٣", "\ud800", "_", "-"),
    ],
)
def test_hostile_text_takes_linear_time(make: Callable[[str], str], start: str, unit: str) -> None:
    """A megabyte of what may go on for ever is done in a moment."""
    text = start + unit * (1_000_000 // len(unit))
    before = time.process_time()
    made = make(text)

    assert time.process_time() - before < 0.5
    assert len(made) <= LIMIT


@pytest.mark.parametrize("make", [obfuscate.path, obfuscate.url])
def test_what_a_cut_goes_through_is_left_out(make: Callable[[str], str]) -> None:
    """Half a card number, or half an address, would look like none when it is looked for later."""
    for inside in range(1, 16):
        begin = "/" + "a" * (LIMIT - inside - 2) + "/"

        assert begin == make(f"{begin}ann.mary.smith.a@shop.example/x")
        assert begin == make(f"{begin}4111-1111-1111-1111")
    assert "" == make("4" * (LIMIT + 1))
    assert "/" + "a" * (LIMIT - 1) == make("/" + "a" * (LIMIT - 1))


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("obfuscate_sql", 12, "?"),
        ("obfuscate_sql", "a = 1", "a = ?"),
        ("obfuscate_redis", 12, "?"),
        ("obfuscate_redis", "GET k", "GET ?"),
        ("obfuscate_url", True, "true"),
        ("obfuscate_url", "/a?b=c", "/a?b=?"),
        ("path_template", 12, "?"),
        ("path_template", 1.5, "?"),
        ("path_template", "/a/7", "/a/?"),
    ],
)
def test_filters_take_the_text_of_a_value(name: str, given: object, expected: str) -> None:
    """Numbers, true and false count as their text; null, lists and objects give null."""
    call = FUNCTIONS[name].call

    assert expected == call(given)
    assert [None, None, None] == [call(None), call(["a"]), call({"a": 1})]
