"""Compiles a source's rules to Python and runs it.

Called by the pipeline when a configuration is loaded (`compile_source`) and for each batch
(`Mapping.map`). In: checked rules, the source's parser, and what reads its times; out: a `Mapping`. The
generated source is registered in `linecache`, so that a traceback or a debugger shows it. `map` never
raises for what a line holds. One thread.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from logtrace.mapping import runtime
from logtrace.mapping.checked import CheckedSource, Rule
from logtrace.mapping.codegen import generate
from logtrace.mapping.line_times import LineTimes, ReadTime
from logtrace.mapping.pairing import HalfRule, Identity
from logtrace.model import HalfSpan, Mapped, MappedSpan, Parser, Records, Reject


@dataclass(frozen=True, slots=True)
class Mapping:
    """The compiled rules of one source.

    Attributes:
        map: what makes `Mapped` of records; every row ends in one of its places, whatever it holds.
        source: the generated Python.
        bound: the names in it that stand for values of the configuration, with these values.
        half_rules: what pairing needs of each rule that is not `when`, by its index.
    """

    map: Callable[[Records], Mapped]
    source: str
    bound: dict[str, Any]
    half_rules: dict[int, HalfRule]


def compile_source(
    checked: CheckedSource,
    parser: Parser,
    read_time: ReadTime,
    read_moment: ReadTime | None = None,
    begin: Callable[[str, int], None] | None = None,
) -> Mapping:
    """Return the compiled rules of a source.

    Args:
        checked: from `rules.check`.
        parser: whose rows the rules read.
        read_time: makes nanoseconds since 1970 of a time field's value, or None; never raises.
        read_moment: the same for other times that a line names; None: `read_time` does both.
        begin: is told whose lines come: their log stream, and when its file was modified.
    """
    writer = generate(checked, parser)
    constants = dict(writer.bound)
    seeds = runtime.Seeds(checked.ordinals)
    times = LineTimes(parser, checked.times, read_time)
    names = {
        **writer.bound,
        "read_time": read_time,
        "read_moment": read_moment or read_time,
        "time_before": times.before,
        "times_end": times.end,
        "seeds": seeds.of,
        "child_seeds": seeds.of_children,
    }
    filename = _filename(checked)
    exec(compile(writer.source, filename, "exec"), names)
    linecache.cache[filename] = (
        len(writer.source),
        None,
        writer.source.splitlines(keepends=True),
        filename,
    )
    half_rules: dict[int, HalfRule] = {
        rule.index: _half_rule(rule, names) for rule in checked.rules if rule.kind != "when"
    }
    return Mapping(_after(begin, names["map_batch"]), writer.source, constants, half_rules)


def _after(
    begin: Callable[[str, int], None] | None, map_batch: Callable[[Records], Mapped]
) -> Callable[[Records], Mapped]:
    """Return what maps records after saying whose they are."""
    if begin is None:
        return map_batch

    def map_records(records: Records) -> Mapped:
        begin(records.batch.stream, records.batch.modified)
        return map_batch(records)

    return map_records


@dataclass(slots=True)
class CompiledHalf:
    """A rule that needs several lines, for `pairing`; see `pairing.HalfRule`."""

    kind: Literal["pair", "group", "event"]
    index: int
    timeout: int
    pause: int
    closes_all: bool
    identify: Callable[[HalfSpan], Identity]
    finish: Callable[[HalfSpan, HalfSpan | None, Identity, int, int, int], MappedSpan | Reject]
    event: Callable[[HalfSpan], dict[str, Any]]


def _half_rule(rule: Rule, names: dict[str, Any]) -> CompiledHalf:
    assert rule.kind != "when"
    return CompiledHalf(
        rule.kind,
        rule.index,
        rule.timeout,
        rule.pause,
        rule.closes_all,
        *(names.get(f"{part}_{rule.index}", _unused) for part in ("identify", "finish", "event")),
    )


def _unused(*_: Any) -> Any:
    """Stand where a kind of rule has nothing to do."""
    raise AssertionError("pairing asks only what the kind of a rule has an answer to")


def _filename(checked: CheckedSource) -> str:
    """Return the name of the generated source in tracebacks."""
    mark = checked.mark
    name = "".join(char if char.isprintable() else "?" for char in checked.name[:80])
    return f"<logtrace mapping {name} {mark.file}:{mark.line}>"
