"""Random lives of a log file against a model of what must be delivered.

What the model cannot know is what a truncation or a deletion destroyed before it was read: such lines
*may* be delivered. All others *must* be, those of files too that came and were rotated away, compressed
perhaps, while the daemon was down, and none ever twice but for those that a crash found unacknowledged:
they come again with the key and offset that they had, and of one stream in the order of its files.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from logtrace.clock import MILLISECOND, SECOND
from logtrace.source.missing import GRACE as HOUR
from logtrace.source.roster import LINGER
from tests.support.files import FollowedFiles, LogWriter, numbers, source

MUCH = b"x" * 900_000
"""Of a line like that few fit into what is decompressed at once."""

WORD = b" and it is long enough to tell one file from another by its last bytes"


@dataclass(eq=False)
class WorldFile:
    """A file as the world sees it: its lines, and whether the daemon had a chance to see it."""

    age: int
    lines: list[bytes] = field(default_factory=list)
    partial: bytes = b""
    seen: bool = False
    rotated_at: int = 0


class TailModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self.directory = Path(self._directory.name)
        self.app = LogWriter(self.directory / "app.log")
        self.live: WorldFile | None = None
        self.rotated: list[WorldFile] = []
        self.must: set[bytes] = set()
        self.written: set[bytes] = set()
        self.handed_out: dict[bytes, tuple[int, int]] = {}
        self.this_run: dict[bytes, int] = {}
        self.done: set[bytes] = set()
        self.done_in_this_run: set[bytes] = set()
        self.surely_done: set[bytes] = set()
        self.counter = itertools.count()
        self.ages = itertools.count()
        self.age: dict[bytes, int] = {}
        self.read_again: dict[str, int] = {}
        self.modified = 0
        self.in_order = True
        self.up = False
        self.unproven: set[bytes] = set()

    @initialize(all_names=st.booleans(), tiny=st.booleans())
    def begin(self, all_names: bool, tiny: bool) -> None:
        self.all_names, self.tiny = all_names, tiny
        pattern = "app.log*" if all_names else "app.log"
        self.followed = FollowedFiles(self.directory / "state", source(self.directory / pattern))
        if all_names:  # what is called as its rotated files is of the log only if that was there
            self._live()
            self.app.path.touch()
        created = self.directory.stat().st_mtime_ns  # the wall clock and the file system's are one
        self.followed.clock.step_wall(created - self.followed.clock.now() - HOUR)
        self.up = True
        self.read(40 * MILLISECOND)
        self.commit()

    # ── the application ───────────────────────────────────────────────────────────────────────────

    def _text(self) -> bytes:
        return b"line %06d" % next(self.counter) + (b"" if self.tiny else WORD)

    def _write(self, text: bytes, path: Path | None = None) -> None:
        """Append text; no two files are written at the same moment."""
        self.app.write(text, path)
        path = path or self.app.path
        self.modified = max(path.stat().st_mtime_ns, self.modified + 1)
        os.utime(path, ns=(self.modified, self.modified))

    def _expect(self, file: WorldFile, line: bytes) -> None:
        file.lines.append(line)
        self.age[line] = file.age
        self.written.add(line)
        self.must.add(line)

    def _live(self) -> WorldFile:
        if self.live is None:
            self.live = WorldFile(next(self.ages))
        return self.live

    @rule(count=st.integers(1, 5))
    def write(self, count: int) -> None:
        file = self._live()
        for _ in range(count):
            line, rest = (file.partial, b" and its rest") if file.partial else (b"", self._text())
            self._write(rest + b"\n")
            file.partial = b""
            self._expect(file, line + rest)

    @rule(before=st.integers(1, 2), behind=st.integers(1, 3))
    def write_much(self, before: int, behind: int) -> None:
        """A line with more on both sides than is decompressed at once."""
        file = self._live()
        if not file.partial:
            for long in (True,) * before + (False,) + (True,) * behind:
                line = self._text() + (MUCH if long else b"")
                self._write(line + b"\n")
                self._expect(file, line)

    @rule()
    def write_partly(self) -> None:
        file = self._live()
        if not file.partial:
            file.partial = self._text()
            self._write(file.partial)

    @precondition(lambda self: self.rotated and not self.rotated[0].partial)
    @rule()
    def write_to_the_renamed_file(self) -> None:
        file = self.rotated[0]
        if self.followed.clock.monotonic() - file.rotated_at < LINGER // 2:
            line = self._text()
            self._let_come_again(file)  # its time is that of no copy any more
            self._write(line + b"\n", self.app.rotated(1))
            self._expect(file, line)
            self.in_order = False  # two files are written at a time: neither is the older one

    # ── logrotate ─────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.live)
    @rule()
    def rotate(self) -> None:
        file, self.live = self.live, None
        assert file is not None
        self.app.rotate()
        file.rotated_at = self.followed.clock.monotonic()
        if file.partial:
            self._expect(file, file.partial)
            if not file.seen and self.all_names:  # by its name it is a live file with half a line
                self.must.discard(file.partial)
        self.rotated.insert(0, file)

    @precondition(lambda self: self.rotated)
    @rule(suffix=st.sampled_from([".gz", ".bz2"]))
    def compress(self, suffix: str) -> None:
        """Compress the oldest file, and give the archive a name of its own."""
        file = self.rotated.pop()
        self._let_come_again(file)
        archive = self.app.compress(self.app.rotated(len(self.rotated) + 1), suffix=suffix)
        archive.rename(f"{self.app.path}-{next(self.counter)}{suffix}")

    @precondition(lambda self: self.live)
    @rule(copy=st.booleans())
    def truncate(self, copy: bool) -> None:
        assert self.live is not None
        if copy:
            self.app.copytruncate()
            rotated_at = self.followed.clock.monotonic()
            partial = self.live.partial
            copied = WorldFile(self.live.age, list(self.live.lines), partial, False, rotated_at)
            if partial:
                self.written.add(partial)
            self.rotated.append(copied)
        else:
            self.app.truncate()
        self._destroy(self.live)
        self.live = WorldFile(next(self.ages))

    @precondition(lambda self: self.up and self.live and self.live.lines)
    @rule()
    def truncate_what_was_read(self) -> None:
        """Copy and cut a log of which all was read, as happens to most."""
        self.read(SECOND)
        self.truncate(copy=True)

    @precondition(lambda self: self.live)
    @rule()
    def delete(self) -> None:
        assert self.live is not None
        self.app.path.unlink()
        if self.live.partial:
            self.written.add(self.live.partial)
        for file in self.rotated:  # a copy of a file that is gone before its cut was seen
            self._let_come_again(file)
        self._destroy(self.live)
        self.live = None

    def _let_come_again(self, file: WorldFile) -> None:
        """Take note that a file may not be known again, by the few bytes that were read of it."""
        if self.tiny:
            self.unproven.update(file.lines)

    def _destroy(self, file: WorldFile) -> None:
        self.must.difference_update(file.lines)

    # ── the daemon ────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.up)
    @rule(pause=st.sampled_from([40 * MILLISECOND, SECOND, 6 * SECOND, LINGER + SECOND]))
    def read(self, pause: int) -> None:
        seen = len(self.followed.batches)
        self.followed.read(pause)
        if self.live and pause >= SECOND:
            self.live.seen = True
        for batch in self.followed.batches[seen:]:
            assert b"".join(line + b"\n" for line in batch.lines) == batch.block
            assert len(batch.lines) + 1 == len(batch.starts)
            assert str(self.app.path) == batch.stream
            for number, line, start in zip(numbers(batch), batch.lines, batch.starts, strict=False):
                self._receive(line, number, (batch.key, start), batch.replayed)
            if batch.replayed and self.in_order:
                ages = [self.age[line] for line in batch.lines if line in self.age]
                assert sorted(ages) == ages
                last = self.read_again.get(batch.stream, 0)
                assert last <= min(ages, default=last), "read again before what is older"
                self.read_again[batch.stream] = max(ages, default=last)

    def _receive(self, line: bytes, number: int, place: tuple[int, int], again: bool) -> None:
        assert line in self.written, "nobody wrote this line"
        if line in self.unproven:
            self.this_run[line] = number
            return
        assert line not in self.this_run, "delivered twice"
        assert line not in self.surely_done, "delivered again after it was done"
        assert place == self.handed_out.setdefault(line, place), "came again from another place"
        self.this_run[line] = number

    @precondition(lambda self: self.up and self.this_run)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        lines = data.draw(st.lists(st.sampled_from(list(self.this_run)), max_size=8))
        self.followed.files.release([self.this_run[line] for line in lines])
        self.done.update(lines)
        self.done_in_this_run.update(lines)

    @precondition(lambda self: self.up and self.this_run)
    @rule(data=st.data())
    def acknowledge_all_but_one(self, data: st.DataObject) -> None:
        kept = data.draw(st.sampled_from(list(self.this_run)))
        lines = self.this_run.keys() - {kept}
        self.followed.files.release([self.this_run[line] for line in lines])
        self.done.update(lines)
        self.done_in_this_run.update(lines)

    @precondition(lambda self: self.up)
    @rule()
    def commit(self) -> None:
        self.followed.files.commit(force=True)
        self.surely_done |= self.done_in_this_run

    @precondition(lambda self: self.up)
    @rule()
    def crash(self) -> None:
        self.followed.crash()
        for file in self.rotated:  # that these are copies may not have been written down
            self._let_come_again(file)
        self.up = False
        self.this_run = {}
        self.done_in_this_run = set()
        self.read_again = {}

    @precondition(lambda self: not self.up)
    @rule()
    def start(self) -> None:
        self.followed.start()
        self.up = True

    def teardown(self) -> None:
        try:
            if not hasattr(self, "followed"):
                return
            if not self.up:
                self.start()
            if self.live is None or not self.live.lines:
                # What came and went is found with the next, and its half line is over.
                self.write(1)
            for _ in range(5):
                self.read(6 * SECOND)
            assert set() == self.must - self.done - self.this_run.keys(), "never delivered"
        finally:
            if self.up:
                self.followed.crash()
            self._directory.cleanup()


TestTailModel = pytest.mark.scenario(109)(TailModel.TestCase)
TestTailModel.settings = settings(stateful_step_count=30)
