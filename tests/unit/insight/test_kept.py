from logtrace.insight.kept import MOST_KINDS, Slowest
from logtrace.model import Closed, Span


def add(slowest: Slowest, name: str, duration: int, spans: int = 1, line: int = 3) -> None:
    """Add a trace of so many spans, which last so long, from a line and one behind it."""
    made = [Span("shop", name, name, 1, number + 1, 1000, duration) for number in range(spans)]
    slowest.add(made, [line + 10, line], Closed.COMPLETE)


def shown(slowest: Slowest) -> list[tuple[str, int]]:
    """Return name and duration of the traces to be shown."""
    return [(kept.spans[0].name, kept.duration) for kept in slowest.shown()]


def test_the_slowest_are_kept() -> None:
    """They are shown in the order of their first lines."""
    slowest = Slowest(2)
    for line, duration in ((9, 5), (8, 10), (7, 1), (6, 7), (5, 9)):
        add(slowest, "a", duration, line=line)
    assert [("a", 9), ("a", 10)] == shown(slowest)
    assert [[5, 15], [8, 18]] == [kept.numbers for kept in slowest.shown()]
    assert [5, 2] == [kept.order for kept in slowest.shown()]


def test_of_equally_slow_ones_the_first_are_kept() -> None:
    """A log without durations shows its beginning."""
    slowest = Slowest(2)
    for _ in range(4):
        add(slowest, "a", 0)
    assert [1, 2] == [kept.order for kept in slowest.shown()]


def test_every_kind_is_shown_before_one_is_shown_twice() -> None:
    """A rare kind that is fast is worth more than another of the slow ones."""
    slowest = Slowest(3)
    for duration in (100, 99, 98, 97):
        add(slowest, "slow", duration)
    add(slowest, "fast", 1)
    assert [("slow", 100), ("slow", 99), ("fast", 1)] == shown(slowest)


def test_nothing_is_kept_where_nothing_is_to_be_shown() -> None:
    """With --limit 0."""
    slowest = Slowest(0)
    add(slowest, "a", 1)
    assert [] == shown(slowest)


def test_what_is_kept_is_bounded() -> None:
    """In kinds, and in spans; a single trace is kept however large it is."""
    slowest = Slowest(100, most_spans=50)
    for number in range(2 * MOST_KINDS):
        add(slowest, f"kind {number}", 5, spans=3)
    kept = slowest.shown()
    assert 48 == sum(len(each.spans) for each in kept)
    slowest = Slowest(2 * MOST_KINDS)
    for number in range(2 * MOST_KINDS):
        add(slowest, f"kind {number}", 5)
    assert MOST_KINDS == len(shown(slowest))
    huge = Slowest(5, most_spans=50)
    add(huge, "a", 1, spans=10)
    add(huge, "a", 2, spans=80)
    assert [("a", 2)] == shown(huge)
