import gzip
import io
from pathlib import Path

import pytest

from logtrace import logs
from logtrace.config import load
from logtrace.config.model import Config
from logtrace.errors import SourceError, UsageError
from logtrace.insight.given import opened, read, source_of
from logtrace.telemetry import Telemetry
from tests.support.clock import FakeClock

TEXT = """\
sources:
  - {name: a, path: /var/log/a/*.log, format: json, spans: [{when: x, name: x, instant: true}]}
  - {name: b, path: /var/log/b.log, format: json, spans: [{when: x, name: x, instant: true}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration with two sources."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(TEXT)
    return load(path, {})


def test_a_file_is_of_the_source_whose_path_matches(config: Config) -> None:
    """Or of the one that is named; else nobody can know."""
    assert "a" == source_of(config, "/var/log/a/x.log", None)
    assert "b" == source_of(config, "/var/log/a/x.log", "b")
    with pytest.raises(UsageError, match="name one with --source: a, b"):
        source_of(config, "/tmp/x.log", None)
    with pytest.raises(UsageError, match="no source is named 'c'"):
        source_of(config, "/tmp/x.log", "c")


def test_lines_of_several_files_have_numbers_of_their_own(config: Config, tmp_path: Path) -> None:
    """Rising over all files, so that a number names one line; the key is the file's place."""
    (tmp_path / "one").write_text("a\nb\n")
    (tmp_path / "two").write_bytes(gzip.compress(b"c\nd\n"))
    (tmp_path / "none").write_text("")
    telemetry = Telemetry(logs.silent(), FakeClock())
    files = [str(tmp_path / name) for name in ("one", "none", "two")]
    found = [
        (batch.stream, batch.key, batch.first, batch.lines)
        for batch in read(config, files, "b", telemetry)
    ]
    assert [(files[0], 1, 0, [b"a", b"b"]), (files[2], 3, 2, [b"c", b"d"])] == found
    assert 4 == telemetry.total("lines_read")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With its name and the reason."""
    with pytest.raises(SourceError, match="none: no such file"), opened(str(tmp_path / "none")):
        pass


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """As bytes."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x\n")))
    with opened("-") as stream:
        assert b"x\n" == stream.read()
