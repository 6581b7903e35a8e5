import pytest

from logtrace.insight.record_texts import MORE, RecordTexts, begun
from logtrace.model import LineBatch, Records, Reject


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one", "one"),
        ("one\ntwo", "one" + MORE),
        ("one\n", "one"),
        ("\ntwo", MORE),
        ("x" * 10**6, "x" * 1600),
    ],
)
def test_the_first_line_of_a_record_stands_for_it(text: str, shown: str) -> None:
    """With a mark where there is more; of a long one the beginning."""
    assert shown == begun(text)


def test_each_line_has_the_text_that_was_read_of_it() -> None:
    """A line that was rejected for its envelope was not read: it stands for itself."""
    texts = RecordTexts(unwraps=True)
    texts.hear(["a", "b\nc", "d"])
    lines = [b"0", b"{a}", b"{b}", b" ", b"{d}"]
    rejects = [(0, Reject.BAD_ENVELOPE), (2, Reject.PATTERN_MISMATCH), (3, Reject.EMPTY_LINE)]
    batch = LineBatch("app", "x", 1, b"", lines, [0] * 6)
    text_of = texts.of(Records(batch, [None], [1], rejects, skipped=[4]))
    assert ["0", "a", "b" + MORE, " ", "d"] == [text_of(index) for index in range(5)]
