"""logrotate with copytruncate: the log is cut to nothing and filled again."""

import pytest

from logtrace.source.identity import HEAD
from tests.support.rig import Rig, line


@pytest.mark.scenario(49)
def test_a_truncated_file_is_read_from_its_beginning(rig: Rig) -> None:
    """After a truncation the new, shorter content is read whole and nothing comes twice."""
    rig.write(line(0), line(1), line(2))
    rig.step(4)
    rig.log.write_text("")
    rig.step()
    rig.write(line(3))
    rig.step(4)

    assert [0, 1, 2, 3] == rig.delivered


@pytest.mark.scenario(50)
def test_a_file_that_regrew_past_the_offset_between_two_looks(rig: Rig) -> None:
    """New content longer than the old one is recognised by the bytes before the offset."""
    first = line(0, pad="x" * HEAD)  # and by nothing else: the file begins as it did
    rig.write(first, line(1))
    rig.step(4)
    rig.log.write_text(first + line(2) + line(3) + line(4))
    rig.step(4)

    assert [0, 0, 1, 2, 3, 4] == rig.delivered


def test_new_ids_after_a_truncation(rig: Rig) -> None:
    """The same bytes at the same offset after a truncation are another line: another span id."""
    rig.write(line(0))
    rig.step(4)
    rig.log.write_text("")
    rig.step()
    rig.write(line(0))
    rig.step(4)

    assert 2 == len({span["span_id"] for span in rig.agent.spans})
