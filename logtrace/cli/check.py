"""`logtrace check`: every problem of a configuration in one run.

Reads the configuration and compiles every source without starting anything. A configuration without
errors is then held against this machine, unless it is told not to: are there such log files, can the
state be written, does an Agent answer. What is found on the machine is a warning, because it may change.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

import click

from logtrace import config as configuration
from logtrace.cli.options import config_option
from logtrace.cli.problems import counted, show
from logtrace.errors import ConfigError, Mark, Problem, Severity
from logtrace.web.text import count_text


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
        from logtrace.surroundings import look

        found = look(reading.config, Mark(config, 1, 1), os.environ)
        problems = sorted({*problems, *map(reading.located, found)})
    if strict:
        problems = [replace(problem, severity=Severity.ERROR) for problem in problems]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ConfigError(problems)
    show(problems)
    sources = reading.config.sources
    rules = sum(len(source.spans) for source in sources)
    warned = f"; {counted(problems)}" if problems else ""
    click.echo(f"OK: {count_text(len(sources), 'source')}, {count_text(rules, 'rule')}{warned}")


def examined(reading: configuration.Reading) -> list[Problem]:
    """Return all that is wrong or odd in a configuration by itself, under the keys of its files."""
    from logtrace import mapping, parse
    from logtrace.analysis import findings
    from logtrace.routes import build_keep, build_redactor, build_routes

    found: list[Problem] = []
    for source in reading.config.sources:
        with suppress(ConfigError):
            checked = mapping.check(source)
            found += checked.warnings
            found += findings(source, checked, parse.build(source, checked.fields))
    for build in (build_routes, build_redactor, build_keep):
        try:
            build(reading.config)
        except ConfigError as error:
            found += error.problems
    known = {(problem.mark, problem.key) for problem in reading.problems}
    located = map(reading.located, found)
    more = [problem for problem in located if (problem.mark, problem.key) not in known]
    return sorted({*reading.problems, *more})
