"""Presets, all of them: whatever a line holds, both engines read it alike and it is in one place."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace import mapping
from logtrace.config import presets, read_preset
from logtrace.mapping.interpreter import Interpreter
from logtrace.mapping.rules import CheckedSource
from logtrace.model import Mapped, Records
from logtrace.parse import timestamps
from logtrace.routes import Route, build_route
from tests.support.lines import batch

pytestmark = pytest.mark.fuzz

CONFIGS = {name: read_preset(name, {}).config for name in presets.names()}
STREAMS = itertools.count()
JUNK = st.one_of(
    st.sampled_from(
        [
            *(
                b"",
                b"",
                b" ",
                b'"',
                b"'",
                b"\\",
                b"-",
                b"[",
                b"]",
                b"{",
                b"}",
                b",",
                b":",
                b"=",
                b"\t",
            ),
            *(
                b"0",
                b"9",
                b"1e999",
                b"NaN",
                b"null",
                b"\x00",
                b"\x1b[0m",
                b"\xff",
                b"\\ud800",
                b"\\",
            ),
            *("\u202e".encode(), "é".encode(), b"9" * 40, b"00-", b"b3: "),
        ]
    ),
    st.binary(max_size=4),
)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """Return a preset and lines of its tests: cut, with parts doubled or of others, and with junk."""
    name = draw(st.sampled_from(sorted(CONFIGS)))
    good = [line.encode() for case in CONFIGS[name].tests for line in case.lines]
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        line = draw(st.sampled_from(good))
        for _ in range(draw(st.integers(0, 3))):
            start, end = draw(st.tuples(*[st.integers(0, len(line))] * 2))
            piece = draw(JUNK) * draw(st.sampled_from([1, 1, 1, 400]))
            line = line[:start] + piece + line[end:]
        lines += line.split(b"\n")
    return name, lines


def records_of(route: Route, lines: list[bytes]) -> Iterator[Records]:
    """Yield what the parser of a source makes of lines, or of records of several of them."""
    given_batch = batch(*lines)
    given_batch.stream = f"shop.log.{next(STREAMS)}"  # whose lines have none before them
    if route.joiner is None:
        yield route.parser.parse(given_batch)
        return
    yield from route.joiner.take(given_batch).records
    yield from route.joiner.flush().records


@cache
def built(name: str) -> tuple[Route, CheckedSource]:
    """Return what the lines of a preset go through, and its rules."""
    config = CONFIGS[name]
    (source,) = config.sources
    return build_route(config, source), mapping.check(source)


def oracle(name: str) -> Callable[[Records], Mapped]:
    """Return the interpreter of a preset."""
    route, checked = built(name)
    times = timestamps.build_times(route.config.time)
    interpreter = Interpreter(checked, route.parser, times.read, times.moment)

    def map_all(records: Records) -> Mapped:
        times.begin(records.batch.stream, records.batch.modified)
        return interpreter.map(records)

    return map_all


@given(spoilt())
def test_spoilt_lines_mean_the_same_to_both(case: tuple[str, list[bytes]]) -> None:
    """Generated code and interpreter agree, nothing raises, and no line is in two places or none."""
    name, lines = case
    (route, _), by_the_book = built(name), oracle(name)
    for records in records_of(route, lines):
        made = route.mapping.map(records)
        assert by_the_book(records) == made
        first = records.batch.first
        spans = {span.number - first for span in (*made.spans, *made.alone, *made.halves)}
        nothing = {line for line, _ in (*records.rejects, *made.rejects)}
        nothing |= {*records.skipped, *made.unmatched, *made.ignored}
        assert not spans & nothing
        assert spans | nothing == {*records.lines, *records.skipped, *dict(records.rejects)}
