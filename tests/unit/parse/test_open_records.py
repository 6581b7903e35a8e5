from logtrace.parse.open_records import OpenRecord, OpenStream
from tests.support.lines import batch


def test_other_lines_are_kept_as_runs() -> None:
    """A record over many lines costs as little as one over two."""
    record = OpenRecord(batch("a", "b", first=7), 0, ())
    record.begin("a", 100)
    for number in (8, 9, 10, 12, 14, 15):
        record.go_on("x", number, 100)

    assert [(7, range(8, 11)), (7, range(12, 13)), (7, range(14, 16))] == list(record.ties())
    assert 7 == record.lines


def test_pieces_are_no_lines() -> None:
    """What goes on with a piece is part of the same line."""
    record = OpenRecord(batch("a"), 0, ())
    record.begin("one ", 100)
    record.partial = True
    record.go_on("two", 1, 100)

    assert ("one two", 1, 7) == (record.text, record.lines, record.size)


def test_what_has_no_room_is_cut() -> None:
    """And said to be."""
    record = OpenRecord(batch("a"), 0, ())
    record.begin("abc", 5)
    assert not record.cut
    record.go_on("def", 1, 5 - record.size)

    assert ("abc\nd", 5, True) == (record.text, record.size, record.cut)


def test_a_file_follows_where_the_last_batch_ended() -> None:
    """In the same file behind it, in another one at its beginning, and never after a cut."""
    stream = OpenStream()
    stream.key, stream.end = 1, 20

    assert stream.follows(batch("a", at=20))
    assert stream.follows(batch("a", key=2))
    assert not stream.follows(batch("a", at=21))
    assert not stream.follows(batch("a", at=20, key=2))
    assert not stream.follows(batch("a", key=2, severed=True))
