"""Logs that are not UTF-8: the same lines, at their places in the file, whatever the encoding."""

import codecs
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.files import GIVE_UP
from logtrace.source.lines import BLOCK, MAX_LINE
from tests.support.files import LogWriter
from tests.support.tailing import Follow, places

TEXTS = ["one", "", "naïve € 100", "日本語 ｱｲｳ 表示", "smile 😀 end", "ඊ line of U+0D8A", "last"]
KANJI = ["one", "", "日本語 表示", "last"]
JAPANESE = [text for text in TEXTS if text.isascii() or "日" in text]
LATIN = ["one", "", "naïve £ 100", "last"]

ENCODINGS = pytest.mark.parametrize(
    ("encoding", "texts", "mark"),
    [
        ("utf-8", TEXTS, codecs.BOM_UTF8),
        ("utf-16", TEXTS, codecs.BOM_UTF16_LE),
        ("utf-16", TEXTS, codecs.BOM_UTF16_BE),
        ("utf-16-le", TEXTS, b""),
        ("utf-16-be", TEXTS, codecs.BOM_UTF16_BE),
        ("utf-32", TEXTS, codecs.BOM_UTF32_BE),
        ("utf-32-le", TEXTS, b""),
        ("utf-7", TEXTS, b""),
        ("latin-1", LATIN, b""),
        ("cp1252", LATIN, b""),
        ("cp037", LATIN, b""),
        ("shift_jis", JAPANESE, b""),
        ("gb18030", TEXTS, b""),
        ("iso2022_jp", KANJI, b""),
    ],
)


def encode(text: str, encoding: str, mark: bytes) -> bytes:
    """Return text in an encoding whose byte order the mark says, if it has two."""
    if mark in (codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE):
        encoding = encoding.removesuffix("-be") + "-be"
    elif encoding in ("utf-16", "utf-32"):
        encoding += "-le"
    return text.encode(encoding)


@ENCODINGS
@pytest.mark.scenario(31, 32)
def test_every_byte_by_itself(
    follow: Follow, app: LogWriter, encoding: str, texts: list[str], mark: bytes
) -> None:
    """Line ends and characters that are split between reads are put together; a mark is no text."""
    followed = follow("app.log", encoding=encoding)
    found, starts, at = [], [], len(mark)
    app.write(mark)
    for text in texts:
        data = encode(text + "\n", encoding, mark)
        starts.append(at if starts else 0)
        at += len(data)
        for byte in data:
            app.write(bytes([byte]))
            found += followed.read()
    assert [text.encode() for text in texts] == found
    assert starts == [start for batch in followed.batches for start in batch.starts[:-1]]
    assert 0 == followed.telemetry.total("lines_repaired")


@ENCODINGS
@pytest.mark.scenario(31)
def test_resuming(
    follow: Follow, app: LogWriter, encoding: str, texts: list[str], mark: bytes
) -> None:
    """After a restart open lines come again as they were, and new ones are text as before."""
    followed = follow("app.log", encoding=encoding)
    app.write(mark + b"".join(encode(text + "\n", encoding, mark) for text in texts))
    assert [text.encode() for text in texts] == followed.read()
    before = places(followed.batches)
    followed.files.release([2])
    followed.restart()
    app.write(
        encode(
            "new é\n" if encoding not in ("shift_jis", "iso2022_jp") else "new\n", encoding, mark
        )
    )
    expected = [text.encode() for text in texts]
    del expected[1]
    assert expected == followed.read()[:-1]
    after = places(followed.batches)
    assert {line: before[line] for line in expected} == {line: after[line] for line in expected}
    assert followed.batches[-1].lines[-1].startswith(b"new")


def test_a_newline_that_is_none(follow: Follow, app: LogWriter) -> None:
    """In UTF-16 the bytes of a newline may stand across two characters."""
    text = "a\u0a00\u000ab\u0a0a\u000d0\n"
    app.write(text.encode("utf-16-le"))
    followed = follow("app.log", encoding="utf-16-le")
    assert [line.encode() for line in text.split("\n")[:-1]] == followed.read()


@pytest.mark.scenario(30)
def test_what_is_no_text(follow: Follow, app: LogWriter) -> None:
    """Such bytes become U+FFFD, the line is used and counted as repaired; the others are whole."""
    app.write(b"good\n\x81\nbad \x81\x20 end\nalso good\n")
    followed = follow("app.log", encoding="shift_jis")
    good, alone, bad, also = followed.read()
    assert (b"good", b"also good") == (good, also)
    assert "\ufffd" in alone.decode()
    assert bad.decode().startswith("bad \ufffd")
    assert 2 == followed.telemetry.count("lines_repaired", "utf8")


def test_half_a_character_at_the_end(follow: Follow, app: LogWriter) -> None:
    """A last line that is given up in the middle of a character is repaired."""
    app.write("one\ntwo".encode("utf-16-le") + b"x")
    followed = follow("app.log", encoding="utf-16-le", once=True)
    assert [b"one", "two\ufffd".encode()] == followed.read()


@pytest.mark.scenario(28)
def test_a_long_line(follow: Follow, app: LogWriter) -> None:
    """It is cut between two characters, also where they have surrogates, and counted."""
    app.write(("😀" * (MAX_LINE // 2) + "\nnext\n").encode("utf-16-le"))
    followed = follow("app.log", encoding="utf-16-le")
    cut, after = followed.read()
    assert "😀" * (MAX_LINE // 4) == cut.decode()
    assert b"next" == after
    assert {("lines_repaired", "cut"): 1} == {
        key: count for key, count in followed.telemetry.counts.items() if key[0] == "lines_repaired"
    }


@pytest.mark.parametrize("more", range(-2, 3))
def test_blocks(follow: Follow, app: LogWriter, more: int) -> None:
    """Lines around the size of a block, in a file of several."""
    texts = ["é" * (BLOCK // 2 + more), "x", "é" * (BLOCK + more), "y" * 100_000]
    app.write("".join(text + "\n" for text in texts).encode("utf-16-be"))
    followed = follow("app.log", encoding="utf-16-be")
    assert texts == [line.decode() for line in followed.read()]


def test_rotated_in_the_middle_of_a_line(follow: Follow, app: LogWriter) -> None:
    """It is given as far as it goes, in its encoding."""
    app.write("one\nhalf é".encode("latin-1"))
    followed = follow("app.log", encoding="latin-1")
    assert [b"one"] == followed.read()
    app.rotate()
    new = app.lines(1)
    assert ["half é".encode(), *new] == followed.read() + followed.read(GIVE_UP + SECOND)


def test_entering_at_the_end(follow: Follow, app: LogWriter) -> None:
    """A file that is entered at its end is entered at a line's beginning."""
    app.write("one\nha\u0a0alf".encode("utf-16-be"))
    followed = follow("app.log", encoding="utf-16-be", read_from="end")
    assert [] == followed.read()
    app.write(" a line\n".encode("utf-16-be"))
    assert ["ha\u0a0alf a line".encode()] == followed.read()


def test_compressed(follow: Follow, app: LogWriter, tmp_path: Path) -> None:
    """An archive is decoded as the log was, and recognised as it."""
    followed = follow("app.log*", encoding="utf-16")
    app.write("".join(f"line {n} with some more text é\n" for n in range(20)).encode("utf-16"))
    assert 20 == len(followed.read())
    before = places(followed.batches)
    followed.stop()
    app.compress(app.rotate())
    followed.start()
    followed.read()
    assert before == places(followed.batches)
