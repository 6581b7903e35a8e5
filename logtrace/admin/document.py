"""The document that `logtrace status` shows: its fields and their names, which others may rely on.

Made by `admin.board` in the daemon, read by the command line, perhaps that of another version: so every
field has a default, what is unknown is passed over, and names never change their meaning. A new field is
no new schema; one that goes, or means something else, is. docs/reference/status.md describes all of it.

Times (`…_at`) are UTC in RFC 3339, null: never or not known. Durations (`…_secs`) are seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from logtrace.clock import SECOND

SCHEMA = 1

FILES = 20
"""Files that details are told of unless more are asked for, and"""

MOST_FILES = 10_000
"""at most."""


class ConfigStatus(msgspec.Struct):
    """Which configuration is in force."""

    path: str = ""
    loaded_at: str | None = None
    reloads: int = 0


class WaitStatus(msgspec.Struct):
    """How long a trace with such a root waits for more spans, as learnt."""

    service: str = ""
    name: str = ""
    wait_secs: float = 0


class PipelineStatus(msgspec.Struct):
    """What the pipeline thread has open, as of its last snapshot."""

    snapshot_at: str | None = None
    snapshot_age_secs: float = 0
    snapshot_cost_ms: float = 0
    steps: int = 0
    streams_behind: int = 0
    half_spans: int = 0
    open_traces: int = 0
    open_spans: int = 0
    max_open: int = 0
    learnt_waits: int = 0
    longest_waits: list[WaitStatus] = msgspec.field(default_factory=list)


class SourceStatus(msgspec.Struct):
    """One source of the configuration."""

    name: str = ""
    format: str = ""
    paths: list[str] = msgspec.field(default_factory=list)
    files: int = 0
    files_missing: int = 0
    files_failing: int = 0
    unread_bytes: int = 0
    reread_bytes: int = 0
    streams_behind: int = 0
    behind_secs: float | None = None
    half_spans: int = 0
    lines_read: int = 0
    bytes_read: int = 0
    lines_unmatched: int = 0
    lines_ignored: int = 0
    lines_rejected: dict[str, int] = msgspec.field(default_factory=dict)


class FileStatus(msgspec.Struct):
    """One file."""

    path: str = ""
    stream: str = ""
    source: str = ""
    state: str = ""
    size: int = 0
    offset: int = 0
    unread_bytes: int = 0
    reread_bytes: int = 0
    written_at: str | None = None
    error: str = ""
    compressed: bool = False


class ShipperStatus(msgspec.Struct):
    """What is on its way to the Agent."""

    queued_spans: int = 0
    in_flight_spans: int = 0
    max_spans: int = 0
    has_room: bool = True
    shipped_at: str | None = None


class AgentStatus(msgspec.Struct):
    """The Agent, as far as the last exchange with it tells."""

    url: str = ""
    version: str = ""
    endpoint: str = ""
    reachable: bool | None = None
    since: str | None = None
    retry_in_secs: float | None = None
    last_error: str = ""
    last_error_at: str | None = None
    unsteady: bool = False


class CounterStatus(msgspec.Struct):
    """One counter since the daemon started; see docs/reference/events.md."""

    total: int = 0
    by: dict[str, int] = msgspec.field(default_factory=dict)


class EventStatus(msgspec.Struct):
    """The last warning or error of a name."""

    event: str = ""
    level: str = ""
    at: str | None = None
    times: int = 0
    fields: dict[str, Any] = msgspec.field(default_factory=dict)


class Status(msgspec.Struct):
    """The whole document."""

    schema: int = SCHEMA
    running: bool = True
    version: str = ""
    pid: int = 0
    phase: str = ""
    now: str | None = None
    started_at: str | None = None
    uptime_secs: float = 0
    cpu_secs: float = 0
    memory_bytes: int | None = None
    state: str = ""
    config: ConfigStatus = msgspec.field(default_factory=ConfigStatus)
    pipeline: PipelineStatus = msgspec.field(default_factory=PipelineStatus)
    sources: list[SourceStatus] = msgspec.field(default_factory=list)
    files: list[FileStatus] = msgspec.field(default_factory=list)
    files_known: int = 0
    shipper: ShipperStatus = msgspec.field(default_factory=ShipperStatus)
    agent: AgentStatus = msgspec.field(default_factory=AgentStatus)
    counters: dict[str, CounterStatus] = msgspec.field(default_factory=dict)
    events: list[EventStatus] = msgspec.field(default_factory=list)


def moment(ns: int) -> str | None:
    """Return a wall-clock time in nanoseconds as RFC 3339; 0, and what is no date, as None."""
    if ns <= 0:
        return None
    try:
        text = datetime.fromtimestamp(ns // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return None
    return f"{text}.{ns % SECOND // 10**6:03}Z"


def encode(document: Any) -> bytes:
    """Return a document as JSON.

    A file name, or a text of a log, that has no form in UTF-8 is written with what is in its way as
    `\\udcff` and the like.
    """
    try:
        return msgspec.json.encode(document, enc_hook=_plain)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(document, enc_hook=_plain)))


def _plain(value: Any) -> str:
    """Return a text of the configuration, which knows its place there, as nothing but a text."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(name): _encodable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_encodable(inner) for inner in value]
    return value
