"""Lines of every length and kind, from many files at once."""

import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.source.files import GIVE_UP
from logtrace.source.lines import BLOCK, MAX_LINE
from tests.support.agent import FakeAgent
from tests.support.files import FollowedFiles, LogWriter, source
from tests.support.rig import Rig, line
from tests.support.tailing import Follow, places

GIB = 1 << 30

TEXT = r"""
    format: regex
    read_from: beginning
    pattern: '^(?P<time>\S+) (?P<message>.*)$'
    time: {field: time}
    spans:
      - {when: true, name: line, resource: "{message}", instant: true}
"""


@pytest.fixture
def text(tmp_path: Path, agent: FakeAgent) -> Iterator[Rig]:
    """A daemon over a log that is plain text."""
    text = Rig(tmp_path, agent, TEXT)
    yield text
    text.close()


@pytest.mark.scenario(24)
@pytest.mark.parametrize("length", [20_000, BLOCK - 1, BLOCK, 3 * BLOCK + 1, MAX_LINE])
def test_an_unfinished_line_longer_than_a_block(
    follow: Follow, app: LogWriter, length: int
) -> None:
    """Its file is rotated and quiet: it comes whole."""
    app.write(b"x" * length)
    followed = follow("app.log")
    assert [] == followed.read()
    app.rotate()
    new = app.lines(1)
    assert [b"x" * length, *new] == followed.read() + followed.read(GIVE_UP)


@pytest.mark.scenario(25)
@pytest.mark.parametrize(
    "content", [b"\n", b"\n" * 5000, b"\n\n\na\n", b"a\n" + b"\n" * 300_000 + b"b\n"]
)
def test_empty_lines(follow: Follow, app: LogWriter, content: bytes) -> None:
    """Each is a line with a place of its own; none is read twice, and what follows is read."""
    app.write(content)
    followed = follow("*.log")
    lines = followed.read_and_release()
    assert content == b"".join(each + b"\n" for each in lines)
    followed.restart()
    assert [] == followed.read_and_release()
    app.write("end\n")
    assert [b"end"] == followed.read_and_release()


@pytest.mark.scenario(26)
def test_line_ends_of_other_systems(text: Rig) -> None:
    """CR LF, mixed with LF, and split between two reads, is a line end; a lone CR is not."""
    with text.log.open("ab") as log:
        log.write(b"2026-11-22T11:00:00Z one\r\n2026-11-22T11:00:01Z two\n")
        log.write(b"2026-11-22T11:00:02Z three\rfour\r\n2026-11-22T11:00:03Z five\r")
        log.flush()
        text.step(3)
        log.write(b"\n2026-11-22T11:00:04Z six\r\n")
    text.step(5)
    assert ["one", "two", "three\rfour", "five", "six"] == [
        span["resource"] for span in sorted(text.agent.spans, key=lambda span: span["start"])
    ]
    assert 0 == text.lost()


@pytest.mark.scenario(26)
def test_json_with_carriage_returns(rig: Rig) -> None:
    """They change nothing, however they are mixed with lines that have none."""
    rig.write(*(line(number).replace("\n", "\r\n" if number % 3 else "\n") for number in range(9)))
    rig.step(5)
    assert list(range(9)) == rig.delivered
    assert 0 == rig.lost()


@pytest.mark.scenario(28)
def test_an_over_long_line_that_is_never_finished(follow: Follow, app: LogWriter) -> None:
    """As the last one of a rotated file it is cut like any other; the line before it is whole."""
    app.write(b"whole\n" + "é".encode() * MAX_LINE)
    followed = follow("app.log")
    followed.read()
    app.rotate()
    new = app.lines(1)
    found = followed.read(SECOND) + followed.read(GIVE_UP)
    assert ["é" * (MAX_LINE // 2), new[0].decode()] == [each.decode() for each in found]
    assert 1 == followed.telemetry.count("lines_repaired", "cut")


@pytest.mark.scenario(29)
@pytest.mark.slow
def test_fifty_megabytes_without_a_line_end(follow: Follow, app: LogWriter) -> None:
    """A step looks at a bounded piece, memory stays where it was, and the next line is whole."""
    for _ in range(50):
        app.write(b"x" * (1 << 20))
    other = app.path.with_name("other.log")
    followed = follow("*.log")
    tracemalloc.start()
    try:
        followed.round()
        lines = app.lines(1, other)
        assert lines == [each for batch in followed.round() for each in batch.lines]
        app.write("\nnext\n")
        found = followed.read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [MAX_LINE, 4] == [len(each) for each in found]
    assert peak < 8 * (1 << 20)


@pytest.mark.scenario(30)
def test_bytes_that_are_no_text(text: Rig) -> None:
    """What is not UTF-8 arrives as U+FFFD and is counted, a NUL arrives as it is."""
    with text.log.open("ab") as log:
        log.write(b"2026-11-22T11:00:00Z caf\xe9 au lait\n")
        log.write(b"2026-11-22T11:00:01Z nul\x00nul\n")
    text.step(5)
    spans = sorted(text.agent.spans, key=lambda span: span["start"])
    arrived = [span["resource"] for span in spans]
    assert ["caf\ufffd au lait", "nul\x00nul"] == arrived
    assert 1 == text.telemetry.count("lines_repaired", "utf8")


@pytest.mark.scenario(34)
def test_ten_files_written_at_the_same_time(follow: Follow, app: LogWriter) -> None:
    """A thousand lines of ten writers, read while they write: each once, in the order of its file."""
    followed = follow("*.log")

    def write(name: str) -> None:
        for number in range(100):
            with app.path.with_name(name).open("ab", buffering=0) as log:
                log.write(b"%s %03d " % (name.encode(), number))
                log.write(b"and the rest of the line\n")

    writers = [threading.Thread(target=write, args=(f"{number}.log",)) for number in range(10)]
    for writer in writers:
        writer.start()
    found = []
    while any(writer.is_alive() for writer in writers):
        found += followed.read_and_release()
    found += followed.read_and_release()

    assert 1000 == len(found) == len(set(found))
    for number in range(10):
        own = [each for each in found if each.startswith(b"%d.log" % number)]
        assert sorted(own) == own
    assert {len(b"0.log 000 and the rest of the line")} == {len(each) for each in found}


@pytest.mark.scenario(35)
@pytest.mark.slow
def test_a_quiet_file_beside_a_hundred_megabytes(follow: Follow, app: LogWriter) -> None:
    """Its line comes within the next round, which hands out no more than a block of the busy one."""
    text = (b"y" * 99 + b"\n") * 10_000
    for _ in range(100):
        app.write(text)
    quiet = app.path.with_name("quiet.log")
    followed = follow("*.log")
    for _ in range(5):
        followed.round(30 * MILLISECOND)
        written = app.lines(1, quiet)
        batches = followed.round(SECOND)
        assert written == [
            each for batch in batches if len(batch.lines) == 1 for each in batch.lines
        ]
        assert sum(len(batch.block) for batch in batches) < 2 * BLOCK


@pytest.mark.scenario(36)
def test_rotated_files_are_read_from_the_oldest_on(follow: Follow, app: LogWriter) -> None:
    """Three rotations behind, each file several blocks long: the lines come as they were written."""
    followed = follow("app.log*")
    written = []
    for _ in range(4):
        written += app.lines(1)
        followed.files.look()
        followed.clock.advance(SECOND)
        written += app.lines(3 * BLOCK // 36)
        app.rotate()
        app.path.touch()
        followed.files.look()
        followed.clock.advance(SECOND)
    assert written == followed.read()


@pytest.mark.scenario(37)
def test_offsets_beyond_four_gibibytes(tmp_path: Path, app: LogWriter) -> None:
    """What is appended to a file of 5 GiB is read, again after a crash, and cut lines are noticed."""
    with app.path.open("wb") as log:
        log.truncate(5 * GIB)
    app.write("\n")
    followed = FollowedFiles(tmp_path / "state", source(app.path, read_from="end"))
    assert [] == followed.read()
    written = app.lines(3)
    assert written == followed.read()
    found = places(followed.batches)
    assert 5 * GIB + 1 == found[written[0]][2]
    followed.stop()
    followed.start()
    more = app.lines(1)
    assert written + more == followed.read_and_release()
    assert found.items() <= places(followed.batches).items()
    app.truncate()
    new = app.lines(1)
    assert new == followed.read_and_release()
    followed.crash()
