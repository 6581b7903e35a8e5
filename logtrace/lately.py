"""What went wrong last: keeps the newest warning or error of each name, for `logtrace status`.

Called by `logtrace.telemetry`, from any thread, in the place of the logger that it passes everything on
to. Bounded: there are as many names as events in telemetry.py, and a value is cut to `LONGEST_FIELD`.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple, Protocol

from logtrace.clock import Clock

LONGEST_FIELD = 500
"""Characters of an event's field that are kept."""


class Logger(Protocol):
    """The part of a structlog logger that is used here."""

    def info(self, event: str, **fields: Any) -> Any: ...  # noqa: D102

    def warning(self, event: str, **fields: Any) -> Any: ...  # noqa: D102

    def error(self, event: str, **fields: Any) -> Any: ...  # noqa: D102


class Happening(NamedTuple):
    """The last event of a name.

    Attributes:
        event: its name.
        level: `warning` or `error`.
        at: wall-clock time, in nanoseconds.
        times: how often events of the name happened, those that were suppressed included.
        fields: what was logged with it, cut to `LONGEST_FIELD`.
    """

    event: str
    level: str
    at: int
    times: int
    fields: dict[str, str | int | float | bool]


class Remembering:
    """A logger that passes everything on, and remembers."""

    def __init__(self, log: Logger, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._lock = threading.Lock()
        self._last: dict[str, Happening] = {}

    def info(self, event: str, **fields: Any) -> None:
        """Pass on what was asked for; it is not remembered."""
        self._log.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Pass on and remember what is odd."""
        self._log.warning(event, **fields)
        self._keep("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Pass on and remember what somebody must look at."""
        self._log.error(event, **fields)
        self._keep("error", event, fields)

    def last(self) -> list[Happening]:
        """Return the last warning or error of each name, the newest first."""
        with self._lock:
            return list(self._last.values())[::-1]

    def _keep(self, level: str, event: str, fields: dict[str, Any]) -> None:
        kept = {name: _brief(value) for name, value in fields.items() if name != "suppressed"}
        with self._lock:
            before = self._last.pop(event, None)
            times = 1 + int(fields.get("suppressed", 0)) + (before.times if before else 0)
            self._last[event] = Happening(event, level, self._clock.now(), times, kept)


def _brief(value: Any) -> str | int | float | bool:
    return value if isinstance(value, int | float) else str(value)[:LONGEST_FIELD]
