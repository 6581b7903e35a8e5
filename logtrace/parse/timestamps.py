"""Times: from the value of a field to nanoseconds since 1970.

`build_times` is called once for each source; what it returns is called for each line by generated
code. Exact to the nanosecond: integer arithmetic only, and a float is taken as the decimal that is
written for it. A reader never raises: what cannot be read is None. One thread each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta, timezone, tzinfo
from difflib import get_close_matches
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from logtrace.config.model import Text, TimeConfig
from logtrace.errors import ConfigError, Problem
from logtrace.parse.layouts import ISO, LONGEST, SECOND, compile_layout
from logtrace.parse.time_order import TimeOrder
from logtrace.parse.time_texts import Reader, text_reader, unreadable


class Times(NamedTuple):
    """What reads the times of a source.

    Attributes:
        read: reads a line's own time; lines come in the order of their stream.
        moment: reads another time that a line names; it is near to the line's own.
        begin: is told whose lines come now: the log stream, and when its file was modified
            (nanoseconds; 0: not known).
    """

    read: Reader
    moment: Reader
    begin: Callable[[str, int], None]


_CLF = "%d/%b/%Y:%H:%M:%S %z"
_EPOCHS = {"epoch_s": 9, "epoch_ms": 6, "epoch_us": 3, "epoch_ns": 0}
_NAMES = ("rfc3339", "clf", *_EPOCHS, "tai64n")
_OTHERS = (
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%b %d %H:%M:%S",
    "%b %d %H:%M:%S.%f",
)
_TAI64N = re.compile(r"\s*@(4[0-9a-f]{15})([0-9a-f]{8})?\s*", re.IGNORECASE).fullmatch
_TAI_EPOCH = 2**62 + 10
"""1970 in TAI64 as daemontools has it, which knows nothing of leap seconds."""

_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?").fullmatch
_FIXED_ZONE = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])").fullmatch


def build_times(time: TimeConfig) -> Times:
    """Return what reads the values of the time field.

    Without a format each value is told by its shape: RFC 3339 and relatives, the common log format,
    dates as mail, HTTP and syslog have them, TAI64N, or a number: seconds, milli-, micro- or
    nanoseconds since 1970, by its size (a number below 1e11 is seconds, below 1e14 milliseconds, below
    1e17 microseconds).

    Raises:
        ConfigError: the format or the zone is unknown; all problems at once.
    """
    problems: list[Problem] = []
    order = TimeOrder()
    read = _reader(time.format, _zone(time.zone, problems), order, problems)
    if problems:
        raise ConfigError(problems)

    def moment(value: Any) -> int | None:
        last, order.nearest = order.last, True
        ns = read(value)
        order.last, order.nearest = last, False
        return ns

    return Times(read, moment, order.begin)


def _zone(name: Text | None, problems: list[Problem]) -> tzinfo | None:
    """Return the zone, None for UTC; an unknown one becomes a problem."""
    if name is None or name.upper() in ("UTC", "GMT", "Z"):
        return None
    if match := _FIXED_ZONE(name):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = f"unknown time zone {str(name)!r}"
        fix = "use a name such as Europe/Berlin, or an offset such as +01:00"
        problems.append(Problem(name.mark, "time.zone", what, fix))
        return None


def _reader(
    name: Text | None, zone: tzinfo | None, order: TimeOrder, problems: list[Problem]
) -> Reader:
    """Return the reader of a format; a bad one becomes a problem."""
    if name is None:
        return _any_reader(zone, order)
    if name == "rfc3339":
        return text_reader(ISO, zone, order)
    if name == "clf":
        return text_reader(compile_layout(_CLF), zone, order)
    if name == "tai64n":
        return _tai64n
    if name in _EPOCHS:
        return _epoch_reader(_EPOCHS[name])
    if "%" in name:
        try:
            return text_reader(compile_layout(name), zone, order)
        except ValueError as error:
            what, _, fix = str(error).partition("; ")
            problems.append(Problem(name.mark, "time.format", f"{str(name)!r}: {what}", fix))
            return unreadable
    near = get_close_matches(name, _NAMES, 1)
    fix = (
        f"did you mean {near[0]}?"
        if near
        else f"use {', '.join(_NAMES)} or strptime codes such as %Y-%m-%d %H:%M:%S"
    )
    problems.append(Problem(name.mark, "time.format", f"unknown time format {str(name)!r}", fix))
    return unreadable


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


def _epoch_reader(exponent: int) -> Reader:
    """Return a reader of numbers, or text that reads as one, of units of 10**exponent ns."""
    unit = int(10**exponent)

    def read(value: Any) -> int | None:
        kind = type(value)
        if kind is int:
            return int(value) * unit
        text = repr(value) if kind is float else value
        return _scaled(text, exponent) if type(text) is str else None

    return read


def _scaled(text: str, exponent: int) -> int | None:
    """Return the decimal in `text` times 10**exponent; what is below one nanosecond is cut."""
    if len(text) > LONGEST or (match := _DECIMAL(text)) is None:
        return None
    sign, whole, fraction, power = match.groups("")
    digits, shift = int(whole + fraction), exponent - len(fraction)
    if power:
        shift += int(power)
    scale: int = 10 ** abs(shift)
    ns = digits * scale if shift >= 0 else digits // scale
    return -ns if sign else ns


def _exponent(size: float) -> int:
    """Return the exponent of the unit that a number of this size counts."""
    if size < 1e11:
        return 9
    if size < 1e14:
        return 6
    return 3 if size < 1e17 else 0


def _tai64n(value: Any) -> int | None:
    """Read `@` and 16 or 24 hexadecimal digits, as daemontools writes them."""
    match = _TAI64N(value) if type(value) is str and len(value) <= LONGEST else None
    if match is None:
        return None
    fraction = int(match[2] or "0", 16)
    return (int(match[1], 16) - _TAI_EPOCH) * SECOND + fraction if fraction < SECOND else None


def _any_reader(zone: tzinfo | None, order: TimeOrder) -> Reader:
    """Return a reader that tells the format of each value by its shape."""
    iso = text_reader(ISO, zone, order)
    clf = text_reader(compile_layout(_CLF), zone, order)
    others = [
        *(text_reader(compile_layout(layout), zone, order) for layout in _OTHERS),
        _tai64n,
    ]

    def read(value: Any) -> int | None:
        if type(value) is str:
            mark = value[4:5]
            if mark == "-" or mark == "/":
                return iso(value)
            if value[2:3] == "/":
                return clf(value)
            if len(value) > LONGEST:
                return None
            bare = value.strip()
            return other(value) if bare == value else read(bare)
        if type(value) is int:
            return int(value) * int(10 ** _exponent(abs(value)))
        return _scaled(repr(value), _exponent(abs(value))) if type(value) is float else None

    def other(text: str) -> int | None:
        if _DECIMAL(text):
            return _scaled(text, _exponent(abs(float(text))))
        return next((ns for reader in others if (ns := reader(text)) is not None), None)

    return read
