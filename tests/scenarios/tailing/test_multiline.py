"""Records of several lines, and lines in several pieces: over rotations, restarts and pauses."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from tests.support.agent import FakeAgent
from tests.support.rig import Rig

TEXT = r"""
    format: regex
    read_from: beginning
    pattern: '^(?P<time>\d\S+) (?P<level>\w+) (?P<message>.*)$'
    multiline: {start: timestamp}
    spans:
      - {when: message exists, name: log, instant: true, resource: "{message}"}
"""
"""Each record, whatever lines it has, is a span whose resource is its text."""

CRI = """
    format: regex
    read_from: beginning
    unwrap: cri
    pattern: '^(?P<message>.*)$'
    spans:
      - {when: message exists, name: log, instant: true, resource: "{message}"}
"""

TRACE = "java.lang.IllegalStateException: no\n\tat com.shop.Cart.take(Cart.java:17)\n"

Start = Callable[[str], Rig]


@pytest.fixture
def start(tmp_path: Path, agent: FakeAgent) -> Iterator[Start]:
    """Return what starts a daemon over a log with the keys of its source."""
    rigs: list[Rig] = []

    def start(source: str) -> Rig:
        rigs.append(Rig(tmp_path, agent, source, "redact: {tokens: false}\n"))
        return rigs[-1]

    yield start
    for rig in rigs:
        rig.close()


def line(second: int, text: str) -> str:
    """Return a line that begins a record."""
    return f"2026-11-22T11:00:{second:02}Z ERROR {text}\n"


def texts(rig: Rig) -> list[str]:
    """Return what the Agent got, in the order of the log's times."""
    spans = sorted(rig.agent.spans, key=lambda span: int(str(span["start"])))
    return [str(span["resource"]) for span in spans]


@pytest.mark.scenario(91)
def test_a_stack_trace_is_one_record(start: Start) -> None:
    """The next record ends it; the last one is whole when nothing came for two seconds."""
    rig = start(TEXT)
    rig.write(line(1, "failed"), TRACE, line(2, "failed again"), TRACE)
    rig.step(40)

    assert [f"failed\n{TRACE}".rstrip(), f"failed again\n{TRACE}".rstrip()] == texts(rig)
    assert 0 == rig.lost()
    assert 4 == rig.telemetry.total("lines_joined")


@pytest.mark.scenario(92)
def test_a_record_over_a_rotation(start: Start) -> None:
    """Renamed in the middle of a record, the log goes on in the new file."""
    rig = start(TEXT)
    rig.write(line(1, "failed"), TRACE)
    rig.step()
    rig.log.rename(rig.directory / "app.log.1")
    rig.write("\tat com.shop.Main.main(Main.java:3)\n", line(2, "next"))
    rig.step(40)

    assert f"failed\n{TRACE}\tat com.shop.Main.main(Main.java:3)" == texts(rig)[0]
    assert 2 == len(texts(rig))


@pytest.mark.scenario(92)
def test_a_record_is_not_stitched_over_a_cut(start: Start) -> None:
    """What stands in the cut log is the beginning of something else."""
    rig = start(TEXT)
    rig.write(line(1, "failed"), TRACE)
    rig.step()
    rig.log.write_text("\tat nowhere\n" + line(2, "next"))
    rig.step(40)

    assert [f"failed\n{TRACE}".rstrip(), "next"] == texts(rig)
    assert 1 == rig.telemetry.count("lines_rejected", "pattern_mismatch")


@pytest.mark.scenario(93)
def test_a_record_whose_file_is_left(start: Start) -> None:
    """Its file is rotated away, deleted and let go before it is whole: nothing is lost."""
    rig = start(TEXT)
    rig.write(line(1, "failed"), TRACE)
    rig.step()
    rig.log.unlink()
    rig.step(60)

    assert [f"failed\n{TRACE}".rstrip()] == texts(rig)
    assert 0 == rig.lost()


@pytest.mark.scenario(94)
def test_a_record_of_too_many_lines(start: Start) -> None:
    """It is cut; what has no room is counted, and is no record by itself."""
    rig = start(TEXT.replace("{start: timestamp}", "{start: timestamp, max_lines: 3}"))
    rig.write(line(1, "failed"), TRACE, "\tat a\n", "\tat b\n", line(2, "next"))
    rig.step(40)

    assert [f"failed\n{TRACE}".rstrip(), "next"] == texts(rig)
    assert 2 == rig.telemetry.count("lines_rejected", "record_full")
    assert 1 == rig.telemetry.count("lines_repaired", "cut")


@pytest.mark.scenario(95)
def test_pieces_of_a_container_runtime_over_a_rotation(start: Start) -> None:
    """A line in pieces is one, though its file is renamed between them."""
    rig = start(CRI)
    rig.write("2026-11-22T11:00:00Z stdout P one \n")
    rig.step()
    rig.log.rename(rig.directory / "app.log.1")
    rig.write("2026-11-22T11:00:00Z stdout F two\n")
    rig.step(40)

    assert ["one two"] == texts(rig)


@pytest.mark.scenario(95)
def test_sixteen_kibibytes_of_docker(start: Start) -> None:
    """A long line of JSON that Docker cut is read as the JSON that it was."""
    rig = start(CRI.replace("cri", "docker").replace("regex", "json").replace("pattern", "#"))
    text = "a" * 40_000
    whole = json.dumps({"message": text}) + "\n"
    for at in range(0, len(whole), 16384):
        entry = {"log": whole[at : at + 16384], "stream": "stdout", "time": "2026-11-22T11:00:00Z"}
        rig.write(json.dumps(entry) + "\n")
    rig.step(40)

    assert [text[:5000]] == [resource[:5000] for resource in texts(rig)]
    assert 0 == rig.lost()


@pytest.mark.scenario(96)
def test_two_streams_of_records_that_are_mixed(start: Start) -> None:
    """Records of stdout and of stderr are put together each for itself."""
    rig = start(CRI + "    multiline: {continue: indented}\n")
    stamp = "2026-11-22T11:00:0{}Z {} F {}\n"
    for second, (stream, text) in enumerate(
        [("stdout", "one"), ("stderr", "two"), ("stdout", " 1"), ("stderr", " 2")]
    ):
        rig.write(stamp.format(second, stream, text))
    rig.step(40)

    assert ["one\n 1", "two\n 2"] == texts(rig)


@pytest.mark.scenario(76)
def test_a_record_that_is_open_at_a_kill(start: Start) -> None:
    """It is read again from its first line, joined as before, and sent once, with the same ids."""
    rig = start(TEXT)
    rig.write(line(1, "first"), "\tmore\n", line(2, "failed"), TRACE)
    rig.step(2)
    rig.crash()
    rig.write("\tat com.shop.Main.main(Main.java:3)\n", line(3, "next"))
    rig.step(40)

    assert ["first\n\tmore", f"failed\n{TRACE}\tat com.shop.Main.main(Main.java:3)", "next"] == [
        *dict.fromkeys(texts(rig))
    ]
    assert 3 == len({span["span_id"] for span in rig.agent.spans})
    assert 0 == rig.lost()


@pytest.mark.scenario(76)
def test_a_record_is_closed_in_the_ledger_with_its_first_line(start: Start) -> None:
    """When the Agent has it, a restart reads none of its lines again."""
    rig = start(TEXT)
    rig.write(line(1, "failed"), TRACE * 50, line(2, "next"))
    rig.step(60, SECOND)
    assert {} == rig.ledger.open_records()
    read = rig.telemetry.total("lines_read")
    rig.crash()
    rig.step(5)

    assert read == rig.telemetry.total("lines_read")
    assert 2 == len(rig.agent.spans)
