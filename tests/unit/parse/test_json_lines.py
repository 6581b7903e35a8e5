from typing import Any

import pytest

from logtrace.mapping import ids
from logtrace.model import Reject
from tests.support.lines import batch, column, outcomes, parser

FIELDS = "a b.c b missing é"


def read(*lines: bytes | str, field: str = "a") -> tuple[list[Any], int]:
    """Return what became of each line, and how many were repaired."""
    made = parser("json", FIELDS)
    records = made.parse(batch(*lines))
    return outcomes(made, records, field), records.repaired


def test_every_wanted_field_has_a_slot_and_no_other() -> None:
    """A row has what was asked for: flat dotted names and their heads alike."""
    made = parser("json", FIELDS)

    assert set(range(5)) == {made.slot(name) for name in FIELDS.split()}
    assert made.slot("other") is None


def test_values_keep_their_types() -> None:
    """JSON types stay as they are; a missing field is None."""
    made = parser("json", FIELDS)
    line = '{"a":[1,2.5,true,null,"x"],"b":{"c":1},"b.c":-7,"é":18446744073709551615,"other":1}'

    records = made.parse(batch(line))

    assert [[1, 2.5, True, None, "x"]] == column(made, records, "a")
    assert [{"c": 1}] == column(made, records, "b")
    assert [-7] == column(made, records, "b.c")
    assert [2**64 - 1] == column(made, records, "é")
    assert [None] == column(made, records, "missing")


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 + 1, 2**64 - 1, 2**127 + 1])
def test_numbers_are_exact_however_large(number: int) -> None:
    """An id of 64 or 128 bits that was written as a number keeps each of its digits."""
    made = parser("json", "id")
    (found,) = column(made, made.parse(batch(f'{{"id":{number}}}')), "id")

    assert number == found
    assert (number % 2**64, f"{number >> 64:016x}" if number >> 64 else "") == ids.trace_id(found)


def test_good_lines_are_read_at_once() -> None:
    """A block of whole objects needs no list of line numbers."""
    records = parser("json", "a").parse(batch('{"a":1}', '{"a":2}'))

    assert range(2) == records.lines
    assert (2, [], 0) == (len(records.rows), records.rejects, records.repaired)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", Reject.EMPTY_LINE),
        (" \t\r", Reject.EMPTY_LINE),
        ("plain text", Reject.BAD_JSON),
        ("2026-11-22 10:00:00 started", Reject.BAD_JSON),
        ("[main] INFO started", Reject.BAD_JSON),
        ("null pointer", Reject.BAD_JSON),
        ('"quoted" and more', Reject.BAD_JSON),
        ("[1,]", Reject.BAD_JSON),
        ("[1]{}", Reject.BAD_JSON),
        ('{"a":1', Reject.BAD_JSON),
        ('{"a":1} x', Reject.BAD_JSON),
        ('{"a":1}{"a":2}', Reject.BAD_JSON),
        ('{"a":NaN}', Reject.BAD_JSON),
        ('{"a":01}', Reject.BAD_JSON),
        ("{'a':1}", Reject.BAD_JSON),
        ('{"z":"' + "\t" + '"}', Reject.BAD_JSON),
        ('{"a":' + "[" * 100_000, Reject.BAD_JSON),
        ("[" * 100_000, Reject.BAD_JSON),
        ('{"z":' + "[" * 5000 + "]" * 5000 + "}", Reject.BAD_JSON),
        (b"\xff\xfe", Reject.BAD_JSON),
        ("[1]", Reject.NOT_AN_OBJECT),
        (b"\xef\xbb\xbf [1]\r", Reject.NOT_AN_OBJECT),
        (b'["\xff"]', Reject.NOT_AN_OBJECT),
        (r'["\ud83d"]', Reject.NOT_AN_OBJECT),
        ("17", Reject.NOT_AN_OBJECT),
        ("null", Reject.NOT_AN_OBJECT),
        ('"text"', Reject.NOT_AN_OBJECT),
    ],
)
def test_a_bad_line_is_rejected_alone(line: bytes | str, reason: Reject) -> None:
    """A line that is no object says why, and its neighbours are read."""
    assert ([1, reason, 2], 0) == read('{"a":1}', line, '{"a":2}')


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"a":"\xff!"}', "\ufffd!"),
        (b'{"a":"cut \xc3"}', "cut \ufffd"),
        (r'{"a":"\ud83d!"}', "\ufffd!"),
        (r'{"a":"\ude00\ud83d\ude00"}', "\ufffd😀"),
        (r'{"a":"\\ud83d","z":"\ud83d"}', r"\ud83d"),
    ],
)
def test_broken_text_is_repaired_and_counted(line: bytes | str, value: str) -> None:
    """Bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD."""
    assert ([value, 1], 1) == read(line, '{"a":1}')


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (r'{"a":1e999}', None),
        (r'{"a":-1.5E+400}', None),
        pytest.param('{"a":' + "7" * 30_000 + "}", None, id="30,000 digits"),
        (r'{"z":1e999,"a":12}', 12),
        (r'{"z":1e999,"a":7}', 7),
        (r'{"z":1e999,"a":"1e999 \" 1e999"}', '1e999 " 1e999'),
        (r'{"z":[1e999],"a":1e300}', 1e300),
        (r'{"z":1e999,"a":[1e999,2]}', [None, 2]),
    ],
)
def test_a_number_that_no_float_can_hold_is_null(line: str, value: Any) -> None:
    """The line is used with all its other values; text that looks like one stays."""
    assert ([value, 1], 0) == read(line, '{"a":1}')


def test_a_bad_line_with_a_large_number_is_rejected() -> None:
    """Also where a text is never closed, whatever its length."""
    assert ([Reject.BAD_JSON, Reject.BAD_JSON], 0) == read(
        '{"a":1e999,', '{"a":1e999,"b":"' + '\\"' * 100_000
    )


def test_a_byte_order_mark_is_no_damage() -> None:
    """A file that begins with a mark is read without it, and nothing counts as repaired."""
    assert ([1, 2], 0) == read(b'\xef\xbb\xbf{"a":1}', '{"a":2}')


def test_windows_line_ends_are_read_at_once() -> None:
    """Carriage returns before newlines do not cost the fast way."""
    records = parser("json", "a").parse(batch('{"a":1}\r', '{"a":2}\r'))

    assert range(2) == records.lines


def test_of_duplicate_keys_the_last_wins() -> None:
    """As most JSON readers do."""
    assert ([2], 0) == read('{"a":1,"a":2}')


def test_two_objects_on_a_line_are_not_two_lines() -> None:
    """A missing line and a doubled one do not even out: each line answers for itself."""
    assert ([Reject.BAD_JSON, Reject.EMPTY_LINE, 3], 0) == read('{"a":1}{"a":2}', "", '{"a":3}')


def test_an_object_over_two_lines_is_not_one() -> None:
    """The decoder would take newlines between tokens; lines are lines."""
    assert ([Reject.BAD_JSON, Reject.BAD_JSON], 0) == read('{"a":', "1}")


def test_an_empty_batch_has_no_rows() -> None:
    """No lines, no rows, no error."""
    assert ([], 0) == read()
