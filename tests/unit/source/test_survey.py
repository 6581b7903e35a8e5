"""How far files are read, as a person is told."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import arrivals as arrivals_module
from logtrace.source.survey import FileView
from tests.support.files import FollowedFiles, LogWriter, source


@pytest.fixture
def app(tmp_path: Path) -> LogWriter:
    """An application that writes a log."""
    return LogWriter(tmp_path / "app.log")


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[FollowedFiles]:
    """What follows its logs, and one source without any."""
    pattern = source(tmp_path / "*.log", tmp_path / "*.log.1")
    followed = FollowedFiles(tmp_path / "state", pattern, source(tmp_path / "none", name="none"))
    yield followed
    followed.crash()


def views(followed: FollowedFiles, limit: int = 20) -> dict[str, FileView]:
    """Return what is told of each file, by its name."""
    return {Path(view.path).name: view for view in followed.files.survey(limit).files}


def test_files_that_are_read_to_their_end(followed: FollowedFiles, app: LogWriter) -> None:
    """Counted by source, with nothing unread; a source without files is told, too."""
    lines = app.lines(3)
    followed.read_and_release()
    surveyed = followed.files.survey(20)

    size = sum(len(line) + 1 for line in lines)
    assert (1, 0, set()) == (
        surveyed.sources["app"].files,
        surveyed.sources["app"].unread,
        surveyed.sources["app"].behind,
    )
    assert 0 == surveyed.sources["none"].files
    (view,) = surveyed.files
    assert ("read", size, size, 0) == (view.state, view.size, view.offset, view.unread)
    assert app.path.stat().st_mtime_ns == view.written


def test_what_is_not_read_yet_is_told(followed: FollowedFiles, app: LogWriter) -> None:
    """Of a file larger than a block the rest; its stream is behind."""
    app.write(b"x" * 100 + b"\n" * 2 * 1024 * 1024)
    followed.files.read()
    surveyed = followed.files.survey(20)

    (view,) = surveyed.files
    assert ("behind", view.size - view.offset) == (view.state, view.unread)
    assert 0 < view.unread == surveyed.sources["app"].unread
    assert {str(app.path)} == surveyed.sources["app"].behind


def test_an_unfinished_line_is_unread_but_nobody_is_behind(
    followed: FollowedFiles, app: LogWriter
) -> None:
    """It waits for its writer, not for us."""
    app.lines(1)
    app.write(b"half a")
    followed.read_and_release()
    surveyed = followed.files.survey(20)

    assert (6, set()) == (surveyed.sources["app"].unread, surveyed.sources["app"].behind)
    assert "read" == surveyed.files[0].state


def test_rotated_and_deleted_files(followed: FollowedFiles, app: LogWriter) -> None:
    """Read to their end, they are told of for as long as they are held."""
    app.lines(3)
    followed.read_and_release()
    app.rotate()
    app.lines(1)
    followed.read_and_release(SECOND)
    followed.read_and_release(SECOND)
    assert "rotated" == views(followed)["app.log.1"].state
    app.path.unlink()
    followed.read_and_release(SECOND)
    followed.read_and_release(SECOND)
    assert "deleted" == views(followed)["app.log"].state


def test_a_missing_file_is_told_with_what_it_owes(
    followed: FollowedFiles, app: LogWriter, tmp_path: Path
) -> None:
    """Lines that were handed out and not released must be read again, once it is found."""
    app.lines(3)
    followed.files.read()
    followed.files.commit(force=True)
    size = app.path.stat().st_size
    app.path.unlink()
    followed.restart()
    followed.files.read()
    surveyed = followed.files.survey(20)

    (view,) = surveyed.files
    assert ("missing", size) == (view.state, view.again)
    assert (0, 1, size) == (
        surveyed.sources["app"].files,
        surveyed.sources["app"].missing,
        surveyed.sources["app"].again,
    )


def test_a_file_that_cannot_be_opened_is_told_with_the_reason(
    followed: FollowedFiles, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it can: then it is a file like the others."""

    def refuse(path: str) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    app.lines(1)
    with monkeypatch.context() as patch:
        patch.setattr(arrivals_module, "open_file", refuse)
        followed.files.read()
        view = views(followed)["app.log"]
        assert ("failing", "Permission denied", "app") == (view.state, view.error, view.source)
        assert 1 == followed.files.survey(20).sources["app"].failing
    followed.read_and_release(SECOND)
    assert 0 == followed.files.survey(20).sources["app"].failing
    assert "read" == views(followed)["app.log"].state


def test_the_files_worst_off_come_first(followed: FollowedFiles, tmp_path: Path) -> None:
    """Of many, as many as are wanted; how many there are is told."""
    for number in range(30):
        LogWriter(tmp_path / f"{number:02}.log").write(b"x\n" + b"h" * number)
    followed.read_and_release()
    surveyed = followed.files.survey(3)

    assert 30 == surveyed.known
    assert ["29.log", "28.log", "27.log"] == [Path(view.path).name for view in surveyed.files]
    assert sum(range(30)) == surveyed.sources["app"].unread
    assert 30 == len(followed.files.survey(100).files)


def test_an_archive_is_told_as_one(followed: FollowedFiles, tmp_path: Path) -> None:
    """Its sizes are decompressed ones."""
    app = LogWriter(tmp_path / "old.log.1")
    app.lines(100)
    size = app.path.stat().st_size
    app.compress(app.path, suffix=".gz").rename(tmp_path / "old.log")
    for _ in range(5):
        followed.read_and_release(SECOND)
    view = views(followed)["old.log"]
    assert (True, size) == (view.compressed, view.offset)
