"""Reading again what was left open: many places in one batch, each line as it was the first time."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.source.checkpoint import FileEntry
from logtrace.source.identity import observe
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.replay import MAX_PLACES, Again, read_again
from logtrace.source.tail import Rewritten, Tail

Owing = Callable[[bytes, list[int]], Tail]


@pytest.fixture
def owing(tmp_path: Path) -> Iterator[Owing]:
    """Return what makes a tail over a file with some content that owes some edges."""
    made: list[Tail] = []

    def owing(content: bytes, edges: list[int]) -> Tail:
        path = tmp_path / "app.log"
        path.write_bytes(content)
        fd = os.open(path, os.O_RDONLY)
        status = os.fstat(fd)
        entry = FileEntry(7, "shop", "stream", str(path), observe(fd, status, len(content)))
        entry.offset, entry.owed = len(content), edges
        made.append(Tail(entry, fd, status))
        return made[-1]

    yield owing
    for tail in made:
        tail.close()


def all_of(tail: Tail) -> list[Again]:
    """Read until nothing is owed, as the ledger would have it."""
    found = []
    while tail.entry.owed:
        found.append(read_again(tail))
        tail.entry.owed = found[-1].owed
    return found


def test_one_run(owing: Owing) -> None:
    """The lines between two edges come with the places that they had, marked as read again."""
    tail = owing(b"one\ntwo\nthree\nfour\n", [4, 14])
    again = read_again(tail)
    batch = again.batch

    assert ([b"two", b"three"], b"two\nthree\n", [4, 8, 14]) == (
        batch.lines,
        batch.block,
        batch.starts,
    )
    assert ("shop", "stream", 7) == (batch.source, batch.stream, batch.key)
    assert batch.replayed
    assert batch.behind
    assert ([[4, 8, 14]], []) == (again.runs, again.owed)
    assert [4, 14] == tail.entry.owed


def test_many_runs_in_one_batch(owing: Owing) -> None:
    """Runs far apart come together, in file order, each with its own end for the ledger."""
    text = b"".join(b"line %04d\n" % number for number in range(1000))
    tail = owing(text, [0, 10, 5000, 5020, 9990, 10_000])
    again = read_again(tail)

    assert [b"line 0000", b"line 0500", b"line 0501", b"line 0999"] == again.batch.lines
    assert [0, 5000, 5010, 9990, 10_000] == again.batch.starts
    assert [[0, 10], [5000, 5010, 5020], [9990, 10_000]] == again.runs
    assert again.batch.block == b"".join(line + b"\n" for line in again.batch.lines)


def test_a_batch_has_not_too_many_places(owing: Owing) -> None:
    """After a thousand places the rest is owed to the next round."""
    text = b"x\n" * 2 * (MAX_PLACES + 5)
    edges = [edge for at in range(0, len(text), 4) for edge in (at, at + 2)]
    first, second = all_of(owing(text, edges))

    assert (MAX_PLACES, 5) == (len(first.batch.lines), len(second.batch.lines))
    assert first.owed == edges[2 * MAX_PLACES :]
    assert [] == second.owed


def test_a_batch_is_not_too_large(owing: Owing) -> None:
    """A long run comes by the block or two, in whole lines; nothing is skipped or doubled."""
    line = b"x" * 999 + b"\n"
    content = line * 400
    batches = all_of(owing(content, [1000, len(content)]))

    assert [262_000, 137_000] == [len(again.batch.block) for again in batches]
    assert list(range(1000, len(content), 1000)) == [
        start for again in batches for start in again.batch.starts[:-1]
    ]
    assert [263_000, len(content)] == batches[0].owed


def test_a_run_longer_than_the_rest_of_a_block(owing: Owing) -> None:
    """A batch ends when it is full, whatever place is next."""
    line = b"x" * 65_535 + b"\n"
    edges = [0, len(line), 2 * len(line), 3 * len(line), 4 * len(line), 5 * len(line)]
    first, second = all_of(owing(line * 5, edges))
    assert (2, 1) == (len(first.runs), len(second.runs))


@pytest.mark.parametrize("length", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7, MAX_LINE])
def test_a_line_longer_than_a_block(owing: Owing, length: int) -> None:
    """It comes whole, and so do its neighbours of the same run."""
    content = b"a\n" + b"b" * length + b"\nc\n"
    found = [
        line for again in all_of(owing(content, [0, len(content)])) for line in again.batch.lines
    ]
    assert [b"a", b"b" * length, b"c"] == found


def test_an_over_long_line_is_cut_as_the_first_time(owing: Owing) -> None:
    """Of a line above the bound the same beginning is given, up to the end of its place."""
    content = b"a\n" + b"b" * (MAX_LINE + 3 * BLOCK) + b"\nc\n"
    batches = all_of(owing(content, [0, len(content)]))

    assert [(1, 0), (MAX_LINE, 2), (1, len(content) - 2)] == [
        (len(line), start)
        for again in batches
        for line, start in zip(again.batch.lines, again.batch.starts, strict=False)
    ]
    assert len(content) == batches[-1].runs[-1][-1]


def test_a_line_without_a_newline(owing: Owing) -> None:
    """A last line that was given up on is read again up to where it ended, even if it grew since."""
    for content in (b"one\nhalf", b"one\nhalf a line\nmore\n"):
        tail = owing(content, [0, 8])
        batches = all_of(tail)
        assert [b"one", b"half"] == [line for again in batches for line in again.batch.lines]
        assert [[0, 4], [4, 8]] == [starts for again in batches for starts in again.runs]
        assert b"one\nhalf\n" == b"".join(again.batch.block for again in batches)


def test_a_long_line_without_a_newline(owing: Owing) -> None:
    """The same for one of several blocks."""
    content = b"x" * (2 * BLOCK + 5)
    (again,) = all_of(owing(content, [0, len(content)]))
    assert ([content], [[0, len(content)]]) == (again.batch.lines, again.runs)


def test_a_file_that_is_shorter_than_what_it_owes(owing: Owing) -> None:
    """It was rewritten; the entry still owes everything."""
    tail = owing(b"one\ntwo\n", [0, 4, 4, 12])
    with pytest.raises(Rewritten):
        read_again(tail)
    assert [0, 4, 4, 12] == tail.entry.owed


def test_a_line_that_was_given_up_and_its_rest(owing: Owing) -> None:
    """Touching runs are two lines, as they were handed out, with their own places."""
    (again,) = all_of(owing(b"one\nhalf a line\ntwo\n", [4, 8, 8, 16, 16, 20]))
    assert [b"half", b" a line", b"two"] == again.batch.lines
    assert [[4, 8], [8, 16], [16, 20]] == again.runs


def test_cut_lines_are_counted_again(owing: Owing) -> None:
    """A line that is not given whole is known to be cut, as the first time."""
    content = b"b" * (MAX_LINE + 1)
    (again,) = all_of(owing(content, [0, len(content)]))
    assert 1 == again.batch.cut


def test_nothing_but_nuls_is_owed(owing: Owing) -> None:
    """It gives no batch, and is not owed any more."""
    tail = owing(b"one\n" + bytes(100), [4, 104])
    assert read_again(tail) is None
    assert [] == tail.entry.owed


def test_gaps_are_told(owing: Owing) -> None:
    """The first line of a place that does not follow the one before it; places that touch are one."""
    tail = owing(b"one\ntwo\nthree\nfour\n", [0, 4, 4, 8, 14, 19])
    again = read_again(tail)

    assert [b"one", b"two", b"four"] == again.batch.lines
    assert [2] == again.batch.gaps
