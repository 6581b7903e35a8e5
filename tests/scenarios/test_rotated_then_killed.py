"""A rotation and a kill close together: the lines that were under way come again, with their ids."""

from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.model import LineBatch
from logtrace.source.roster import LINGER
from tests.support.files import FollowedFiles, LogWriter, source


@pytest.fixture
def app(tmp_path: Path) -> LogWriter:
    """An application's log."""
    return LogWriter(tmp_path / "app.log")


def places(batches: list[LineBatch]) -> dict[bytes, tuple[int, int]]:
    """Return, for each line, the file key and offset that its ids are made of."""
    return {
        line: (batch.key, start)
        for batch in batches
        for line, start in zip(batch.lines, batch.starts[:-1], strict=True)
    }


def test_a_file_that_was_read_out_and_left_still_owes_its_open_lines(
    tmp_path: Path, app: LogWriter
) -> None:
    """Rotated to a name that no path matches, quiet, let go: its open lines come again all the same."""
    followed = FollowedFiles(tmp_path / "state", source(app.path))
    lines = app.lines(3)
    followed.read()
    first = places(followed.batches)
    app.rotate()
    followed.read(SECOND)
    followed.read(LINGER + SECOND)
    followed.files.commit(force=True)
    followed.crash()
    followed.start()

    assert lines == followed.read()
    assert first == places(followed.batches)
    followed.crash()


def test_first_lines_of_a_file_that_was_copied_and_cut_while_we_were_down(
    tmp_path: Path, app: LogWriter
) -> None:
    """Killed a moment after a new file's first lines went out: they come again from the copy."""
    followed = FollowedFiles(tmp_path / "state", source(f"{app.path}*"))
    lines = app.lines(3)
    followed.read()
    first = places(followed.batches)
    followed.crash()
    app.copytruncate()
    followed.start()

    assert lines == followed.read()
    assert first == places(followed.batches)
    followed.crash()
