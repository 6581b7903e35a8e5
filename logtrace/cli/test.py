"""`logtrace test`: runs the `tests:` of a configuration, or those of the presets.

Says of each test whether it came out as expected; of one that did not, each difference with its place
in the file, and what became of its lines.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli.options import config_option
from logtrace.errors import LogtraceError
from logtrace.logs import escape

if TYPE_CHECKING:
    from logtrace.config import Reading
    from logtrace.config.cases import CaseConfig
    from logtrace.errors import Mark
    from logtrace.insight.cases import Outcome
    from logtrace.insight.differences import Difference

ALL = "*"
"""What `--presets` without a name stands for."""


@click.command("test")
@config_option
@click.option(
    "--presets",
    metavar="[NAME]",
    is_flag=False,
    flag_value=ALL,
    help="Run the tests of all presets, or of the one called NAME, instead.",
)
@click.argument("names", nargs=-1)
def command(config: str, presets: str | None, names: tuple[str, ...]) -> None:
    """Run the tests of the configuration, or just those whose name contains one of NAMES.

    The lines of a test go through parser, rules and traces as with convert. Only what a test says is
    compared. Exit codes: 0 when all is as expected, 1 when something is not, 78 when the configuration
    is bad.
    """
    from logtrace.web.text import count_text

    failed = passed = 0
    for reading in [_configured(config)] if presets is None else _presets(presets):
        for case in reading.config.tests:
            if names and not any(name in case.name for name in names):
                continue
            of = f"{reading.config.sources[0].name}: " if presets is not None else ""
            said = list(examined(reading, case, of))
            click.echo("\n".join(said))
            failed += len(said) > 1
            passed += len(said) == 1
    if not failed + passed:
        raise LogtraceError("there is no such test; see the names of those under `tests:`")
    click.echo(f"{count_text(failed + passed, 'test')}, {failed or 'none'} failed")
    sys.exit(1 if failed else 0)


def _configured(path: str) -> Reading:
    """Return the configuration at `path`; raises LogtraceError if it is bad or has no tests."""
    from logtrace import config as configuration

    reading = configuration.read(path, os.environ)
    _refuse(reading)
    if not reading.config.tests:
        raise LogtraceError(
            f"{path}: tests: there are none; add some, as config.example.yaml shows"
        )
    return reading


def _presets(wanted: str) -> Iterator[Reading]:
    """Yield each preset, or the wanted one, as a configuration; raises LogtraceError."""
    from logtrace import config as configuration
    from logtrace.cli.presets import known
    from logtrace.config import presets

    for name in presets.names() if wanted == ALL else [known(wanted)]:
        reading = configuration.read_preset(name, os.environ)
        _refuse(reading)
        if not reading.config.tests:
            raise LogtraceError(f"{reading.files[0]}: tests: there are none; a preset needs some")
        yield reading


def _refuse(reading: Reading) -> None:
    from logtrace.errors import ConfigError, Severity

    if any(problem.severity is Severity.ERROR for problem in reading.problems):
        raise ConfigError(reading.problems)


def examined(reading: Reading, case: CaseConfig, of: str = "") -> Iterator[str]:
    """Yield what is to be said of a test, `of` first: one line if it is as expected, more if not."""
    from logtrace.insight.cases import failures, run
    from logtrace.web.text import visible

    outcome = run(reading.config, case)
    differences = list(failures(case, outcome))
    name = visible(f"{of}{case.name}", 120)
    if not differences:
        yield f"ok      {name}"
        return
    yield f"FAILED  {name}"
    path = reading.places.get(case.mark, "tests")
    for difference in differences:
        key = f"{path}.{difference.key}"
        place = _place(reading, case.mark, key)
        yield f"  {escape(str(place))}: {visible(key)}: {told(difference)}"
    yield f"  of {became(outcome)}"


def _place(reading: Reading, mark: Mark, key: str) -> Mark:
    """Return where `key`, or what is nearest around it, stands in the file of `mark`."""
    places = {path: place for place, path in reading.places.items() if place.file == mark.file}
    while key and key not in places:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return places.get(key, mark)


def told(difference: Difference) -> str:
    """Return `expected 0, got 1`."""
    name = difference.key.rpartition(".")[2]
    if difference.expected is None and name == "expect":
        return f"a span more than expected: {_shown(name, difference.got)}"
    return f"expected {_shown(name, difference.expected)}, got {_shown(name, difference.got)}"


def became(outcome: Outcome) -> str:
    """Return in one line what became of the lines of a test."""
    from logtrace.cli.report import spans_in_traces
    from logtrace.web.text import count_text

    parts = [
        f"{count_text(outcome.lines, 'line')}: "
        + spans_in_traces(sum(map(len, outcome.traces)), len(outcome.traces))
    ]
    if outcome.rejected:
        reasons = ", ".join(
            f"{reason} {count}" for reason, count in sorted(outcome.rejected.items())
        )
        parts.append(f"{sum(outcome.rejected.values())} rejected ({reasons})")
    if outcome.unmatched:
        parts.append(f"{outcome.unmatched} unmatched")
    if outcome.ignored:
        parts.append(f"{outcome.ignored} ignored")
    return "; ".join(parts)


def _shown(name: str, value: Any) -> str:
    """Return a value as a person reads it, safe for a terminal."""
    from logtrace.web.text import duration_text, visible

    if value is None:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(key, each)}" for key, each in value.items() if each != "")
    if isinstance(value, list):
        return "[" + ", ".join(_shown(name, each) for each in value) + "]"
    if isinstance(value, str):
        return f'"{visible(value, 120)}"'
    if name == "duration":
        return f"{value} ({duration_text(value)})"
    if name == "start":
        from logtrace.web.text import date_text, time_text

        return f"{value} ({date_text(value)} {time_text(value)})"
    return f"{value:g}" if isinstance(value, float) else str(value)
