import os
from pathlib import Path

import pytest

from logtrace.errors import Mark
from logtrace.surroundings.rights import Reader
from logtrace.surroundings.state import state_warnings
from tests.support.files import open_to_all

MARK = Mark("f", 1, 1)
MAY = Reader("me", os.getuid(), None)


def said(directory: Path, reader: Reader = MAY, mounts: Path = Path("/none")) -> list[str]:
    """Return what is said of a directory."""
    return [f"{each.what}; {each.fix}" for each in state_warnings(directory, MARK, reader, mounts)]


def test_a_directory_that_can_be_made(tmp_path: Path) -> None:
    """It need not be there yet."""
    assert [] == said(tmp_path / "a" / "b")


def test_a_file_where_the_directory_should_be(tmp_path: Path) -> None:
    """Nothing can be kept there."""
    (tmp_path / "file").touch()
    (found,) = said(tmp_path / "file" / "state")
    assert f"{tmp_path}/file/state: {tmp_path}/file is a file" in found


def test_a_directory_of_somebody_else(tmp_path: Path) -> None:
    """The command makes it the user's."""
    open_to_all(tmp_path)
    (found,) = said(tmp_path / "state", Reader("logtrace", 54_321, frozenset()))
    assert "user logtrace cannot write to" in found
    assert f"run: install -d -m 700 -o logtrace {tmp_path}/state" in found


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is full."""
    real = os.statvfs(tmp_path)
    few = os.statvfs_result((*real[:4], (3 << 20) // real.f_frsize, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda path: few)
    (found,) = said(tmp_path)
    assert "only 3 MiB are free there; make room" in found


@pytest.mark.parametrize(("kind", "count"), [("nfs4", 1), ("ext4", 0)])
def test_a_network_file_system(tmp_path: Path, kind: str, count: int) -> None:
    """The innermost mount decides."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:5 / {tmp_path} rw shared:1 - {kind} server:/x rw\n"
        f"3 1 0:6 / {tmp_path}x rw - cifs //s/x rw\n"
    )
    assert count == sum("network file system" in each for each in said(tmp_path, mounts=mounts))
