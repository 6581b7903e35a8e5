from logtrace.model import Reject
from tests.support.lines import Joining, batch

TIME = "2026-11-22T10:00:00.123456789Z"


def test_lines_of_both_streams() -> None:
    """The text behind the tag; time and stream are fields."""
    made = Joining("regex", "a cri.time cri.stream", "(?P<a>.*)", unwrap="cri")

    made.take(batch(f"{TIME} stdout F one two", f"{TIME} stderr F:x three", f"{TIME} stdout F"))

    assert [
        (0, ("one two", TIME, "stdout")),
        (1, ("three", TIME, "stderr")),
        (2, ("", TIME, "stdout")),
    ] == made.said


def test_what_is_no_envelope() -> None:
    """A stream or a tag that there is not, and an empty line."""
    made = Joining("json", "a", unwrap="cri")

    made.take(
        batch(f"{TIME} stdin F x", f"{TIME} stdout X x", "", "a b", f'{TIME} stdout F {{"a":1}}')
    )

    assert [
        (0, Reject.BAD_ENVELOPE),
        (1, Reject.BAD_ENVELOPE),
        (2, Reject.EMPTY_LINE),
        (3, Reject.BAD_ENVELOPE),
        (4, 1),
    ] == made.said


def test_pieces_are_joined_in_their_stream() -> None:
    """`P` goes on in the next line of the same stream, up to `F`."""
    made = Joining("regex", "a", "(?P<a>.*)", unwrap="cri")

    made.take(
        batch(
            f"{TIME} stdout P one ",
            f"{TIME} stderr P other ",
            f"{TIME} stdout P two ",
            f"{TIME} stderr F end",
            f"{TIME} stdout F three",
        )
    )

    assert [(0, "one two three"), (1, "other end")] == made.said
    assert {0: [2, 4], 1: [3]} == made.ties
