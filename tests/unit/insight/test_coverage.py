from logtrace.insight.coverage import Coverage, line_text, telling_fields
from logtrace.mapping.pairing import Paired
from logtrace.mapping.rules import check
from logtrace.model import HalfSpan, LineBatch, Mapped, Records, Reject, Role
from tests.support.mapping import rule, source, when

CHECKED = check(
    source(
        when('event == "done" and status > 5'),
        rule(start='kind == "a"', end='event == "b"', name="x", key="{id}"),
        ignore='level == "debug"',
    )
)


def batch(*lines: bytes, first: int = 0) -> LineBatch:
    """Return a batch of these lines."""
    starts = list(range(len(lines) + 1))
    return LineBatch("shop", "shop.log", 1, b"", list(lines), starts, first)


def test_the_fields_that_conditions_read_tell_a_line() -> None:
    """Those of `ignore` first, each once; the key is not among them."""
    assert ("level", "event", "status", "kind") == telling_fields(CHECKED)


def half(number: int, index: int) -> HalfSpan:
    """Return what a line is to a rule."""
    return HalfSpan(index, Role.END, "", "", 0, number, 0, 1, ())


def test_every_line_is_counted_once() -> None:
    """By rule, or by what else became of it; what is left became spans."""
    coverage = Coverage([CHECKED])
    lines = batch(b"a 1", b"a 2", b"ok", b"bad", b"ignored", b"end", first=100)
    records = Records(lines, [None] * 5, [0, 1, 2, 4, 5], [(3, Reject.BAD_JSON)])
    mapped = Mapped(unmatched=[0, 1], ignored=[4], taken={0: 1, 1: 2})
    coverage.mapped("shop", records, mapped)
    coverage.lost("shop", half(105, 1), Reject.END_WITHOUT_START)
    coverage.paired("shop", Paired(released=[(105, Reject.END_WITHOUT_START)]))

    found = coverage.sources["shop"]
    assert (6, 1, {0: 1, 1: 1}) == (found.records, found.ignored, found.taken)
    assert [("a <n>", 2, 100)] == [
        (each.text, each.count, each.number) for each in found.unmatched.most_frequent()
    ]
    assert [
        (Reject.BAD_JSON, "bad", 103),
        (Reject.END_WITHOUT_START, "end", 105),
    ] == [
        (reason, shapes.most_frequent()[0].sample, shapes.most_frequent()[0].number)
        for reason, shapes in found.rejected.items()
    ]
    assert 1 == found.spanned


def test_a_line_that_is_no_longer_at_hand_is_counted_without_its_text() -> None:
    """One that was given up long after it was read."""
    coverage = Coverage([CHECKED])
    coverage.mapped("shop", Records(batch(b"later", first=9), [], [], []), Mapped())
    coverage.paired("shop", Paired(released=[(3, Reject.NO_NAME)]))
    (shape,) = coverage.sources["shop"].rejected[Reject.NO_NAME].most_frequent()
    assert ("", 3) == (shape.sample, shape.number)


def test_what_a_line_did_not_give_one_rule_is_counted_there() -> None:
    """It is no reject where the line gave another rule something."""
    coverage = Coverage([CHECKED])
    records = Records(batch(b"a", b"b"), [None] * 2, [0, 1], [])
    coverage.mapped("shop", records, Mapped(taken={0: 2, 1: 2}))
    lost = Reject.END_WITHOUT_START
    coverage.lost("shop", half(0, 1), lost)
    coverage.lost("shop", half(1, 1), lost)
    coverage.paired("shop", Paired(released=[(1, lost)]))
    found = coverage.sources["shop"]
    assert ({0: 2, 1: 0}, {(1, lost): 1}) == (found.taken, found.fruitless)
    assert 1 == found.spanned


def test_a_reset_is_not_unmatched() -> None:
    """It has done something, though no rule took it."""
    coverage = Coverage([CHECKED])
    records = Records(batch(b"up", b"x", first=5), [None] * 2, [0, 1], [])
    coverage.mapped("shop", records, Mapped(unmatched=[0, 1], resets=[5]))
    found = coverage.sources["shop"]
    assert (1, 1, 0) == (found.resets, found.unmatched.lines, found.spanned)


def test_a_line_is_shown_as_text() -> None:
    """Whatever its bytes are, and not all of a long one."""
    assert "a�" == line_text(b"a\xff\r")
    assert len(line_text(b"x" * 10_000)) < 2_000
