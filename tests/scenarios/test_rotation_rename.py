"""logrotate renames the log and creates a new one; the application is slow to follow."""

import msgspec
import pytest

from logtrace.model import LineBatch
from tests.support.rig import Rig, line


@pytest.mark.scenario(43)
def test_unread_lines_of_the_renamed_file_come_before_the_new_file(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything written before, while and after a rename rotation is delivered once, in its order."""
    read, found = rig.files.read, []

    def noting() -> list[LineBatch]:
        batches = read()
        found.extend(msgspec.json.decode(text)["n"] for each in batches for text in each.lines)
        return batches

    monkeypatch.setattr(rig.files, "read", noting)
    rig.write(*(line(number, n=number) for number in (0, 1)))
    rig.step(2)
    rig.write(*(line(number, n=number, pad="x" * 100_000) for number in (2, 3, 4)))
    rotated = rig.log.rename(rig.directory / "app.log.1")
    rig.write(line(6, n=6))
    rig.write(line(5, n=5), path=rotated)
    rig.step(8)

    assert [0, 1, 2, 3, 4, 5, 6] == found
    assert [0, 1, 2, 3, 4, 5, 6] == rig.delivered
    assert 0 == rig.lost()


@pytest.mark.scenario(56)
def test_rotation_while_the_daemon_is_down(rig: Rig) -> None:
    """Lines that were appended before a rotation nobody saw are found under the rotated name."""
    rig.write(line(0))
    rig.step(4)
    rig.write(line(1))
    rig.log.rename(rig.directory / "app.log.1")
    rig.write(line(2))
    rig.stop()
    rig.step(6)

    assert [0, 1, 2] == rig.delivered
