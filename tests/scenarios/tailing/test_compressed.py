"""Rotated and compressed: each line once, whether a pattern names the archive or not."""

import bz2
import gzip
import os
import zlib
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import window
from logtrace.source.archives import WAIT
from logtrace.source.files import GIVE_UP, STALLED
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.missing import GRACE, SEARCH
from logtrace.source.roster import LINGER
from tests.support.files import FollowedFiles, LogWriter
from tests.support.tailing import Follow, lost, places

SUFFIXES = pytest.mark.parametrize("suffix", [".gz", ".bz2"])
PACK = {".gz": gzip.compress, ".bz2": bz2.compress}
TEXT = b"".join(b"2026-11-22 12:00:00 this is line %06d of the log\n" % n for n in range(20_000))


def settle(followed: FollowedFiles) -> list[bytes]:
    """Read until nothing is waited for any more; return the lines."""
    return [line for _ in range(4) for line in followed.read(LINGER)]


# ── named by a pattern ────────────────────────────────────────────────────────────────────────────


@SUFFIXES
@pytest.mark.scenario(40, 98)
def test_a_whole_archive(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """It is read as lines, at their decompressed offsets, whatever it is called."""
    (tmp_path / "app.old").write_bytes(PACK[suffix](TEXT))
    followed = follow("app.*")
    assert TEXT.splitlines() == followed.read()
    assert [0, 51, 102] == followed.batches[0].starts[:3]
    assert [] == settle(followed)


@SUFFIXES
@pytest.mark.scenario(40)
def test_resuming_in_an_archive(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """After a restart it is read on at its decompressed offset, open lines with what their ids need."""
    (tmp_path / f"app.log{suffix}").write_bytes(PACK[suffix](TEXT))
    followed = follow("app.log*")
    followed.round()
    first = followed.batches[0]
    followed.files.release(range(first.first + 1, first.first + len(first.lines) - 1))
    before = places(followed.batches)
    followed.restart()
    lines = followed.read()
    ends = [first.lines[0], first.lines[-1]]
    assert [*ends, *TEXT.splitlines()[len(first.lines) :]] == lines
    assert {line: before[line] for line in ends} == {
        line: place for line, place in places(followed.batches).items() if line in ends
    }


@SUFFIXES
@pytest.mark.scenario(40)
def test_members(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """Members are one text, also one that is appended later, and after a restart; a line may cross."""
    path, pack = tmp_path / f"app.log{suffix}", PACK[suffix]
    path.write_bytes(pack(b"one\ntw") + pack(b"") + pack(b"o\n"))
    followed = follow("app.log*")
    assert [b"one", b"two"] == followed.read_and_release()
    with path.open("ab") as file:
        file.write(pack(b"three\n"))
    assert [b"three"] == followed.read_and_release()
    settle(followed)
    followed.restart()
    assert [] == followed.read()
    with path.open("ab") as file:
        file.write(pack(b"four\n"))
    assert [b"four"] == followed.read()
    assert [] == followed.events("archive_damaged")


@SUFFIXES
@pytest.mark.scenario(40)
def test_an_archive_in_pieces(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """While header, body and footer are on their way it is waited for, and nothing is wrong."""
    path, whole = tmp_path / f"app.log{suffix}", PACK[suffix](TEXT[:5100])
    path.write_bytes(b"")
    followed = follow("app.log*")
    found = []
    step = max(1, len(whole) // 60)
    for at in range(0, len(whole), step):
        with path.open("ab") as file:
            file.write(whole[at : at + step])
        found += followed.read()
    assert TEXT[:5100].splitlines() == found + settle(followed)
    assert [] == followed.events("archive_damaged")


@SUFFIXES
@pytest.mark.scenario(42)
def test_a_truncated_archive(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """What it holds is read; that its end is missing is said once, and counted."""
    chance = b"".join(b"%08x\n" % zlib.crc32(b"%d" % n) for n in range(300_000))
    whole = PACK[suffix](chance)
    (tmp_path / f"app.log{suffix}").write_bytes(whole[: len(whole) // 2])
    followed = follow("app.log*")
    lines = followed.read()
    lines += settle(followed) + settle(followed)
    assert 50_000 < len(lines) < 200_000
    assert chance.splitlines()[: len(lines) - 1] == lines[:-1]
    (said,) = followed.events("archive_damaged")
    assert "truncated" == said["error"]
    assert 1 == followed.telemetry.total("archives_damaged")
    assert followed.files.quiet


@pytest.mark.scenario(40)
def test_a_wrong_checksum(follow: Follow, tmp_path: Path) -> None:
    """What was decompressed stays, the next member is read, it is said once, and nothing loops."""
    first = bytearray(gzip.compress(b"one\ntwo\n"))
    first[-6] ^= 1
    (tmp_path / "app.log.gz").write_bytes(bytes(first) + gzip.compress(b"three\n"))
    followed = follow("app.log*")
    assert [b"one", b"two", b"three"] == followed.read() + settle(followed)
    assert ["wrong checksum"] == [said["error"] for said in followed.events("archive_damaged")]
    assert followed.files.quiet


@pytest.mark.parametrize("suffix", [".gz", ".bz2"])
def test_a_damaged_body(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """What stands before the damaged block is read; it is said once, and nothing loops."""
    chance = b"".join(b"%08x\n" % zlib.crc32(b"%d" % n) for n in range(300_000))
    whole = bytearray(PACK[suffix](chance))
    middle = len(whole) // 2
    whole[middle : middle + 100] = b"\xff" * 100
    (tmp_path / f"app.log{suffix}").write_bytes(whole)
    followed = follow("app.log*")
    lines = followed.read() + settle(followed)
    assert 50_000 < len(lines) < 200_000
    before = 99_000 if suffix == ".bz2" else len(lines) - 100
    assert chance.splitlines()[:before] == lines[:before]
    assert 1 == len(followed.events("archive_damaged"))
    assert followed.files.quiet


@SUFFIXES
@pytest.mark.scenario(42)
def test_a_bomb(follow: Follow, tmp_path: Path, suffix: str) -> None:
    """A few bytes that stand for very many are read in steps and in little memory; others go on."""
    path = tmp_path / f"app.log{suffix}"
    size = 100 * MAX_LINE
    path.write_bytes(PACK[suffix](b"x" * size + b"\nnext\n"))
    app = LogWriter(tmp_path / "other.log")
    followed = follow("*.log*")
    followed.round()
    rounds, found = 0, []
    while len(found) < 2 and rounds < 1000:
        app.lines(1)
        batches = followed.round()
        rounds += 1
        assert [str(app.path)] == [b.stream for b in batches if b.stream != str(path)]
        found += [line for b in batches if b.stream == str(path) for line in b.lines]
    assert [b"x" * MAX_LINE, b"next"] == found
    assert rounds >= size // (window.STEPS * BLOCK)
    assert 1 == followed.telemetry.count("lines_repaired", "cut")


def test_a_bomb_of_zeros(follow: Follow, tmp_path: Path) -> None:
    """NULs are no lines in an archive either."""
    size = 50 * MAX_LINE
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(bytes(size) + b"one\n"))
    followed = follow("app.log*")
    assert [b"one"] == followed.read()
    assert size == followed.telemetry.count("nuls_skipped", "app")


def test_once_reads_archives(follow: Follow, tmp_path: Path) -> None:
    """With --once an unfinished last line of an archive is a line, and a cut-off archive is said."""
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"one\ntwo"))
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(b"three\nfour\n")[:-4])
    followed = follow("*.log*", once=True)
    assert [b"four", b"one", b"three", b"two"] == sorted(followed.read())
    assert ["truncated"] == [said["error"] for said in followed.events("archive_damaged")]


def test_the_last_line_of_an_archive(follow: Follow, tmp_path: Path) -> None:
    """Without a newline it is waited for a moment, then it is a line: archives are not written on."""
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(b"one\ntwo"))
    followed = follow("app.log*")
    assert [b"one"] == followed.read()
    assert [b"two"] == followed.read(GIVE_UP + SECOND)


def test_archives_that_are_there_at_the_first_start(follow: Follow, tmp_path: Path) -> None:
    """Of a source that is read from its end they are not read, but what is appended is."""
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(TEXT))
    followed = follow("app.log*", read_from="end")
    assert [] == followed.read()
    followed.restart()
    assert [] == followed.read()
    with path.open("ab") as file:
        file.write(gzip.compress(b"new\n"))
    assert [b"new"] == followed.read()


def test_text_that_is_called_an_archive(follow: Follow, tmp_path: Path) -> None:
    """What stands in a file counts, not its name."""
    (tmp_path / "app.log.gz").write_bytes(b"one\n")
    assert [b"one"] == follow("app.log*").read()


# ── rotated and compressed ────────────────────────────────────────────────────────────────────────


@SUFFIXES
@pytest.mark.scenario(41)
def test_compressed_after_it_was_read(follow: Follow, app: LogWriter, suffix: str) -> None:
    """The archive of a file that was read is that file: nothing of it is read again."""
    followed = follow("app.log*")
    lines = app.lines(50)
    assert lines == followed.read_and_release()
    app.compress(app.rotate(), suffix=suffix)
    new = app.lines(5)
    assert new == followed.read_and_release()
    assert [] == settle(followed)
    followed.restart()
    assert [] == followed.read() + settle(followed)
    assert 2 == len(followed.ledger.files)


@SUFFIXES
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.scenario(67)
def test_compressed_while_reading_lags(
    follow: Follow, app: LogWriter, pattern: str, suffix: str
) -> None:
    """The deleted original is read to its end, then what is new; the archive gives nothing twice."""
    followed = follow(pattern)
    lines = app.lines(20_000)
    followed.round()
    app.compress(app.rotate(), suffix=suffix)
    lines += app.lines(5)
    found = [line for batch in followed.batches for line in batch.lines]
    found += followed.read()
    assert lines == found + settle(followed)


@SUFFIXES
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.scenario(41, 98)
def test_compressed_while_down(follow: Follow, app: LogWriter, pattern: str, suffix: str) -> None:
    """What was open or unread is found in the archive, with the key and offsets it had."""
    followed = follow(pattern)
    lines = app.lines(40)
    followed.read()
    before = places(followed.batches)
    followed.files.release(range(5, 31))
    unread = app.lines(10)
    followed.stop()
    app.compress(app.rotate(), suffix=suffix)
    new = app.lines(3)
    followed.start()
    found = followed.read()
    assert [*lines[:4], *lines[30:], *unread, *new] == found + settle(followed)
    after = places(followed.batches)
    assert {line: before[line] for line in lines[:4]} == {line: after[line] for line in lines[:4]}
    assert {before[lines[0]][1]} == {after[line][1] for line in unread}
    assert 0 == lost(followed)


@SUFFIXES
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_compressed_while_down_after_all_was_done(
    follow: Follow, app: LogWriter, pattern: str, suffix: str
) -> None:
    """Nothing is read again of an archive that is named, nothing is lost of one that is not."""
    followed = follow(pattern)
    app.lines(40)
    followed.read_and_release()
    followed.stop()
    app.compress(app.rotate(), suffix=suffix)
    followed.start()
    assert [] == followed.read() + settle(followed)
    assert 0 == lost(followed)


@pytest.mark.parametrize("compressed", [False, True])
def test_moved_to_another_directory_while_down(
    follow: Follow, app: LogWriter, tmp_path: Path, compressed: bool
) -> None:
    """In `olddir` rotated files are sought as well as beside the log."""
    old = tmp_path / "old"
    old.mkdir()
    followed = follow("app.log", olddir=old)
    lines = app.lines(40)
    followed.read()
    before = places(followed.batches)
    followed.stop()
    rotated = app.rotate()
    if compressed:
        app.compress(rotated, old)
    else:
        rotated.rename(old / rotated.name)
    new = app.lines(3)
    followed.start()
    assert sorted([*lines, *new]) == sorted(followed.read() + settle(followed))
    after = places(followed.batches)
    assert before == {line: after[line] for line in lines}


def test_several_archives_that_begin_alike(follow: Follow, app: LogWriter) -> None:
    """Each is told from the others by what stands before its offset, whatever its head."""
    banner = b"a banner that is the same in every file of the log\n" * 30
    followed = follow("app.log*")
    lines = []
    for count in (40, 60, 50):
        app.write(banner)
        lines += app.lines(count)
        followed.read_and_release()
        app.rotate()
        followed.read_and_release()
    followed.stop()
    for number in (1, 2, 3):
        app.compress(app.rotated(number))
    followed.start()
    assert [] == followed.read() + settle(followed)
    assert 3 == len(followed.ledger.files)


def test_another_log_in_an_archive(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """What only begins as a missing file does is another: it is read if it is named."""
    followed = follow("app.log*")
    lines = app.lines(40)
    followed.read_and_release()
    content = app.path.read_bytes()
    followed.stop()
    app.path.unlink()
    (tmp_path / "app.log.7.gz").write_bytes(gzip.compress(content[:-3] + b"xy\n"))
    followed.start()
    assert len(lines) == len(followed.read())


def test_a_large_archive_holds_its_stream(follow: Follow, app: LogWriter) -> None:
    """What was written after the rotation is read after what is left in the archive."""
    followed = follow("app.log*")
    text = (b"x" * 99 + b"\n") * 100_000
    app.write(text)
    last = app.lines(1)
    for _ in range(70):
        followed.round()
    for batch in followed.batches:
        followed.files.release(range(batch.first, batch.first + len(batch.lines)))
    followed.stop()
    app.compress(app.rotate())
    new = app.lines(1)
    followed.start()
    found = followed.read()
    assert [*last, *new] == [line for line in found if line[:1] != b"x"]


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_the_archive_of_a_copy(follow: Follow, app: LogWriter, pattern: str) -> None:
    """copytruncate with compress: what was unread when the log was cut is read from the archive."""
    followed = follow(pattern)
    app.lines(40)
    followed.read_and_release()
    unread = app.lines(5)
    app.compress(app.copytruncate())
    new = app.lines(2)
    found = followed.read() + followed.read(SEARCH) + settle(followed)
    assert sorted([*unread, *new]) == sorted(found)


def test_an_archive_of_a_log_that_goes_on(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """A compressed copy of what was read is not read again, and is its own file from then on."""
    followed = follow("app.log*")
    app.lines(40)
    followed.read_and_release()
    (tmp_path / "app.log.copy.gz").write_bytes(gzip.compress(app.path.read_bytes()))
    new = app.lines(5)
    assert new == followed.read_and_release(WAIT) + followed.read(WAIT) + settle(followed)


def test_archives_that_were_looked_into_are_closed(
    follow: Follow, app: LogWriter, tmp_path: Path
) -> None:
    """Those that are none of the missing files are not held open, nor looked into again."""
    followed = follow("app.log")
    app.lines(40)
    followed.read()
    followed.stop()
    content = app.path.read_bytes()
    app.path.unlink()
    for number in range(5):
        other = content[:-9] + b"%08d\n" % number
        (tmp_path / f"app.log.kept-{number}.gz").write_bytes(gzip.compress(other))
    followed.start()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        assert [] == followed.read(SEARCH)
    assert before == len(os.listdir("/proc/self/fd"))
    followed.read(GRACE)
    assert 1 == len(followed.events("lines_lost"))


def test_a_stalled_archive_is_read_on(follow: Follow, tmp_path: Path) -> None:
    """One that was called truncated and grows all the same is read on."""
    path, whole = tmp_path / "app.log.gz", gzip.compress(b"one\ntwo\n")
    path.write_bytes(whole[:-8])
    followed = follow("app.log*")
    settle(followed)
    followed.read(STALLED)
    with path.open("ab") as file:
        file.write(whole[-8:] + gzip.compress(b"three\n"))
    followed.read()
    assert [b"one", b"two", b"three"] == [
        line for batch in followed.batches for line in batch.lines
    ]


@pytest.mark.scenario(41)
def test_a_small_archive_that_no_pattern_names_is_read_again(
    follow: Follow, app: LogWriter
) -> None:
    """What a crash left open of it is read again, by its name: a few bytes alone say nothing."""
    followed = follow("app.log")
    app.lines(1)
    followed.read_and_release()
    followed.stop()
    app.rotate()
    app.write("seen\n")
    app.compress(app.rotate())
    app.write("live\n")
    followed.start()
    first = followed.read() + followed.read(11 * SECOND)
    followed.files.commit(force=True)
    followed.crash()
    followed.start()
    assert [b"live", b"seen"] == sorted(first)
    assert sorted(first) == sorted(followed.read() + followed.read(11 * SECOND))
