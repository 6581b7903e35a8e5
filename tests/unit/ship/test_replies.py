"""What an Agent says, and what others say in its place."""

import json
from typing import Any

import pytest

from logtrace.ship.replies import (
    LEAST_REQUEST_BYTES,
    MAX_REQUEST_BYTES,
    Info,
    read_info,
    read_rates,
)


def info(**said: Any) -> Info:
    """Return what is read of an /info with these parts."""
    return read_info(json.dumps(said).encode())


def test_info_is_read() -> None:
    """The parts that are needed; there are many more."""
    said = {
        "version": "7.60.0",
        "endpoints": ["/v0.3/traces", "/v0.4/traces"],
        "config": {"max_request_bytes": 100_000, "statsd_port": 8125},
        "span_events": True,
    }
    assert Info("7.60.0", ("/v0.3/traces", "/v0.4/traces"), 100_000, True) == info(**said)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"endpoints": None, "config": {}, "span_events": False, "version": ""},
        {"endpoints": "x", "config": [], "span_events": "yes", "version": ""},
        {"endpoints": [], "config": {"max_request_bytes": "9"}, "span_events": 1, "version": ""},
        {"config": {"max_request_bytes": 1e30}},
        {"config": {"max_request_bytes": -10}},
        {"config": {"max_request_bytes": True}},
    ],
)
def test_parts_of_info_that_are_missing_or_odd_have_defaults(said: dict[str, object]) -> None:
    """Everything is optional for old Agents."""
    assert Info() == info(**said)
    assert MAX_REQUEST_BYTES == Info().max_request_bytes


@pytest.mark.parametrize("said", [1, 10, LEAST_REQUEST_BYTES - 1])
def test_a_limit_that_no_agent_has_is_not_believed(said: int) -> None:
    """It would have every span dropped without a request."""
    assert LEAST_REQUEST_BYTES == info(config={"max_request_bytes": said}).max_request_bytes


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_no_info(body: bytes) -> None:
    """Another program answers: that is an error, whatever it says."""
    with pytest.raises(ValueError, match=r"."):
        read_info(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"OK\n", b"[]", b'{"rate_by_service":{"a":"x"}}', b"\xff", b"[" * 100_000, b"null"],
)
def test_a_reply_without_rates_has_none(body: bytes) -> None:
    """Whatever else a 200 says, the payload was taken."""
    assert {} == read_rates(body)
    assert {"a": 0.5} == read_rates(b'{"rate_by_service":{"a":0.5}}')
