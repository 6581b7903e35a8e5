"""Which file is this: the decision table row by row, and the marks it is decided by."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logtrace.source.identity import (
    ANCHOR,
    EVIDENCE,
    HEAD,
    Identity,
    Verdict,
    anchor_at,
    digest,
    file_key,
    is_intact,
    judge,
    number,
    observe,
    widen,
)

LINE = b"2026-11-22 12:00:00 the quick brown fox jumps over line %04d\n"
OLD = b"".join(LINE % number for number in range(40))
"""What stood in the file when it was read: more than a head and an anchor."""


@contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[tuple[int, os.stat_result]]:
    """Write a file, if content is given, and open it: its descriptor and what fstat says."""
    if content is not None:
        path.write_bytes(content)
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd, os.fstat(fd)
    finally:
        os.close(fd)


def known_as(path: Path, content: bytes = OLD, offset: int = -1) -> Identity:
    """Return the identity of a file with this content that was read to `offset`, or to its end."""
    with opened(path, content) as (fd, status):
        return observe(fd, status, len(content) if offset < 0 else offset)


def verdict(known: Identity, offset: int, path: Path, content: bytes | None = None) -> Verdict:
    """Return what the file at `path`, with `content` written into it, is to the known one."""
    with opened(path, content) as (fd, status):
        return judge(known, offset, fd, status)


def test_same_inode_unchanged_or_grown(tmp_path: Path) -> None:
    """Same inode, same head, same anchor: it is the same file, whatever was appended."""
    path = tmp_path / "app.log"
    known = known_as(path)

    assert Verdict.SAME == verdict(known, len(OLD), path)
    assert Verdict.SAME == verdict(known, len(OLD), path, OLD + b"more\n")


def test_same_inode_under_another_name(tmp_path: Path) -> None:
    """A renamed file is the same file: the name is not looked at."""
    path = tmp_path / "app.log"
    known = known_as(path)
    renamed = path.rename(tmp_path / "nothing.alike")

    assert Verdict.SAME == verdict(known, len(OLD), renamed)


def test_same_inode_but_shorter_than_the_offset(tmp_path: Path) -> None:
    """Same inode, size below the offset: truncated, whether or not the head is the same."""
    path = tmp_path / "app.log"
    known = known_as(path)

    assert Verdict.TRUNCATED == verdict(known, len(OLD), path, OLD[:-1])
    assert Verdict.TRUNCATED == verdict(known, len(OLD), path, b"other\n")
    assert Verdict.TRUNCATED == verdict(known, len(OLD), path, b"")


def test_same_inode_with_another_head(tmp_path: Path) -> None:
    """Same inode, long enough, another head: replaced, even if the anchor agrees."""
    path = tmp_path / "app.log"
    known = known_as(path)

    assert Verdict.REPLACED == verdict(known, len(OLD), path, b"X" + OLD[1:])
    assert Verdict.REPLACED == verdict(known, len(OLD), path, b"X" * 2 * len(OLD))


def test_same_inode_same_head_with_another_anchor(tmp_path: Path) -> None:
    """Same inode and head, other bytes before the offset: rewritten behind the same banner."""
    path = tmp_path / "app.log"
    known = known_as(path)
    rewritten = OLD[:HEAD] + b"Y" * len(OLD)

    assert Verdict.TRUNCATED == verdict(known, len(OLD), path, rewritten)


def test_a_file_that_nothing_was_read_of(tmp_path: Path) -> None:
    """Its whole lines speak for it; of half a line only the inode: its writer may take that back."""
    path = tmp_path / "app.log"
    whole = known_as(path, b"x" * 100 + b"\n" + b"half", 0)
    assert 101 == whole.covered
    assert Verdict.SAME == verdict(whole, 0, tmp_path / "copy", b"x" * 100 + b"\nother\n")
    assert Verdict.REPLACED == verdict(whole, 0, path, b"")

    known = known_as(path, b"half a line", 0)
    assert 0 == known.covered
    assert Verdict.SAME == verdict(known, 0, path, b"something else\n")
    assert Verdict.SAME == verdict(known, 0, path, b"")


def test_another_inode_with_the_same_bytes(tmp_path: Path) -> None:
    """Another inode, same head, anchor and size enough: copied or restored, so the same file."""
    known = known_as(tmp_path / "app.log")

    assert Verdict.SAME == verdict(known, len(OLD), tmp_path / "copy", OLD)
    assert Verdict.SAME == verdict(known, len(OLD), tmp_path / "longer", OLD + b"more\n")


def test_another_device_with_the_same_bytes(tmp_path: Path) -> None:
    """A file system that is mounted under another number holds the same files."""
    path = tmp_path / "app.log"
    known = known_as(path)
    known.device += 1

    assert Verdict.SAME == verdict(known, len(OLD), path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(OLD[:-1], id="shorter"),
        pytest.param(b"X" + OLD[1:], id="other head"),
        pytest.param(OLD[:-1] + b"X", id="other anchor"),
        pytest.param(b"", id="empty"),
    ],
)
def test_another_inode_with_other_bytes(tmp_path: Path, content: bytes) -> None:
    """Another inode and any mark that differs: another file, never a truncated one."""
    known = known_as(tmp_path / "app.log")

    assert Verdict.REPLACED == verdict(known, len(OLD), tmp_path / "other", content)


def test_evidence_is_asked_of_another_inode(tmp_path: Path) -> None:
    """Fewer than 64 bytes in common do not make a file with another inode the known one."""
    path = tmp_path / "app.log"
    banner = (b"Log of the shop, started anew.\n" * 3)[: EVIDENCE - 1]

    short = known_as(path, banner)
    assert Verdict.REPLACED == verdict(short, len(banner), tmp_path / "short", banner)

    enough = known_as(path, banner + b"\n")
    assert Verdict.SAME == verdict(enough, EVIDENCE, tmp_path / "enough", banner + b"\n")


def test_the_head_is_what_was_read_and_no_more(tmp_path: Path) -> None:
    """Bytes behind the offset are no mark: their writer may still take them back."""
    path = tmp_path / "app.log"
    known = known_as(path, b"read\nunread", 5)

    assert 5 == known.covered
    assert digest(b"read\n") == known.head
    assert digest(b"read\n") == known.anchor
    assert Verdict.SAME == verdict(known, 5, path, b"read\nanother end\n")


def test_the_head_grows_with_what_is_read(tmp_path: Path) -> None:
    """`widen` covers what was read since, up to 1 KiB, and leaves a full head alone."""
    path = tmp_path / "app.log"
    text = b"x" * 2000  # no line ends in it
    known = known_as(path, text, 10)
    with opened(path) as (fd, _):
        widen(known, fd, 10)
        assert (10, digest(text[:10])) == (known.covered, known.head)
        widen(known, fd, 200)
        assert (200, digest(text[:200])) == (known.covered, known.head)
        widen(known, fd, len(text))
        assert (HEAD, digest(text[:HEAD])) == (known.covered, known.head)
    with opened(path, b"X" * len(text)) as (fd, _):
        widen(known, fd, len(text))
    assert digest(text[:HEAD]) == known.head


def test_the_anchor_is_the_bytes_before_the_offset(tmp_path: Path) -> None:
    """64 bytes, and fewer near the beginning."""
    with opened(tmp_path / "app.log", OLD) as (fd, _):
        assert digest(OLD[500 - ANCHOR : 500]) == anchor_at(fd, 500)
        assert digest(OLD[:7]) == anchor_at(fd, 7)
        assert digest(b"") == anchor_at(fd, 0)


def test_intact_means_head_and_anchor(tmp_path: Path) -> None:
    """What was read still stands only if both its beginning and its end do."""
    path = tmp_path / "app.log"
    known = known_as(path)
    for content, expected in (
        (OLD + b"more\n", True),
        (b"X" + OLD[1:], False),
        (OLD[:-1] + b"X", False),
        (OLD[:100], False),
    ):
        with opened(path, content) as (fd, _):
            assert expected == is_intact(known, len(OLD), fd)


def test_a_file_that_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    """A failure to read is an error, not a verdict."""
    path = tmp_path / "app.log"
    known = known_as(path)
    fd = os.open(path, os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="Bad file descriptor"):
            judge(known, len(OLD), fd, os.fstat(fd))
    finally:
        os.close(fd)


def test_numbers_fit_the_ledger(tmp_path: Path) -> None:
    """Device and inode are kept with 63 bits: SQLite has no more."""
    status = os.stat_result((0, (1 << 64) - 1, (1 << 63) + 5, 1, 0, 0, 0, 0, 0, 0))
    assert (5, (1 << 63) - 1) == number(status)

    real = os.stat(tmp_path)
    assert (real.st_dev, real.st_ino) == number(real)


def test_keys_of_a_file(tmp_path: Path) -> None:
    """63 bits, not zero; the same marks give the same key, each mark by itself another."""
    with opened(tmp_path / "app.log", OLD) as (fd, status):
        key = file_key("shop", fd, status, 0)
        again = file_key("shop", fd, status, 0)
        others = {file_key("billing", fd, status, 0), file_key("shop", fd, status, 1)}
    with opened(tmp_path / "same.log", OLD) as (fd, status):
        others.add(file_key("shop", fd, status, 0))

    assert key == again
    assert 3 == len(others - {key})
    assert all(0 < each < 1 << 63 for each in others | {key})


def test_keys_tell_the_first_kibibyte_apart(tmp_path: Path) -> None:
    """Two contents of one inode have two keys, even before anything of them was read."""
    path = tmp_path / "app.log"
    with opened(path, b"one\n") as (fd, status):
        key = file_key("shop", fd, status, 0)
        path.write_bytes(b"two\n")
        assert key != file_key("shop", fd, status, 0)
