"""One third-party test agent for all tests here; skipped, saying so, where it cannot be installed."""

import os
from collections.abc import Iterator

import pytest

from tests.support import peer


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peer.PeerAgent]:
    """The running test agent. In CI failing to install it is an error."""
    try:
        with peer.running(tmp_path_factory.mktemp("peer")) as agent:
            yield agent
    except peer.NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the test agent cannot be installed: {error}")


@pytest.fixture
def agent(process: peer.PeerAgent) -> peer.PeerAgent:
    """The test agent, that remembers nothing."""
    process.clear()
    return process
