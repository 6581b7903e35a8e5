"""Lines → rows of fields: what stands around them is taken off, what was taken apart joined, then read.

`build` and `build_joiner` are called once for each source; the pipeline calls what they return for
each batch. Pure: no I/O, no clock, no thread; content never raises, a bad configuration raises
ConfigError. Presets (`presets/*.yaml`) are sources that somebody wrote before: no code of theirs is
here.
"""

from __future__ import annotations

from logtrace.config.model import FORMATS, SourceConfig
from logtrace.errors import ConfigError, Problem
from logtrace.model import LineBatch
from logtrace.parse import envelopes
from logtrace.parse.delimited import DelimitedParser
from logtrace.parse.envelopes.pieces import Pieces
from logtrace.parse.grok import build_grok
from logtrace.parse.joining import Inner, Joiner
from logtrace.parse.json_lines import JsonParser
from logtrace.parse.logfmt import LogfmtParser
from logtrace.parse.multiline import Multiline
from logtrace.parse.nested import NestedParser
from logtrace.parse.ready import ReadyParser
from logtrace.parse.regex import RegexParser, compile_pattern
from logtrace.parse.texts import texts_of
from logtrace.parse.w3c import W3cParser


def build(source: SourceConfig, fields: frozenset[str]) -> Inner:
    """Return the parser of a source whose rules read `fields`.

    Raises:
        ConfigError: the format is unknown, its pattern cannot be used, or JSON cannot have a field.
    """
    parser = _flat(source, fields)
    return NestedParser(parser, source.json) if source.json else parser


def _flat(source: SourceConfig, fields: frozenset[str]) -> Inner:
    """Return the parser without what is within its fields."""
    more = _outer(source, fields)
    match source.format:
        case "json":
            _check_names(source, fields)
            return JsonParser(fields)
        case "regex":
            return RegexParser(compile_pattern(source), more)
        case "grok":
            return build_grok(source, more)
        case "logfmt":
            return LogfmtParser(fields, more)
        case "csv":
            return DelimitedParser(fields, more, source.columns, source.delimiter or ",")
        case "tsv":
            return DelimitedParser(fields, more, source.columns, "\t", quoted=False)
        case "w3c":
            return W3cParser(fields, more, source.columns)
        case "otlp-json" | "datadog-json":
            return ReadyParser(source.format)
    what = f"unknown format {str(source.format)!r}"
    fix = f"use {', '.join(FORMATS)} or a preset such as nginx"
    raise ConfigError([Problem(source.format.mark, "format", what, fix)])


def build_joiner(
    source: SourceConfig, fields: frozenset[str], inner: Inner | None
) -> Joiner | None:
    """Return what takes lines of a source apart and together before `inner`; None: nothing does.

    Raises:
        ConfigError: a pattern of `multiline` cannot be used.
    """
    multiline = Multiline(source.multiline) if source.multiline else None
    if inner is None or (multiline is None and source.unwrap is None):
        return None
    outer = _outer(source, fields)
    peel = envelopes.build(source.unwrap, outer).peel if source.unwrap else _bare
    return Joiner(inner, peel, outer, multiline)


def _outer(source: SourceConfig, fields: frozenset[str]) -> tuple[str, ...]:
    """Return the fields that the source's envelope adds to the line's own."""
    return envelopes.asked(source.unwrap, fields) if source.unwrap else ()


def _bare(batch: LineBatch) -> Pieces:
    """Return lines that have no envelope."""
    texts, repaired = texts_of(batch)
    return Pieces(texts, range(len(texts)), [()] * len(texts), [], repaired)


def _check_names(source: SourceConfig, fields: frozenset[str]) -> None:
    """Raise ConfigError for names that no key of a decoded object is compared with."""
    problems = [
        Problem(source.mark, "spans", f"field {name!r} has a quote, backslash or control character")
        for name in fields
        if any(character < " " or character in '"\\' for character in name)
    ]
    if problems:
        raise ConfigError(problems)
