"""Tells of one line: how it is read, what each rule has to say to it, and where a pattern stopped.

Called by `logtrace explain` with lines that `examination` has kept. The record is read again by itself,
with all its fields, not just those that the rules read. Pure; never raises for what a line holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, Literal

import msgspec

from logtrace import mapping, parse
from logtrace.config.model import READY_FORMATS, Config, SourceConfig
from logtrace.mapping.explanation import Explainer, Story, Whole, ready_story
from logtrace.model import LineBatch, Records, Reject, Span
from logtrace.parse import timestamps
from logtrace.parse.grok import Expansion
from logtrace.parse.grok_names import NAMES
from logtrace.parse.joining import Inner
from logtrace.parse.rows import Rows
from logtrace.parse.texts import texts_of
from logtrace.patterns.backtracking import Verdict, verdict
from logtrace.patterns.prefix import Compile, Stop, stop_of

MOST_FIELDS = 300
"""Names that are tried as fields of a line."""

PARSERS = 16
"""Parsers that are kept: lines of one log have the same fields, most often."""

_WORDS = re.compile(r"[A-Za-z_@$][\w@$.()-]*")
_json = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class SpanOfLines:
    """A finished span that came of several lines.

    Attributes:
        span: the span.
        first: the record number of its first line, and
        last: of the last; None: there was no end.
        numbers: of all its lines, those of events in it too, rising.
        trace_high: the upper half of its trace's id, in hex, if it has one.
        count: how many such spans the line is part of: an end may close several starts.
    """

    span: Span
    first: int
    last: int | None
    numbers: tuple[int, ...]
    trace_high: str = ""
    count: int = 1


Lines = Mapping[int, Sequence[LineBatch]]
"""The lines of records, each a batch of its own, by the number of the record."""


@dataclass(frozen=True, slots=True)
class LineStory:
    """What is to be told of a line.

    Attributes:
        source: whose rules it went through.
        text: the record, without what an envelope puts around it.
        fields: what the parser made of it, by name; those without a value are left out.
        known: names that other lines may have a value of, since the format is fixed.
        reject: why the parser could make nothing of it.
        skipped: whether it is no record, such as a comment.
        joined: by the index of a rule, the span of several lines that it is part of.
        stop: where the pattern stopped to match it, if that is why.
        broken: what is wrong with it as JSON, if that is why, and at which character.
        story: what the rules made of it; None: they never saw it.
    """

    source: SourceConfig
    text: str
    fields: dict[str, Any]
    known: frozenset[str]
    reject: Reject | None
    skipped: bool
    joined: Mapping[int, SpanOfLines]
    stop: Stop | None
    broken: tuple[str, int] | None
    story: Story | None


class Teller:
    """Tells of lines of the sources of a configuration."""

    def __init__(self, config: Config) -> None:
        self._sources = {source.name: source for source in config.sources}
        self._stops: dict[str, tuple[Compile, Verdict]] = {}
        self._check = cache(lambda name: mapping.check(self._sources[name]))
        self._build = lru_cache(PARSERS)(
            lambda name, fields: parse.build(self._sources[name], fields)
        )

    def tell(
        self,
        lines: Sequence[LineBatch],
        time: int | None = None,
        joined: Mapping[int, SpanOfLines] | None = None,
        others: Lines | None = None,
    ) -> LineStory:
        """Return the story of a record.

        Args:
            lines: all of its lines, each a batch of its own.
            time: the time that it has, with what the lines before it say; None: only its own counts.
            joined: the spans that it is part of, by the index of their rule.
            others: the lines of these, as far as they are at hand.
        """
        batch = _together(lines)
        source = self._sources[batch.source]
        checked = self._check(batch.source)
        text, _ = self._parsed(source, checked.fields, batch)
        names = checked.fields | _names(source, text, batch)
        parser = self._build(batch.source, names)
        _, records = self._parsed(source, names, batch)
        at = _index(records, batch.first)
        reject = next(
            (why for line, why in records.rejects if line + _first(records) == batch.first), None
        )
        story, joined = None, joined or {}
        if at is not None and source.format in READY_FORMATS:
            story = ready_story(mapping.compile_ready(source).map, records, at)
        elif at is not None:
            times = timestamps.build_times(source.time)
            times.begin(batch.stream, batch.modified)
            explainer = Explainer(checked, parser, times.read, times.moment, time)
            wholes = self._wholes(source, names, joined, others or {})
            story = explainer.explain(records, at, wholes)
            joined = {index: each for index, each in joined.items() if index in wholes}
        return LineStory(
            source=source,
            text=text,
            fields={} if at is None else _fields(parser, names, records.rows[at]),
            known=frozenset(
                name
                for name in checked.fields
                if source.format not in ("json", "logfmt") and parser.slot(name) is not None
            ),
            reject=reject,
            skipped=at is None and reject is None,
            joined=joined,
            stop=self._stop(source, text) if reject is Reject.PATTERN_MISMATCH else None,
            broken=_broken(text) if reject is Reject.BAD_JSON else None,
            story=story,
        )

    def _wholes(
        self,
        source: SourceConfig,
        names: frozenset[str],
        joined: Mapping[int, SpanOfLines],
        others: Lines,
    ) -> dict[int, Whole]:
        """Return the spans of which first and last line are at hand, with the rows of these."""
        wholes, rows = {}, dict[int, Any]()
        for index, each in joined.items():
            for number in each.numbers:
                if number in others and number not in rows:
                    row = self._row(source, names, _together(others[number]))
                    rows.update({} if row is None else {number: row})
            if each.first in rows and (each.last is None or each.last in rows):
                last = None if each.last is None else rows[each.last]
                lines = [(number, rows[number]) for number in each.numbers if number in rows]
                wholes[index] = Whole(each.span, rows[each.first], last, lines)
        return wholes

    def _row(self, source: SourceConfig, names: frozenset[str], batch: LineBatch) -> Any:
        """Return the row of a record; None: it has none."""
        _, records = self._parsed(source, names, batch)
        at = _index(records, batch.first)
        return None if at is None else records.rows[at]

    def _parsed(
        self, source: SourceConfig, fields: frozenset[str], batch: LineBatch
    ) -> tuple[str, Records]:
        """Return a record's text, and what the parser that reads so many fields made of it."""
        parser = self._build(str(source.name), fields)
        spy = _Spy(parser)
        joiner = parse.build_joiner(source, fields, spy)
        if joiner is None:
            return texts_of(batch)[0][0], parser.parse(batch)
        found = [*joiner.take(batch).records, *joiner.flush().records]
        mine = next((each for each in found if _has(each, batch.first)), None)
        text = spy.texts[0] if spy.texts else texts_of(batch)[0][0]
        return text, mine or Records(batch, [], [], [])

    def _stop(self, source: SourceConfig, text: str) -> Stop | None:
        """Return where the source's pattern stops to match."""
        if source.pattern is None:
            return None
        if source.name not in self._stops:  # many lines are tried with the same beginnings
            compiled: Compile = cache(_compiler(source))
            judged = verdict(compiled(str(source.pattern)).pattern, re.DOTALL)
            self._stops[source.name] = compiled, judged
        compiled, judged = self._stops[source.name]
        if judged.what:
            return None  # RE2 runs it, and tells no such thing; Python's engine could stall
        return stop_of(str(source.pattern), text[: judged.longest], compiled)


class _Spy:
    """An inner parser that notes what it is to read."""

    def __init__(self, inner: Inner) -> None:
        self.row: Literal["attribute", "item"] = inner.row
        self.texts: list[str] = []
        self._inner = inner
        self.slot, self.parse, self.attach = inner.slot, inner.parse, inner.attach

    def parse_texts(self, texts: list[str], *given: Any, **named: Any) -> Rows:
        self.texts += texts
        return self._inner.parse_texts(texts, *given, **named)


def _together(lines: Sequence[LineBatch]) -> LineBatch:
    """Return the lines of one record as one batch."""
    first, last = lines[0], lines[-1]
    return msgspec.structs.replace(
        first,
        block=b"".join(line.block for line in lines),
        lines=[line.lines[0] for line in lines],
        starts=[*(line.starts[0] for line in lines), last.starts[-1]],
    )


def _first(records: Records) -> int:
    return records.batch.first


def _has(records: Records, number: int) -> bool:
    index = number - records.batch.first
    return index in records.lines or any(line == index for line, _ in records.rejects)


def _index(records: Records, number: int) -> int | None:
    """Return the index of the row of a line, None if it has none."""
    lines = list(records.lines)
    index = number - records.batch.first
    return lines.index(index) if index in lines else None


def _names(source: SourceConfig, text: str, batch: LineBatch) -> frozenset[str]:
    """Return what may be names of fields: keys of an object, and words of line, heading, pattern."""
    if source.format == "json":
        try:
            keys = [key for key in _json(text) if not any(c < " " or c in '"\\' for c in key)]
        except (ValueError, RecursionError, msgspec.MsgspecError):
            keys = []
        return frozenset(keys[:MOST_FIELDS])
    heading = batch.heading.decode("utf-8", "replace")
    words = _WORDS.findall(f"{source.pattern or ''} {heading} {text[:10_000]}")
    columns = [str(column) for column in source.columns or ()]
    return frozenset(dict.fromkeys((*columns, *words[:MOST_FIELDS])))


def _fields(parser: Inner, names: frozenset[str], row: Any) -> dict[str, Any]:
    """Return the fields that a row has, in its order."""
    slots = sorted((slot, name) for name in names if (slot := parser.slot(name)) is not None)
    values = {
        name: getattr(row, f"f{slot}") if parser.row == "attribute" else row[slot]
        for slot, name in slots
    }
    return {name: value for name, value in values.items() if value is not None}


def _broken(text: str) -> tuple[str, int] | None:
    """Return what the decoder has to say of a text that is no JSON, and at which character."""
    data = text.encode("utf-8", "replace")
    try:
        msgspec.json.decode(data)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        what, _, byte = str(error).removeprefix("JSON is malformed: ").partition(" (byte ")
        at = int(byte.rstrip(")")) if byte.rstrip(")").isdecimal() else len(data)
        return what, len(data[:at].decode("utf-8", "replace"))
    return None


def _compiler(source: SourceConfig) -> Compile:
    """Return what makes of a beginning of a source's pattern what the parser makes of the pattern."""
    if source.format == "grok":
        names = NAMES | {str(key): str(text) for key, text in source.patterns.items()}
        return lambda text: re.compile(Expansion(text, names).text, re.DOTALL)
    return partial(re.compile, flags=re.DOTALL)
