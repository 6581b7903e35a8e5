from logtrace.assemble.assembler import Assembler
from logtrace.assemble.progress import MOST_WAITS, longest_waits, slowest_log
from logtrace.clock import SECOND
from logtrace.config.model import TracesConfig
from tests.support.clock import NOON
from tests.support.spans import mapped, mapped_span


def test_a_log_shows_what_was_read_of_it_last():
    """By its own clock; the slowest of several counts, and one that gave nothing is not known."""
    assembler = Assembler(TracesConfig())
    first, second = mapped_span(1, time=NOON), mapped_span(2, time=NOON - 60 * SECOND)
    assembler.arrive(mapped(first), "/a", "shared", behind=True)
    assembler.arrive(mapped(second), "/b", "shared", behind=True)
    assert NOON == slowest_log(assembler, ["/a"])
    assert NOON - 60 * SECOND == slowest_log(assembler, ["/a", "/b", "/never"])
    assert slowest_log(assembler, ["/never"]) is None
    assert slowest_log(assembler, []) is None


def test_the_longest_waits_come_first():
    """As many as a person reads; how many there are is told."""
    assembler = Assembler(TracesConfig())
    for number in range(50):
        assembler.waits.learn("shop", f"job{number}", SECOND + number * SECOND // 10)
    learnt, longest = longest_waits(assembler)

    assert (50, MOST_WAITS) == (learnt, len(longest))
    assert ("shop", "job49") == longest[0][:2]
    assert assembler.waits.wait("shop", "job49") == longest[0][2]
