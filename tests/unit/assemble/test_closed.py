from logtrace.assemble.closed import CARRIED, ClosedTraces


def test_recalls_what_was_remembered():
    """A closed trace is recalled with its root; one never seen is not."""
    memory = ClosedTraces()
    memory.remember(7, (1, "shop", "web"))

    assert (1, "shop", "web") == memory.recall(7)
    assert None is memory.recall(8)


def test_newest_word_counts():
    """A trace that leaves again is remembered as it was the last time, across a generation."""
    memory = ClosedTraces(limit=2)
    memory.remember(7, (0, "shop", "web"))
    memory.remember(8, (0, "shop", "web"))
    memory.remember(7, (5, "shop", "root"))

    assert (5, "shop", "root") == memory.recall(7)


def test_is_bounded_and_forgets_the_oldest():
    """Never more than the limit is kept, and never less than the newer half of it."""
    memory = ClosedTraces(limit=100)
    for key in range(1000):
        memory.remember(key, (key, "shop", "web"))

    assert len(memory) <= 100
    assert all(memory.recall(key) for key in range(950, 1000))
    assert None is memory.recall(0)


def test_the_newest_are_carried_over_in_order():
    """A snapshot holds the newest at most, oldest first, and restores to the same answers."""
    memory = ClosedTraces()
    for key in range(CARRIED + 10):
        memory.remember(key, (key, "shop", "web"))
    restored = ClosedTraces()
    restored.restore(memory.snapshot())

    assert list(range(10, CARRIED + 10)) == [key for key, _ in memory.snapshot()]
    assert (CARRIED, "shop", "web") == restored.recall(CARRIED)
    assert None is restored.recall(9)
