import gc

from logtrace.assemble.closed import CARRIED, ClosedTraces, Root
from logtrace.assemble.decisions import BY_DEFAULT, Decision


def root(span_id: int, name: str = "web", decision: Decision = BY_DEFAULT) -> Root:
    """Return what is remembered of a trace."""
    return span_id, "shop", name, decision


def test_recalls_what_was_remembered():
    """A closed trace is recalled with its root and decision; one never seen is not."""
    memory = ClosedTraces()
    memory.remember(7, root(1, decision=Decision(0, "-1", 0.25)))

    assert (1, "shop", "web", Decision(0, "-1", 0.25)) == memory.recall(7)
    assert None is memory.recall(8)


def test_newest_word_counts():
    """A trace that leaves again is remembered as it was the last time, across a generation."""
    memory = ClosedTraces(limit=2)
    memory.remember(7, root(0))
    memory.remember(8, root(0))
    memory.remember(7, root(5, "root"))

    assert root(5, "root") == memory.recall(7)


def test_is_bounded_and_forgets_the_oldest():
    """Never more than the limit is kept, and never less than the newer half of it."""
    memory = ClosedTraces(limit=100)
    for key in range(1000):
        memory.remember(key, root(key))

    assert len(memory) <= 100
    assert all(memory.recall(key) for key in range(950, 1000))
    assert None is memory.recall(0)


def test_the_newest_are_carried_over_in_order():
    """A snapshot holds the newest at most, oldest first, and restores to the same answers."""
    memory = ClosedTraces()
    for key in range(CARRIED + 10):
        memory.remember(key, root(key))
    restored = ClosedTraces()
    restored.restore(memory.snapshot())

    assert list(range(10, CARRIED + 10)) == [key for key, _ in memory.snapshot()]
    assert root(CARRIED) == restored.recall(CARRIED)
    assert None is restored.recall(9)


def test_remembering_costs_no_cyclic_collection():
    """What is remembered of a hundred thousand traces is not walked over again and again."""
    remembered = root(int("7"), str(["web"]), Decision(0, "-1", 0.25))
    gc.collect()

    assert not gc.is_tracked(remembered)


def test_a_megabyte_of_name_is_not_remembered():
    """What is remembered is bounded in bytes, too."""
    memory = ClosedTraces()
    memory.remember(7, root(1, "x" * 2**20))
    assert root(1, "x" * 100) == memory.recall(7)
