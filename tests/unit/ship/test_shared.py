"""What the lanes of a shipper have in common."""

import pytest

from logtrace.ship.shared import FLUSH_SPANS
from logtrace.ship.sizes import PAYLOAD_BYTES
from tests.support.stage import Stage
from tests.support.traces import trace


@pytest.mark.parametrize(
    ("spans", "size", "expected"),
    [
        (FLUSH_SPANS - 1, 100, False),
        (FLUSH_SPANS, 100, True),
        (1, PAYLOAD_BYTES - 1, False),
        (1, PAYLOAD_BYTES, True),
    ],
)
def test_a_payloads_worth_is_so_many_spans_or_bytes(spans: int, size: int, expected: bool) -> None:
    """Either is enough; what was taken counts no more."""
    shared = Stage().shipper._shared
    shared.queue.offer([trace(1, spans=spans, size=size)], 0)
    gathered = shared.gathered
    shared.queue.take(spans, size)

    assert (expected, False) == (gathered, shared.gathered)
