"""Times: from the value of a field to nanoseconds since 1970.

`build_reader` is called once for each source; what it returns is called for each line by generated
code. Exact to the nanosecond: integer arithmetic only, and a float is taken as the decimal that is
written for it. Lines of one second share the text before the fraction, so that is looked up, not
parsed; the caches are bounded. A reader never raises: what cannot be read is None. One thread each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta, timezone, tzinfo
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from logtrace.config.model import Text, TimeConfig
from logtrace.errors import ConfigError, Problem
from logtrace.parse.layouts import ISO, LONGEST, Layout, compile_layout, nanoseconds

Reader = Callable[[Any], int | None]

REMEMBERED = 4096
"""Entries in each cache of a reader; a full one is emptied."""

_CLF = "%d/%b/%Y:%H:%M:%S %z"
_EPOCHS = {"epoch_s": 9, "epoch_ms": 6, "epoch_us": 3, "epoch_ns": 0}
_NAMES = ("rfc3339", "clf", *_EPOCHS)
_OTHERS = ("%a, %d %b %Y %H:%M:%S %z", "%d %b %Y %H:%M:%S", "%a %b %d %H:%M:%S %Y")
_SCALE = tuple(int(10 ** (9 - digits)) for digits in range(10))
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?").fullmatch
_FIXED_ZONE = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])").fullmatch


def build_reader(time: TimeConfig) -> Reader:
    """Return the function that reads the values of the time field.

    Without a format each value is told by its shape: RFC 3339 and relatives, the common log format,
    dates as mail and HTTP have them, or a number: seconds, milli-, micro- or nanoseconds since 1970,
    by its size (a number below 1e11 is seconds, below 1e14 milliseconds, below 1e17 microseconds).

    Raises:
        ConfigError: the format or the zone is unknown; all problems at once.
    """
    problems: list[Problem] = []
    zone = _zone(time.zone, problems)
    reader = _reader(time.format, zone, problems)
    if problems:
        raise ConfigError(problems)
    return reader


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


def _reader(name: Text | None, zone: tzinfo | None, problems: list[Problem]) -> Reader:
    """Return the reader of a format; a bad one becomes a problem."""
    if name is None:
        return _any_reader(zone)
    if name == "rfc3339":
        return _text_reader(ISO, zone)
    if name == "clf":
        return _text_reader(compile_layout(_CLF), zone)
    if name in _EPOCHS:
        return _epoch_reader(_EPOCHS[name])
    if "%" in name:
        try:
            return _text_reader(compile_layout(name), zone)
        except ValueError as error:
            what, _, fix = str(error).partition("; ")
            problems.append(Problem(name.mark, "time.format", f"{str(name)!r}: {what}", fix))
            return _unreadable
    near = get_close_matches(name, _NAMES, 1)
    fix = f"did you mean {near[0]}?" if near else f"use {', '.join(_NAMES)} or strptime codes"
    problems.append(Problem(name.mark, "time.format", f"unknown time format {str(name)!r}", fix))
    return _unreadable


def _unreadable(value: Any) -> int | None:
    return None


# ── text ──────────────────────────────────────────────────────────────────────────────────────────


def _text_reader(layout: Layout, zone: tzinfo | None) -> Reader:
    """Return a reader of one layout, with the cache that suits it."""
    if layout.width is None:
        return _whole_reader(layout, zone)
    return _fraction_reader(layout, zone, layout.width)


def _whole_reader(layout: Layout, zone: tzinfo | None) -> Reader:
    """Return a reader that remembers whole times."""
    known: dict[str, int] = {}
    recall = known.get

    def read(value: Any) -> int | None:
        if type(value) is not str:
            return None
        ns = recall(value)
        if ns is None and (found := layout.read(value, zone)) is not None:
            ns = found.second + nanoseconds(found.fraction)
            _remember(known, value, ns)
        return ns

    return read


def _fraction_reader(layout: Layout, zone: tzinfo | None, width: int) -> Reader:
    """Return a reader that remembers seconds by the `width` characters before the fraction.

    What follows the fraction (a zone, or nothing) hardly ever changes within a log: `suffix` is what
    was seen last, and `seconds` are right for it. `tails` are short fractions with their suffix,
    `known` whole times without a fraction. All hold only what the layout itself has read, so a
    cached answer is the layout's answer.
    """
    seconds: dict[str, int] = {}
    tails: dict[str, int] = {}
    known: dict[str, int] = {}
    second_of, tail_of = seconds.get, tails.get
    suffix, stop = "", None

    def read(value: Any) -> int | None:
        if type(value) is not str:
            return None
        second = second_of(value[:width])
        if second is not None:
            ns = tail_of(value[width:])
            if ns is not None:
                return second + ns
            digits = value[width:stop]
            size = len(digits)
            if size < 10 and value.endswith(suffix) and digits.isdecimal() and digits.isascii():
                ns = int(digits) * _SCALE[size]
                if size < 4:
                    tails[value[width:]] = ns
                return second + ns
        return learn(value)

    def learn(value: str) -> int | None:
        nonlocal suffix, stop
        if (whole := known.get(value)) is not None:
            return whole
        if (found := layout.read(value, zone)) is None:
            return None
        if found.start != width:
            _remember(known, value, found.second + nanoseconds(found.fraction))
        else:
            rest = value[width + len(found.fraction) :]
            if rest != suffix:
                suffix, stop = rest, -len(rest) or None
                seconds.clear()
                tails.clear()
            _remember(seconds, value[:width], found.second)
        return found.second + nanoseconds(found.fraction)

    return read


def _remember(cache: dict[str, int], text: str, ns: int) -> None:
    if len(cache) >= REMEMBERED:
        cache.clear()
    cache[text] = ns


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


def _any_reader(zone: tzinfo | None) -> Reader:
    """Return a reader that tells the format of each value by its shape."""
    iso = _text_reader(ISO, zone)
    clf = _text_reader(compile_layout(_CLF), zone)
    others = [_text_reader(compile_layout(layout), zone) for layout in _OTHERS]

    def read(value: Any) -> int | None:
        if type(value) is str:
            mark = value[4:5]
            if mark == "-" or mark == "/":
                return iso(value)
            if value[2:3] == "/":
                return clf(value)
            return other(value.strip()) if len(value) <= LONGEST else None
        if type(value) is int:
            return int(value) * int(10 ** _exponent(abs(value)))
        return _scaled(repr(value), _exponent(abs(value))) if type(value) is float else None

    def other(text: str) -> int | None:
        if _DECIMAL(text):
            return _scaled(text, _exponent(abs(float(text))))
        return next((ns for reader in others if (ns := reader(text)) is not None), None)

    return read
