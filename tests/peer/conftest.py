"""Third-party test agents for all tests here; skipped, saying so, where they cannot be installed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import peer


@contextmanager
def running(directory: Path, **info: Any) -> Iterator[peer.PeerAgent]:
    """A running test agent. In CI failing to install it is an error."""
    try:
        with peer.running(directory, info) as agent:
            yield agent
    except peer.NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the test agent cannot be installed: {error}")


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peer.PeerAgent]:
    """The running test agent."""
    with running(tmp_path_factory.mktemp("peer")) as agent:
        yield agent


@pytest.fixture
def agent(process: peer.PeerAgent) -> peer.PeerAgent:
    """The test agent, that remembers nothing."""
    process.clear()
    return process


@pytest.fixture
def plain_agent(tmp_path: Path) -> Iterator[peer.PeerAgent]:
    """A test agent that does not know span events."""
    with running(tmp_path, span_events=False) as agent:
        yield agent
