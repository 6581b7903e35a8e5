import pytest

from logtrace.assemble.closed import ClosedTraces
from logtrace.assemble.memory import pack, unpack
from logtrace.assemble.waits import Waits
from logtrace.clock import SECOND


def test_a_restart_knows_what_the_run_before_knew():
    """Learnt waits and closed traces come back as they were."""
    waits, closed = Waits(None), ClosedTraces()
    waits.learn("shop", "web", 5 * SECOND)
    closed.remember(2**64 - 1, (7, "shop", "web"))
    again, known = Waits(None), ClosedTraces()
    unpack(pack(waits, closed), again, known)

    assert 10 * SECOND == again.wait("shop", "web")
    assert (7, "shop", "web") == known.recall(2**64 - 1)


@pytest.mark.parametrize("packed", [b"", b"\xc1", b"\x93\x02\x90\x90", b"\x93\x01\x91\x01\x90"])
def test_what_is_no_memory_is_none(packed: bytes):
    """Empty, garbage, another version, another form: nothing is restored, nothing raises."""
    waits, closed = Waits(None), ClosedTraces()
    unpack(packed, waits, closed)

    assert ([], []) == (waits.snapshot(), closed.snapshot())


def test_a_name_without_utf8_costs_only_the_memory():
    """Half a surrogate pair in a name: nothing is packed."""
    waits = Waits(None)
    waits.learn("shop", "\ud800", SECOND)

    assert b"" == pack(waits, ClosedTraces())
