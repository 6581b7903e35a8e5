import pytest

from logtrace.model import Reject
from logtrace.parse.envelopes.pieces import Piece, peel_each, unwrapped
from tests.support.lines import batch


def test_lines_that_are_read_one_by_one() -> None:
    """Texts, values and channels of what has an envelope; why the others have none."""

    def read(line: str) -> Piece | None:
        return (
            Piece(line[1:], (line[0],), "c", line[0] == "P") if line[:1] in "PF" and line else None
        )

    found = peel_each(batch("Pone", "", "x", "Ftwo"), read)

    assert (["one", "two"], [0, 3]) == (found.texts, found.lines)
    assert ([("P",), ("F",)], ["c", "c"]) == (found.values, found.channels)
    assert [True, False] == found.partial
    assert [(1, Reject.EMPTY_LINE), (2, Reject.BAD_ENVELOPE)] == found.rejects


def test_lines_that_are_all_whole() -> None:
    """Are said to be so, which makes joining them free."""
    assert peel_each(batch("a"), lambda line: Piece(line, (), "")).partial is None


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (Reject.EMPTY_LINE, Reject.EMPTY_LINE),
        (Reject.BAD_JSON, Reject.BAD_ENVELOPE),
        (Reject.NOT_AN_OBJECT, Reject.BAD_ENVELOPE),
    ],
)
def test_why_there_is_no_envelope(why: Reject, expected: Reject) -> None:
    """An empty line is one, whatever the format."""
    assert expected is unwrapped(why)
