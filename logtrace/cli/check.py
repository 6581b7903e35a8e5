"""`logtrace check`: every problem of a configuration in one run.

Reads the configuration and compiles every source without starting anything. A configuration without
errors is then held against this machine, unless it is told not to: are there such log files, can the
state be written, does an Agent answer. What is found on the machine is a warning, because it may change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from glob import iglob
from itertools import islice

import click

import logtrace
from logtrace import config as configuration
from logtrace.cli.options import config_option
from logtrace.config.model import Config
from logtrace.errors import AgentError, ConfigError, Mark, Problem, Severity, UsageError
from logtrace.web.text import count_text

MAX_FILES = 1000
"""Files of one pattern that are looked at."""


@click.command("check")
@config_option
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option(
    "--no-environment",
    is_flag=True,
    help="Leave out what depends on this machine: log files, state directory, Agent.",
)
def command(config: str, strict: bool, no_environment: bool) -> None:
    """Validate the configuration, and say how it fits this machine.

    Every problem is printed as file:line:col: key: what; fix. Exit codes: 0 when there is no error,
    78 when there is.
    """
    reading = configuration.read(config, os.environ)
    problems = examined(reading)
    wrong = any(problem.severity is Severity.ERROR for problem in problems)
    if not wrong and not no_environment:
        start = Mark(config, 1, 1)
        problems += map(reading.located, _surroundings(reading.config, start))
    if strict:
        problems = [replace(problem, severity=Severity.ERROR) for problem in problems]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ConfigError(problems)
    for problem in sorted(problems):
        click.echo(str(problem), err=True)
    sources = reading.config.sources
    rules = sum(len(source.spans) for source in sources)
    click.echo(f"OK: {count_text(len(sources), 'source')}, {count_text(rules, 'rule')}")


def examined(reading: configuration.Reading) -> list[Problem]:
    """Return all that is wrong or odd in a configuration by itself, under the keys of its files."""
    from logtrace import mapping, parse
    from logtrace.analysis import findings
    from logtrace.pipeline import build_redactor, build_routes

    found: list[Problem] = []
    for source in reading.config.sources:
        with suppress(ConfigError):
            checked = mapping.check(source, source.defaults)
            found += checked.warnings
            found += findings(source, checked, parse.build(source, checked.fields))
    for build in (build_routes, build_redactor):
        try:
            build(reading.config)
        except ConfigError as error:
            found += error.problems
    known = {(problem.mark, problem.key) for problem in reading.problems}
    located = map(reading.located, found)
    more = [problem for problem in located if (problem.mark, problem.key) not in known]
    return sorted({*reading.problems, *more})


def _surroundings(config: Config, start: Mark) -> Iterator[Problem]:
    """Yield a warning for each thing on this machine that keeps logtrace from working now."""
    for source in config.sources:
        for pattern in source.path:
            yield from _log_files(pattern, getattr(pattern, "mark", source.mark))
    yield from _state(config, start)
    yield from _agent(config, start)


def _log_files(pattern: str, mark: Mark) -> Iterator[Problem]:
    names = list(islice(iglob(pattern, recursive=True), MAX_FILES))
    if not names:
        fix = "see that it is right; a file that comes later is read then"
        yield Problem(mark, "path", f"no file matches {pattern}", fix, Severity.WARNING)
    for name in names:
        if not os.access(name, os.R_OK):
            fix = "let the user that logtrace runs as read it"
            yield Problem(mark, "path", f"{name}: this user cannot read it", fix, Severity.WARNING)


def _state(config: Config, start: Mark) -> Iterator[Problem]:
    from logtrace.daemon import state_directory

    directory = state_directory(config, dict(os.environ))
    existing = next(place for place in (directory, *directory.parents) if place.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        mark = config.state.path.mark if config.state.path else start
        what = f"{directory}: this user cannot write to {existing}"
        fix = "run it as logtrace's user, or name another directory"
        yield Problem(mark, "state.path", what, fix, Severity.WARNING)


def _agent(config: Config, start: Mark) -> Iterator[Problem]:
    from logtrace.ship.address import agent_url
    from logtrace.ship.agent import Agent

    try:
        Agent(agent_url(config.agent.url, os.environ), logtrace.__version__).info()
    except ConfigError as error:
        yield from error.problems
    except (AgentError, UsageError) as error:
        mark = config.agent.url.mark if config.agent.url else start
        what, _, fix = str(error).partition("; ")
        yield Problem(mark, "agent.url", what, fix, Severity.WARNING)
