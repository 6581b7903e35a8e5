"""Which files are followed: names, streams, cuts, copies, descriptors and failures."""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import roster as module
from logtrace.source.copies import WAIT
from logtrace.source.discovery import Discovery
from logtrace.source.ledger import Ledger
from logtrace.source.missing import SEARCH
from logtrace.source.roster import HOLD, Roster
from logtrace.source.tail import Rewritten, Tail
from logtrace.telemetry import QUIET
from tests.support.clock import FakeClock
from tests.support.files import LogWriter, source
from tests.support.log import recording_telemetry
from tests.support.tailing import may_open

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


class Crew:
    """A roster over a directory of logs; what the source does between scans is done by hand."""

    def __init__(
        self, directory: Path, *patterns: str, read_from: str = "beginning", once: bool = False
    ) -> None:
        self.directory = directory
        self.app = LogWriter(directory / "app.log")
        self.sources = [
            source(*(directory / pattern for pattern in patterns), read_from=read_from)  # type: ignore[arg-type]
        ]
        self.once = once
        self.clock = FakeClock()
        self.telemetry, self.log = recording_telemetry(self.clock)
        self.begin()

    def begin(self) -> None:
        self.ledger = Ledger.open(self.directory / "state", self.telemetry)
        self.discovery = Discovery(self.sources, self.telemetry)
        self.roster = Roster(self.sources, self.ledger, self.clock, self.telemetry, self.once)

    def end(self) -> None:
        self.roster.close()
        self.ledger.close()

    def again(self) -> None:
        """Stop in order and start again."""
        self.ledger.commit()
        self.end()
        self.begin()

    @property
    def now(self) -> int:
        return self.clock.monotonic()

    def scan(self, pause: int = SECOND) -> None:
        """Let time pass, then look for files."""
        self.clock.advance(pause)
        self.roster.reconcile(self.discovery.scan(), self.now)

    def tail(self, path: Path | None = None) -> Tail:
        """Return the tail of the file that stands at a path."""
        status = (path or self.app.path).stat()
        return self.roster.tails[status.st_dev, status.st_ino]

    def read(self, tail: Tail) -> list[bytes]:
        """Read a file to its end."""
        lines: list[bytes] = []
        assert self.roster.open(tail)
        tail.look(self.now)
        while batch := tail.read():
            self.ledger.admit(batch)
            self.ledger.release(range(batch.first, batch.first + len(batch.lines)))
            self.roster.used(tail)
            lines += batch.lines
        tail.drained = tail.rotated
        return lines

    def names(self) -> list[str]:
        """Return the names of the followed files."""
        return sorted(os.path.basename(tail.entry.path) for tail in self.roster.tails.values())

    def opened(self) -> list[str]:
        """Return the names of those that are open."""
        tails = self.roster.tails.values()
        return sorted(os.path.basename(tail.entry.path) for tail in tails if tail.fd >= 0)


Make = Callable[..., Crew]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Return what makes a crew for patterns."""
    made: list[Crew] = []

    def make(*patterns: str, **options: object) -> Crew:
        made.append(Crew(tmp_path, *patterns, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for crew in made:
        crew.end()


# ── scans ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_file_is_followed(make: Make) -> None:
    """It is open, to be looked at at once, said, and written down before a line is read."""
    crew = make("*.log")
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()

    assert [tail] == list(crew.roster.active)
    assert (True, False, crew.now) == (tail.listed, tail.rotated, tail.due)
    assert [{"file": str(crew.app.path), "source": "app", "offset": 0}] == crew.log.named(
        "file_opened"
    )
    crew.end()
    crew.begin()
    assert {tail.entry.key} == crew.ledger.files.keys()


def test_an_idle_file_is_woken_by_a_change(make: Make) -> None:
    """A scan stirs what has another size or time; what has not is left alone."""
    crew = make("*.log")
    crew.app.lines(1)
    crew.scan()
    crew.read(crew.tail())
    crew.roster.active.clear()
    crew.scan()
    assert {} == crew.roster.active
    crew.app.lines(1)
    crew.scan()
    assert [crew.tail()] == list(crew.roster.active)
    crew.read(crew.tail())
    crew.roster.active.clear()
    os.utime(crew.app.path, ns=(0, 0))
    crew.scan()
    assert [crew.tail()] == list(crew.roster.active)
    assert 1 == len(crew.log.named("file_opened"))


@pytest.mark.parametrize(("pattern", "listed"), [("app.log", False), ("app.log*", True)])
def test_a_renamed_file_stays_in_its_stream(make: Make, pattern: str, listed: bool) -> None:
    """Listed or not, it is followed on, as a rotated file of the stream that it began."""
    crew = make(pattern)
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()
    crew.roster.active.clear()
    rotated = crew.app.rotate()
    crew.scan()
    assert tail is crew.tail(rotated)
    assert [tail] == list(crew.roster.active)
    assert (listed, True, crew.now) == (tail.listed, tail.rotated, tail.left)

    left = crew.now
    rotated = rotated.rename(crew.app.rotated(2))
    crew.scan()
    assert tail is crew.tail(rotated)
    assert left == tail.left
    crew.again()
    (entry,) = crew.ledger.files.values()
    assert str(crew.app.path) == entry.stream
    assert str(rotated if listed else crew.app.path) == entry.path


def test_the_next_file_of_a_stream(make: Make) -> None:
    """A new file under a path goes on with its stream, and that is said."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    old = crew.tail()
    crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    new = crew.tail()

    assert new is not old
    assert new.entry.key != old.entry.key
    assert new.entry.stream == old.entry.stream
    assert [{"file": str(crew.app.path), "source": "app"}] == crew.log.named("file_rotated")


def test_the_older_file_first(make: Make) -> None:
    """A file is held until the rotated ones of its stream are read to their end, oldest first."""
    crew = make("app.log")
    tails = []
    for _ in range(3):
        crew.app.lines(1)
        crew.scan()
        tails.append(crew.tail())
        os.utime(crew.app.path, ns=(0, len(tails)))
        crew.scan()
        crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    tails.append(crew.tail())

    for index, tail in enumerate(tails):
        held = [crew.roster.held(each, crew.now) for each in tails]
        assert [False] * (index + 1) + [True] * (3 - index) == held
        crew.read(tail)


def test_what_holds_nothing_back(make: Make) -> None:
    """A rotated file that cannot be read, or takes too long, lets the next one go first."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    old = crew.tail()
    crew.app.rotate()
    crew.app.lines(1)
    crew.scan()
    new = crew.tail()

    assert crew.roster.held(new, crew.now)
    assert crew.roster.held(new, old.left + HOLD - 1)
    assert not crew.roster.held(new, old.left + HOLD)
    old.failing = True
    assert not crew.roster.held(new, crew.now)


def test_listed_and_gone_before_it_is_opened(make: Make) -> None:
    """A file that was deleted or replaced since it was listed is nothing to be said of."""
    crew = make("*.log")
    crew.app.lines(1)
    listed = crew.discovery.scan()
    crew.app.rotate()
    before = len(os.listdir("/proc/self/fd"))
    crew.roster.reconcile(listed, crew.now)
    crew.app.lines(1)
    crew.roster.reconcile(listed, crew.now)
    assert before == len(os.listdir("/proc/self/fd"))
    assert [] == crew.names()
    assert [] == crew.log.events[1:]
    crew.scan()
    assert ["app.log"] == crew.names()


def test_another_source_takes_over(make: Make) -> None:
    """A file that the configuration gives to another source goes on there at its offset."""
    crew = make("*.log")
    crew.app.lines(3)
    crew.scan()
    crew.read(crew.tail())
    offset = crew.tail().entry.offset
    crew.sources = [source(crew.directory / "*.log", name="other")]
    crew.again()
    crew.scan()
    assert ("other", offset) == (crew.tail().entry.source, crew.tail().entry.offset)


# ── cuts and copies ───────────────────────────────────────────────────────────────────────────────


def test_a_rewritten_file_begins_anew(make: Make) -> None:
    """It has a new key, is read from its beginning, and what was in it is missing."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    tail = crew.tail()
    crew.read(tail)
    old = tail.entry
    crew.app.path.write_bytes(b"new\n")
    crew.clock.advance(SECOND)
    crew.roster.active.clear()
    crew.roster.rewritten(tail, crew.now)
    assert [tail] == list(crew.roster.active)

    assert tail.entry.key != old.key
    assert (0, 4, crew.now) == (tail.entry.offset, tail.entry.size, tail.due)
    assert old.gone
    assert [b"new"] == crew.read(tail)


def test_a_copy_is_read_from_where_its_original_was(make: Make) -> None:
    """copytruncate: what was read of the log is not read again in its copy, the rest is."""
    crew = make("app.log*")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    rest = crew.app.lines(2)
    copy = crew.app.copytruncate()
    crew.scan()

    assert key == crew.tail(copy).entry.key
    assert rest == crew.read(crew.tail(copy))
    assert key != crew.tail().entry.key
    assert 1 == len(crew.log.named("file_truncated"))


def test_a_copy_that_no_pattern_names(make: Make) -> None:
    """It is found all the same, and known by its own inode from then on."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    tail = crew.tail()
    crew.read(tail)
    old = tail.entry
    copy = crew.app.copytruncate()
    crew.roster.rewritten(tail, crew.now)
    crew.scan()
    assert old is crew.tail(copy).entry
    assert (copy.stat().st_ino, str(copy)) == (old.identity.inode, old.path)
    crew.again()
    assert copy.stat().st_ino == crew.ledger.files[old.key].identity.inode
    assert str(copy) == crew.ledger.files[old.key].path


def test_a_copy_waits_for_the_cut(make: Make) -> None:
    """A copy that is there before the log is cut is left alone; then it is what was cut."""
    crew = make("app.log*")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    copy = crew.app.copy()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        crew.scan()
        assert ["app.log"] == crew.names()
    assert before == len(os.listdir("/proc/self/fd"))
    crew.app.truncate()
    crew.scan()
    assert key == crew.tail(copy).entry.key


def test_a_copy_of_a_log_that_is_not_cut(make: Make) -> None:
    """After ten seconds it is a file of its own, that goes on behind what was read of the original."""
    crew = make("app.log*")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    copy = crew.app.copy()
    crew.scan()
    crew.scan(WAIT - 1)
    assert ["app.log"] == crew.names()
    crew.scan(1)
    assert crew.tail(copy).entry.key != crew.tail().entry.key
    assert [] == crew.read(crew.tail(copy))


def test_a_copy_with_once(make: Make) -> None:
    """When all is read once there is no time to wait for a cut: the copy goes on at once."""
    crew = make("app.log*", once=True)
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    copy = crew.app.copy()
    crew.scan()
    assert [] == crew.read(crew.tail(copy))


@pytest.mark.scenario(62)
def test_logs_that_begin_alike(make: Make) -> None:
    """Two logs with the same banner are both read, and at once, while both are being written."""
    banner = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))
    crew = make("app*.log")
    other = crew.directory / "app-2.log"
    for path in (crew.app.path, other):
        crew.app.write(banner, path)
        crew.app.lines(1, path)
    crew.scan()
    assert 51 == len(crew.read(crew.tail()))
    crew.app.lines(1, other)
    crew.scan()
    assert 52 == len(crew.read(crew.tail(other)))


def test_files_that_are_there_at_the_first_start(make: Make) -> None:
    """A source that is read from its end is: no file of it is mistaken for a copy and read."""
    text = b"".join(b"# banner of the shop, line %03d\n" % number for number in range(50))
    crew = make("app*.log", read_from="end")
    other = crew.directory / "app-2.log"
    for path in (crew.app.path, other):
        crew.app.write(text, path)
    crew.scan()
    crew.scan(2 * WAIT)
    assert [] == crew.read(crew.tail(other))
    assert len(text) == crew.tail(other).entry.offset


def test_a_replaced_file_with_all_of_the_old_one(make: Make) -> None:
    """A log that is written anew and renamed over the old one goes on where that was."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    key = crew.tail().entry.key
    temporary = crew.directory / "temporary"
    temporary.write_bytes(crew.app.path.read_bytes() + b"more\n")
    temporary.rename(crew.app.path)
    crew.scan()

    entry = crew.tail().entry
    assert (key, crew.app.path.stat().st_ino) == (entry.key, entry.identity.inode)
    assert [b"more"] == crew.read(crew.tail())
    assert 1 == len(crew.roster.tails)


def test_a_copy_in_the_place_of_a_renamed_file(make: Make) -> None:
    """While the old file is still there the new one is another, whatever it begins with."""
    crew = make("app.log")
    lines = crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    old = crew.app.rotate()
    crew.app.path.write_bytes(old.read_bytes())
    crew.scan()
    assert crew.tail().entry.key != crew.tail(old).entry.key
    assert lines == crew.read(crew.tail())


def test_a_replaced_file_with_something_else(make: Make) -> None:
    """Without what was read it is the next file of the stream, and the old one is read to its end."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    old = crew.tail()
    temporary = crew.directory / "temporary"
    temporary.write_bytes(b"X" + crew.app.path.read_bytes())
    temporary.rename(crew.app.path)
    crew.scan()

    assert crew.tail().entry.key != old.entry.key
    assert 2 == len(crew.roster.tails)
    assert 0 == crew.tail().entry.offset


# ── leaving ───────────────────────────────────────────────────────────────────────────────────────


def test_a_drained_file_is_finished(make: Make) -> None:
    """A rotated file that was read to its end is left for good: it is not sought again."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()
    crew.app.rotate()
    crew.scan()
    crew.read(tail)
    crew.roster.leave(tail)
    assert (True, True, -1) == (tail.entry.finished, bool(tail.entry.gone), tail.fd)
    crew.scan(SEARCH)
    assert ({}, {}) == (crew.roster.tails, crew.roster.active)


def test_a_deleted_file_gives_up_its_inode(make: Make) -> None:
    """When it is left another file may have it, and is not mistaken for the old one."""
    crew = make("app.log")
    crew.app.lines(1)
    crew.scan()
    tail = crew.tail()
    crew.app.path.unlink()
    crew.scan()
    crew.read(tail)
    crew.roster.leave(tail)
    assert 0 == tail.entry.identity.inode


def test_an_undrained_file_is_sought(make: Make) -> None:
    """A file that is left with lines in it is found again, under whatever name."""
    crew = make("app.log")
    lines = crew.app.lines(2)
    crew.scan()
    tail = crew.tail()
    crew.app.path.rename(crew.directory / "app.log-20261122")
    crew.scan()
    crew.roster.leave(tail)
    crew.scan()

    again = crew.tail(crew.directory / "app.log-20261122")
    assert again is not tail
    assert (False, True, 0) == (again.listed, again.rotated, again.entry.gone)
    assert lines == crew.read(again)
    assert tail.entry is again.entry


def test_a_file_that_was_rotated_while_nobody_looked(make: Make) -> None:
    """After a restart it is found by what it is, and comes before the new file of its stream."""
    crew = make("app.log")
    crew.app.lines(5)
    crew.scan()
    crew.read(crew.tail())
    rest = crew.app.lines(2)
    crew.again()
    rotated = crew.app.rotate()
    crew.app.lines(1)
    crew.scan()

    assert crew.roster.held(crew.tail(), crew.now)
    assert rest == crew.read(crew.tail(rotated))
    assert not crew.roster.held(crew.tail(), crew.now)


def test_a_sighting_under_two_names(make: Make) -> None:
    """A file that two missing ones could be is followed once, and no descriptor is left over."""
    crew = make("app.log", "app2.log")
    paths = [crew.app.path, crew.directory / "app2.log"]
    text = b"the same text in two files, and more than sixty-four bytes of it\n"
    for path in paths:
        crew.app.write(text, path)
    crew.scan()
    for path in paths:
        crew.read(crew.tail(path))
    crew.again()
    for path in paths:
        path.unlink()
    crew.app.write(text + b"more\n", crew.directory / "app2.1")
    os.link(crew.directory / "app2.1", crew.directory / "app2.2")
    before = len(os.listdir("/proc/self/fd"))
    crew.scan()
    assert 1 == len(crew.roster.tails)
    assert before + 1 == len(os.listdir("/proc/self/fd"))


# ── descriptors ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two descriptors."""
    monkeypatch.setattr(module, "DESCRIPTORS", 2)


def paths(crew: Crew, count: int) -> list[Path]:
    """Return the paths of so many logs, each with a line in it, after a scan."""
    made = [crew.directory / f"{number}.log" for number in range(count)]
    for path in made:
        crew.app.lines(2, path)
    crew.scan()
    return made


@pytest.mark.usefixtures("two_open")
def test_a_bounded_number_is_open(make: Make) -> None:
    """More files than that are followed; the one that was read least recently is closed."""
    crew = make("?.log")
    logs = paths(crew, 4)
    assert ["0.log", "1.log", "2.log", "3.log"] == crew.names()
    assert 2 == len(crew.opened())
    for log in logs:
        assert 2 == len(crew.read(crew.tail(log)))
    assert ["2.log", "3.log"] == crew.opened()
    crew.read(crew.tail(logs[2]))
    crew.app.lines(1, logs[2])
    crew.read(crew.tail(logs[2]))
    crew.read(crew.tail(logs[0]))
    assert ["0.log", "2.log"] == crew.opened()


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_is_gone(make: Make) -> None:
    """A file that is not there any more when it is to be opened again is missing."""
    crew = make("?.log")
    logs = paths(crew, 3)
    tail = next(tail for tail in crew.roster.tails.values() if tail.fd < 0)
    Path(tail.entry.path).unlink()
    assert not crew.roster.open(tail)
    assert tail.place not in crew.roster.tails
    assert tail.entry.gone
    assert len(logs) - 1 == len(crew.roster.tails)


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_is_another(make: Make) -> None:
    """A path that names another file by now is not read as the one that was followed."""
    crew = make("?.log")
    paths(crew, 3)
    tail = next(tail for tail in crew.roster.tails.values() if tail.fd < 0)
    path = Path(tail.entry.path)
    path.rename(crew.directory / "elsewhere")
    crew.app.lines(1, path)
    assert not crew.roster.open(tail)
    assert (-1, True) == (tail.fd, bool(tail.entry.gone))


@pytest.mark.usefixtures("two_open")
def test_a_closed_file_that_was_cut(make: Make) -> None:
    """It is noticed before anything is read of it."""
    crew = make("?.log")
    logs = paths(crew, 3)
    crew.read(crew.tail(logs[0]))
    crew.read(crew.tail(logs[1]))
    crew.read(crew.tail(logs[2]))
    logs[0].write_bytes(b"new\n")
    with pytest.raises(Rewritten):
        crew.roster.open(crew.tail(logs[0]))


def test_half_of_what_the_process_may_open(make: Make) -> None:
    """Where few files may be open the bound is lower: the state, the Agent and others need some."""
    crew = make("*.log")
    for number in range(60):
        crew.app.lines(1, crew.directory / f"{number:02}.log")
    with may_open(100):
        crew.scan()
    assert (60, 50) == (len(crew.names()), len(crew.opened()))


def test_a_closed_file_is_not_polled(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing left to read it is left to the scan: to open it with each look costs too much."""
    monkeypatch.setattr(module, "DESCRIPTORS", 1)
    crew = make("*.log")
    for name in ("a.log", "b.log"):
        crew.app.lines(1, crew.directory / name)
        crew.scan()
        crew.read(crew.tail(crew.directory / name))
    assert [crew.tail(crew.directory / "b.log")] == list(crew.roster.active)
    crew.app.lines(1, crew.directory / "a.log")
    crew.scan()
    assert crew.tail(crew.directory / "a.log") in crew.roster.active


@pytest.mark.usefixtures("two_open")
def test_listed_files_are_closed_before_others(make: Make) -> None:
    """A rotated or deleted file can be opened again hardly or not at all: it stays open."""
    crew = make("?.log")
    logs = paths(crew, 2)
    rotated = crew.tail(logs[0])
    logs[0].rename(crew.directory / "rotated")
    crew.app.lines(1, crew.directory / "2.log")
    crew.scan()
    assert rotated.fd >= 0
    assert [False, True] == [
        crew.tail(logs[1]).fd >= 0,
        crew.tail(crew.directory / "2.log").fd >= 0,
    ]


@pytest.mark.usefixtures("two_open")
def test_live_files_are_read_beside_many_rotated_ones(make: Make) -> None:
    """When rotated files take all descriptors one of them is left: new files do not wait for them."""
    crew = make("?.log")
    logs = paths(crew, 2)
    for log in logs:
        log.rename(crew.directory / f"rotated-{log.name}")
    crew.app.lines(3, logs[0])
    crew.scan()
    assert 3 == len(crew.read(crew.tail(logs[0])))
    assert 2 == len(crew.opened())


@pytest.mark.scenario(66)
@pytest.mark.usefixtures("two_open")
def test_what_must_be_given_up_is_counted(make: Make) -> None:
    """A deleted file that has to be closed takes its unread lines with it: they are lost, said so."""
    crew = make("?.log")
    tails = [crew.tail(log) for log in paths(crew, 2)]
    for tail in tails:
        crew.read(tail)
        rest = crew.app.lines(1, Path(tail.entry.path))
        os.unlink(tail.entry.path)
        tail.look(crew.now)
    crew.app.lines(1, crew.directory / "2.log")
    crew.scan()

    assert [(len(rest[0]) + 1, "descriptors")] == [
        (said["bytes"], said["reason"]) for said in crew.log.named("lines_lost")
    ]
    assert [True, False] == [bool(tail.entry.gone) for tail in tails]
    assert tails[0].entry.size == tails[0].entry.offset


def test_closing_gives_all_descriptors_back(make: Make) -> None:
    """Nothing stays open."""
    crew = make("?.log")
    before = len(os.listdir("/proc/self/fd"))
    paths(crew, 3)
    assert before + 3 == len(os.listdir("/proc/self/fd"))
    crew.roster.close()
    assert before == len(os.listdir("/proc/self/fd"))


def test_files_that_come_and_go_leave_nothing_behind(make: Make) -> None:
    """After many short-lived files there are as many descriptors, tails and streams as before."""
    crew = make("app.log")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        crew.app.lines(1)
        crew.scan()
        tail = crew.tail()
        crew.app.path.unlink()
        crew.scan()
        crew.read(tail)
        crew.roster.leave(tail)
    assert before == len(os.listdir("/proc/self/fd"))
    assert ({}, {}) == (crew.roster.tails, crew.roster.active)


# ── failures ──────────────────────────────────────────────────────────────────────────────────────


@as_user
def test_a_file_that_may_not_be_read(make: Make) -> None:
    """It is said once, with the fix, tried with each scan, and read from its beginning then."""
    crew = make("app.log")
    lines = crew.app.lines(2)
    crew.app.path.chmod(0)
    for _ in range(3):
        crew.scan()
    assert [] == crew.names()
    (said,) = crew.log.named("file_failed")
    assert (str(crew.app.path), "Permission denied") == (said["file"], said["error"])
    assert "give this user read access" in said["fix"]

    crew.app.path.chmod(0o600)
    crew.scan()
    assert lines == crew.read(crew.tail())


def test_a_failure_is_said_once_for_each_cause(make: Make) -> None:
    """The same again is not news; another cause, or another file, is."""
    crew = make("app.log")
    for path in ("/a.log", "/b.log"):
        for number in (13, 13, 24, 24):
            crew.roster.fail(path, OSError(number, os.strerror(number)))
    assert [
        ("/a.log", "Permission denied"),
        ("/a.log", "Too many open files"),
        ("/b.log", "Permission denied"),
        ("/b.log", "Too many open files"),
    ] == [(said["file"], said["error"]) for said in crew.log.named("file_failed")]
    assert "raise LimitNOFILE" == crew.log.named("file_failed")[1]["fix"]


@pytest.mark.scenario(20)
def test_no_descriptor_left(make: Make) -> None:
    """When the process may open no more that is said, each time anew, and the file followed later."""
    crew = make("app.log")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    for times in (1, 2):
        lines = crew.app.lines(1)
        found = crew.discovery.scan()
        crew.clock.advance(QUIET)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))
        try:
            crew.roster.reconcile(found, crew.now)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        assert ["Too many open files"] * times == [
            said["error"] for said in crew.log.named("file_failed")
        ]
        crew.scan()
        assert lines == crew.read(crew.tail())
        crew.app.rotate()
