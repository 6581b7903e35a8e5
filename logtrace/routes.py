"""Compiles a configuration: for each source what its lines go through, and what goes for all of them.

Called by `stages` when a session begins, and by `check` and the daemon to know whether a configuration
can be used at all. Pure; raises ConfigError with all problems at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from logtrace import mapping, parse
from logtrace.config.model import READY_FORMATS, Config, SourceConfig
from logtrace.errors import ConfigError, Problem
from logtrace.mapping.pairing import Pairing
from logtrace.model import Parser
from logtrace.parse import timestamps
from logtrace.parse.joining import Joiner
from logtrace.patterns.bounded import Unusable
from logtrace.ship.redact import Redactor, Rule

T = TypeVar("T")

SHARED = "shared"
"""The domain of all sources whose rules name trace ids: any of them may add to the others' traces."""


@dataclass(frozen=True, slots=True)
class Route:
    """What the lines of one configured source go through."""

    config: SourceConfig
    domain: str
    parser: Parser
    joiner: Joiner | None
    mapping: mapping.Mapping
    pairing: Pairing


def build_route(config: Config, source: SourceConfig) -> Route:
    """Compile one source's parser and rules; raises ConfigError with all problems found."""
    problems: list[Problem] = []
    checked = _attempt(partial(mapping.check, source), problems)
    fields = checked.fields if checked else frozenset[str]()
    parser = _attempt(partial(parse.build, source, fields), problems)
    joiner = _attempt(partial(parse.build_joiner, source, fields, parser), problems)
    times = _attempt(partial(timestamps.build_times, source.time), problems)
    if checked is None or parser is None or times is None or problems:
        raise ConfigError(problems)
    ready = source.format in READY_FORMATS
    compiled = (
        mapping.compile_ready(source) if ready else mapping.compile_source(checked, parser, *times)
    )
    shared = ready or any(rule.trace_id is not None for rule in source.spans)
    traces = config.traces
    pairing = Pairing(compiled.half_rules, traces.max_open, traces.max_bytes)
    domain = SHARED if shared else source.name
    return Route(source, domain, parser, joiner, compiled, pairing)


def _attempt(build: Callable[[], T], problems: list[Problem]) -> T | None:
    """Return what `build` returns, None if it raises ConfigError; that one's problems are added."""
    try:
        return build()
    except ConfigError as error:
        problems += error.problems
        return None


def build_routes(config: Config) -> dict[str, Route]:
    """Compile all sources, by name; raises ConfigError with the problems of every one."""
    problems: list[Problem] = []
    routes = {
        source.name: _attempt(partial(build_route, config, source), problems)
        for source in config.sources
    }
    if problems:
        raise ConfigError(problems)
    return {name: route for name, route in routes.items() if route is not None}


def build_redactor(config: Config) -> Redactor:
    """Return what takes out of spans what must not leave; raises ConfigError with all problems."""
    redact, problems = config.redact, list[Problem]()
    built_in = [name for name in ("credit_cards", "tokens", "emails") if getattr(redact, name)]
    rules: list[Rule] = []
    for index, each in enumerate(redact.rules):
        rule = Rule(str(each.name), str(each.pattern), str(each.with_))
        try:
            Redactor([rule])
        except Unusable as error:
            place = each.pattern.at(error.index)
            problems.append(Problem(place, f"redact.rules[{index}]", error.what, error.fix))
        rules.append(rule)
    if problems:
        raise ConfigError(problems)
    return Redactor([*built_in, *rules])


def build_keep(config: Config) -> mapping.Keep | None:
    """Return what decides which traces are kept; raises ConfigError with all problems."""
    return mapping.compile_keep(config.traces.keep)
