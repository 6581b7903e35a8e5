import pytest

from logtrace.clock import SECOND
from logtrace.config.model import MultilineConfig
from logtrace.model import LineBatch, Reject
from logtrace.parse import joining
from tests.support.lines import Joining, batch, batches, text

ANY = "(?P<a>.*)"


def multiline(**keys: object) -> Joining:
    """Return what joins lines to records that begin with S, unless told otherwise."""
    found = {"start": text("^S"), "timeout": 2 * SECOND} | keys
    return Joining("regex", "a", ANY, multiline=MultilineConfig(**found))  # type: ignore[arg-type]


# ── which lines are one record ────────────────────────────────────────────────────────────────────


def test_a_record_is_known_by_its_first_line() -> None:
    """Its number and its place are those of the first line; the others are tied to it."""
    made = multiline()

    made.take(batch("S1", "a", "b", "S2", "S3", "c", "S4", first=10))

    assert [(10, "S1\na\nb"), (13, "S2"), (14, "S3\nc")] == made.said
    assert {10: [11, 12], 14: [15]} == made.ties
    assert [0, 3, 4] == list(made.records[0].lines)


def test_a_record_goes_on_in_the_next_batch() -> None:
    """It keeps the number and the place of its first line, in a batch of its own."""
    made = multiline()
    for each in batches(["S1", "a"], ["b"], ["c", "S2"]):
        made.take(each)

    assert [(0, "S1\na\nb\nc")] == made.said
    assert {0: [1, 2, 3]} == made.ties
    alone = next(records.batch for records in made.records if records.rows)
    assert ([0, 3], [b"S1\na\nb\nc"], 0) == (alone.starts, alone.lines, alone.first)


def test_what_stands_before_the_first_record() -> None:
    """Lines whose beginning was never seen are a record of their own."""
    made = multiline()

    assert [(0, "a\nb")] == made.take(batch("a", "b", "S1"))


def test_what_ends_a_record_gives_it_at_once() -> None:
    """Nothing need come behind it."""
    made = multiline(start=None, end=text("^E"))

    assert [(0, "a\nE"), (2, "E")] == made.take(batch("a", "E", "E", "b"))
    assert [(3, "b")] == made.flush()


def test_an_end_that_comes_in_pieces() -> None:
    """It is looked for in the whole line; in none that is not whole yet."""
    config = MultilineConfig(end=text("^END of"))
    made = Joining("regex", "a", ANY, unwrap="cri", multiline=config)

    lines = ("F a", "P END o", "F f it", "P x", "P END of", "F it", "P END of", "F it")
    made.take(batch(*(f"1 stdout {line}" for line in lines)))

    assert [(0, "a\nEND of it"), (3, "xEND ofit\nEND ofit")] == made.said


def test_between_end_and_start() -> None:
    """Lines that stand behind an end and are no start are records by themselves."""
    made = multiline(end=text("^E"))

    made.take(batch("S", "a", "E", "x", "S", "E"))

    assert [(0, "S\na\nE"), (3, "x"), (4, "S\nE")] == made.said


def test_a_row_that_cannot_be_read_keeps_its_place() -> None:
    """A record that no pattern matches is rejected once, for its first line."""
    keys = {"multiline": MultilineConfig(start=text("^S"))}
    made = Joining("regex", "a", r"S(?P<a>\d)(\n.*)?$", **keys)

    made.take(batch("S1", "x", "Sx", "y", "", "S2", "S3"))

    assert [(0, "1"), (2, Reject.PATTERN_MISMATCH), (5, "2")] == made.said
    assert {0: [1], 2: [3, 4]} == made.ties


def test_json_over_several_lines() -> None:
    """An object that is written over lines is one record."""
    made = Joining("json", "a", multiline=MultilineConfig(start=text("^{")))

    made.take(batch("{", '  "a": 1', "}", '{"a": 2}', "{"))

    assert [(0, 1), (3, 2)] == made.said


# ── time ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_record_is_whole_after_a_quiet_time() -> None:
    """Two seconds in which nothing came for it; a line begins them anew."""
    made = multiline()
    first, second = batches(["S1"], ["a"])
    made.take(first)
    assert made.joiner.waiting
    assert [] == made.elapse(SECOND) + made.elapse(SECOND)
    made.take(second)
    assert [] == made.elapse(SECOND) + made.elapse(SECOND)

    assert [(0, "S1\na")] == made.elapse(SECOND)
    assert not made.joiner.waiting


def test_the_time_before_a_line_does_not_count() -> None:
    """What passed while nothing was read is not quiet after the line that was read then."""
    made = multiline()
    made.take(batch("S1"))

    assert [] == made.elapse(60 * SECOND)
    assert [(0, "S1")] == made.elapse(2 * SECOND)


def test_no_time_passes_for_a_log_that_is_behind() -> None:
    """There is more to read: what goes on with the record may be among it."""
    made = multiline()
    made.take(batch("S1"))

    assert [] == [made.elapse(SECOND, "shop") for _ in range(9)][-1]


def test_a_piece_waits_five_seconds_for_the_next() -> None:
    """A writer that died in the middle of a line leaves what it wrote."""
    made = Joining("regex", "a", ANY, unwrap="cri")
    made.take(batch("1 stdout P half"))

    assert [] == made.elapse(SECOND) + made.elapse(4 * SECOND)
    assert [(0, "half")] == made.elapse(SECOND)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_goes_on_over_a_rotation() -> None:
    """The next file of the stream begins with what the last one ended with."""
    made = multiline()
    made.take(batch("S1", "a", key=1))
    made.take(batch("b", "S2", key=2, first=2))

    assert [(0, "S1\na\nb")] == made.said
    assert 1 == made.records[1].batch.key


@pytest.mark.parametrize(
    "keys",
    [
        {"key": 2, "severed": True},
        {"key": 2, "at": 100},
        {"key": 1, "at": 100},
    ],
    ids=["cut", "the middle of another file", "a gap"],
)
def test_a_record_does_not_go_on_over_a_gap(keys: dict[str, int]) -> None:
    """What stands behind is the beginning of something else."""
    made = multiline()
    made.take(batch("S1", "a"))
    made.take(batch("b", "S2", first=2, **keys))

    assert [(0, "S1\na"), (2, "b")] == made.said


def test_lines_that_are_read_again_are_joined_as_they_were() -> None:
    """What was open stands anywhere in the file; a record never goes on behind a gap."""
    made = multiline()

    made.take(batch("a", "S1", "b", "c", "S2", gaps=[3], replayed=True))

    assert [(0, "a"), (1, "S1\nb"), (3, "c")] == made.said


def test_streams_are_joined_apart() -> None:
    """Two logs of one source have nothing to do with one another."""
    made = multiline()
    one, two = batch("S1"), batch("S2", first=1)
    two.stream = "other"
    made.take(one)
    made.take(two)

    assert [(0, "S1"), (1, "S2")] == made.flush()


# ── channels ──────────────────────────────────────────────────────────────────────────────────────


def test_channels_are_joined_apart() -> None:
    """Records of stdout and stderr that are mixed are put together each for itself."""
    made = Joining(
        "regex", "a cri.stream", ANY, unwrap="cri", multiline=MultilineConfig(start=text("^S"))
    )
    lines = ["stdout F S1", "stderr F S2", "stdout F a", "stderr F b", "stdout F S3", "stderr F S4"]

    made.take(batch(*(f"1 {line}" for line in lines)))

    assert [(0, ("S1\na", "stdout")), (1, ("S2\nb", "stderr"))] == made.said
    assert {0: [2], 1: [3]} == made.ties


def test_a_line_in_pieces_goes_on_with_its_record() -> None:
    """Pieces are put together without a newline, lines with one."""
    made = Joining("regex", "a", ANY, unwrap="cri", multiline=MultilineConfig(start=text("^S")))
    lines = ["F S1", "P one ", "F Stwo", "P S", "F 2", "F S3"]

    made.take(batch(*(f"1 stdout {line}" for line in lines)))

    assert [(0, "S1\none Stwo"), (3, "S2")] == made.said


# ── bounds ────────────────────────────────────────────────────────────────────────────────────────


def test_too_many_lines_are_passed_over() -> None:
    """What is more is no record by itself: it is given back, and the record counted as cut."""
    made = multiline(max_lines=3)

    made.take(batch("S1", "a", "b", "c", "d", "S2", "S3", "e", "f", "S4"))

    assert [(0, "S1\na\nb"), (5, "S2"), (6, "S3\ne\nf")] == made.said
    assert ([3, 4], 1) == (made.passed, made.cut)
    assert {0: [1, 2], 6: [7, 8]} == made.ties


def test_a_full_record_is_passed_over_in_later_batches_too() -> None:
    """And counted as cut once."""
    made = multiline(max_lines=1)
    for each in batches(["S1"], ["a"], ["b", "S2"]):
        made.take(each)

    assert [(0, "S1"), (3, "S2")] == made.said
    assert ([1, 2], 1) == (made.passed, made.cut)


def test_too_many_characters_are_cut() -> None:
    """The line that has no room is kept in part."""
    made = multiline(max_bytes=6)

    made.take(batch("S1", "abcdef", "x", "S2"))

    assert [(0, "S1\nabc")] == made.said
    assert ([2], 1) == (made.passed, made.cut)


def test_a_line_in_endless_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is kept up to its bound; the next line is a line again."""
    monkeypatch.setattr(joining, "MAX_PIECES", 5)
    made = Joining("regex", "a", ANY, unwrap="cri")

    made.take(batch(*(f"1 stdout {line}" for line in ("P abc", "P def", "P g", "F h", "F i"))))

    assert [(0, "abcde"), (4, "i")] == made.said
    assert ([2, 3], 1) == (made.passed, made.cut)


def test_only_so_many_records_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is taken for whole: whoever invents channels cannot fill the memory."""
    monkeypatch.setattr(joining, "MAX_OPEN", 2)
    config = MultilineConfig(start=text("^S"))
    made = Joining("regex", "a", ANY, unwrap="syslog", multiline=config)

    made.take(batch(*(f"2026-11-22T10:00:00Z h app{n}: S{n}" for n in range(5))))

    assert [(0, "S0"), (1, "S1"), (2, "S2")] == made.said
    assert [(3, "S3"), (4, "S4")] == made.flush()


def test_the_oldest_record_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the newest one of the stream that was opened first."""
    monkeypatch.setattr(joining, "MAX_OPEN", 2)
    made = multiline()

    def of(stream: str, line: str, first: int, at: int = 0) -> LineBatch:
        made = batch(line, first=first, at=at)
        made.stream = stream
        return made

    made.take(of("a", "S0", 0))
    made.take(of("b", "S1", 1))
    made.take(of("a", "S2", 2, at=3))
    assert [(0, "S0")] == made.said
    made.take(of("c", "S3", 3))
    assert [(0, "S0"), (1, "S1")] == made.said
    assert [(2, "S2"), (3, "S3")] == made.flush()


def test_only_so_many_characters_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """In all open records together."""
    monkeypatch.setattr(joining, "MAX_HELD", 5)
    config = MultilineConfig(start=text("^S"))
    made = Joining("regex", "a", ANY, unwrap="syslog", multiline=config)

    made.take(batch(*(f"2026-11-22T10:00:00Z h app{n}: S{n}" for n in range(4))))

    assert [(0, "S0"), (1, "S1")] == made.said


def test_nothing_is_kept_of_a_stream_that_has_nothing_open() -> None:
    """Ten thousand files a day leave nothing behind."""
    made = multiline(end=text("."))
    made.take(batch("S1", "S2"))

    assert not made.joiner._streams
