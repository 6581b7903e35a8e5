import pytest

from logtrace.assemble.calls import Calls
from logtrace.model import Span


def span(
    name: str, start: int, end: int, service: str = "shop", kind: str = "client", peer: str = ""
) -> Span:
    """Return one side of a call."""
    meta = {"span.kind": kind} | ({"peer.service": peer} if peer else {})
    return Span(service, name, name, 1, start + 1, start, end - start, 0, 0, "", meta)


def served(name: str, start: int, end: int, service: str = "stock") -> Span:
    """Return the other side."""
    return span(name, start, end, service, "server")


@pytest.mark.parametrize(
    ("call", "fits"),
    [
        (span("get", 10, 40), True),
        (span("get", 10, 40, kind="producer"), True),
        (span("get", 10, 40, kind="internal"), False),
        (span("put", 10, 40), False),
        (span("put", 10, 40, peer="stock"), True),
        (span("put", 10, 40, peer="other"), False),
        (span("get", 10, 40, service="stock"), False),
        (span("get", 25, 55), True),
        (span("get", 10, 25), False),
        (span("get", 400, 440), False),
    ],
)
def test_what_can_have_called_a_server(call: Span, fits: bool) -> None:
    """A call of its name or service, from elsewhere, as long as it, and about when it was."""
    found = Calls([call]).answer(served("get", 20, 38))

    assert (call if fits else None) is found


def test_each_call_is_answered_once() -> None:
    """Of those that are left the one that fits best is taken."""
    first, second = span("get", 10, 40), span("get", 12, 60)
    calls = Calls([first, second])

    assert [first, second, None] == [calls.answer(served("get", 15, 39)) for _ in range(3)]


def test_many_calls_of_one_name_cost_no_more() -> None:
    """Only those that start nearest are looked at."""
    calls = Calls([span("get", start, start + 10) for start in range(0, 1000, 10)])
    found = calls.answer(served("get", 503, 507))

    assert found is not None
    assert 500 == found.start
