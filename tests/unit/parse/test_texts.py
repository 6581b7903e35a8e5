"""What the parsers of text lines have in common, seen through one that keeps each text."""

from typing import Any

from logtrace.parse.rows import Rows
from logtrace.parse.texts import TextParser, texts_of
from tests.support.lines import batch


class Whole(TextParser):
    """Gives each text as it is."""

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        return Rows([(text,) for text in texts], range(len(texts)), [])


def test_lines_become_texts_without_line_ends_and_byte_order_marks() -> None:
    """Neither a carriage return nor a mark at the beginning gets into a field."""
    assert (["a", "b", ""], 0) == texts_of(batch(b"\xef\xbb\xbfa\r", "b\r", ""))


def test_a_line_that_is_not_utf8_is_repaired_alone_and_counted() -> None:
    """Its neighbours are as they were."""
    records = Whole(("text",)).parse(batch("é", b"\xff!", "ü"))

    assert ([("é",), ("\ufffd!",), ("ü",)], 1) == (records.rows, records.repaired)


def test_fields_of_an_envelope_stand_behind_the_others() -> None:
    """A name that is both is the envelope's."""
    parser = Whole(("a", "x.time"), ("x.time", "x.stream"))
    rows: list[Any] = [("1",), ("2",)]

    attached = parser.attach(rows, ("x.time", "x.stream"), [("t", "out"), ("u", "err")])

    assert (0, 1, 2, None) == tuple(map(parser.slot, ("a", "x.time", "x.stream", "y")))
    assert [("1", "t", "out"), ("2", "u", "err")] == attached
