"""A line that gave several things is done when all are, and rejected when none is left."""

from logtrace.model import Reject
from logtrace.shared_lines import SharedLines
from tests.support.halves import half, whole

END, EVENT = Reject.END_WITHOUT_START, Reject.EVENT_WITHOUT_SPAN


def shared() -> SharedLines:
    """Return lines of which number 5 gave three things, and 6 one."""
    lines = SharedLines()
    lines.add([half("end", 5), half("start", 5), whole(5), half("start", 6)])
    return lines


def test_a_line_is_done_when_all_that_it_gave_is() -> None:
    """In whatever order and company its number comes back; others at once."""
    lines = shared()

    assert [4, 6] == lines.done([4, 5, 6])
    assert [] == lines.done([5])
    assert 1 == len(lines)
    assert [5] == lines.done([5])
    assert 0 == len(lines)


def test_several_may_come_back_together() -> None:
    """As from a trace that has all of them."""
    assert [5] == shared().done([5, 5, 5])


def test_a_line_that_gave_something_else_is_not_rejected() -> None:
    """What gave nothing of it does not count; other lines do."""
    assert [EVENT] == shared().rejected([(5, END), (6, EVENT)])


def test_a_line_that_gave_nothing_is_rejected_once() -> None:
    """By the last of the reasons."""
    lines = shared()

    assert [] == lines.rejected([(5, END), (5, END)])
    assert [EVENT] == lines.rejected([(5, EVENT)])


def test_an_end_comes_back_for_each_start_that_it_closed() -> None:
    """Besides what else it gave."""
    lines = shared()
    lines.add_ends([(5, 2), (7, 3)])

    assert [] == lines.done([5, 5, 5, 7, 7])
    assert [5, 7] == lines.done([5, 7])


def test_a_line_that_is_read_again_begins_anew() -> None:
    """Under its new number, and under the same one."""
    lines = shared()
    lines.done([5])
    lines.add([half("start", 5), half("end", 5)])

    assert [5] == lines.done([5, 5])


def test_a_line_of_several_traces_is_done_with_the_last() -> None:
    """Its number comes back from each; other lines are not touched."""
    lines = SharedLines()
    lines.expect({7: 2})

    assert [6] == lines.done([6, 7])
    assert [7, 8] == lines.done([7, 8])
    assert [7] == lines.done([7])
