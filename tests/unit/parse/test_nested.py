from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping import runtime
from logtrace.parse.nested import unfolded
from tests.support.lines import Joining, batch, column, enveloped, parser


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        (' {"a": 9007199254740993}', {"a": 9007199254740993}),
        ("{broken", "{broken"),
        ("[1]", "[1]"),
        ("7", "7"),
        ("", ""),
        ({"a": 1}, {"a": 1}),
        (None, None),
        (7, 7),
        ('{"a":' * 100_000, '{"a":' * 100_000),
        ('{"a": "\ud800"}', '{"a": "\ud800"}'),
    ],
)
def test_what_holds_an_object_becomes_it(value: Any, expected: Any) -> None:
    """Anything else stays what it is, however deep or broken."""
    assert expected == unfolded(value)


@given(st.text(st.sampled_from('{}[]",:\\u1a \ud800'), max_size=20))
def test_no_text_raises(text: str) -> None:
    """It is an object or the text."""
    assert isinstance(unfolded(text), dict) or unfolded(text) == text


def test_in_json() -> None:
    """A text within a line; what is within its parts is reached as usual."""
    made = parser("json", "log log.user.id level", json=("log",))

    records = made.parse(
        batch('{"log": "{\\"user\\": {\\"id\\": 7}}", "level": "{}"}', '{"log": "text"}', "{")
    )

    assert [{"user": {"id": 7}}, "text"] == column(made, records, "log")
    assert [7, None] == [runtime.dig(value, "user.id") for value in column(made, records, "log")]
    assert ["{}", None] == column(made, records, "level")
    assert 1 == len(records.rejects)


@pytest.mark.parametrize(
    ("form", "pattern", "keys", "line"),
    [
        ("regex", r"(?P<x>\w+) (?P<a>.*)", {}, 'x {"b": 1}'),
        ("grok", "%{WORD:x} %{GREEDYDATA:a}", {}, 'x {"b": 1}'),
        ("logfmt", None, {}, r'x=1 a="{\"b\": 1}"'),
        ("csv", None, {"columns": ("x", "a")}, '1,"{""b"": 1}"'),
        ("tsv", None, {"columns": ("x", "a")}, '1\t{"b": 1}'),
    ],
)
def test_in_other_formats(form: str, pattern: str | None, keys: dict[str, Any], line: str) -> None:
    """A field of any format may hold JSON, also in an envelope."""
    made = parser(form, "a x", pattern, json=("a", "none"), **keys)
    assert [{"b": 1}] == column(made, made.parse(batch(line)), "a")
    joined = Joining(form, "a docker.stream", pattern, json=("a",), unwrap="docker", **keys)
    assert [(0, ({"b": 1}, "stdout"))] == joined.take(batch(enveloped(line + "\n")))
