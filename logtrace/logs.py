"""The daemon's own log: structlog on standard error, one event a line.

JSON by default; on a terminal, `key=value` with colours. Log content may reach it (a file name, the
Agent's words), so what is printed for people has its control characters made visible.
Called once, by `logtrace.cli.run`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, Literal

from logtrace.lately import Logger


def configure(style: Literal["auto", "json", "console"] = "auto") -> Logger:
    """Set structlog up and return the logger; `auto` is `console` on a terminal, else `json`."""
    structlog = _import_structlog()
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if console:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        processors += [_visible, renderer]
    else:
        processors.append(structlog.processors.JSONRenderer(default=str))
    structlog.configure(
        processors=processors,
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logger: Logger = structlog.get_logger()
    return logger


def hear_libraries(tell: Callable[[str, str, str], None]) -> None:
    """Have told what libraries warn of, which would go to standard error as it is.

    Args:
        tell: is given the library, what it says, and what is the same each time that it says it.
    """
    logging.getLogger().addHandler(_Libraries(tell))


class _Libraries(logging.Handler):
    """Takes the warnings and errors of all libraries that log as Python does."""

    def __init__(self, tell: Callable[[str, str, str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what is said; see `logging.Handler`."""
        library = record.name.partition(".")[0]
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001  # a library that formats wrongly, or an object that cannot be shown
            said = str(record.msg)
        if library == "watchdog" and "inactive" in said:  # it was being stopped just then
            return
        self._tell(library, said, str(record.msg))


def _import_structlog() -> Any:
    """Import structlog without rich, which its `dev` module loads where it finds it: 60 ms of CPU."""
    absent = "rich" not in sys.modules
    if absent:
        sys.modules["rich"] = None  # type: ignore[assignment]  # the documented way to say "not there"
    try:
        import structlog
    finally:
        if absent:
            del sys.modules["rich"]
    return structlog


def _visible(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Make control characters of all texts visible, so that none reaches the terminal."""
    return {key: escape(value) if isinstance(value, str) else value for key, value in event.items()}


def escape(text: str) -> str:
    r"""Return `text` with everything unprintable written as `\x1b`, `\n` and the like."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def escape_json(body: bytes) -> bytes:
    r"""Return JSON that means the same, everything unprintable in it as `\u009b` and the like."""
    if body.isascii() and b"\x7f" not in body:
        return body  # JSON has escapes for the others already
    text = body.decode()
    if text.isprintable():
        return body
    return "".join(char if char.isprintable() else _json_escape(char) for char in text).encode()


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


class Silent:
    """A logger that says nothing: commands that report for themselves use it."""

    def info(self, event: str, **fields: Any) -> None:
        """Do nothing."""

    warning = error = info


def silent() -> Logger:
    """Return a logger that says nothing."""
    return Silent()
