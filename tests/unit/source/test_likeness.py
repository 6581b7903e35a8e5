"""Missing files by what they may be called by now, and by how they begin."""

import os
from pathlib import Path

import pytest

from logtrace.source.checkpoint import FileEntry
from logtrace.source.identity import EVIDENCE, HEAD, Identity, digest
from logtrace.source.likeness import Likeness, alike, vouched


def entry(key: int, name: str, head: bytes = b"") -> FileEntry:
    """Return the entry of a file that began so, as far as it was read."""
    identity = Identity(1, key, digest(head), len(head), b"")
    return FileEntry(key, "shop", f"/logs/{name}", f"/logs/{name}", identity)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.log", True),
        ("app.log.1", True),
        ("app-20261122.log", True),
        ("app", False),
        ("ap", False),
        ("web.log", False),
        ("old-app.log", False),
    ],
)
def test_later_names(name: str, expected: bool) -> None:
    """A rotated file keeps the first part of its name, and loses nothing of it."""
    known = entry(7, "app.log")
    assert expected == alike(known, name)
    assert [known] * expected == list(Likeness([known]).called(name))


def test_names_of_many() -> None:
    """Those are given whose name a file may bear now, and none that was struck out."""
    entries = [entry(1, "app.log"), entry(2, "app"), entry(3, "apple.log"), entry(4, "web.log")]
    likeness = Likeness(entries)
    assert [1, 2, 3] == sorted(each.key for each in likeness.called("apple.log.1"))
    likeness.remove(entries[0])
    likeness.remove(entries[0])
    assert [2, 3] == sorted(each.key for each in likeness.called("apple.log.1"))


def test_heads(tmp_path: Path) -> None:
    """A file is told by its first bytes, as many as are known of each, if they are enough to tell it."""
    text = b"".join(b"%063d\n" % number for number in range(30))
    entries = [
        entry(1, "app.log", text[:HEAD]),
        entry(2, "app.log", text[:EVIDENCE]),
        entry(3, "app.log", text[: EVIDENCE - 1]),
        entry(4, "app.log", b"other" + text[:EVIDENCE]),
        entry(5, "web.log", text[:HEAD]),
        entry(6, "app.log"),
    ]
    likeness = Likeness(entries)
    (tmp_path / "file").write_bytes(text)
    fd = os.open(tmp_path / "file", os.O_RDONLY)
    try:
        assert [1, 2] == sorted(each.key for each in likeness.begun("app.log.1", fd))
        likeness.remove(entries[0])
        assert [2] == [each.key for each in likeness.begun("app.log.1", fd)]
        os.truncate(tmp_path / "file", EVIDENCE - 1)
        assert [] == list(likeness.begun("app.log.1", fd))
    finally:
        os.close(fd)


def test_nothing_is_kept_of_what_was_struck_out() -> None:
    """Files come and go for months: what is gone takes no room."""
    likeness = Likeness()
    for number in range(100):
        known = entry(number, f"{number}.log", b"%0200d" % number)
        likeness.add(known)
        likeness.remove(known)
    assert ({}, {}) == (likeness._names, likeness._heads)


@pytest.mark.parametrize("covered", [1, EVIDENCE - 1, EVIDENCE])
def test_few_bytes_are_asked_for(covered: int) -> None:
    """A head that is no evidence counts only for who knows more of the file."""
    known = entry(7, "app.log", b"x" * covered)
    likeness, read_end = Likeness([known]), os.memfd_create("file")
    os.write(read_end, b"x" * HEAD)
    little = covered < EVIDENCE
    assert [known] == list(likeness.begun("app.log.1", read_end, little))
    assert [] == list(likeness.begun("app.log.1", read_end, not little))
    os.close(read_end)


@pytest.mark.parametrize(
    ("name", "inode", "later", "expected"),
    [
        pytest.param("app.log.1", 0, -1, True, id="before the cut"),
        pytest.param("app.log.1", 0, 1, False, id="after the cut"),
        pytest.param("app.log.1", 1, 0, True, id="moved with its time"),
        pytest.param("app.log.1", 1, -1, False, id="not cut, and older"),
        pytest.param("app.log.1", -1, 0, False, id="the original is still there"),
        pytest.param("app.log.copy", 0, -1, False, id="a name that no rotation gives"),
        pytest.param("app.log", 0, -1, False, id="the name of the log"),
    ],
)
def test_what_vouches_for_few_bytes(
    tmp_path: Path, name: str, inode: int, later: int, expected: bool
) -> None:
    """Name and time must say that a file is the copy of one that was cut, moved or compressed."""
    other = tmp_path / "other"
    other.touch()
    known = entry(7, "app.log", b"started\n")
    known.stream = str(tmp_path / "app.log")
    known.identity.inode = other.stat().st_ino if inode < 0 else inode
    known.offset, known.mtime = 8, 1_000_000_000_500
    assert expected == vouched(known, str(tmp_path / name), known.mtime + later)
    known.offset = 0
    assert not vouched(known, str(tmp_path / name), known.mtime + later)
