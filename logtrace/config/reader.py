"""Reads a configuration: the main file, the files of conf.d beside it, and the presets they name.

Called by the command line at start-up, by the daemon on reload and by `check`. `read` gives a
configuration that later stages can look at even when there are problems, so that theirs are found in the
same run; `load` gives one that has none. A file that cannot be read is a problem like any other.
"""

from __future__ import annotations

from collections.abc import Mapping as Environment
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from logtrace.config import presets
from logtrace.config.cases import CaseConfig
from logtrace.config.checks import (
    check_case,
    check_child,
    check_keep,
    check_rule,
    check_source,
)
from logtrace.config.environment import fill
from logtrace.config.keys import Section
from logtrace.config.model import (
    FORMATS,
    ChildConfig,
    Config,
    Defaults,
    Fragment,
    KeepConfig,
    RuleConfig,
    SourceConfig,
    Text,
)
from logtrace.config.nodes import Mapping, Scalar
from logtrace.config.scalars import did_you_mean, shown
from logtrace.config.syntax import parse
from logtrace.config.walk import Lack, Walker
from logtrace.errors import ConfigError, Mark, Problem, Severity

MAX_SIZE = 4 << 20
"""Bytes of one file; a larger one is no configuration."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    Attributes:
        config: the configuration; where there are problems, with something harmless in their place.
        problems: what is wrong, sorted by place.
        files: the files that make up the configuration, presets not among them.
        places: the path of the key (`sources[0].spans[1].when`) by the place of its value.
    """

    config: Config
    problems: list[Problem]
    files: list[Path]
    places: Environment[Mark, str]

    def located(self, problem: Problem) -> Problem:
        """Return a problem of a later stage under the path of its key in the file."""
        near = [
            place
            for place in self.places
            if (place.file, place.line) == (problem.mark.file, problem.mark.line)
            and place.column <= problem.mark.column
        ]
        if not near or problem.key.startswith("sources["):
            return problem
        return replace(problem, key=self.places[max(near)])


def load(path: str | Path, env: Environment[str, str]) -> Config:
    """Return the configuration at `path`; raises ConfigError with all problems if there are any."""
    reading = read(path, env)
    if any(problem.severity is Severity.ERROR for problem in reading.problems):
        raise ConfigError(reading.problems)
    return reading.config


def read_preset(
    name: str, env: Environment[str, str], preset_directory: Path = presets.SHIPPED
) -> Reading:
    """Return a configuration whose only source is the preset `name`, one of `presets.names`.

    The source is called `name`; the tests of the preset are those of the configuration.
    """
    return _Reader(env, preset_directory).preset(name)


def read(
    path: str | Path, env: Environment[str, str], preset_directory: Path = presets.SHIPPED
) -> Reading:
    """Return the configuration at `path` as far as it can be read, and all that is wrong with it.

    Args:
        path: the main file; files `conf.d/*.yaml` beside it may add sources.
        env: the variables that `${…}` stands for.
        preset_directory: where presets are.
    """
    return _Reader(env, preset_directory).read(Path(path))


class _Reader:
    """Reads one configuration, once."""

    def __init__(self, env: Environment[str, str], preset_directory: Path) -> None:
        self._env = env
        self._directory = preset_directory
        self._presets = presets.names(preset_directory)
        self._roots: dict[str, Mapping] = {}
        self._walker = Walker(
            env,
            before={SourceConfig: self._with_preset},
            after={
                SourceConfig: partial(check_source, self._presets),
                RuleConfig: check_rule,
                ChildConfig: check_child,
                CaseConfig: check_case,
                KeepConfig: check_keep,
            },
        )

    def preset(self, name: str) -> Reading:
        """Return the configuration that has the preset `name` for its only source, with its tests."""
        self._preset(name)
        file = self._directory / f"{name}.yaml"
        config = Config()
        if root := self._roots.get(name):
            found = self._walker.section(presets.configuration(root, name), Config, "")
            config = config if isinstance(found, Lack) else found
        problems = sorted(set(self._walker.problems))
        return Reading(config, problems, [file], self._walker.places)

    def read(self, path: Path) -> Reading:
        """Return what the main file and its conf.d hold."""
        found = self._file(path, Config)
        config: Config = found or Config()
        sources, tests = list(config.sources), list(config.tests)
        fragments = sorted((path.parent / "conf.d").glob("*.yaml"))
        for fragment in fragments:
            added = self._file(fragment, Fragment)
            sources += added.sources if added else ()
            tests += added.tests if added else ()
        said = any(problem.key.startswith("source") for problem in self._walker.problems)
        if found and not sources and not said:
            what = "names no source: there is nothing to read"
            self._walker.report(Mark(str(path), 1, 1), "sources", what, "add one under `sources:`")
        self._name_each_once(sources)
        self._source_of_each(tests, [source.name for source in sources])
        sources = [_over(config.defaults, source) for source in sources]
        config = msgspec.structs.replace(config, sources=tuple(sources), tests=tuple(tests))
        problems = sorted(set(self._walker.problems))
        return Reading(config, problems, [path, *fragments], self._walker.places)

    def _file(self, path: Path, section: type[Section]) -> Any:
        """Return the section that a file holds, or None."""
        file = str(path)
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_SIZE + 1)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self._walker.report(Mark(file, 1, 1), "", f"cannot be read: {reason}", _cure(error))
            return None
        except ValueError as error:  # a NUL in the name
            self._walker.report(Mark(file, 1, 1), "", f"cannot be read: {error}")
            return None
        if len(data) > MAX_SIZE:
            what = f"is larger than {MAX_SIZE >> 20} MiB"
            self._walker.report(Mark(file, 1, 1), "", what, "name a configuration file")
            return None
        return self._section(data, file, section)

    def _section(self, data: bytes, file: str, section: type[Section]) -> Any:
        document = parse(data, file)
        self._walker.problems += document.problems
        found: Any = None
        if isinstance(document.root, Mapping):
            found = self._walker.section(document.root, section, "")
        elif document.root is not None and not _is_nothing(document.root):
            what = "holds a list or a text, not keys"
            fix = "start with a key, such as `sources:`"
            self._walker.report(document.root.mark, "", what, fix)
        elif not document.problems and section is Config:
            fix = "write at least `sources:`; config.example.yaml shows every key"
            self._walker.report(Mark(file, 1, 1), "", "is empty", fix)
        for trouble in document.troubles:
            if not trouble.reported:
                self._walker.report(trouble.mark, "", trouble.what, trouble.fix)
        return None if isinstance(found, Lack) else found

    def _with_preset(self, source: Mapping, path: str) -> Mapping:
        """Return a source's node over its preset's, if its format names one."""
        for key, value in source.pairs:
            if isinstance(key, Scalar) and key.text == "format" and isinstance(value, Scalar):
                name, _ = fill(value.text, self._env)
                if name in self._presets and name not in FORMATS:
                    preset = self._preset(name)
                    return presets.merged(preset, source) if preset else source
                break
        return source

    def _preset(self, name: str) -> Mapping | None:
        if name not in self._roots:
            file = str(self._directory / f"{name}.yaml")
            document = parse(presets.content(name, self._directory), file)
            self._walker.problems += document.problems
            if isinstance(document.root, Mapping):
                self._roots[name] = document.root
        root = self._roots.get(name)
        return presets.source_of(root) if root else None

    def _name_each_once(self, sources: list[SourceConfig]) -> None:
        """Report sources of the same name: counts, tests and the ledger could not tell them apart."""
        first: dict[str, Mark] = {}
        for source in sources:
            written = source.name if isinstance(source.name, Text) else None
            mark = written.mark if written is not None else source.mark
            if source.name not in first:
                first[source.name] = mark
                continue
            other = first[source.name]
            place = f"line {other.line}" if other.file == mark.file else str(other)
            what = f"{str(source.name)!r} is the name of the source in {place} too"
            key = self._walker.places.get(source.mark, "sources")
            fix = "give each a `name:` of its own (without one it is the first path)"
            self._walker.report(mark, f"{key}.name", what, fix)

    def _source_of_each(self, tests: list[CaseConfig], names: list[str]) -> None:
        """Report tests of which it is not clear whose rules they are of."""
        for test in tests:
            key = f"{self._walker.places.get(test.mark, 'tests')}.source"
            if test.source is None and len(names) > 1:
                what = "missing: there are several sources"
                self._walker.report(test.mark, key, what, f"name one of {', '.join(names)}")
            elif test.source is not None and test.source not in names:
                what = f"{shown(test.source)} is no source"
                fix = did_you_mean(test.source, names, f"there are {', '.join(names)}")
                self._walker.report(test.source.mark, key, what, fix)


def _is_nothing(node: object) -> bool:
    return isinstance(node, Scalar) and not node.quoted and node.text in ("", "~", "null")


def _cure(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "name another with -c FILE, or LOGTRACE_CONFIG"
    if isinstance(error, PermissionError):
        return "let the user that logtrace runs as read it"
    return ""


def _over(defaults: Defaults, source: SourceConfig) -> SourceConfig:
    """Return `source` with the top-level defaults below its own."""
    own = source.defaults
    both = Defaults(
        service=own.service or defaults.service,
        env=own.env or defaults.env,
        version=own.version or defaults.version,
        host=own.host or defaults.host,
        tags=defaults.tags | own.tags,
    )
    return msgspec.structs.replace(source, defaults=both)
