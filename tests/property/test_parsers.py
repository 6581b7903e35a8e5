"""No input makes a parser raise, and rows, rejects and skipped lines account for every line."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.model import LineBatch, Parser
from logtrace.parse.logfmt import PATIENCE, LogfmtParser
from tests.support.lines import Joining, batch, enveloped, parser

pytestmark = pytest.mark.fuzz

FORMATS: dict[str, Callable[[], Parser]] = {
    "json": lambda: parser("json", "a b.c"),
    "logfmt": lambda: parser("logfmt", "a b c"),
    "regex": lambda: parser("regex", "", r"(?P<a>\S+) ?(?P<b>.*)"),
    "grok": lambda: parser("grok", "", "%{NOTSPACE:a:int} ?%{NOTSPACE:b:float}?%{GREEDYDATA:c}"),
    "csv": lambda: parser("csv", "a b c", columns=("a", "b", "c")),
    "csv with a header": lambda: parser("csv", "a b"),
    "tsv": lambda: parser("tsv", "a b c", columns=("a", "b", "c")),
    "w3c": lambda: parser("w3c", "ts a b", columns=("a", "b", "c")),
    "w3c with a header": lambda: parser("w3c", "ts a cs(b)"),
}

PIECES = [
    "a", "b", "c", "=", '"', '""', "\\", "\\n", "\\u", "\\ud83d", "\\x41", " ", "  ", "\t", ",", "-",
    "+", "#", "#Fields: ", "#Date: 2026-11-22", "date", "time", "1", "é", "\r", "\ufeff", "{", "}", ":",
    "[", "]", "\x00", "\x85", "\u2028", "\ud800",
]  # fmt: skip
"""What means something to one of them."""

texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=20)
lines = texts.map(lambda text: text.encode("utf-8", "surrogatepass").replace(b"\n", b""))
raw = lines | st.binary(max_size=20).map(lambda data: data.replace(b"\n", b""))


def accounted(made: Parser, given: LineBatch) -> None:
    """Parse a batch; see that each line is in one place, and each row has each slot."""
    records = made.parse(given)
    places = [*records.lines, *(index for index, _ in records.rejects), *records.skipped]
    assert list(range(len(given.lines))) == sorted(places)
    assert len(records.rows) == len(records.lines)
    assert sorted(records.lines) == list(records.lines)
    slot = made.slot("a")
    assert slot is not None
    for row in records.rows:
        assert made.row == "attribute" or len(row) > slot


@pytest.mark.parametrize("form", FORMATS)
@given(given_lines=st.lists(raw, max_size=6), heading=lines, rest=st.booleans())
def test_every_line_of_any_bytes_is_in_one_place(
    form: str, given_lines: list[bytes], heading: bytes, rest: bool
) -> None:
    """Whatever the lines hold, and whatever is said to stand before them."""
    made = batch(*given_lines)
    if rest:
        starts = [start + 100 for start in made.starts]
        made = msgspec.structs.replace(made, starts=starts, heading=heading + b"\n")
    accounted(FORMATS[form](), made)


@pytest.mark.parametrize("form", ["json", "logfmt", "regex", "grok", "csv", "tsv", "w3c"])
@given(given_texts=st.lists(texts | texts.map(lambda text: text + "\n" + text), max_size=4))
def test_every_line_in_an_envelope_is_in_one_place(form: str, given_texts: list[str]) -> None:
    """Texts in an envelope may hold newlines."""
    columns = {"columns": ("a", "b")} if form in ("csv", "tsv", "w3c") else {}
    pattern = {"regex": "(?P<a>.)", "grok": "%{WORD:a}"}.get(form)
    made = Joining(form, "a docker.time", pattern, unwrap="docker", **columns)
    made.take(batch(*(enveloped(text + "\n") for text in given_texts)))
    made.flush()
    assert list(range(len(given_texts))) == sorted(number for number, _ in made.said)


values = st.sampled_from(["1", "x=y", '"two words"', '""', "", "ü", '"a=b"', "-", 'a"b'])
keys = st.sampled_from(["a", "b", "c", "msg", "d.e"])
pairs = st.builds("{}={}".format, keys, values) | keys


@given(
    learnt=st.lists(pairs, min_size=1, max_size=5).map(" ".join),
    others=st.lists(st.lists(pairs, max_size=5).map(" ".join) | texts, max_size=5),
    fields=st.sets(keys),
)
def test_what_logfmt_has_learnt_changes_nothing(
    learnt: str, others: list[str], fields: set[str]
) -> None:
    """A parser that knows the order of a line's keys gives what one that knows nothing gives."""
    given_lines = [learnt, *others, learnt]
    warm = LogfmtParser(fields)
    warm.parse_texts([learnt] * (PATIENCE + 1))
    made = batch(*(line.encode("utf-8", "replace").replace(b"\n", b"") for line in given_lines))

    plain = [LogfmtParser(fields).parse(batch(line)) for line in made.lines]
    expected = [row for records in plain for row in records.rows]
    assert expected == warm.parse(made).rows
    assert expected == warm.parse(made).rows
    only = [records.rows for records in plain[:1]]
    assert only == [warm.parse(batch(made.lines[0])).rows]
