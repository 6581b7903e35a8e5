import os
from pathlib import Path

import msgspec
import pytest

from logtrace.config.model import SourceConfig, Text
from logtrace.errors import Mark
from logtrace.surroundings.logfiles import LogFiles
from logtrace.surroundings.rights import Reader
from tests.support.files import open_to_all
from tests.support.mapping import source, when

MAY = Reader("me", os.getuid(), None)
STRANGER = Reader("logtrace", 54_321, frozenset())


def named(*paths: str | Path, name: str = "shop", exclude: tuple[str, ...] = ()) -> SourceConfig:
    """Return a source; its n-th path stands in column n."""
    texts = tuple(Text(str(path), Mark("f", 3, at)) for at, path in enumerate(paths, start=1))
    return msgspec.structs.replace(source(when(), path=texts, exclude=exclude), name=name)


def said(made: SourceConfig, files: LogFiles | None = None) -> list[str]:
    """Return what is said of a source."""
    _, problems = (files or LogFiles(MAY)).look(made)
    return [f"{each.what}; {each.fix}" for each in problems]


def test_files_that_can_be_read(tmp_path: Path) -> None:
    """They are listed, and nothing is said."""
    (tmp_path / "a.log").touch()
    files, problems = LogFiles(MAY).look(named(tmp_path / "*.log"))
    assert ([str(tmp_path / "a.log")], []) == (files, problems)


def test_no_file_matches(tmp_path: Path) -> None:
    """Each pattern is looked at by itself, at its own place."""
    (tmp_path / "a.log").touch()
    _, problems = LogFiles(MAY).look(named(tmp_path / "a.log", tmp_path / "b.log"))
    (found,) = problems
    assert Mark("f", 3, 2) == found.mark
    assert f"no file matches {tmp_path}/b.log" == found.what


def test_no_directory(tmp_path: Path) -> None:
    """The first that is not there, and the one that may be meant."""
    (tmp_path / "shop").mkdir()
    (found,) = said(named(tmp_path / "shpo" / "x" / "*.log"))
    assert f": there is no directory {tmp_path}/shpo; did you mean {tmp_path}/shop?" in found
    (found,) = said(named(tmp_path / "other" / "*.log"))
    assert found.endswith("/other; see that it is right")


def test_everything_is_excluded(tmp_path: Path) -> None:
    """That is not the same as nothing there."""
    (tmp_path / "a.log").touch()
    (found,) = said(named(tmp_path / "*.log", exclude=("*.log",)))
    assert found.startswith("`exclude` leaves out every file that matches")


def test_a_directory_is_no_log(tmp_path: Path) -> None:
    """Its files are meant."""
    (found,) = said(named(tmp_path))
    assert f"{tmp_path}: is a directory, not a file; write {tmp_path}/*.log, or whatever" in found


@pytest.mark.parametrize(
    ("name", "kind"), [("pipe", "is a FIFO, not a file"), ("a.xz", "is compressed")]
)
def test_other_things_that_cannot_be_read(tmp_path: Path, name: str, kind: str) -> None:
    """Said by name."""
    path = tmp_path / name
    path.touch() if "." in name else os.mkfifo(path)
    (found,) = said(named(path))
    assert kind in found


def test_files_that_the_user_cannot_read(tmp_path: Path) -> None:
    """One warning for those that have the same cause, with the command."""
    for name in ("a.log", "b.log"):
        (tmp_path / name).touch(0o640)
    group = (tmp_path / "a.log").group()
    open_to_all(tmp_path)
    (found,) = said(named(tmp_path / "*.log"), LogFiles(STRANGER))
    assert f"{tmp_path}/a.log (and 1 more): user logtrace cannot read it: it belongs to" in found
    assert f":{group}, mode 0640; run: " in found


def test_two_sources_name_one_file(tmp_path: Path) -> None:
    """The first reads it; a link is the same file."""
    (tmp_path / "a.log").touch()
    (tmp_path / "b.log").symlink_to(tmp_path / "a.log")
    files = LogFiles(MAY)
    assert [] == said(named(tmp_path / "a*.log", name="first"), files)
    (found,) = said(named(tmp_path / "b.log", name="second"), files)
    assert "source 'first' (line 7) reads it already, so this one does not" in found


def test_one_source_may_name_a_file_twice(tmp_path: Path) -> None:
    """That is no mistake."""
    (tmp_path / "a.log").touch()
    assert [] == said(named(tmp_path / "a.log", tmp_path / "*.log"))


def test_a_directory_that_cannot_be_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error is told, with the command."""

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    open_to_all(tmp_path)
    tmp_path.chmod(0o700)
    (found,) = said(named(tmp_path / "*.log"), LogFiles(STRANGER))
    assert f"cannot look into {tmp_path}: permission denied; run: " in found
