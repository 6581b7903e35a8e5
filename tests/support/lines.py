"""Batches of lines, parsers for them, and real logs where they are present."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from logtrace import parse
from logtrace.config.model import SourceConfig, Text, TimeConfig
from logtrace.errors import Mark
from logtrace.model import LineBatch, Parser, Records, Reject
from logtrace.parse.joining import Inner, Joined

MARK = Mark("logtrace.yaml", 7, 5)
DATA = Path(__file__).parents[3] / "shared" / "data"


def batch(*lines: bytes | str, at: int = 0, first: int = 0, **keys: Any) -> LineBatch:
    """Return the lines as a batch of one file, from an offset in it."""
    raw = [line.encode() if isinstance(line, str) else line for line in lines]
    starts = [at]
    for line in raw:
        starts.append(starts[-1] + len(line) + 1)
    block = b"".join(line + b"\n" for line in raw)
    key = keys.pop("key", 1)
    return LineBatch("shop", "shop", key, block, raw, starts, first, **keys)


def batches(*chunks: list[str]) -> list[LineBatch]:
    """Return the lines of each list as a batch, one behind the other in one file."""
    made: list[LineBatch] = []
    at = first = 0
    for chunk in chunks:
        made.append(batch(*chunk, at=at, first=first))
        at, first = made[-1].starts[-1], first + len(chunk)
    return made


def text(value: str) -> Text:
    """Return a scalar of the configuration."""
    return Text(value, MARK)


def source_of(form: str, pattern: str | None = None, **keys: Any) -> SourceConfig:
    """Return the configuration of a source without rules."""
    return SourceConfig(
        mark=MARK,
        name="shop",
        format=text(form),
        pattern=None if pattern is None else text(pattern),
        time=TimeConfig(),
        **keys,
    )


def parser(form: str, fields: str = "", pattern: str | None = None, **keys: Any) -> Inner:
    """Return a parser for the fields, named with blanks between."""
    return parse.build(source_of(form, pattern, **keys), frozenset(fields.split()))


class Joining:
    """The parser and the joiner of a source, and what they made of lines so far.

    Attributes:
        said: of each record that was whole, in that order, (number of its first line, the values of
            the fields, or why there is none).
        ties: numbers of other lines of a record, by the number of its first line.
    """

    def __init__(self, form: str, fields: str, pattern: str | None = None, **keys: Any) -> None:
        source, names = source_of(form, pattern, **keys), frozenset(fields.split())
        self._fields = fields.split()
        self.parser = parse.build(source, names)
        joiner = parse.build_joiner(source, names, self.parser)
        assert joiner is not None
        self.joiner = joiner
        self.said: list[tuple[int, Any]] = []
        self.ties: dict[int, list[int]] = {}
        self.passed: list[int] = []
        self.records: list[Records] = []
        self.cut = 0

    def take(self, given: LineBatch) -> list[tuple[int, Any]]:
        """Join the lines of a batch; return what is whole by it."""
        return self.note(self.joiner.take(given))

    def elapse(self, elapsed: int, *behind: str) -> list[tuple[int, Any]]:
        """Let time pass; return what is whole by it."""
        return self.note(self.joiner.elapse(elapsed, behind))

    def flush(self) -> list[tuple[int, Any]]:
        """Return what was open."""
        return self.note(self.joiner.flush())

    def note(self, joined: Joined) -> list[tuple[int, Any]]:
        """Add what was made of lines to the attributes; return what is whole."""
        found: list[tuple[int, Any]] = []
        for records in joined.records:
            columns = [column(self.parser, records, name) for name in self._fields]
            rows = [values[0] if len(values) == 1 else values for values in zip(*columns)]  # noqa: B905
            places: list[tuple[int, Any]] = [*zip(records.lines, rows, strict=True)]
            places += [*records.rejects, *((line, ...) for line in records.skipped)]
            found += [
                (records.batch.first + line, value)
                for line, value in sorted(places, key=lambda place: place[0])
            ]
        for number, others in joined.ties:
            self.ties.setdefault(number, []).extend(others)
        self.passed += joined.passed
        self.cut += joined.cut
        self.records += joined.records
        self.said += found
        return found


def column(made: Parser, records: Records, name: str) -> list[Any]:
    """Return one field of all rows, as generated code reads it."""
    slot = made.slot(name)
    assert slot is not None
    if made.row == "item":
        return [row[slot] for row in records.rows]
    return [getattr(row, f"f{slot}") for row in records.rows]


def outcomes(made: Parser, records: Records, name: str) -> list[Any]:
    """Return for each line the value of a field, why it was rejected, or `...` if it was skipped."""
    found: dict[int, Any] = dict(zip(records.lines, column(made, records, name), strict=True))
    rejects: dict[int, Reject] = dict(records.rejects)
    assert found.keys().isdisjoint(rejects)
    skipped = dict.fromkeys(records.skipped, ...)
    assert skipped.keys().isdisjoint(found.keys() | rejects.keys())
    both = {**found, **rejects, **skipped}
    return [both[index] for index in range(len(records.batch.lines))]


def enveloped(log: str, time: str = "2026-11-22T10:00:00.5Z", stream: str = "stdout") -> str:
    """Return a line as Docker's json-file driver writes it."""
    return json.dumps({"log": log, "stream": stream, "time": time})


def real(name: str) -> Path:
    """Return the path of a real log; skip the test, saying so, where it is not present."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"real logs are not here: ../shared/data/{name}")
    return path
