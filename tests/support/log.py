"""A logger that remembers what was logged."""

from typing import Any

from logtrace.telemetry import Telemetry
from tests.support.clock import FakeClock


class RecordingLog:
    """Keeps `(level, event, fields)` of every event."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []

    def info(self, event: str, **fields: Any) -> None:
        self.events.append(("info", event, fields))

    def warning(self, event: str, **fields: Any) -> None:
        self.events.append(("warning", event, fields))

    def error(self, event: str, **fields: Any) -> None:
        self.events.append(("error", event, fields))

    def named(self, event: str) -> list[dict[str, Any]]:
        """Return the fields of every event of that name."""
        return [fields for _, name, fields in self.events if name == event]


def recording_telemetry(clock: FakeClock | None = None) -> tuple[Telemetry, RecordingLog]:
    """Return a telemetry and the log it writes to."""
    log = RecordingLog()
    return Telemetry(log, clock or FakeClock()), log
