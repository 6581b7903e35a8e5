"""The log's rights are wrong at first."""

import os

import pytest

from tests.support.rig import Rig, line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_one_message_and_nothing_lost(rig: Rig) -> None:
    """It is said once how to get at the file; when it can be read it is read from its beginning."""
    rig.write(line(0))
    rig.log.chmod(0)
    rig.step(5)
    assert 1 == len(rig.events.named("file_failed"))
    assert rig.events.named("file_failed")[0]["fix"]

    rig.log.chmod(0o644)
    rig.step(5)
    assert [0] == rig.delivered
