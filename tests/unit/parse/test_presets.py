"""Every shipped preset has tests, and they come out as expected."""

import pytest

from logtrace.config import presets, read_preset
from logtrace.config.cases import CaseConfig
from logtrace.config.model import Config
from logtrace.insight.cases import failures, run

NAMES = presets.names()
TESTS = [
    pytest.param(reading.config, case, id=f"{name}-{case.name}")
    for name in NAMES
    for reading in [read_preset(name, {})]
    for case in reading.config.tests
]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_has_tests(name: str) -> None:
    """It can be read, and shows what it takes and what it does not."""
    reading = read_preset(name, {})
    assert [] == reading.problems
    assert reading.config.tests
    assert presets.summary(name)
    assert presets.example(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_a_preset_takes_a_line_of_its_tests(name: str) -> None:
    """A rule that no test reaches could be wrong without anybody seeing it."""
    config = read_preset(name, {}).config
    taken: set[int] = set()
    for case in config.tests:
        taken.update(run(config, case).taken)
    assert set(range(len(config.sources[0].spans))) == taken


@pytest.mark.parametrize(("config", "case"), TESTS)
def test_a_test_of_a_preset_comes_out_as_expected(config: Config, case: CaseConfig) -> None:
    """Its lines give exactly the spans and counts that stand beside them."""
    assert [] == list(failures(case, run(config, case)))
