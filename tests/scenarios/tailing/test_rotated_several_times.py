"""Files that came and were rotated away while nobody looked are found by what they are called."""

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import generations
from logtrace.source.missing import GRACE, SEARCH
from logtrace.source.roster import LINGER
from tests.support.files import FollowedFiles, LogWriter
from tests.support.tailing import Follow, lost, places

HOUR = GRACE

Rotate = Callable[[LogWriter, Path, int], None]


def numbered(app: LogWriter, directory: Path, number: int) -> None:
    """app.log.1, and what was that is app.log.2."""
    app.rotate()


def compressed(app: LogWriter, directory: Path, number: int) -> None:
    """app.log.1.gz, as by logrotate with `compress`."""
    for older in range(number, 0, -1):
        app.path.with_name(f"app.log.{older}.gz").rename(
            app.path.with_name(f"app.log.{older + 1}.gz")
        )
    app.compress(app.path.rename(app.rotated(1)))


def compressed_later(app: LogWriter, directory: Path, number: int) -> None:
    """app.log.1, app.log.2.gz: `delaycompress`."""
    for older in range(number, 1, -1):
        app.path.with_name(f"app.log.{older}.gz").rename(
            app.path.with_name(f"app.log.{older + 1}.gz")
        )
    if app.rotated(1).exists():
        app.compress(app.rotated(1).rename(app.rotated(2)))
    app.path.rename(app.rotated(1))


def dated(app: LogWriter, directory: Path, number: int) -> None:
    """app.log-20261125: `dateext`."""
    app.path.rename(f"{app.path}-202611{number + 10}")


def dated_within(app: LogWriter, directory: Path, number: int) -> None:
    """app-2026-11-25.log, bzip2: by the application itself."""
    app.compress(
        app.path.rename(app.path.with_name(f"app-2026-11-{number + 10}.log")), suffix=".bz2"
    )


def moved(app: LogWriter, directory: Path, number: int) -> None:
    """old/app.log-20261125.gz: `olddir` and `dateext`."""
    app.compress(app.path.rename(f"{app.path}-202611{number + 10}"), directory / "old")


def copied(app: LogWriter, directory: Path, number: int) -> None:
    """app.log.1, and app.log is the same file, cut."""
    for older in range(number, 0, -1):
        app.rotated(older).rename(app.rotated(older + 1))
    app.copytruncate()


WAYS = [numbered, compressed, compressed_later, dated, dated_within, moved, copied]


@pytest.fixture
def olddir(tmp_path: Path) -> Path:
    """A directory that rotated files are moved to."""
    (tmp_path / "old").mkdir()
    return tmp_path / "old"


def read(followed: FollowedFiles, pauses: int = 3) -> list[bytes]:
    """Read and be done with everything, archives too that must be quiet for a while."""
    found = followed.read_and_release()
    for _ in range(pauses):
        found += followed.read_and_release(SEARCH + SECOND)
    return found


# ── while down ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(56)
@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("patterns", [["app.log"], ["app*", "old/*"]], ids=["the log", "all"])
@pytest.mark.parametrize("rotate", WAYS, ids=lambda way: way.__name__)
def test_three_rotations_while_down(
    follow: Follow,
    app: LogWriter,
    tmp_path: Path,
    olddir: Path,
    rotate: Rotate,
    patterns: list[str],
    killed: bool,
) -> None:
    """The rest of the known file, then each that came meanwhile, then the live one, as one stream.

    So it is whether the configuration names rotated files, too, or not.
    """
    followed = follow(*patterns, olddir=olddir)
    app.lines(20)
    followed.read_and_release()
    followed.files.commit(force=True)
    followed.crash() if killed else followed.stop()
    written = app.lines(20)
    for number in range(3):
        rotate(app, tmp_path, number)
        written += app.lines(20)
    followed.start()
    assert written == read(followed)
    assert {str(app.path)} == {batch.stream for batch in followed.batches}
    keys = {batch.key for batch in followed.batches}
    assert 4 == len(keys)
    for _ in range(2):
        followed.restart()
        assert [] == read(followed)
    assert 0 == lost(followed)


@pytest.mark.scenario(56)
def test_killed_while_they_are_read(follow: Follow, app: LogWriter) -> None:
    """Files that were found so are known from then on: their open lines come again from their places."""
    followed = follow("app.log")
    app.lines(3)
    followed.read_and_release()
    followed.stop()
    for _ in range(3):
        app.rotate()
        app.lines(200)
    followed.start()
    followed.read()
    before = places(followed.batches)
    followed.files.commit(force=True)
    followed.crash()
    app.rotate()
    new = app.lines(2)
    followed.start()
    found = read(followed)
    assert [*before, *new] == found
    assert before == {
        line: place for line, place in places(followed.batches).items() if line in before
    }


@pytest.mark.scenario(56)
def test_a_log_that_was_not_there_before(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """Its source was, and so nothing of it can have been passed over: all of it is read."""
    followed = follow("*.log")
    followed.clock.step_wall(tmp_path.stat().st_mtime_ns - followed.clock.now() - HOUR)
    followed.read()
    followed.files.commit()
    followed.crash()
    written = app.lines(20)
    for _ in range(3):
        app.rotate()
        written += app.lines(20)
    followed.start()
    assert written == read(followed)
    assert {str(app.path)} == {batch.stream for batch in followed.batches}


@pytest.mark.scenario(72)
def test_killed_before_the_first_look(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """What was written since the very first start is read by the next; what was there before is not."""
    followed = follow("app.log")
    followed.crash()
    for file in (tmp_path / "state").iterdir():
        file.unlink()
    started = tmp_path.stat().st_mtime_ns
    followed.clock.step_wall(started - followed.clock.now())
    followed.start()
    app.lines(20)
    os.utime(app.path, ns=(started - HOUR, started - HOUR))
    app.rotate()
    followed.crash()
    written = app.lines(20)
    for _ in range(2):
        app.rotate()
        written += app.lines(20)
    followed.start()
    assert written == read(followed)


@pytest.mark.scenario(56)
@pytest.mark.parametrize("size", [0, 1], ids=["empty", "a few bytes"])
def test_a_file_by_which_nothing_could_be_known(follow: Follow, app: LogWriter, size: int) -> None:
    """With nothing read of it, or half a line, its inode alone told it, and that an archive has not."""
    app.write("x" * size)
    followed = follow("app.log")
    followed.read()
    followed.stop()
    app.write("\n")
    written = [b"x" * size, *app.lines(9)]
    compressed(app, app.path.parent, 0)
    written += app.lines(2)
    followed.start()
    assert written == read(followed)
    assert 0 == lost(followed)


@pytest.mark.scenario(56)
def test_more_than_are_read_at_once(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are read first, a few at a time, and the live file waits for all of them."""
    monkeypatch.setattr(generations, "AT_ONCE", 3)
    followed = follow("app.log")
    app.lines(2)
    followed.read_and_release()
    followed.stop()
    written = []
    for _ in range(10):
        app.rotate()
        written += app.lines(2)
    followed.start()
    assert written == read(followed, 9)


@pytest.mark.scenario(9)
def test_one_that_may_not_be_read_at_first(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said once, tried again, and read when it can be."""
    followed = follow("app.log")
    app.lines(2)
    followed.read_and_release()
    followed.stop()
    app.rotate()
    hidden = app.lines(2)
    app.rotate()
    app.lines(2)
    opened, shut = generations.open_file, [str(app.rotated(1))]

    def refusing(path: str) -> int:
        if path in shut:
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(generations, "open_file", refusing)
    followed.start()
    for _ in range(5):
        assert not set(hidden) & set(followed.read_and_release())
    assert [str(app.rotated(1))] == [said["file"] for said in followed.events("file_failed")]
    shut.clear()
    assert hidden == read(followed)


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(89)
@pytest.mark.parametrize("skew", [-5 * HOUR, 5 * HOUR], ids=["behind", "ahead"])
@pytest.mark.parametrize("step", [-HOUR, 0, HOUR], ids=["back", "same", "on"])
def test_whatever_the_clock_of_the_file_system_says(
    follow: Follow, app: LogWriter, skew: int, step: int
) -> None:
    """Another host's, or set meanwhile: what was never seen is read, and only that."""
    followed = follow("app.log")
    clock = followed.clock.now() + skew - 10 * HOUR

    def write() -> list[bytes]:
        nonlocal clock
        clock += 60 * SECOND
        lines = app.lines(3)
        os.utime(app.path, ns=(clock, clock))
        return lines

    for _ in range(12):
        write()
        app.rotate()
    delivered = write()
    assert delivered == followed.read_and_release()
    for _ in range(5):
        app.rotate()
        delivered = write()
        assert delivered == read(followed)
    followed.clock.advance(8 * HOUR)
    read(followed)
    followed.files.commit(force=True)
    followed.crash()
    clock += step
    written = write()
    for _ in range(3):
        app.rotate()
        written += write()
    followed.start()
    assert written == read(followed)
    assert 0 == lost(followed)


# ── what is not theirs ────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(90)
@pytest.mark.parametrize("read_from", ["beginning", "end"])
@pytest.mark.parametrize("pack", [False, True], ids=["plain", "compressed"])
def test_what_stood_there_at_the_first_start(
    follow: Follow, app: LogWriter, read_from: str, pack: bool
) -> None:
    """Older files that no pattern names are never read: not at the first start, and at none after it."""
    for number in range(3):
        app.lines(20)
        (compressed if pack else numbered)(app, app.path.parent, number)
    live = app.lines(2)
    followed = follow("app.log", read_from=read_from)
    assert (live if read_from == "beginning" else []) == read(followed)
    for number in range(3, 6):
        followed.stop()
        (compressed if pack else numbered)(app, app.path.parent, number)
        live = app.lines(2)
        followed.start()
        assert live == read(followed)


@pytest.mark.scenario(41)
@pytest.mark.parametrize("kept", [True, False], ids=["with its time", "with a new time"])
def test_archives_of_what_was_delivered(follow: Follow, app: LogWriter, kept: bool) -> None:
    """Files that were read and left long ago, and are compressed only now, are not read again."""
    followed = follow("app.log")
    for _ in range(3):
        app.lines(20)
        read(followed)
        app.rotate()
    followed.read_and_release(LINGER + SECOND)
    app.lines(2)
    read(followed)
    followed.clock.advance(5 * HOUR)
    read(followed)
    followed.stop()
    for number in (1, 2, 3):
        archive = app.compress(app.rotated(number))
        if not kept:
            os.utime(archive)
    followed.start()
    assert [] == read(followed)
    new = app.lines(1)
    assert new == read(followed)


@pytest.mark.scenario(56)
@pytest.mark.parametrize(
    "name",
    [
        "app.log.bak",
        "app.log.lock",
        "app.log.gz",
        "app.log.1.tmp",
        "app.log~",
        "app.log1",
        "app-2.log",
        "app2.log",
        "myapp.log.1",
        "app.logs.1",
        "app.log.d.1",
        "app.log.1.xz",
        "applog.1",
    ],
)
def test_files_with_like_names(follow: Follow, app: LogWriter, name: str) -> None:
    """Backups, locks, logs of others and what cannot be read are left alone, while down and while up."""
    followed = follow("app.log")
    app.lines(3)
    followed.read_and_release()
    followed.stop()
    LogWriter(app.path.with_name(name)).lines(9)
    app.rotate()
    written = app.lines(3)
    followed.start()
    assert written == read(followed)
    app.rotate()
    LogWriter(app.path.with_name(name)).lines(9)
    written = app.lines(3)
    assert written == read(followed)


@pytest.mark.scenario(5)
def test_what_is_excluded(follow: Follow, app: LogWriter) -> None:
    """An excluded name is never opened, though the file would be one of the stream's."""
    followed = follow("app.log", exclude=["*.gz"])
    app.lines(3)
    followed.read_and_release()
    followed.stop()
    app.rotate()
    app.lines(3)
    app.compress(app.rotate())
    app.rotated(2).unlink()
    written = app.lines(3)
    followed.start()
    assert written == read(followed)


@pytest.mark.scenario(4)
def test_what_another_source_takes(tmp_path: Path, app: LogWriter) -> None:
    """A file that another source names is read by that, once."""
    from tests.support.files import source

    followed = FollowedFiles(
        tmp_path / "state",
        source(tmp_path / "app.log"),
        source(tmp_path / "app.log.2*", name="other"),
    )
    app.lines(3)
    followed.read_and_release()
    followed.stop()
    app.rotate()
    other = app.lines(3)
    app.rotate()
    app.rotated(2).rename(app.rotated(9))
    app.rotated(1).rename(app.rotated(2))
    own = app.lines(3)
    followed.start()
    assert set(other + own) == set(read(followed))
    assert {(line, "other") for line in other} | {(line, "app") for line in own} == {
        (line, batch.source) for batch in followed.batches for line in batch.lines
    }
    followed.crash()


@pytest.mark.scenario(53)
def test_a_copy_that_is_being_made(follow: Follow, app: LogWriter) -> None:
    """At the start half of a copy stands there: it is no file of its own, and is not read as one."""
    followed = follow("app.log")
    app.lines(300)
    followed.read_and_release()
    followed.stop()
    rest = app.lines(10)
    content = app.path.read_bytes()
    app.rotated(1).write_bytes(content[: len(content) // 2])
    followed.start()
    assert rest == read(followed)
    shutil.copy(app.path, app.rotated(1))
    app.truncate()
    new = app.lines(2)
    assert new == read(followed)


@pytest.mark.scenario(46)
def test_moved_to_another_file_system(
    follow: Follow, app: LogWriter, tmp_path: Path, olddir: Path
) -> None:
    """What `mv` copies to `olddir` and deletes is the file that is still read, and no other."""
    followed = follow("app.log", olddir=olddir)
    app.lines(5)
    followed.read_and_release()
    rest = app.lines(5)
    shutil.copy(app.path, olddir / "app.log-20261125")
    app.path.unlink()
    new = app.lines(5)
    assert rest + new == read(followed)


# ── while up ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(47)
@pytest.mark.parametrize("rotate", WAYS, ids=lambda way: way.__name__)
def test_three_rotations_between_two_looks(
    follow: Follow, app: LogWriter, tmp_path: Path, olddir: Path, rotate: Rotate
) -> None:
    """What came and went since the last look is found as well, by what it is called."""
    followed = follow("app.log", olddir=olddir)
    written = app.lines(20)
    found = followed.read_and_release()
    for _ in range(2):
        for number in range(3):
            rotate(app, tmp_path, number)
            written += app.lines(20)
        found += read(followed)
        for path in [*olddir.iterdir(), *tmp_path.glob("app?*.*")]:
            if path != app.path and path.is_file():
                path.unlink()
        found += followed.read_and_release(LINGER + SECOND)
    assert written == found
    assert 0 == lost(followed)


@pytest.mark.scenario(41)
def test_compressed_with_another_program(follow: Follow, app: LogWriter) -> None:
    """While up: an archive that does not keep the time of the file that it holds is that file."""
    followed = follow("app.log")
    for number in range(4):
        written = app.lines(20)
        assert written == read(followed)
        rotated = app.path.rename(app.path.with_name(f"app.log.{number}"))
        written = app.lines(1)
        assert written == read(followed)
        archive = Path(f"{rotated}.gz")
        archive.write_bytes(gzip.compress(rotated.read_bytes()))
        rotated.unlink()
    assert [] == read(followed, 10)
