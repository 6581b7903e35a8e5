"""A span comes after its trace has left."""

from tests.support.rig import Rig, line


def test_a_late_span_goes_out_as_another_chunk(rig: Rig) -> None:
    """The late line is delivered under the same trace id, and counted as late."""
    rig.write(line(0))
    rig.step(4)
    rig.write(line(0, ms=1))
    rig.step(20)

    assert [0, 0] == rig.delivered
    assert 1 == rig.telemetry.count("traces_closed", "late")
