"""Lines → rows of fields: JSON or a regular expression, with or without an envelope.

`build` is called once for each source; the pipeline calls `parse` of what it returns for each batch.
Pure: no I/O, no clock, no thread; content never raises, a bad configuration raises ConfigError.
Presets (`presets/*.yaml`) are sources that somebody wrote before: no code of theirs is here.
"""

from __future__ import annotations

from logtrace.config.model import SourceConfig
from logtrace.errors import ConfigError, Problem
from logtrace.model import Parser
from logtrace.parse.docker import ENVELOPE_FIELDS, DockerParser
from logtrace.parse.json_lines import JsonParser
from logtrace.parse.regex import RegexParser

FORMATS = ("json", "regex")
"""Formats that are code; every other name is a preset's, merged into its source by `config`."""


def build(source: SourceConfig, fields: frozenset[str]) -> Parser:
    """Return the parser of a source whose rules read `fields`.

    Raises:
        ConfigError: the format is unknown, its pattern cannot be used, or JSON cannot have a field.
    """
    wrapped = source.unwrap == "docker"
    if source.format == "regex":
        regex = RegexParser(source, ENVELOPE_FIELDS if wrapped else ())
        return DockerParser(regex) if wrapped else regex
    if source.format == "json":
        _check_names(source, fields)
        json = JsonParser(fields)
        return DockerParser(json) if wrapped else json
    what = f"unknown format {str(source.format)!r}"
    fix = f"use {', '.join(FORMATS)} or a preset such as nginx"
    raise ConfigError([Problem(source.format.mark, "format", what, fix)])


def _check_names(source: SourceConfig, fields: frozenset[str]) -> None:
    """Raise ConfigError for names that no key of a decoded object is compared with."""
    problems = [
        Problem(source.mark, "spans", f"field {name!r} has a quote, backslash or control character")
        for name in fields
        if any(character < " " or character in '"\\' for character in name)
    ]
    if problems:
        raise ConfigError(problems)
