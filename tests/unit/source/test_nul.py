"""NULs: what is a region, and what is left of a line."""

import os
from pathlib import Path

import pytest

from logtrace.source.nul import REGION, leading, pieces, region_in, skip_hole

HOLE = bytes(REGION)


@pytest.mark.parametrize(
    ("data", "width", "expected"),
    [
        (b"ab", 1, -1),
        (b"a" + HOLE[1:] + b"b", 1, -1),
        (b"a" + HOLE + b"b", 1, 1),
        ("a".encode("utf-16-le") + 2 * HOLE + b"\0\0", 2, 2),
        ("a".encode("utf-32-le") + 4 * HOLE + b"\0\0\0\0", 4, 4),
        ("abc".encode("utf-32-be"), 4, -1),
    ],
)
def test_a_region_inside_a_line(data: bytes, width: int, expected: int) -> None:
    """It begins where a whole character of NULs does, and is long."""
    assert expected == region_in(data, width)


def test_nuls_at_the_beginning() -> None:
    """All count, in whole characters."""
    assert [0, 3, 2, 0, 2] == [
        leading(b"a\0"),
        leading(b"\0\0\0"),
        leading(b"\0\0\0", 2),
        leading(b"\0a", 2),
        leading(b"\0\0\0a", 2),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", []),
        (b"\0\0", []),
        (b"a\0b", [(0, b"a\0b")]),
        (b"\0a\0", [(1, b"a\0")]),
        (b"a" + HOLE + b"b" + HOLE, [(0, b"a"), (1 + REGION, b"b")]),
    ],
)
def test_what_stands_around_regions(line: bytes, expected: list[tuple[int, bytes]]) -> None:
    """Each part, and where it stands."""
    assert expected == pieces(line)


def test_holes(tmp_path: Path) -> None:
    """Where the file system knows of none, data begins at once; behind the last is the end."""
    path = tmp_path / "app.log"
    path.write_bytes(b"one")
    os.truncate(path, 1 << 20)
    with path.open("rb") as file:
        assert [0, 1 << 20] == [skip_hole(file.fileno(), at) for at in (0, 1 << 19)]
    read, write = os.pipe()
    try:
        assert 7 == skip_hole(read, 7)
    finally:
        os.close(read)
        os.close(write)
