"""Joining against a naive reading of its documentation, whatever pieces the log is read in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import MultilineConfig, Text
from tests.support.lines import MARK, Joining, batches

pytestmark = pytest.mark.fuzz

MODES: list[dict[str, str]] = [
    {},
    {"start": "^S"},
    {"continue_": "^x"},
    {"end": "E$"},
    {"end": "^(y|x+)E$"},
    {"start": "^S", "end": "E$"},
    {"start": "^S", "end": "^[Sxy]+E"},
    {"start": "^S", "continue_": "^x"},
]
MAX_LINES = 4

Line = tuple[str, str, str]
"""Stream, tag and text of a line as a container runtime writes it."""

LINES = st.lists(
    st.tuples(
        st.sampled_from(["stdout", "stderr"]),
        st.sampled_from(["F", "P"]),
        st.sampled_from(["x", "E", "S", "SE", "xE", "y"]),
    ),
    min_size=9,  # ends that come in pieces are rare in less
    max_size=24,
)


@dataclass
class Naive:
    """A record, as the documentation tells it."""

    number: int
    text: str
    line: str
    lines: int = 1
    others: list[int] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    partial: bool = False
    over: bool = False


def naive(lines: list[Line], mode: dict[str, str]) -> list[Naive]:
    """Return all records of the lines, in the order of their first lines."""

    def has(key: str, text: str) -> bool:
        return key in mode and re.search(mode[key], text) is not None

    records: list[Naive] = []
    latest: dict[str, Naive] = {}
    for number, (stream, tag, text) in enumerate(lines):
        last = latest.get(stream)
        goes_on = last is not None and not last.over
        if goes_on and last is not None and not last.partial:
            if "continue_" in mode:
                goes_on = has("continue_", text) and not has("start", text)
            else:
                goes_on = bool(mode) and not has("start", text)
        if last is None or not goes_on:
            last = latest[stream] = Naive(number, text, text)
            records.append(last)
        elif (last.lines >= MAX_LINES and not last.partial) or last.passed:
            last.passed.append(number)
            last.line = text
        else:
            last.lines += not last.partial
            last.text += text if last.partial else "\n" + text
            last.line = last.line + text if last.partial else text
            last.others.append(number)
        last.partial = tag == "P"
        last.over = not last.partial and (not mode or has("end", last.line))
    return records


@given(LINES, st.sampled_from(MODES), st.lists(st.integers(1, 7), max_size=24), st.booleans())
def test_any_pieces_give_the_same_records(
    lines: list[Line], mode: dict[str, str], sizes: list[int], bare: bool
) -> None:
    """Texts, first lines, tied and passed lines are those of a reading in one go, by the book."""
    config = None
    if mode:
        keys = {name: Text(value, MARK) for name, value in mode.items()}
        more = {"continue_": (keys.pop("continue_"),)} if "continue_" in keys else {}
        config = MultilineConfig(max_lines=MAX_LINES, **keys, **more)  # type: ignore[arg-type]
    if bare and mode:
        lines = [("stdout", "F", text) for _, _, text in lines]
        made = Joining("regex", "a", "(?P<a>.*)", multiline=config)
        written = [text for _, _, text in lines]
    else:
        made = Joining("regex", "a", "(?P<a>.*)", unwrap="cri", multiline=config)
        written = [f"1 {stream} {tag} {text}" for stream, tag, text in lines]
    chunks = []
    for size in [*sizes, len(written)]:
        chunks.append(written[:size])
        written = written[size:]
    for each in batches(*filter(None, chunks)):
        made.take(each)
    made.flush()

    expected = naive(lines, mode)
    assert [(record.number, record.text) for record in expected] == sorted(made.said)
    assert {record.number: record.others for record in expected if record.others} == made.ties
    assert sorted(number for record in expected for number in record.passed) == sorted(made.passed)
    assert sum(bool(record.passed) for record in expected) == made.cut
