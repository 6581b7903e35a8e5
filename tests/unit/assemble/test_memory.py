import msgspec
import pytest

from logtrace.assemble.closed import ClosedTraces
from logtrace.assemble.decisions import Decision
from logtrace.assemble.memory import pack, unpack
from logtrace.assemble.waits import Waits
from logtrace.clock import SECOND


def test_a_restart_knows_what_the_run_before_knew():
    """Learnt waits and closed traces, with their decisions, come back as they were."""
    waits, closed = Waits(None), ClosedTraces()
    waits.learn("shop", "web", 5 * SECOND)
    by_rate = (7, "shop", "web", Decision(0, "-1", 0.25))
    by_log = (0, "db", "query", Decision(2, ""))
    closed.remember(2**64 - 1, by_rate)
    closed.remember(8, by_log)
    again, known = Waits(None), ClosedTraces()
    unpack(pack(waits, closed), again, known)

    assert 10 * SECOND == again.wait("shop", "web")
    assert (by_rate, by_log) == (known.recall(2**64 - 1), known.recall(8))


@pytest.mark.parametrize("packed", [b"", b"\xc1", b"\x93\x03\x90\x90", b"\x93\x02\x91\x01\x90"])
def test_what_is_no_memory_is_none(packed: bytes):
    """Empty, garbage, another version, another form: nothing is restored, nothing raises."""
    waits, closed = Waits(None), ClosedTraces()
    unpack(packed, waits, closed)

    assert ([], []) == (waits.snapshot(), closed.snapshot())


@pytest.mark.parametrize("traces", [[], [[7, [1, "shop", "web"]]]])
def test_a_note_from_before_decisions_is_none(traces: list[object]):
    """What version 1 wrote is ignored as a whole: its traces have no decision."""
    old = msgspec.msgpack.encode([1, [["shop", "web", SECOND]], traces])
    waits, closed = Waits(None), ClosedTraces()
    unpack(old, waits, closed)

    assert ([], []) == (waits.snapshot(), closed.snapshot())


def test_a_name_without_utf8_costs_only_the_memory():
    """Half a surrogate pair in a name: nothing is packed."""
    waits = Waits(None)
    waits.learn("shop", "\ud800", SECOND)

    assert b"" == pack(waits, ClosedTraces())
