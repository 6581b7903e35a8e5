from logtrace.model import Reject
from logtrace.parse.rows import Rows
from tests.support.lines import batch


def test_rows_become_the_records_of_their_batch() -> None:
    """Nothing is lost between what a parser read and what mapping gets."""
    lines = batch("a", "b", "c")

    records = Rows(["A"], [1], [(0, Reject.EMPTY_LINE), (2, Reject.BAD_JSON)], 1).of(lines)

    assert lines is records.batch
    assert (["A"], [1], 1) == (records.rows, records.lines, records.repaired)
    assert [(0, Reject.EMPTY_LINE), (2, Reject.BAD_JSON)] == records.rejects


def test_wrapped_rows_get_the_lines_of_their_wrapping() -> None:
    """Indexes count lines of the batch again, and both kinds of rejects are there, in order."""
    outer = Rows(["x", "y", "z"], [0, 2, 4], [(1, Reject.BAD_ENVELOPE), (3, Reject.EMPTY_LINE)], 1)
    inner = Rows(["X", "Z"], [0, 2], [(1, Reject.BAD_JSON)], 2)

    whole = inner.within(outer)

    assert (["X", "Z"], [0, 4], 3) == (whole.rows, whole.lines, whole.repaired)
    assert [
        (1, Reject.BAD_ENVELOPE),
        (2, Reject.BAD_JSON),
        (3, Reject.EMPTY_LINE),
    ] == whole.rejects
