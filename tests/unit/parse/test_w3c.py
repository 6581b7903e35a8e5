from typing import Any

import msgspec
import pytest

from logtrace.model import LineBatch, Reject
from logtrace.parse.w3c import W3cParser
from tests.support.lines import Joining, batch, column, enveloped, outcomes, parser

FIELDS = "#Fields: date time cs-method cs-uri-stem cs(User-Agent) sc-status time-taken"
LINE = "2026-11-22 10:00:00 GET /a+b Mozilla/5.0+(X11) 200 15"


def after(heading: str, *lines: str) -> LineBatch:
    """Return lines from the middle of a file that is headed so."""
    made = batch(*lines)
    return msgspec.structs.replace(
        made, starts=[start + 1000 for start in made.starts], heading=heading.encode()
    )


def test_fields_are_columns_by_name() -> None:
    """As they are written, and as an expression can spell them; date and time are the line's time."""
    made = parser("w3c", "ts cs-method sc_status time_taken cs_User_Agent_ cs-uri-stem none")

    records = made.parse(batch("#Software: IIS", FIELDS, LINE))

    assert [..., ..., "2026-11-22 10:00:00"] == outcomes(made, records, "ts")
    found = {
        name: column(made, records, name)[0]
        for name in ("cs-method", "sc_status", "time_taken", "cs_User_Agent_", "none")
    }
    expected = {
        "cs-method": "GET",
        "sc_status": "200",
        "time_taken": "15",
        "cs_User_Agent_": "Mozilla/5.0 (X11)",
        "none": None,
    }
    assert expected == found
    assert ["/a+b"] == column(made, records, "cs-uri-stem")


def test_a_dash_is_no_value() -> None:
    """But a dash within text is."""
    made = parser("w3c", "a b")
    assert [(None, "x-y")] == made.parse(batch("#Fields: a b", "- x-y")).rows


def test_columns_change_where_the_log_says_so() -> None:
    """Within a batch, from batch to batch, and back."""
    made = parser("w3c", "a")

    records = made.parse(after("#Fields: a b\n", "1 2", "#Fields: b a", "1 2", "#Remark: x"))

    assert ["1", ..., "2", ...] == outcomes(made, records, "a")
    assert ["2"] == outcomes(made, made.parse(after("#Fields: b a\n", "1 2")), "a")
    assert ["1"] == outcomes(made, made.parse(after("#Fields: a b\n", "1 2")), "a")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1", Reject.COLUMN_COUNT),
        ("1 2 3", Reject.COLUMN_COUNT),
        ("", Reject.EMPTY_LINE),
        ("  ", Reject.EMPTY_LINE),
    ],
)
def test_a_line_of_other_columns_is_rejected_alone(line: str, reason: Reject) -> None:
    """There is no telling which of its values is which."""
    made = parser("w3c", "a")

    records = made.parse(batch("#Fields: a b", "1 2", line, "3 4"))

    assert [..., "1", reason, "3"] == outcomes(made, records, "a")


def test_without_columns_no_line_can_be_read() -> None:
    """The file was cut, or is none of this format; it is said so of each line."""
    made = parser("w3c", "a")
    assert [Reject.NO_COLUMNS, Reject.EMPTY_LINE] == outcomes(
        made, made.parse(after("", "1", "")), "a"
    )


def test_cloudfront() -> None:
    """Between tabs blanks need no stand-in, and values may be empty."""
    made = parser("w3c", "ts x-edge-location c a")

    records = made.parse(
        batch(
            "#Version: 1.0",
            "#Fields: date time x-edge-location a c",
            "2026-11-22\t10:00:00\tFRA+2\t\tx y",
        )
    )

    assert ["2026-11-22 10:00:00"] == column(made, records, "ts")
    assert (["FRA+2"], ["x y"], [""]) == tuple(
        column(made, records, name) for name in ("x-edge-location", "c", "a")
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"x y" "a ""b"" + c"', ("x y", 'a "b" + c')),
        ('"" -', ("", None)),
        ('x"y z', ('x"y', "z")),
        ('"x y', ('"x', "y")),
        ('"x"y z', ('"x"y', "z")),
        ('"a\tb"\t"c"', ("a\tb", "c")),
    ],
)
def test_tomcat_quotes(line: str, expected: tuple[Any, ...]) -> None:
    """A value in quotes may hold blanks and doubled quotes; a quote elsewhere is a character."""
    made = parser("w3c", "a b")
    assert [expected] == made.parse(batch("#Fields: a b", line)).rows


def test_the_day_of_lines_that_have_a_time_only() -> None:
    """It is that of the last `#Date:`, in the heading or since; without one there is no time."""
    made = parser("w3c", "ts")
    heading = "#Date: 2000-10-09 16:44:49\n#Fields: time a\n"

    records = made.parse(
        after(heading, "16:44:50 1", "#Date: 2000-10-10", "#Fields: time a", "0:00:01 2")
    )

    assert ["2000-10-09 16:44:50", ..., ..., "2000-10-10 0:00:01"] == outcomes(made, records, "ts")
    assert [None] == outcomes(made, made.parse(after("#Fields: time a\n", "1:00:00 1")), "ts")


def test_a_column_named_ts_is_that_column() -> None:
    """What the log calls so is not replaced."""
    made = parser("w3c", "ts")
    assert [("5",)] == made.parse(batch("#Fields: date time ts", "2026-11-22 10:00:00 5")).rows


def test_columns_of_the_configuration() -> None:
    """They count whatever the log says, also within an envelope; comments are skipped there too."""
    made = Joining("w3c", "a docker.stream", columns=("a", "b"), unwrap="docker")

    found = made.take(batch(*map(enveloped, ("#Fields: b a\n", "1 2\n", "1\n"))))
    assert [(0, ...), (1, ("1", "stdout")), (2, Reject.COLUMN_COUNT)] == found


def test_hostile_quotes_cost_linear_time() -> None:
    """A megabyte of them is read at once."""
    made = parser("w3c", "a", columns=("a", "b"))
    assert isinstance(made, W3cParser)
    for hostile in ('"x"" ' * 200_000, '"' * 10**6, '" ' * 500_000):
        assert [(0, Reject.COLUMN_COUNT)] == made.parse_texts([hostile]).rejects
