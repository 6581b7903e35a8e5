"""gzip and bzip2 in pieces: nothing more than asked for, members, and what is wrong."""

import bz2
import gzip
import io
import struct
import zlib

import pytest

from logtrace.source.gunzip import Bzip2, Decoder, Gzip, kind_of

TEXT = b"".join(b"line %06d %08x\n" % (n, zlib.crc32(b"%d" % n)) for n in range(20_000))

BOTH = pytest.mark.parametrize(
    ("kind", "pack"), [(Gzip, gzip.compress), (Bzip2, bz2.compress)], ids=["gzip", "bzip2"]
)


def unpacked(decoder: Decoder, data: bytes, step: int = 1 << 20, limit: int = 1 << 20) -> bytes:
    """Feed data in steps; return all that comes of it."""
    found = []
    for at in range(0, len(data), step):
        piece = decoder.decode(data[at : at + step], limit)
        while piece:
            assert len(piece) <= limit
            found.append(piece)
            piece = decoder.decode(b"", limit)
    return b"".join(found)


@pytest.mark.parametrize(
    ("start", "name", "expected"),
    [
        (gzip.compress(b"a"), "app.log", Gzip),
        (bz2.compress(b"a"), "app.log", Bzip2),
        (bz2.compress(b""), "app.log", Bzip2),
        (b"BZh9 is no archive", "app.log", None),
        (b"a line", "app.log.gz", None),
        (b"", "app.log.gz", Gzip),
        (b"\x1f\x8b", "app.log.gz", Gzip),
        (b"\x1f\x8b", "app.log", None),
        (b"BZ", "app.log.bz2", Bzip2),
        (b"BZ", "app.log", None),
        (b"", "app.log", None),
    ],
)
def test_what_a_file_is(start: bytes, name: str, expected: type | None) -> None:
    """Its bytes say so; its name only while they are not all there."""
    assert expected is kind_of(start[:10], name)


@BOTH
@pytest.mark.parametrize(
    ("step", "limit"), [(1 << 20, 1 << 20), (7, 1 << 20), (1 << 20, 100), (1, 1)]
)
def test_any_pieces(kind: type, pack: object, step: int, limit: int) -> None:
    """However it is fed and asked for, the same comes out."""
    text = TEXT if step > 1 else TEXT[:500]
    decoder = kind()
    assert text == unpacked(decoder, pack(text), step, limit)  # type: ignore[operator]
    assert ("", 0, True) == (decoder.error, decoder.bad_sums, decoder.between)


@BOTH
def test_members(kind: type, pack: object) -> None:
    """They follow one another, perhaps with nothing in them, or padded with NULs."""
    data = b"".join(pack(part) for part in (b"one", b"", b"two")) + bytes(500)  # type: ignore[operator]
    decoder = kind()
    assert b"onetwo" == unpacked(decoder, data)
    assert b"three" == unpacked(decoder, pack(b"three"))  # type: ignore[operator]
    assert ("", True) == (decoder.error, decoder.between)


@BOTH
def test_something_else_behind_it(kind: type, pack: object) -> None:
    """What is no member is said; what stands before it is given."""
    decoder = kind()
    assert b"one" == unpacked(decoder, pack(b"one") + b"garbage")  # type: ignore[operator]
    assert "something else stands behind it" == decoder.error
    assert b"" == decoder.decode(pack(b"two"), 100)  # type: ignore[operator]


@BOTH
def test_an_end_that_is_missing(kind: type, pack: object) -> None:
    """It is no error: it may come."""
    whole = pack(TEXT)  # type: ignore[operator]
    for length in (1, len(whole) // 2, len(whole) - 1):
        decoder = kind()
        unpacked(decoder, whole[:length])
        assert ("", False) == (decoder.error, decoder.between)


def test_a_header_with_everything() -> None:
    """Extra field, name, comment and checksum are passed over, in any pieces."""
    body = gzip.compress(b"text")[10:]
    header = b"\x1f\x8b\x08\x1e" + bytes(6) + struct.pack("<H", 300) + bytes(300)
    for step in (1, 1000):
        decoder = Gzip()
        assert b"text" == unpacked(decoder, header + b"name\0comment\0cc" + body, step)
        assert ("", 0) == (decoder.error, decoder.bad_sums)


def test_a_header_without_an_end() -> None:
    """Its name does not fill the memory."""
    decoder = Gzip()
    unpacked(decoder, b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * (1 << 20), 1 << 14)
    assert "its header does not end" == decoder.error


@pytest.mark.parametrize("at", [-8, -1], ids=["checksum", "length"])
def test_a_wrong_sum(at: int) -> None:
    """It is counted, what was given stays, and the next member is read."""
    data = bytearray(gzip.compress(b"one"))
    data[at] ^= 1
    decoder = Gzip()
    assert b"onetwo" == unpacked(decoder, bytes(data) + gzip.compress(b"two"))
    assert ("", 1) == (decoder.error, decoder.bad_sums)


def test_all_that_stands_before_a_damage() -> None:
    """Of gzip every byte is given that could be decompressed, in whatever pieces it came."""
    size = struct.pack("<HH", len(TEXT[:50_000]), len(TEXT[:50_000]) ^ 0xFFFF)
    stored = b"\x00" + size + TEXT[:50_000]
    data = gzip.compress(b"")[:10] + stored + b"\x07" + bytes(1000)  # no block begins with a 7
    for step in (100, 1 << 20):
        for limit in (100, 1 << 16):
            decoder = Gzip()
            assert TEXT[:50_000] == unpacked(decoder, data, step, limit)
            assert "invalid block type" in decoder.error


def test_a_damaged_block() -> None:
    """bzip2 says so; the blocks before it are given."""
    data = bytearray(bz2.compress(TEXT * 5))
    data[len(data) * 3 // 4] ^= 255
    decoder = Bzip2()
    assert TEXT == unpacked(decoder, bytes(data))[: len(TEXT)]
    assert decoder.error
    assert b"" == decoder.decode(b"more", 10)


def test_what_is_no_archive() -> None:
    """It is said, and nothing is given."""
    for decoder, name in ((Gzip(), "gzip"), (Bzip2(), "bzip2")):
        assert b"" == decoder.decode(b"text", 10)
        assert f"not {name} data" == decoder.error


@pytest.mark.parametrize("size", [1 << 26])
def test_a_bomb(size: int) -> None:
    """Little is held of what a few bytes stand for."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    decoder, total = Gzip(), 0
    piece = decoder.decode(packed.getvalue(), 1 << 16)
    while piece:
        total += len(piece)
        assert len(piece) <= 1 << 16
        piece = decoder.decode(b"", 1 << 16)
    assert size == total
