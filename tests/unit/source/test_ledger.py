"""The account of the lines: what a restart reads again, whatever was given back in which order."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from logtrace.errors import StateError
from logtrace.model import LineBatch
from logtrace.source.checkpoint import NAME, FileEntry, StateFile
from logtrace.source.identity import Identity
from logtrace.source.ledger import MAX_RUNS, Ledger
from tests.support.files import numbers
from tests.support.log import recording_telemetry

WIDTH = 10
"""Bytes of a line, its newline among them."""


class Book:
    """A ledger over a state directory, and what is written down in it."""

    def __init__(self, directory: Path, *keys: int) -> None:
        self.directory = directory
        self.telemetry, self.log = recording_telemetry()
        self.ledger = Ledger.open(directory, self.telemetry)
        self.ledger.register(entry(key) for key in keys)

    def hand_out(self, count: int, key: int = 1) -> range:
        """Admit the next `count` lines of a file; return their record numbers."""
        batch = lines(key, self.ledger.files[key].offset, count)
        self.ledger.admit(batch)
        return numbers(batch)

    def restart(self) -> None:
        """Close without a commit and open again."""
        self.ledger.close()
        self.ledger = Ledger.open(self.directory, self.telemetry)

    def open_after_restart(self, key: int = 1) -> list[tuple[int, int]]:
        """Commit, restart, and return the (offset, length) runs that are open."""
        assert self.ledger.commit()
        self.restart()
        return self.ledger.open_records().get(key, [])


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A ledger that knows the files 1 and 2."""
    made = Book(tmp_path, 1, 2)
    yield made
    made.ledger.close()


def entry(key: int) -> FileEntry:
    """Return the entry of a file that nothing was read of."""
    return FileEntry(key, "shop", "/app.log", "/app.log", Identity(1, key, b"", 0, b""))


def lines(key: int, offset: int, count: int) -> LineBatch:
    """Return a batch of lines of equal length."""
    text = b"x" * (WIDTH - 1)
    starts = [offset + WIDTH * index for index in range(count + 1)]
    return LineBatch("shop", "/app.log", key, (text + b"\n") * count, [text] * count, starts)


@contextmanager
def full_disk(directory: Path) -> Iterator[None]:
    """Make every save fail, as on a full disk, until the end of the block."""
    with closing(sqlite3.connect(directory / NAME)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON files BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        try:
            yield
        finally:
            other.execute("DROP TRIGGER full")


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


def test_numbers_go_on_from_line_to_line(book: Book) -> None:
    """Each line gets the next number, whatever file it is of, and the file's offset moves."""
    assert [1, 2, 3] == list(book.hand_out(3, key=1))
    assert [4, 5] == list(book.hand_out(2, key=2))
    assert [6] == list(book.hand_out(1, key=1))
    assert (40, 20) == (book.ledger.files[1].offset, book.ledger.files[2].offset)


def test_what_is_handed_out_is_open(book: Book) -> None:
    """Lines that nobody gave back are read again; batches that touch are one run."""
    book.hand_out(3)
    book.hand_out(2)
    assert book.ledger.is_open(book.ledger.files[1])
    assert not book.ledger.is_open(book.ledger.files[2])
    assert [(0, 50)] == book.open_after_restart()
    assert 50 == book.ledger.files[1].offset


def test_what_is_given_back_is_done(book: Book) -> None:
    """When all lines are back nothing is open, and the file goes on at its offset."""
    book.ledger.release(book.hand_out(3))
    assert not book.ledger.is_open(book.ledger.files[1])
    assert [] == book.open_after_restart()
    assert 30 == book.ledger.files[1].offset


@pytest.mark.scenario(75)
def test_out_of_order(book: Book) -> None:
    """Numbers come back in any order, of several files at once; the gaps stay open."""
    first, second = book.hand_out(5, key=1), book.hand_out(5, key=2)
    book.ledger.release([second[4], first[3], second[0], first[1]])
    book.ledger.release([first[0]])

    assert [(20, 10), (40, 10)] == book.open_after_restart(1)
    assert [(10, 30)] == book.ledger.open_records()[2]


def test_runs_of_a_long_batch(book: Book) -> None:
    """A batch of which most is done is split into its open runs, and each can still be released."""
    batch = book.hand_out(1000)
    left = {batch[10], batch[11], batch[500], batch[999]}
    book.ledger.release(number for number in batch if number not in left)
    book.ledger.commit()
    assert [(100, 20), (5000, 10), (9990, 10)] == written(book)

    book.ledger.release([batch[11], batch[999]])
    assert [(100, 10), (5000, 10)] == book.open_after_restart()


def written(book: Book) -> list[tuple[int, int]]:
    """Return the runs of file 1 as another process reads them now."""
    copy = book.directory / "copy"
    copy.mkdir()
    with (
        closing(sqlite3.connect(book.directory / NAME)) as live,
        closing(sqlite3.connect(copy / NAME)) as backup,
    ):
        live.backup(backup)
    store = StateFile(copy, book.telemetry)
    store.close()
    (edges,) = (kept.owed for kept in store.entries if kept.key == 1)
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def test_released_twice_or_never_given(book: Book) -> None:
    """Numbers that were back before, in the same call or an earlier one, or never out, do no harm."""
    batch = book.hand_out(20)
    book.ledger.release([])
    book.ledger.release([-5, 0, batch[3], batch[3], 21, 10**9])
    book.ledger.release(batch[4:20])
    book.ledger.release([batch[3], batch[7], batch[12], 0, 10**9])
    book.ledger.release([batch[7], batch[1]])
    assert [(0, 10), (20, 10)] == book.open_after_restart()

    book.ledger.release(range(-3, 1000))
    assert [(0, 10), (20, 10)] == book.open_after_restart()


def test_numbers_of_files_that_are_done_between_others(book: Book) -> None:
    """Numbers of a batch that is forgotten are passed over on the way to those of the next."""
    first, middle, last = book.hand_out(3), book.hand_out(3, key=2), book.hand_out(3)
    book.ledger.release(middle)
    book.ledger.release([*first, *middle, last[2]])
    assert [(30, 20)] == book.open_after_restart()
    assert 2 not in book.ledger.open_records()


def test_memory_goes_with_what_is_open() -> None:
    """Of a hundred thousand lines that are done but for one in each batch little is kept."""
    ledger = Ledger.in_memory(recording_telemetry()[0])
    ledger.register([entry(1)])
    for _ in range(100):
        batch = lines(1, ledger.files[1].offset, 1000)
        ledger.admit(batch)
        ledger.release(numbers(batch)[1:])

    assert 100 == sum(len(batch.flags) for batch in ledger._batches)
    assert ledger.commit()


# ── again ─────────────────────────────────────────────────────────────────────────────────────────


def test_readmitted_lines_are_open_again(book: Book) -> None:
    """What is read again gets new numbers, one after the other; what is still owed stays owed."""
    batch = book.hand_out(10)
    book.ledger.release([batch[number] for number in (1, 3, 4, 7)])
    assert [(0, 10), (20, 10), (50, 20), (80, 20)] == book.open_after_restart()

    again = lines(1, 0, 2)
    book.ledger.readmit(again, [[0, 10], [20, 30]], [50, 70, 80, 100])
    assert [1, 2] == list(numbers(again))
    assert [(50, 20), (80, 20)] == book.ledger.open_records()[1]

    book.ledger.release([2])
    assert [(0, 10), (50, 20), (80, 20)] == book.open_after_restart()
    assert 100 == book.ledger.files[1].offset


def test_runs_that_touch_are_one(book: Book) -> None:
    """Owed, read again and new: runs that touch are written as one."""
    book.hand_out(4)
    assert [(0, 40)] == book.open_after_restart()
    book.ledger.readmit(lines(1, 0, 2), [[0, 10, 20]], [20, 40])
    book.hand_out(3)
    assert [(0, 70)] == book.open_after_restart()


def test_too_many_runs(book: Book) -> None:
    """Above the bound all is open from the first open line to the last, and that is said."""
    batch = book.hand_out(2 * MAX_RUNS + 3)
    book.ledger.release(batch[0::2])
    book.ledger.commit()
    assert [{"file": "/app.log", "runs": MAX_RUNS + 1}] == book.log.named("checkpoint_coarsened")
    assert [(WIDTH, (2 * MAX_RUNS + 1) * WIDTH)] == book.open_after_restart()


def test_just_as_many_runs_as_are_listed(book: Book) -> None:
    """At the bound each run is still written."""
    batch = book.hand_out(2 * MAX_RUNS + 1)
    book.ledger.release(batch[0::2])
    runs = book.open_after_restart()
    assert MAX_RUNS == len(runs)
    assert {WIDTH} == {length for _, length in runs}
    assert [] == book.log.named("checkpoint_coarsened")


# ── files and notes ───────────────────────────────────────────────────────────────────────────────


def test_keys_are_written_before_a_line_goes_out(book: Book) -> None:
    """A registered file survives a crash without a commit: derived ids are made of its key."""
    book.ledger.register([entry(3)])
    book.restart()
    assert {1, 2, 3} == book.ledger.files.keys()


def test_changes_wait_for_the_commit(book: Book) -> None:
    """A crash before a commit forgets what was read since; a commit keeps what was touched."""
    book.hand_out(3)
    book.ledger.files[2].path = "/app.log.1"
    book.ledger.touch(book.ledger.files[2])
    book.restart()
    assert (0, "/app.log") == (book.ledger.files[1].offset, book.ledger.files[2].path)

    book.ledger.files[2].path = "/app.log.1"
    book.ledger.touch(book.ledger.files[2])
    book.open_after_restart()
    assert "/app.log.1" == book.ledger.files[2].path


def test_a_forgotten_file(book: Book) -> None:
    """What is forgotten is gone after the commit, even if it was changed before."""
    book.ledger.touch(book.ledger.files[2])
    book.ledger.forget(book.ledger.files[2])
    book.open_after_restart()
    assert {1} == book.ledger.files.keys()


def test_notes(book: Book) -> None:
    """A note is there at the next start, with the value it was last given."""
    book.ledger.put_note("wait", b"1")
    book.ledger.put_note("wait", b"2")
    assert b"2" == book.ledger.notes["wait"]
    book.open_after_restart()
    assert {"wait": b"2"} == book.ledger.notes


def test_an_unchanged_ledger_writes_nothing(book: Book) -> None:
    """Without a change a commit succeeds and leaves the disk alone; the same note is no change."""
    book.ledger.put_note("wait", b"1")
    book.ledger.commit()
    with full_disk(book.directory):
        book.ledger.put_note("wait", b"1")
        assert book.ledger.commit()
        assert 0 == book.telemetry.count("checkpoint_failures")


def test_what_is_said_at_the_start(book: Book) -> None:
    """How many files it knows and how many runs are to be read again."""
    batch = book.hand_out(5)
    book.ledger.release([batch[2]])
    book.open_after_restart()
    assert {"path": str(book.directory / NAME), "files": 2, "open_records": 2} == book.log.named(
        "ledger_opened"
    )[-1]


# ── failures ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(79)
def test_a_full_disk_stops_nothing(book: Book) -> None:
    """A checkpoint that cannot be written is said and counted; the next takes all that changed."""
    with full_disk(book.directory):
        batch = book.hand_out(3)
        assert not book.ledger.commit()
        book.ledger.put_note("wait", b"1")
        book.ledger.forget(book.ledger.files[2])
        book.ledger.release(batch[:2])
        assert not book.ledger.commit()
    assert 2 == book.telemetry.count("checkpoint_failures")
    (said,) = book.log.named("checkpoint_failed")
    assert "positions cannot be written: disk full" in said["error"]

    assert [(20, 10)] == book.open_after_restart()
    assert {1} == book.ledger.files.keys()
    assert {"wait": b"1"} == book.ledger.notes


def test_a_directory_that_is_taken(book: Book) -> None:
    """A second ledger over the same directory is refused."""
    with pytest.raises(StateError, match="another logtrace"):
        Ledger.open(book.directory, recording_telemetry()[0])


def test_in_memory(tmp_path: Path) -> None:
    """Without a store everything works and nothing is kept."""
    ledger = Ledger.in_memory(recording_telemetry()[0])
    ledger.register([entry(1)])
    batch = lines(1, 0, 3)
    ledger.admit(batch)
    ledger.release(numbers(batch)[:1])
    ledger.put_note("wait", b"1")

    assert ledger.commit()
    assert ledger.is_open(ledger.files[1])
    assert {} == ledger.open_records()
    ledger.close()
    assert [] == list(tmp_path.iterdir())


def test_a_line_without_an_end_stays_one(book: Book) -> None:
    """What comes behind a line that was given up is another: two runs, however often we restart."""
    torn = LineBatch("shop", "/app.log", 1, b"half\n", [b"half"], [0, 4], torn=True)
    book.ledger.admit(torn)
    rest = book.hand_out(2)
    runs = [(0, 4), (4, 20)]
    assert runs == book.open_after_restart()
    assert runs == book.open_after_restart()

    for starts in ([0, 4], [4, 14, 24]):
        owed = book.ledger.files[1].owed[2:]
        again = lines(1, starts[0], len(starts) - 1)
        book.ledger.readmit(again, [starts], owed)
        assert book.ledger.commit()
    assert runs == book.open_after_restart()
    assert 2 == len(rest)


def test_tied_lines_are_done_with_their_first(book: Book) -> None:
    """They stay open as long as it does, whatever became of their batch, and no longer."""
    first, *others = book.hand_out(3)
    more = book.hand_out(2)
    book.ledger.tie(first, range(others[0], others[-1] + 1))
    book.ledger.tie(first, range(more[0], more[0] + 1))
    assert [(0, 5 * WIDTH)] == book.open_after_restart()


def test_a_record_that_is_released_takes_its_lines_along(book: Book) -> None:
    """In whatever batches they came; what is not tied stays open."""
    first, *others = book.hand_out(3)
    more = book.hand_out(2)
    book.ledger.tie(first, range(others[0], others[-1] + 1))
    book.ledger.tie(first, range(more[0], more[0] + 1))
    book.ledger.release([first])

    assert [(4 * WIDTH, WIDTH)] == book.open_after_restart()
