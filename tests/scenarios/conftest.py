"""The stories share one strict Agent each, and a rig over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.agent import FakeAgent
from tests.support.rig import Rig


@pytest.fixture
def agent() -> Iterator[FakeAgent]:
    """A strict Agent on loopback."""
    with FakeAgent() as agent:
        yield agent


@pytest.fixture
def rig(tmp_path: Path, agent: FakeAgent) -> Iterator[Rig]:
    """A daemon over an empty directory, stepped by hand."""
    rig = Rig(tmp_path, agent)
    yield rig
    rig.close()
