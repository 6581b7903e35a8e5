"""Makes `tests.support` importable, keeps Hypothesis quiet about slow machines, knows the scenarios."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parents[1]))

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("soak", settings.get_profile("default"), max_examples=2000)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the time for fuzzing be given."""
    parser.addoption("--fuzz", type=float, metavar="MINUTES", help="repeat tests marked `fuzz`")


def pytest_configure(config: pytest.Config) -> None:
    """Have it collected which test tells which story; see docs/reference/tailing.md."""
    from tests.support import re2
    from tests.support.fuzzing import Fuzzing
    from tests.support.scenario_table import ScenarioTable

    re2.turn_off()
    config.pluginmanager.register(ScenarioTable())
    if minutes := config.getoption("--fuzz"):
        config.pluginmanager.register(Fuzzing(minutes))


@pytest.fixture(scope="module")
def re2() -> Iterator[None]:
    """Run a whole module's patterns by RE2, if it is installed: in other modules it is absent."""
    from tests.support import re2

    with re2.turned_on():
        yield
