"""Logs that are not UTF-8: which encodings there are, where lines end, and what they say."""

import codecs

import pytest

from logtrace.encodings import Encoding, lookup


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "utf_8_sig"])
def test_utf8_is_none(name: str) -> None:
    """It is passed on as it is, whatever it is called."""
    assert lookup(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("utf-9", "not an encoding that Python knows"),
        ("nul\0", "not an encoding that Python knows"),
        ("rot13", "not an encoding of text"),
        ("base64", "not an encoding of text"),
        ("zlib", "not an encoding of text"),
        ("undefined", "not an encoding of text"),
        ("punycode", "not an encoding"),
        ("unicode_escape", "not an encoding that is read line by line"),
    ],
)
def test_what_is_no_encoding_of_a_log(name: str, problem: str) -> None:
    """It is refused, and why is said."""
    with pytest.raises(LookupError, match=problem):
        lookup(name)


def found(name: str) -> Encoding:
    """Return an encoding that is not UTF-8."""
    encoding = lookup(name)
    assert encoding is not None
    return encoding


@pytest.mark.parametrize(
    ("name", "head", "codec"),
    [
        ("utf-16", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-16", b"a\0", "utf-16-le"),
        ("utf-16", b"", "utf-16-le"),
        ("utf-32", codecs.BOM_UTF32_LE, "utf-32-le"),
        ("utf-32", codecs.BOM_UTF32_BE, "utf-32-be"),
        ("utf-16-be", codecs.BOM_UTF16_LE, "utf-16-be"),
        ("latin-1", codecs.BOM_UTF16_LE, "iso8859-1"),
    ],
)
def test_a_byte_order_mark_decides(name: str, head: bytes, codec: str) -> None:
    """Where the name leaves it open; without a mark it is little-endian."""
    assert codec == found(name).at(head).codec


def test_where_lines_end() -> None:
    """At whole characters only, counted from the beginning of the file."""
    wide = found("utf-16-le")
    data = "\u0a00\n\u0a0a\nb".encode("utf-16-le")
    assert (2, 6) == (wide.find(data, 0), wide.rfind(data, 0))
    assert (1, 5) == (wide.find(data[1:], 1), wide.rfind(data[1:], 1))
    assert -1 == wide.find(data[:2], 0) == wide.rfind(data[:2], 0)
    assert ["\u0a00", "\u0a0a", "b"] == [line.decode("utf-16-le") for line in wide.split(data)]
    assert [b"\x81", b"\xc1", b""] == found("cp037").split("a\nA\n".encode("cp037"))


def test_what_lines_say() -> None:
    """UTF-8, with U+FFFD for what is no text; half a character at a cut is left out."""
    assert ("日".encode(), False) == found("shift_jis").text("日".encode("shift_jis"))
    assert ("a\ufffd".encode(), True) == found("ascii").text(b"a\xff")
    assert ("a\ufffd".encode(), True) == found("utf-16-le").text(b"a\0b")
    assert (b"a", False) == found("utf-16-le").text(b"a\0b", cut=True)
    assert (b"a b", False) == found("utf-7").text(b"a+AAo-b")
