"""One file → line batches: blocks, half lines, over-long lines, and files that changed underneath."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.model import LineBatch
from logtrace.source import tail as module
from logtrace.source.checkpoint import FileEntry
from logtrace.source.identity import HEAD, digest, observe
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.tail import STRIDE, Rewritten, Tail, read_line
from tests.support.files import LogWriter


class Followed:
    """A log file and the tail over it; what the ledger does with offsets is done here."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.app = LogWriter(path)
        self.app.write(content)
        self.tail = self._open(0)
        self.now = 0

    def _open(self, offset: int) -> Tail:
        fd = os.open(self.app.path, os.O_RDONLY)
        status = os.fstat(fd)
        entry = FileEntry(7, "shop", "stream", str(self.app.path), observe(fd, status, offset))
        entry.offset = offset
        return Tail(entry, fd, status)

    def look(self) -> bool:
        self.now += SECOND
        return self.tail.look(self.now)

    def read(self, give_up: bool = False) -> LineBatch | None:
        """Look, and read the next batch as the ledger would have it."""
        self.look()
        batch = self.tail.read(give_up)
        if batch is not None:
            self.tail.entry.offset = batch.starts[-1]
        return batch

    def lines(self, give_up: bool = False) -> list[bytes]:
        """Read on until there is nothing; return the lines, having checked their places."""
        content = self.app.path.read_bytes()
        found: list[bytes] = []
        while (batch := self.read(give_up)) or self.tail.pending:
            if batch is not None:
                assert b"".join(line + b"\n" for line in batch.lines) == batch.block
                for line, start in zip(batch.lines, batch.starts, strict=False):
                    assert line == content[start : start + len(line)]
                found += batch.lines
        return found


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Callable[..., Followed]]:
    """Return what follows a file with the given content."""
    made: list[Followed] = []

    def follow(*content: bytes) -> Followed:
        made.append(Followed(tmp_path / "app.log", b"".join(content)))
        return made[-1]

    yield follow
    for followed in made:
        followed.tail.close()


Follow = Callable[..., Followed]


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_says_where_it_is_from(follow: Follow) -> None:
    """Lines without newlines, the block with them, where each starts, and where the next one will."""
    followed = follow(b"one\n\nthree\r\n")
    batch = followed.read()

    assert (
        LineBatch(
            "shop", "stream", 7, b"one\n\nthree\r\n", [b"one", b"", b"three\r"], [0, 4, 5, 12]
        )
        == batch
    )
    assert followed.read() is None
    assert not followed.tail.pending


def test_reading_moves_no_offset(follow: Follow) -> None:
    """The offset is the ledger's to move: a batch that is not admitted spoils nothing but the anchor."""
    followed = follow(b"one\ntwo\n")
    followed.tail.read()
    assert 0 == followed.tail.entry.offset
    assert digest(b"one\ntwo\n") == followed.tail.entry.identity.anchor


def test_blocks(follow: Follow) -> None:
    """A long file comes in blocks of whole lines; only the last is not behind."""
    text = b"".join(b"line %06d\n" % number for number in range(30_000))
    followed = follow(text)
    batches = []
    while batch := followed.read():
        batches.append(batch)

    assert text == b"".join(batch.block for batch in batches)
    assert [True, True, False] == [batch.behind for batch in batches]
    assert all(BLOCK - 12 < len(batch.block) <= BLOCK for batch in batches[:-1])
    assert [0, *(batch.starts[-1] for batch in batches[:-1])] == [
        batch.starts[0] for batch in batches
    ]


def test_a_little_more_than_some_blocks(follow: Follow) -> None:
    """A batch is behind as long as a single line is left."""
    followed = follow((b"x" * 127 + b"\n") * (2 * BLOCK // 128), b"rest\n")
    batches = [followed.read() for _ in range(3)]
    assert [True, True, False] == [batch is not None and batch.behind for batch in batches]


def test_head_and_anchor_follow_what_is_read(follow: Follow) -> None:
    """After each batch the marks are those of a file that was read so far, and no farther."""
    followed = follow(b"one\n")
    followed.read()
    followed.app.write(b"x" * 100 + b"\n" + b"half")
    followed.read()
    identity = followed.tail.entry.identity
    content = followed.app.path.read_bytes()[:105]

    assert (105, digest(content), digest(content[-64:])) == (
        identity.covered,
        identity.head,
        identity.anchor,
    )
    followed.app.write(b"y" * 5000 + b"\n")
    followed.read()
    assert HEAD == identity.covered


def test_half_a_line_waits_for_its_end(follow: Follow) -> None:
    """A line without a newline stays in the file, is not searched twice, and comes whole."""
    followed = follow(b"one\nhal")
    assert [b"one"] == followed.lines()
    assert (4, 7) == (followed.tail.entry.offset, followed.tail.scanned)
    assert (False, True) == (followed.tail.pending, followed.tail.unfinished)

    followed.app.write(b"f a li")
    assert [] == followed.lines()
    followed.app.write(b"ne\ntwo\nth")
    assert [b"half a line", b"two"] == followed.lines()


def test_giving_up_on_half_a_line(follow: Follow) -> None:
    """It is taken as it is, its batch ends where the file does, and what follows is a new line."""
    followed = follow(b"one\nhalf")
    assert [b"one"] == followed.lines()
    batch = followed.read(give_up=True)

    assert batch is not None
    assert ([b"half"], b"half\n", [4, 8]) == (batch.lines, batch.block, batch.starts)
    assert followed.read(give_up=True) is None
    followed.app.write(b" line\n")
    assert [b" line"] == followed.lines()


def test_half_a_line_that_was_taken_back(follow: Follow) -> None:
    """An unfinished line may be cut off and written anew: nothing of the old one is given."""
    followed = follow(b"one\nfirst attempt")
    assert [b"one"] == followed.lines()
    followed.app.truncate(4)
    assert [] == followed.lines()
    followed.app.write(b"second\nthi")
    assert [b"second"] == followed.lines()


def test_half_a_line_that_was_overwritten(follow: Follow) -> None:
    """Giving up on a line that holds a newline by now is no giving up: its lines come one by one."""
    followed = follow(b"one\n0123456789")
    assert [b"one"] == followed.lines()
    with followed.app.path.open("r+b") as file:
        file.seek(4)
        file.write(b"ab\ncd")
    assert [b"ab", b"cd56789"] == followed.lines(give_up=True)


def test_bytes_are_left_as_they_are(follow: Follow) -> None:
    """A few NULs, broken UTF-8 and carriage returns are somebody else's business."""
    odd = [b"a\0\0b\0", b"\xff\xfe", b"a\rb", b"\xc3", "é".encode("latin-1")]
    assert odd == follow(b"".join(line + b"\n" for line in odd)).lines()


# ── long lines ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(27)
@pytest.mark.parametrize("around", [BLOCK, MAX_LINE])
@pytest.mark.parametrize("more", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("before", [b"", b"short\n"], ids=["first", "second"])
def test_lengths_around_the_bounds(follow: Follow, around: int, more: int, before: bytes) -> None:
    """Lines as long as a block, or as the longest that is kept, a byte more or less."""
    line = (b"0123456789abcdef" * (around // 16 + 1))[: around + more]
    found = follow(before, line, b"\nnext\n").lines()
    assert [*before.splitlines(), line[:MAX_LINE], b"next"] == found


@pytest.mark.scenario(28)
def test_several_long_lines_in_a_row(follow: Follow) -> None:
    """Each is cut by itself, the lines around them are whole, and the cuts can be counted."""
    followed = follow(b"a\n", b"b" * 2 * MAX_LINE, b"\n", b"c" * 3 * MAX_LINE, b"\nd\n")
    cuts = 0
    found: list[bytes] = []
    while batch := followed.read():
        cuts += batch.cut
        found += batch.lines

    assert [(1, b"a"), (MAX_LINE, b"b"), (MAX_LINE, b"c"), (1, b"d")] == [
        (len(line), line[-1:]) for line in found
    ]
    assert 2 == cuts


def test_an_unterminated_line_that_is_a_byte_too_long(follow: Follow) -> None:
    """It is known to be cut although no newline follows; one that just fits is whole."""
    for more, cut in ((1, 1), (0, 0)):
        followed = follow(b"x" * (MAX_LINE + more))
        while (batch := followed.read(give_up=True)) is None:
            assert followed.tail.pending
        assert (MAX_LINE, cut, True) == (len(batch.lines[0]), batch.cut, batch.torn)
        followed.app.path.unlink()


def test_a_long_line_is_searched_in_steps(follow: Follow) -> None:
    """Others have their turn while the end of an endless line is sought; then it is given up."""
    size = (2 * STRIDE + 2) * BLOCK
    followed = follow(b"x" * size)
    steps = 0
    while (batch := followed.read(give_up=True)) is None:
        assert followed.tail.pending
        steps += 1

    assert 2 == steps
    assert [b"x" * MAX_LINE] == batch.lines
    assert [0, size] == batch.starts
    assert not batch.behind


@pytest.mark.scenario(28)
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("é", 1, id="two bytes"),
        pytest.param("€", 2, id="three bytes"),
        pytest.param("😀", 3, id="four bytes"),
    ],
)
def test_a_cut_splits_no_character(follow: Follow, text: str, kept: int) -> None:
    """A character that the cut would go through is left out as a whole; one that fits stays."""
    character = text.encode()
    for inside in range(1, len(character)):
        length = MAX_LINE - inside
        line = b"x" * length + character + b"more"
        followed = follow(line + b"\n")
        assert [b"x" * length] == followed.lines()
        followed.app.path.unlink()

    whole = b"x" * (MAX_LINE - len(character)) + character
    assert [whole] == follow(whole + b"more\n").lines()
    assert kept == len(character) - 1


def test_a_cut_through_garbage(follow: Follow) -> None:
    """Bytes that are no UTF-8 cannot make the cut go back by more than a character."""
    (line,) = follow(b"\x80" * (MAX_LINE + 100), b"\n").lines()
    assert MAX_LINE - 4 <= len(line) <= MAX_LINE


def test_reading_a_line_of_a_file_that_is_shorter(tmp_path: Path) -> None:
    """What is not there any more was rewritten."""
    path = tmp_path / "app.log"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        assert b"345" == read_line(file.fileno(), 3, 6)
        with pytest.raises(Rewritten):
            read_line(file.fileno(), 3, 11)


# ── changes ───────────────────────────────────────────────────────────────────────────────────────


def test_a_look_sees_what_changed(follow: Follow) -> None:
    """Size, time and links are taken note of, and when that was."""
    followed = follow(b"one\n")
    assert not followed.look()
    assert 0 == followed.tail.fresh

    followed.app.write(b"two\n")
    assert followed.look()
    assert (8, 2 * SECOND) == (followed.tail.entry.size, followed.tail.fresh)
    assert not followed.look()

    os.utime(followed.app.path, ns=(5, 5))
    assert followed.look()
    assert 5 == followed.tail.mtime

    followed.app.path.unlink()
    followed.look()
    assert 0 == followed.tail.links


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="cut to nothing"),
        pytest.param(b"new\n", id="shorter"),
        pytest.param(b"2" * 9 + b"\n", id="of the same length"),
        pytest.param(b"2" * 99 + b"\n", id="longer"),
        pytest.param(b"1" * 8 + b"2\nmore\n", id="another end"),
    ],
)
def test_a_rewritten_file_is_noticed(follow: Follow, content: bytes) -> None:
    """What was read is not there any more: neither verifying nor reading passes over it."""
    followed = follow(b"1" * 9 + b"\n")
    followed.lines()
    followed.app.path.write_bytes(content)
    followed.look()

    with pytest.raises(Rewritten):
        followed.tail.verify()
    with pytest.raises(Rewritten):
        followed.tail.read()
    assert 10 == followed.tail.entry.offset


def test_another_head_before_the_same_end(follow: Follow) -> None:
    """Verifying compares the beginning, too."""
    followed = follow(b"1" * 200 + b"\n")
    followed.lines()
    followed.app.path.write_bytes(b"2" * 100 + b"1" * 100 + b"\n")
    followed.look()
    with pytest.raises(Rewritten):
        followed.tail.verify()


def test_an_intact_file_passes(follow: Follow) -> None:
    """Appending changes nothing that was read."""
    followed = follow(b"one\n")
    followed.lines()
    followed.app.write(b"two\n")
    followed.look()
    followed.tail.verify()
    assert [b"two"] == followed.lines()


def test_a_cut_while_a_long_line_is_sought(follow: Follow) -> None:
    """A file that was rewritten under an unfinished line is not given up on: it is rewritten."""
    followed = follow(b"1" * 9 + b"\n" + b"half")
    followed.lines()
    followed.app.path.write_bytes(b"2" * 14)
    followed.look()
    with pytest.raises(Rewritten):
        followed.tail.read(give_up=True)


def test_what_was_seen_of_a_rewritten_file_stays_known(follow: Follow) -> None:
    """After `Rewritten` the entry has the size that was last seen of the old content."""
    followed = follow(b"one\ntwo\n")
    followed.lines()
    followed.app.write(b"unread\n")
    followed.look()
    followed.tail.verify()
    for content in (b"", b"much more than there was before\n" * 10):
        followed.app.path.write_bytes(content)
        followed.look()
        with pytest.raises(Rewritten):
            followed.tail.verify()
        assert 15 == followed.tail.entry.size


def test_a_failure_leaves_everything_as_it_was(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fails at the last of several reads the same lines come at the next attempt."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    for content in (b"one\ntwo\n", b"x" * (BLOCK + 5) + b"\n"):
        followed = follow(content)
        with monkeypatch.context() as broken:
            broken.setattr(module, "widen", fail)
            with pytest.raises(OSError, match="Input/output"):
                followed.lines()
        assert content.splitlines() == followed.lines()
        followed.app.path.unlink()


def test_a_tail_closes_once(follow: Follow) -> None:
    """Closing gives the descriptor back, and can be repeated."""
    followed = follow(b"one\n")
    fd = followed.tail.fd
    followed.tail.close()
    followed.tail.close()
    assert -1 == followed.tail.fd
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_rotated_means_without_the_name_of_its_stream(follow: Follow) -> None:
    """A file that is not listed, or listed under another name, is rotated."""
    tail = follow(b"one\n").tail
    tail.listed = True
    assert tail.rotated
    tail.entry.stream = tail.entry.path
    assert not tail.rotated
    tail.listed = False
    assert tail.rotated
