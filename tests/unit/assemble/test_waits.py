from logtrace.assemble.waits import LONGEST, MAX_ROOTS, SHORTEST, Waits
from logtrace.clock import MILLISECOND, SECOND


def test_fixed_wait_never_changes():
    """A configured wait holds for every root, whatever was seen."""
    waits = Waits(5 * SECOND)
    waits.learn("shop", "web", 4 * SECOND)
    waits.late("shop", "web")

    assert 5 * SECOND == waits.wait("shop", "web")
    assert [] == waits.snapshot()


def test_unknown_root_waits_two_seconds():
    """A root that was never seen waits for two seconds."""
    assert 2 * SECOND == Waits(None).wait("shop", "web")


def test_wait_is_twice_the_widest_gap_of_that_root():
    """A wide gap behind one root lengthens its wait at once, and no other root's."""
    waits = Waits(None)
    waits.learn("shop", "web", 3 * SECOND)

    assert 6 * SECOND == waits.wait("shop", "web")
    assert 2 * SECOND == waits.wait("shop", "job")


def test_wait_fades_to_the_lower_bound():
    """When spans stop coming late, the wait gets shorter with each trace, down to a second."""
    waits = Waits(None)
    before = waits.wait("shop", "web")
    for _ in range(200):
        waits.learn("shop", "web", MILLISECOND)
        after = waits.wait("shop", "web")
        assert after <= before
        before = after

    assert SHORTEST == before


def test_late_spans_double_the_wait_up_to_the_bound():
    """Each late span doubles the wait, up to fifteen seconds."""
    waits = Waits(None)
    seen = []
    for _ in range(4):
        waits.late("shop", "web")
        seen.append(waits.wait("shop", "web"))

    assert [4 * SECOND, 8 * SECOND, LONGEST, LONGEST] == seen


def test_snapshot_restores():
    """What was learnt goes on behind a restart."""
    waits = Waits(None)
    waits.learn("shop", "web", 3 * SECOND)
    again = Waits(None)
    again.restore(waits.snapshot())

    assert waits.wait("shop", "web") == again.wait("shop", "web")


def test_roots_are_bounded():
    """Any number of root names costs bounded memory; the oldest is forgotten."""
    waits = Waits(None)
    for index in range(2 * MAX_ROOTS):
        waits.learn("shop", f"job-{index}", 3 * SECOND)

    assert MAX_ROOTS == len(waits.snapshot())
    assert 2 * SECOND == waits.wait("shop", "job-0")
    assert 6 * SECOND == waits.wait("shop", f"job-{2 * MAX_ROOTS - 1}")


def test_roots_with_endless_names_are_not_learnt():
    """Names come from log lines: a megabyte of one is kept nowhere."""
    waits = Waits(None)
    waits.learn("shop", "x" * 2**20, 5 * SECOND)
    assert [] == waits.snapshot()
