"""Rotation by rename: the file goes on under another name, or under none."""

import shutil
from itertools import count
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import roster
from logtrace.source.copies import WAIT
from logtrace.source.files import SCAN
from logtrace.source.missing import SEARCH
from logtrace.source.roster import LINGER, LINGER_DELETED
from tests.support.files import LogWriter
from tests.support.rig import Rig, line
from tests.support.tailing import Follow, descriptors, held, lost, places


@pytest.mark.scenario(46)
def test_a_file_that_is_moved_to_another_directory(follow: Follow, app: LogWriter) -> None:
    """What was in it, and what is still written to it, is read through the open descriptor."""
    archive = app.path.with_name("archive")
    archive.mkdir()
    app.lines(2)
    followed = follow("app.log")
    followed.read_and_release()
    rest = app.lines(2)
    moved = app.path.rename(archive / "app.log")
    new = app.lines(1)
    late = app.lines(1, moved)
    assert [*rest, *late, *new] == followed.read_and_release()
    more = app.lines(1, moved)
    assert more == followed.read_and_release()
    followed.read_and_release(LINGER)
    followed.read_and_release()
    assert not held(moved)
    assert 0 == lost(followed)


@pytest.mark.scenario(47)
@pytest.mark.parametrize("keep", [3, 100])
def test_twenty_rotations_between_two_looks(follow: Follow, app: LogWriter, keep: int) -> None:
    """Nothing comes twice, and everything that still stands when somebody looks comes once."""
    followed = follow("app.log*")
    written = app.lines(2)
    found = followed.read_and_release()
    for _ in range(20):
        app.rotate()
        written += app.lines(2)
        for number in count(keep + 1):
            if not app.rotated(number).exists():
                break
            app.rotated(number).unlink()
    stands = [
        each for path in app.path.parent.glob("app.log*") for each in path.read_bytes().splitlines()
    ]
    found += followed.read_and_release(SCAN) + followed.read_and_release(2 * WAIT)
    assert len(found) == len(set(found))
    assert set(stands) | set(written[:2]) == set(found)
    assert 0 == lost(followed)


@pytest.mark.scenario(47)
def test_a_chain_of_names_that_moves_with_each_rotation(follow: Follow, app: LogWriter) -> None:
    """`.1` becomes `.2` and so on, twenty times, each time with lines unread: in order, each once."""
    followed = follow("app.log*")
    written, found = [], []
    for _ in range(20):
        written += app.lines(2)
        found += followed.read_and_release()
        written += app.lines(2)
        app.rotate()
        written += app.lines(2)
        found += followed.read_and_release()
    assert written == found
    assert {str(app.path)} == {batch.stream for batch in followed.batches}


@pytest.mark.scenario(48)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("method", ["rename", "copytruncate"])
@pytest.mark.parametrize("names", ["dated", "numbered"])
@pytest.mark.parametrize("keep", [2, 100])
@pytest.mark.parametrize("size", [3, 100], ids=["short", "long"])
def test_every_way_to_rotate(
    follow: Follow, app: LogWriter, pattern: str, method: str, names: str, keep: int, size: int
) -> None:
    """Lines read before, unread at, and written after each of five rotations come once."""
    followed = follow(pattern)
    written, found = [], []
    rotated: list[Path] = []
    for turn in range(5):
        written += app.lines(size)
        found += followed.read_and_release()
        written += app.lines(size)
        if names == "dated":
            target = app.path.with_name(f"app.log-2026112{turn}")
        else:
            target = app.rotated(1)
            for number in range(len(rotated), 0, -1):
                rotated[-number].rename(app.rotated(number + 1))
            rotated = [app.rotated(number + 1) for number in range(len(rotated), 0, -1)]
        if method == "rename":
            app.path.rename(target)
        else:
            shutil.copy(app.path, target)
            app.truncate()
        rotated.append(target)
        written += app.lines(1)
        found += followed.read_and_release() + followed.read_and_release(SEARCH)
        while len(rotated) > keep:
            rotated.pop(0).unlink()
    found += followed.read_and_release(2 * WAIT)
    assert sorted(written) == sorted(found)
    assert 0 == lost(followed)


@pytest.mark.scenario(66)
def test_rotations_while_the_agent_is_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes, thirty rotations, three files kept: all lines arrive, few descriptors are open."""
    monkeypatch.setattr(roster, "DESCRIPTORS", 40)
    before = descriptors()
    rig.write(line(0))
    rig.step(4)
    rig.agent.down()
    logs = LogWriter(rig.log)
    for number in range(1, 31):
        rig.write(line(number))
        rig.step(5)
        logs.rotate()
        if logs.rotated(4).exists():
            logs.rotated(4).unlink()
        rig.step(5)
    assert descriptors() < before + 45
    rig.write(line(31))
    rig.agent.up()
    rig.step(120)
    assert list(range(32)) == rig.delivered
    assert [] == rig.events.named("lines_lost")


@pytest.mark.scenario(66)
def test_more_rotations_than_may_be_held(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are deleted unread above the bound are lost, and every byte of them is counted."""
    monkeypatch.setattr(roster, "DESCRIPTORS", 5)
    followed = follow("app.log")
    written = []
    for _ in range(20):
        written += app.lines(10)
        followed.clock.advance(SECOND)
        followed.files.look()
        app.rotate().unlink()
        followed.clock.advance(SECOND)
        followed.files.look()
    found = followed.read_and_release()
    assert len(found) == len(set(found))
    missing = sum(len(each) + 1 for each in set(written) - set(found))
    assert 0 < missing == lost(followed)


@pytest.mark.scenario(67)
def test_compressed_at_once_while_reading_lags(follow: Follow, app: LogWriter) -> None:
    """The renamed file is unlinked in favour of its archive: the rest comes through the descriptor."""
    text = b"".join(b"%-98d|\n" % number for number in range(20_000))
    app.write(text)
    followed = follow("app.log")
    seen = len(followed.round()[0].lines)
    rotated = app.rotate()
    new = app.lines(1)
    followed.round()
    rotated.with_name("app.log.1.gz").write_bytes(b"\x1f\x8b not read in this story")
    rotated.unlink()
    followed.read_and_release()
    found = [each for batch in followed.batches for each in batch.lines]
    assert seen < 2000
    assert [*text.splitlines(), *new] == found
    followed.read_and_release(LINGER_DELETED)
    followed.read_and_release()
    assert 0 == lost(followed)


@pytest.mark.scenario(98)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_the_places_of_lines(follow: Follow, app: LogWriter, pattern: str) -> None:
    """Stream, file key and offset are the same before and after a rename and a restart."""
    first = app.lines(3)
    followed = follow(pattern)
    followed.read()
    before = places(followed.batches)
    app.rotate()
    followed.read()
    new = app.lines(3)
    followed.read()
    before |= places(followed.batches)
    followed.restart()
    assert sorted(first + new) == sorted(followed.read())
    assert before == places(followed.batches)
    assert {str(app.path)} == {stream for stream, _, _ in before.values()}
