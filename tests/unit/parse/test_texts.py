from logtrace.parse.texts import texts_of
from tests.support.lines import batch


def test_lines_as_text() -> None:
    """Without a byte order mark, and without carriage returns before newlines."""
    assert (["é", "b\r", ""], 0) == texts_of(batch("\ufeffé\r", "b\r\r", ""))


def test_bytes_that_are_no_text() -> None:
    """Become U+FFFD, and the lines that hold them are counted."""
    assert (["a\ufffd", "b", "\ufffd"], 2) == texts_of(batch(b"a\xff", b"b", b"\xe2"))
