"""Headings: what says how the lines of a batch are to be read comes along, wherever it begins."""

import gzip
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from logtrace.config.model import SourceConfig, Text
from logtrace.encodings import lookup
from logtrace.errors import Mark
from logtrace.source import heading
from logtrace.source.given import batches
from logtrace.source.heading import Headings, heading_in
from tests.support.files import FollowedFiles, LogWriter, source

MARK = b"#Fields:"


def headed(path: Path, form: str = "w3c", **keys: str) -> SourceConfig:
    """Return a source of a format that has headings."""
    made = source(path, **keys)  # type: ignore[arg-type]
    return msgspec.structs.replace(made, format=Text(form, Mark("test.yaml", 1, 1)))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b""),
        (b"#Fields: a\n", b""),
        (b"\n#Fields: a\n1\n", b"#Fields: a\n"),
        (b"\n#Fields: a\n1\n#Fields: b\n2\n", b"#Fields: b\n"),
        (b"\n1\n#Date: x\n#Fields: a\n2\n", b"#Date: x\n#Fields: a\n"),
        (b"rest\n#V: 1\n#Fields: a\n", b"#V: 1\n#Fields: a\n"),
        (b"#rest\n#Fields: a\n", b"#Fields: a\n"),
        (b"\n1 #Fields: a\n", b""),
        (b"\n#Fields: a", b""),
    ],
)
def test_a_heading_in_lines(data: bytes, expected: bytes) -> None:
    """The last, with the comments before it; what stands before the first newline is no line."""
    assert expected == heading_in(data, MARK)


def test_from_batch_to_batch(tmp_path: Path) -> None:
    """A batch has the heading that counts where it begins, its own headings count afterwards."""
    log = LogWriter(tmp_path / "app.log")
    files = FollowedFiles(tmp_path / "state", headed(log.path))
    for text in ("#Fields: a\n1\n", "2\n#Fields: b\n", "3\n"):
        log.write(text)
        files.read_and_release()

    assert [b"", b"#Fields: a\n", b"#Fields: b\n"] == [batch.heading for batch in files.batches]


@pytest.mark.scenario(97)
@pytest.mark.parametrize("size", [10, 300_000])
def test_after_a_restart_in_the_middle(tmp_path: Path, size: int) -> None:
    """The heading is found again, however far back it stands."""
    log = LogWriter(tmp_path / "app.log")
    files = FollowedFiles(tmp_path / "state", headed(log.path))
    log.write("#Fields: a\n1\n#Date: x\n#Fields: b\n" + "2\n" * size)
    files.read_and_release()
    files.restart()
    log.write("3\n")

    assert [b"3"] == files.read()
    assert b"#Date: x\n#Fields: b\n" == files.batches[0].heading


def test_a_heading_at_the_edge_of_what_is_read_at_once(tmp_path: Path) -> None:
    """None is overlooked between two steps of the search."""
    log = LogWriter(tmp_path / "app.log")
    for gap in range(128 * 1024 - 16, 128 * 1024 + 16):
        log.path.unlink(missing_ok=True)
        log.write(b"#Fields: a\n1\n#Fields: b\n" + b"x" * (gap - 1) + b"\n")
        with log.path.open("rb") as file:
            made = next(batches(BytesIO(b"9\n"), "x", "app", 1))
            made.starts = [start + log.path.stat().st_size for start in made.starts]
            Headings([headed(log.path)]).stamp(made, file.fileno())
        assert b"#Fields: b\n" == made.heading


def test_entering_a_file_at_its_end(tmp_path: Path) -> None:
    """What was never read says how the lines are to be read."""
    log = LogWriter(tmp_path / "app.log")
    log.write("#Fields: a\n1\n")
    files = FollowedFiles(tmp_path / "state", headed(log.path, read_from="end"))
    files.read()
    log.write("2\n")

    assert [b"2"] == files.read()
    assert b"#Fields: a\n" == files.batches[0].heading


def test_lines_that_are_read_again_have_the_heading_that_they_had(tmp_path: Path) -> None:
    """Open lines of several headings come in several batches."""
    log = LogWriter(tmp_path / "app.log")
    files = FollowedFiles(tmp_path / "state", headed(log.path))
    log.write("#Fields: a\n1\n2\n3\n#Fields: b\n4\n5\n")
    files.read()
    first = files.batches[0].first
    files.files.release([first, first + 2, first + 4, first + 6])  # the headings, 2 and 5
    files.files.commit(force=True)
    files.crash()
    files.start()
    log.write("6\n")

    assert [b"1", b"3", b"4", b"6"] == files.read()
    assert [
        ([b"1"], b"#Fields: a\n"),
        ([b"3"], b"#Fields: a\n"),
        ([b"4"], b"#Fields: b\n"),
        ([b"6"], b"#Fields: b\n"),
    ] == [(batch.lines, batch.heading) for batch in files.batches]


def test_the_first_line_of_a_file_may_be_its_heading(tmp_path: Path) -> None:
    """Of each file its own; after a restart it is read again, without its byte order mark."""
    log = LogWriter(tmp_path / "app.log")
    files = FollowedFiles(tmp_path / "state", headed(log.path, "csv"))
    log.write(b"\xef\xbb\xbfa,b\n1,2\n")
    files.read_and_release()
    log.rotate()
    log.write("b,a\n3,4\n")
    files.read_and_release()
    log.write("5,6\n")
    files.read_and_release()
    files.restart()
    log.write("7,8\n")
    files.read_and_release()

    assert [b"b,a\n"] == [batch.heading for batch in files.batches]
    log.write("9,0\n")
    files.read()
    assert b"b,a\n" == files.batches[-1].heading


def test_a_first_line_that_is_too_long_is_no_heading(tmp_path: Path) -> None:
    """It would go along with every batch."""
    log = LogWriter(tmp_path / "app.log")
    files = FollowedFiles(tmp_path / "state", headed(log.path, "csv"))
    log.write("a," * heading.LONGEST + "\n1\n")
    files.read_and_release()
    log.write("2\n")
    files.read()

    assert b"" == files.batches[-1].heading


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    """A heading comes as UTF-8, whatever the file is."""
    log = LogWriter(tmp_path / "app.log")
    files = FollowedFiles(tmp_path / "state", headed(log.path, encoding=encoding))
    codec = "utf-16-le" if encoding == "utf-16" else encoding
    mark = "\ufeff" if encoding == "utf-16" else ""
    log.write(f"{mark}#Fields: é\n1\n".encode(codec))
    files.read_and_release()
    log.write("2\n".encode(codec))
    files.read_and_release()
    files.restart()
    log.write("3\n".encode(codec))

    assert [b"3"] == files.read()
    assert "#Fields: é\n".encode() == files.batches[0].heading


@pytest.mark.parametrize("form", ["w3c", "csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_compressed_file_is_asked_for_its_beginning_only(
    tmp_path: Path, encoding: str, form: str
) -> None:
    """Its bytes come one way; what it begins with is at hand, whatever its text is written in."""
    log = LogWriter(tmp_path / "app.log")
    text = ("#Fields: a\n" + "1\n" * 1000).encode(encoding)
    more = "2\n".encode("utf-16-le" if encoding == "utf-16" else "utf-8")
    log.write(text)
    config = headed(tmp_path / "app.log*", form, encoding=encoding.removesuffix("-sig"))
    files = FollowedFiles(tmp_path / "state", config)
    files.read_and_release()
    files.restart()
    log.write(more)
    log.compress(log.rotate())

    assert [b"2"] == files.read()
    assert b"#Fields: a\n" == files.batches[0].heading
    assert text + more == gzip.decompress((tmp_path / "app.log.1.gz").read_bytes())


def test_how_far_back_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that the file's beginning counts."""
    monkeypatch.setattr(heading, "FAR", 1000)
    monkeypatch.setattr(heading, "_STEP", 100)
    log = LogWriter(tmp_path / "app.log")
    log.write("#Fields: a\n1\n" + "2\n" * 2000 + "#Fields: b\n" + "3\n" * 2000)
    files = FollowedFiles(tmp_path / "state", headed(log.path, read_from="end"))
    files.read()
    log.write("4\n")
    files.read()

    assert b"#Fields: a\n" == files.batches[0].heading


def test_text_from_the_command_line() -> None:
    """It has headings as a file has."""
    given = BytesIO(b"#Fields: a\n" + b"1\n" * 100_000)
    found = list(
        batches(given, "-", "app", 1, lookup("utf-8"), None, Headings([headed(Path("x"))]))
    )

    assert [b"", b"#Fields: a\n"] == [batch.heading for batch in found]


def test_a_source_without_headings_is_left_alone(tmp_path: Path) -> None:
    """Nothing is sought, nothing is kept."""
    made = next(batches(BytesIO(b"#Fields: a\n"), "x", "app", 1))
    headings = Headings([source(tmp_path / "x")])
    headings.stamp(made, -1)

    assert (b"", False, {}) == (made.heading, headings.changes("app"), headings._known)
