"""Files that are cut and written anew."""

import pytest

from logtrace.source.copies import WAIT
from logtrace.source.identity import HEAD
from logtrace.source.missing import GRACE, SEARCH
from tests.support.files import FollowedFiles, LogWriter, numbers
from tests.support.tailing import Follow


def lost(followed: FollowedFiles) -> list[int]:
    """Return how many bytes were said to be lost, each time."""
    return [said["bytes"] for said in followed.events("lines_lost")]


@pytest.mark.scenario(49, 50, 54)
@pytest.mark.parametrize("count", [1, 5, 9], ids=["shorter", "as long", "longer"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
@pytest.mark.parametrize("banner", [0, HEAD], ids=["at once", "behind a banner"])
def test_truncation(follow: Follow, app: LogWriter, count: int, down: bool, banner: int) -> None:
    """Cut and written anew, to whatever length, while running or down: read from the beginning.

    So it is also where only the bytes before the offset tell that it is not what was read.
    """
    heading = [b"#" * (banner - 1)] if banner else []
    begin = b"".join(line + b"\n" for line in heading)
    app.write(begin)
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    if down:
        followed.stop()
    app.truncate()
    app.write(begin)
    written = app.lines(count)
    if down:
        followed.start()
    assert heading + written == followed.read_and_release()
    assert [] == followed.read_and_release()
    if not down:
        assert 1 == len(followed.events("file_truncated"))


@pytest.mark.scenario(51)
def test_truncation_behind_the_same_banner(follow: Follow, app: LogWriter) -> None:
    """A first kibibyte that is always the same does not hide it."""
    banner = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))
    app.write(banner)
    app.lines(5)
    followed = follow("app.log")
    followed.read_and_release()
    app.truncate()
    app.write(banner)
    written = app.lines(9)
    assert written == followed.read_and_release()[50:]


def test_truncation_of_what_was_read_is_no_loss(follow: Follow, app: LogWriter) -> None:
    """What was written since the cut is not missing in the old file, however long it is."""
    app.lines(1)
    followed = follow("app.log")
    followed.read_and_release()
    app.truncate()
    app.lines(100)
    followed.read_and_release()
    for _ in range(3):
        followed.read(GRACE)
    assert [] == lost(followed)
    assert 1 == len(followed.ledger.files)


def test_truncation_of_what_was_not_read_is_a_loss(follow: Follow, app: LogWriter) -> None:
    """Bytes that were seen, and cut before they were read, are counted when they are not found."""
    app.write((b"y" * 99 + b"\n") * 5000)
    followed = follow("app.log")
    (batch,) = followed.round()
    followed.files.release(numbers(batch))
    app.truncate()
    app.lines(1)
    followed.read_and_release()
    for _ in range(3):
        followed.read(GRACE)
    assert [500_000 - len(batch.block)] == lost(followed)


def test_open_lines_of_a_file_that_was_cut_while_down(follow: Follow, app: LogWriter) -> None:
    """They cannot be read again: they are counted, and the new lines are read."""
    lines = app.lines(3)
    followed = follow("app.log")
    followed.read()
    followed.files.release([1])
    followed.stop()
    app.truncate()
    new = app.lines(5)
    followed.start()
    assert new == followed.read_and_release()
    for _ in range(3):
        followed.read(GRACE)
    assert [2 * len(lines[0]) + 2] == lost(followed)


@pytest.mark.scenario(52)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_copytruncate(follow: Follow, app: LogWriter, pattern: str, down: bool) -> None:
    """What was not read yet is read in the copy, listed or not; what was is not read twice."""
    app.lines(5)
    followed = follow(pattern)
    followed.read_and_release()
    if down:
        followed.stop()
    rest = app.lines(3)
    app.copytruncate()
    new = app.lines(1)
    if down:
        followed.start()
    found = followed.read_and_release() + followed.read_and_release(SEARCH)
    assert sorted(rest + new) == sorted(found)
    found = followed.read_and_release(2 * WAIT)
    assert [] == found
    for _ in range(3):
        followed.read(GRACE)
    assert [] == lost(followed)


def test_truncated_again_and_again(follow: Follow, app: LogWriter) -> None:
    """Each content is read once, each with a key of its own, also when it is always the same."""
    followed = follow("app.log")
    for _ in range(5):
        app.write("the same line, longer than sixty-four bytes, again and again and again\n")
        assert 1 == len(followed.read_and_release())
        app.truncate()
        assert [] == followed.read()
    assert 5 == len({batch.key for batch in followed.batches})
