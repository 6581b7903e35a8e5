"""What an Agent says: at /info of itself, and in a reply to a payload. Pure; called by `agent.py`.

Whatever somebody else has written in its place: it is read, or a ValueError, or no rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

MAX_REQUEST_BYTES = 25 * 2**20
"""What an Agent takes that does not say: its own default."""

LEAST_REQUEST_BYTES = 64 * 2**10
"""A lower limit is not believed, or all would be dropped unsent for it; who has one can say 413."""


@dataclass(frozen=True, slots=True)
class Info:
    """What an Agent says of itself at /info.

    Attributes:
        version: its version, "" if it is too old to say.
        endpoints: paths it serves; empty if it did not say.
        max_request_bytes: the largest body it takes.
        span_events: whether it knows the field `span_events`.
    """

    version: str = ""
    endpoints: tuple[str, ...] = ()
    max_request_bytes: int = MAX_REQUEST_BYTES
    span_events: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What an Agent said to a payload that it took.

    Attributes:
        rates: sampling rate by `service:<service>,env:<env>`; empty: as before.
        state: a hash of what /info says; a new one means: read it again. "" from old Agents.
    """

    rates: Mapping[str, float]
    state: str = ""


def read_info(body: bytes) -> Info:
    """Return the parts of /info that are there and are of the right type.

    Raises:
        ValueError: it is no JSON object, and so not an Agent's.
    """
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(said, dict):
        raise ValueError("not an object")
    config, endpoints = said.get("config"), said.get("endpoints")
    limit = config.get("max_request_bytes") if isinstance(config, dict) else None
    if type(limit) is not int or limit <= 0:
        limit = MAX_REQUEST_BYTES
    return Info(
        version=str(said.get("version", ""))[:100],
        endpoints=tuple(str(path) for path in endpoints) if isinstance(endpoints, list) else (),
        max_request_bytes=max(limit, LEAST_REQUEST_BYTES),
        span_events=said.get("span_events") is True,
    )


class _Rates(msgspec.Struct):
    rate_by_service: dict[str, float] = {}


_rates = msgspec.json.Decoder(_Rates)


def read_rates(body: bytes) -> Mapping[str, float]:
    """Return the sampling rates of a reply; v0.3 answers the text OK, which has none."""
    try:
        return _rates.decode(body).rate_by_service
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
