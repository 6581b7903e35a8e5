from typing import Any

import msgspec
import pytest

from logtrace.config.model import MultilineConfig
from logtrace.model import LineBatch, Reject
from logtrace.parse.delimited import DelimitedParser
from tests.support.lines import Joining, batch, column, enveloped, outcomes, parser, text


def later(*lines: str, heading: bytes = b"") -> LineBatch:
    """Return lines from the middle of a file."""
    made = batch(*lines)
    return msgspec.structs.replace(
        made, starts=[start + 1000 for start in made.starts], heading=heading
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1,2,3", ("1", "2", "3")),
        ('"1, ""x""",2,"3"', ('1, "x"', "2", "3")),
        ("1,,3", ("1", None, "3")),
        ('1,"",3', ("1", None, "3")),
        ("1,2", ("1", "2", None)),
        ("1, 2 ,3", ("1", " 2 ", "3")),
        ('1,5" pipe,3', ("1", '5" pipe', "3")),
        ('"two\nlines",2,3', ("two\nlines", "2", "3")),
        ('"1\r\n2",2,3', ("1\r\n2", "2", "3")),
        (",,", (None, None, None)),
    ],
)
def test_what_a_record_says(line: str, expected: tuple[Any, ...]) -> None:
    """Quotes as in RFC 4180; no characters are no value; an older writer's lines are shorter."""
    made = parser("csv", "a b c", columns=("a", "b", "c"))
    assert isinstance(made, DelimitedParser)
    assert [expected] == made.parse_texts([line]).rows


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", Reject.EMPTY_LINE),
        ("  ", None),
        ("1,2,3,4", Reject.COLUMN_COUNT),
        ('1,"2', Reject.BAD_CSV),
        ('"1"x,2', Reject.BAD_CSV),
        ("1,a\rb", Reject.BAD_CSV),
    ],
)
def test_a_record_that_cannot_be_read_is_rejected_alone(line: str, reason: Reject | None) -> None:
    """A quote that is not closed takes nothing of the lines behind it."""
    made = parser("csv", "a", columns=("a", "b", "c"))

    records = made.parse(batch("1,2,3", line, '4,"5",6'))

    assert ["1", reason or "  ", "4"] == outcomes(made, records, "a")


def test_the_first_line_of_a_file_names_the_columns() -> None:
    """It is skipped, and so is a line that repeats it."""
    made = parser("csv", "a Request_ID")

    records = made.parse(batch(b"\xef\xbb\xbfa,Request ID\r", "1,x\r", "a,Request ID\r", "2,y\r"))

    assert [..., "1", ..., "2"] == outcomes(made, records, "a")
    assert ["x", "y"] == column(made, records, "Request_ID")


def test_in_the_middle_of_a_file_the_heading_names_them() -> None:
    """It comes along with the batch; without one no line can be read."""
    made = parser("csv", "a b")

    assert ["1"] == outcomes(made, made.parse(later("2,1", heading=b"b,a\r\n")), "a")
    assert ["3"] == outcomes(made, made.parse(later("3,4", heading=b"a,b\n")), "a")
    assert [Reject.NO_COLUMNS, Reject.EMPTY_LINE] == outcomes(
        made, made.parse(later("2,1", "")), "a"
    )
    assert [Reject.NO_COLUMNS] == outcomes(made, made.parse(later("1", heading=b'"a\n')), "a")


def test_a_header_may_be_in_quotes() -> None:
    """And its names may have blanks around them."""
    made = parser("csv", "a b")
    assert [..., "2"] == outcomes(made, made.parse(batch('"a", b', "1,2")), "b")


def test_another_delimiter() -> None:
    """A comma is text then."""
    made = parser("csv", "a b", columns=("a", "b"), delimiter=text(";"))
    assert [("1,5", "x;y")] == made.parse(batch('1,5;"x;y"')).rows


def test_tsv_has_escapes_and_no_quotes() -> None:
    r"""`\N` is no value, as PostgreSQL writes it."""
    made = parser("tsv", "a b c", columns=("a", "b", "c"))

    records = made.parse(batch('"1"\tx\\ty\\\\n\\q\t\\N', "1\t2\t3\t4", ""))

    assert [('"1"', "x\ty\\n\\q", None)] == records.rows
    assert [(1, Reject.COLUMN_COUNT), (2, Reject.EMPTY_LINE)] == records.rejects


def test_a_value_may_be_long() -> None:
    """A line of the greatest length may be one value."""
    made = parser("csv", "a b", columns=("a", "b"))
    assert [("x" * 2**20, "1")] == made.parse(batch('"' + "x" * 2**20 + '",1')).rows


def test_in_an_envelope() -> None:
    """Its fields are there beside those of the text."""
    made = Joining("csv", "a docker.stream", columns=("a",), unwrap="docker")

    found = made.take(batch(enveloped("1\n"), enveloped('"\n')))
    assert [(0, ("1", "stdout")), (1, Reject.BAD_CSV)] == found


def test_a_record_of_several_lines() -> None:
    """Joined by `multiline`; the header is known then too."""
    start = MultilineConfig(start=text(r"^\d|^a,"))
    made = Joining("csv", "a b", multiline=start)
    made.take(batch("a,b", '1,"two', 'lines"', "2,x"))
    made.flush()

    assert [(0, ...), (1, ("1", "two\nlines")), (3, ("2", "x"))] == made.said
