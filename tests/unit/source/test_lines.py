"""Bytes → lines: what is passed on as it is, what is left out, and what is cut."""

import codecs
import os
from pathlib import Path

import pytest

from logtrace.encodings import lookup
from logtrace.source.lines import (
    BLOCK,
    MAX_LINE,
    Lines,
    last_line_start,
    line_of,
    lines_of,
    shorten,
    split,
)
from logtrace.source.nul import REGION


def test_split() -> None:
    """Lines, where each starts, and where the block ends."""
    assert ([b"a", b"", b"bc"], [100, 102, 103, 106]) == split(b"a\n\nbc\n", 100)


def test_utf8_is_passed_on() -> None:
    """The block is the very bytes that were read: nothing is done for a line."""
    data = "a\né\n".encode() + b"\xff\n"
    lines = lines_of(data, 10)
    assert data is lines.block
    assert ([b"a", "é".encode(), b"\xff"], [10, 12, 15, 17]) == (lines.lines, lines.starts)
    assert (0, 0) == (lines.repaired, lines.nuls)


def test_a_byte_order_mark() -> None:
    """At the beginning of the log it is no text; anywhere else it is."""
    data = codecs.BOM_UTF8 + b"a\nb\n"
    assert Lines(b"a\nb\n", [b"a", b"b"], [0, 5, 7]) == lines_of(data, 0)
    assert data is lines_of(data, 9).block
    assert ([b"a"], [0, 5]) == (lambda each: (each.lines, each.starts))(
        line_of(codecs.BOM_UTF8 + b"a", 4, 0, 5)[0]
    )


def test_nuls_around_and_inside_lines() -> None:
    """Regions are left out and end the line before them; a few inside a line stay."""
    hole = bytes(REGION)
    data = b"\0a\0b\n" + hole + b"\n\nc" + hole + b"d" + hole + b"\n"
    assert Lines(
        b"a\0b\n\nc\nd\n", [b"a\0b", b"", b"c", b"d"], [101, 122, 123, 140, 158], nuls=49
    ) == lines_of(data, 100)


def test_another_encoding() -> None:
    """Lines are transcoded, their offsets are the file's, what is no text is repaired and counted."""
    data = "é\n\n".encode("utf-16-le") + b"\x00\xd8\n\0" + "b\n".encode("utf-16-le")
    text = ["é", "", "\ufffd", "b"]
    assert Lines(
        "".join(line + "\n" for line in text).encode(),
        [line.encode() for line in text],
        [10, 14, 16, 20, 24],
        repaired=1,
    ) == lines_of(data, 10, lookup("utf-16-le"))


def test_what_is_kept_of_a_line() -> None:
    """A line up to the bound stays as it is; above it is cut, between two characters."""
    assert b"x" * MAX_LINE == shorten(b"x" * MAX_LINE)
    assert b"x" * MAX_LINE == shorten(b"x" * (MAX_LINE + 1))
    assert b"x" * (MAX_LINE - 1) == shorten(b"x" * (MAX_LINE - 1) + "é".encode())


@pytest.mark.parametrize(("more", "cut"), [(0, False), (1, True), (2, True)])
@pytest.mark.parametrize("end", [0, 1], ids=["unterminated", "terminated"])
def test_a_cut_line_is_known(more: int, cut: bool, end: int) -> None:
    """Whatever it is one byte too long by, and whether or not a newline follows."""
    length = MAX_LINE + more
    assert cut == line_of(b"x" * (MAX_LINE + 1), length, 5, 5 + length + end)[1]


def test_a_cut_in_another_encoding() -> None:
    """Half a character at the cut is left out and counts as no repair."""
    for encoding, text in (
        ("shift_jis", "x" + "日" * MAX_LINE),
        ("utf-16-be", "x" + "😀" * MAX_LINE),
    ):
        lines, cut = line_of(
            text.encode(encoding), len(text.encode(encoding)), 0, 9, lookup(encoding)
        )
        assert (True, 0) == (cut, lines.repaired)
        assert text.encode().startswith(lines.lines[0])
        assert MAX_LINE - 4 < len(lines.lines[0].decode().encode(encoding)) <= MAX_LINE or (
            MAX_LINE - 4 < len(lines.lines[0]) <= MAX_LINE
        )


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"one\n", 4),
        (b"one\ntwo", 4),
        (b"no newline at all", 0),
        (b"one\n" + b"x" * (BLOCK - 1), 4),
        (b"one\n" + b"x" * BLOCK, 4),
        (b"one\n" + b"x" * (BLOCK + 1), 4),
        (b"one\n" + b"x" * (MAX_LINE - 1), 4),
        (b"x" * MAX_LINE, 0),
        (b"x" * (MAX_LINE + 1), MAX_LINE + 1),
    ],
    ids=lambda value: str(value)[-12:] if isinstance(value, int) else str(len(value)),
)
def test_where_a_file_is_entered_at_its_end(tmp_path: Path, content: bytes, start: int) -> None:
    """Behind the last newline; at the very end only in the middle of an over-long line."""
    path = tmp_path / "app.log"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert start == last_line_start(file.fileno(), len(content))


@pytest.mark.parametrize("size", [1, BLOCK, 3 * BLOCK + 1, 2 * MAX_LINE])
def test_where_a_file_that_ends_in_nuls_is_entered(tmp_path: Path, size: int) -> None:
    """Before them: they may be overwritten."""
    path = tmp_path / "app.log"
    for content, start in ((b"one\ntwo\n", 8), (b"one\nhalf", 4), (b"", 0)):
        path.write_bytes(content)
        os.truncate(path, len(content) + size)
        with path.open("rb") as file:
            assert start == last_line_start(file.fileno(), len(content) + size)
