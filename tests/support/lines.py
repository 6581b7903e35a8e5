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

MARK = Mark("logtrace.yaml", 7, 5)
DATA = Path(__file__).parents[3] / "shared" / "data"


def batch(*lines: bytes | str) -> LineBatch:
    """Return the lines as a batch of one file, from its beginning."""
    raw = [line.encode() if isinstance(line, str) else line for line in lines]
    starts = [0]
    for line in raw:
        starts.append(starts[-1] + len(line) + 1)
    return LineBatch("shop", "shop", 1, b"".join(line + b"\n" for line in raw), raw, starts)


def text(value: str) -> Text:
    """Return a scalar of the configuration."""
    return Text(value, MARK)


def parser(form: str, fields: str = "", pattern: str | None = None, **keys: Any) -> Parser:
    """Return a parser for the fields, named with blanks between."""
    source = SourceConfig(
        mark=MARK,
        name="shop",
        format=text(form),
        pattern=None if pattern is None else text(pattern),
        time=TimeConfig(),
        **keys,
    )
    return parse.build(source, frozenset(fields.split()))


def column(made: Parser, records: Records, name: str) -> list[Any]:
    """Return one field of all rows, as generated code reads it."""
    slot = made.slot(name)
    assert slot is not None
    if made.row == "item":
        return [row[slot] for row in records.rows]
    return [getattr(row, f"f{slot}") for row in records.rows]


def outcomes(made: Parser, records: Records, name: str) -> list[Any]:
    """Return for each line of the batch the value of a field, or why it was rejected."""
    found: dict[int, Any] = dict(zip(records.lines, column(made, records, name), strict=True))
    rejects: dict[int, Reject] = dict(records.rejects)
    assert found.keys().isdisjoint(rejects)
    both = {**found, **rejects}
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
