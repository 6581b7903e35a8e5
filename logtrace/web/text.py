"""Words and numbers of a trace as a person reads them; used by the pages and the terminal picture.

`visible` is what stands between hostile log content and a terminal: every text of a span that is shown
passes through it. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zlib import crc32

from logtrace.clock import SECOND
from logtrace.model import Span

_UNITS = ((SECOND, "s"), (10**6, "ms"), (10**3, "µs"), (1, "ns"))


def visible(text: str, limit: int = 200) -> str:
    """Return `text` with everything that is not a printable character as a visible escape.

    That is control characters, terminal escapes, line ends, and Unicode's invisible and direction
    changing characters: `\\x1b`, `\\n`, `\\u202e`. At most `limit` characters of `text` are shown.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    if shown.isprintable():
        return shown
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown
    )


def duration_text(ns: int) -> str:
    """Return a duration with three digits that count and its unit, such as `1.25 ms` or `3 m 20 s`."""
    if ns >= 60 * SECOND:
        minutes, seconds = divmod(ns // SECOND, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} m" if hours else f"{minutes} m {seconds} s"
    for size, unit in _UNITS:
        if abs(ns) >= size:
            value = ns / size
            digits = 0 if size == 1 or value >= 100 else 1 if value >= 10 else 2
            return f"{value:.{digits}f} {unit}"
    return "0"


def axis(duration: int) -> list[tuple[int, str]]:
    """Return round times from 0 up to `duration`, at most six, each with its text, for an axis."""
    step = 1
    while duration // step > 5:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    size, unit = next(((size, unit) for size, unit in _UNITS if duration >= size), (1, "ns"))
    return [
        (time, f"{time / size:g} {unit}" if time else "0") for time in range(0, duration + 1, step)
    ]


def time_text(ns: int) -> str:
    """Return the UTC time of day of `ns`, to the millisecond."""
    try:
        return datetime.fromtimestamp(ns // SECOND, UTC).strftime("%H:%M:%S.") + (
            f"{ns % SECOND // 10**6:03}"
        )
    except (OverflowError, ValueError, OSError):
        return f"{ns} ns"


def date_text(ns: int) -> str:
    """Return the UTC date of `ns`."""
    try:
        return datetime.fromtimestamp(ns // SECOND, UTC).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return ""


def trace_id_text(spans: list[Span]) -> str:
    """Return the id of a trace as hex, with its upper half where a span carries it."""
    high = next((span.meta["_dd.p.tid"] for span in spans if "_dd.p.tid" in span.meta), "")
    return visible(high, 16) + f"{spans[0].trace_id:016x}"


_SALT = 1565
"""With it ten services that one meets often, the demo's among them, have ten colours."""


def hue(service: str, hues: int) -> int:
    """Return which of so many colours a service has: always the same one for the same name."""
    return crc32(service.encode("utf-8", "replace"), _SALT) % hues


def count_text(count: int, noun: str) -> str:
    """Return `1 span`, `2 spans`, `12,000 spans`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
