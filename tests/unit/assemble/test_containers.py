from hypothesis import given
from hypothesis import strategies as st

from logtrace.assemble.containers import Containers
from logtrace.model import Span

SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12)


def span(start: int, duration: int) -> Span:
    """Return a span of which only the times matter."""
    return Span("s", "n", "r", 1, 1, start, duration)


@given(SPANS, st.integers(0, 12), st.integers(0, 12))
def test_it_finds_what_a_search_through_all_finds(
    drawn: list[tuple[int, int]], start: int, duration: int
) -> None:
    """The shortest that contains a later span, and of equal ones the one that starts later."""
    earlier = [span(*each) for each in drawn if each[0] <= start]
    earlier.sort(key=lambda each: (each.start, -each.duration))
    containers = Containers()
    for each in earlier:
        containers.add(each)
    end = start + duration
    around = [s for s in earlier if s.duration and s.start + s.duration >= end]
    expected = min(around, key=lambda s: (s.duration, -s.start), default=None)
    found = containers.tightest(end)

    assert (found and (found.start, found.duration)) == (
        expected and (expected.start, expected.duration)
    )


def test_overlapping_is_what_is_outlasted_least() -> None:
    """It lasts at least until the start, and of several such it ends last."""
    containers = Containers()
    for each in (span(0, 100), span(1, 4), span(2, 9), span(3, 30)):
        containers.add(each)

    found = [containers.overlapping(10, 20), containers.overlapping(12, 20)]
    assert [9, None] == [each and each.duration for each in found]


def test_a_span_without_length_contains_nothing() -> None:
    """Not even another such span at its time."""
    containers = Containers()
    containers.add(span(5, 0))

    assert containers.tightest(5) is None
