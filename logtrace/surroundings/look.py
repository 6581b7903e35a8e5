"""Looks at all that a configuration needs of this machine; called by `check` through the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import logtrace
from logtrace.config.environment import state_directory
from logtrace.config.model import Config
from logtrace.errors import AgentError, ConfigError, Mark, Problem, Severity, UsageError
from logtrace.ship.address import agent_url
from logtrace.ship.agent import Agent
from logtrace.surroundings import logrotate
from logtrace.surroundings.logfiles import LogFiles
from logtrace.surroundings.rights import Reader
from logtrace.surroundings.rotation import rotation_warnings
from logtrace.surroundings.state import state_warnings


def look(
    config: Config, start: Mark, env: Mapping[str, str], etc: Path = Path("/etc")
) -> Iterator[Problem]:
    """Yield a warning for each thing on this machine that keeps logtrace from its work, now or later.

    Args:
        config: a configuration without errors.
        start: the place for what is not written in it.
        env: the environment.
        etc: where logrotate's configuration is.
    """
    reader = Reader.current()
    rotations = logrotate.read(etc / "logrotate.conf", etc / "logrotate.d")
    files = LogFiles(reader)
    for source in config.sources:
        names, problems = files.look(source)
        yield from problems
        yield from rotation_warnings(source, names, rotations)
    mark = config.state.path.mark if config.state.path else start
    yield from state_warnings(state_directory(config, env), mark, reader)
    yield from _agent(config, start, env)


def _agent(config: Config, start: Mark, env: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what the Agent says, if it is not there or not one."""
    try:
        Agent(agent_url(config.agent.url, env), logtrace.__version__).info()
    except ConfigError as error:
        yield from error.problems
    except (AgentError, UsageError) as error:
        mark = config.agent.url.mark if config.agent.url else start
        what, _, fix = str(error).partition("; ")
        yield Problem(mark, "agent.url", what, fix, Severity.WARNING)
