"""An application writes half a line, and the rest later."""

import pytest

from tests.support.rig import Rig, line


@pytest.mark.scenario(21)
def test_half_a_line_waits_for_its_other_half(rig: Rig) -> None:
    """A line written in two pieces is one line."""
    whole = line(0)
    rig.write(whole[:20])
    rig.step(3)
    assert [] == rig.delivered

    rig.write(whole[20:])
    rig.step(3)

    assert [0] == rig.delivered
    assert 0 == rig.lost()


@pytest.mark.scenario(21)
def test_half_a_line_across_a_restart(rig: Rig) -> None:
    """The daemon is killed between the two pieces: still one line."""
    whole = line(0)
    rig.write(whole[:20])
    rig.step(5)
    rig.crash()
    rig.write(whole[20:])
    rig.step(5)

    assert [0] == rig.delivered
    assert 0 == rig.lost()
