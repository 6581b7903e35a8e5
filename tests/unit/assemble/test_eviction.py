from logtrace.assemble.domain import Domain
from logtrace.assemble.eviction import last_number, quietest
from logtrace.assemble.open_trace import OpenTrace
from logtrace.clock import SECOND
from tests.support.spans import mapped_span


def test_those_whose_latest_line_was_read_first_go_first() -> None:
    """Of all domains together; one of sixteen is ranked at a time, and one more."""
    domains = [Domain("a"), Domain("b")]
    for number in range(40):
        domain = domains[number % 2]
        trace = OpenTrace(number + 1, domain.join(0), 0, SECOND)
        trace.spans = [mapped_span(1000), mapped_span(100 - number)]
        domain.open[number + 1] = trace

    ranked = quietest(domains)

    assert [61, 62, 63] == [number for number, _ in ranked]
    assert [40, 39, 38] == [trace.trace_id for _, trace in ranked]
    assert 61 == last_number(ranked[0][1])


def test_nothing_is_open() -> None:
    """Nothing is ranked."""
    assert [] == quietest([])
