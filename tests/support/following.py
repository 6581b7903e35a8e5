"""The fixtures that tests of `source` share: an application's log, and what follows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.files import FollowedFiles, LogWriter, source
from tests.support.tailing import Follow


@pytest.fixture
def app(tmp_path: Path) -> LogWriter:
    """An application that writes app.log."""
    return LogWriter(tmp_path / "app.log")


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Follow]:
    """Return what follows files of the directory; patterns are relative to it."""
    made: list[FollowedFiles] = []

    def follow(*patterns: str | Path, once: bool = False, **options: Any) -> FollowedFiles:
        paths = [tmp_path / pattern for pattern in patterns]
        made.append(FollowedFiles(tmp_path / "state", source(*paths, **options), once=once))
        return made[-1]

    yield follow
    for followed in made:
        followed.crash()
