"""Values of log fields as text, as numbers, and as durations.

Called by generated code and by the interpreter for each value of a template. In: what a parser gives
(str, int, float, bool, list, dict, None). Out: a canonical value, or None where there is none to be
had: nothing here raises, and text of any length costs linear time at most. No state, any thread.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import msgspec

NUMBER_LENGTH = 64
"""Longer text is no number and no duration."""

LONGEST = 2**62
"""Durations are below so many nanoseconds (146 years): sums of two stay in signed 64 bits."""

_EXACT_FLOAT = 2.0**53
_SAFE_PRODUCT = 2.0**48

_NUMBER = re.compile(
    r"([+-]?)([0-9]+(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,3}))?"
).fullmatch


def text(value: Any) -> str:
    """Return the canonical text of a value.

    Text is itself; `true`, `false`, `null` as in JSON; a float is the shortest decimal that reads as
    the same float, without `.0` where it is whole (JSON knows one kind of number: 200.0 and 200 are the
    same status); a list or a dict is compact JSON.
    """
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is int:
        return _integer(value)
    if kind is float:
        whole = value.is_integer() and abs(value) < _EXACT_FLOAT
        return str(int(value)) if whole else repr(value)
    try:
        return msgspec.json.encode(value).decode()
    except (ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        return ""


def number(value: Any) -> int | float | None:
    """Return the number that `value` is or reads as, or None.

    Numbers are finite. Text reads as a number when all of it is one decimal number in ASCII digits,
    with or without sign, fraction and exponent; a bool is no number.
    """
    kind = type(value)
    if kind is int:
        return int(value)
    if kind is float:
        return float(value) if isfinite(value) else None
    if kind is not str or len(value) > NUMBER_LENGTH:
        return None
    if value.isdecimal() and value.isascii():  # most of what a log holds: spares the pattern
        return int(value)
    match = _NUMBER(value)
    if match is None:
        return None
    if match[2].isdecimal() and match[5] is None:
        return int(value)
    result = float(value)
    return result if isfinite(result) else None


def duration(value: Any, unit_ns: int | None) -> int | None:
    """Return `value` in nanoseconds, or None where it is no duration: unreadable, negative, too long.

    Args:
        value: with a unit: a number, or text that reads as one. Without: text that has units
            itself, such as `1.5s`, `1h2m`, `250 ms`, `PT1.5S`, `00:00:01.5`.
        unit_ns: nanoseconds in the unit that `value` counts, or None.

    The result is exact (a float is taken as the decimal that is written for it) and rounded to the
    nearest nanosecond, half to even.
    """
    if unit_ns is None:
        return _bounded(_spelled(value)) if type(value) is str else None
    kind = type(value)
    if kind is int:
        return _bounded(int(value) * unit_ns)
    if kind is float:
        product: float = value * unit_ns
        if 0.0 <= product < _SAFE_PRODUCT:
            # The product is off by less than 2**-4, the true one's nearest integer is the same.
            nearest = round(product)
            if abs(product - nearest) < 0.4:
                return nearest
        return _bounded(_scaled(repr(value), unit_ns))
    return _bounded(_scaled(value, unit_ns)) if kind is str else None


def _integer(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # over 4300 digits: Python refuses, as its cost is quadratic
        return hex(value)


def _bounded(ns: int | None) -> int | None:
    return ns if ns is not None and 0 <= ns < LONGEST else None


_SCALES = {digits: int(10**digits) for digits in range(10)}
"""What a fraction of so many digits counts in."""


def _scaled(value: str, unit_ns: int) -> int | None:
    """Return the number in `value` times `unit_ns`, rounded; exact at any size."""
    if len(value) > NUMBER_LENGTH:
        return None
    before, _, after = value.partition(".")
    plain, scale = before + after, _SCALES.get(len(after), 0)
    if before and scale and plain.isdecimal() and plain.isascii() and unit_ns % scale == 0:
        return int(plain) * (unit_ns // scale)  # nothing to round
    match = _NUMBER(value)
    if match is None:
        return None
    sign, whole, fraction, bare, exponent = match.groups()
    fraction = fraction or bare or ""
    digits = int(whole.replace(".", "")) * unit_ns
    shift = int(exponent or 0) - len(fraction)
    if shift >= 0:
        # a number that is not zero is out of bounds long before 10**30
        scaled = digits * int(10 ** min(shift, 30))
    else:
        scaled, rest = divmod(digits, 10**-shift)
        twice = 2 * rest - 10**-shift
        scaled += int(twice > 0 or (twice == 0 and scaled % 2 == 1))
    return -scaled if sign == "-" else scaled


# ── durations as text ─────────────────────────────────────────────────────────────────────────────

_SECOND = 1_000_000_000
_UNITS = {
    name: ns
    for names, ns in (
        ("ns nanosecond nanoseconds", 1),
        ("us µs μs usec microsecond microseconds", 1_000),
        ("ms msec msecs millis millisecond milliseconds", 1_000_000),
        ("s sec secs second seconds", _SECOND),
        ("m min mins minute minutes", 60 * _SECOND),
        ("h hr hrs hour hours", 3600 * _SECOND),
        ("d day days", 86400 * _SECOND),
    )
    for name in names.split()
}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?([a-zµμ]+)[ ,]{0,2}", re.IGNORECASE).match
_ISO = re.compile(
    r"P(?:([0-9]+)W)?(?:([0-9]+)D)?"
    r"(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:[.,][0-9]*)?)S)?)?",
    re.IGNORECASE,
).fullmatch
_ISO_UNITS = (7 * 86400 * _SECOND, 86400 * _SECOND, 3600 * _SECOND, 60 * _SECOND, _SECOND)
_CLOCK = re.compile(r"(?:([0-9]+)\.)?([0-9]+):([0-5]?[0-9]):([0-5]?[0-9](?:[.,][0-9]*)?)").fullmatch


def _spelled(value: str) -> int | None:
    """Return the nanoseconds of text with units: `1h2m`, ISO 8601, or a clock's h:mm:ss."""
    value = value.strip() if len(value) <= 2 * NUMBER_LENGTH else ""
    if not value or len(value) > NUMBER_LENGTH:
        return None
    if match := _CLOCK(value):
        return _sum(match.groups(), _ISO_UNITS[1:])
    if value[0] in "pP":
        match = _ISO(value)
        return _sum(match.groups(), _ISO_UNITS) if match and value[-1] not in "pPtT" else None
    total, position, last = 0, 0, LONGEST
    while position < len(value):
        part = _PART(value, position)
        unit = _UNITS.get(part[2].lower(), LONGEST) if part else LONGEST
        if part is None or unit >= last:  # units come largest first, each once
            return None
        total += _scaled(part[1], unit) or 0
        position, last = part.end(), unit
    return total


def _sum(amounts: tuple[str | None, ...], units: tuple[int, ...]) -> int:
    parts = zip(amounts, units, strict=True)
    return sum(_scaled(text.replace(",", "."), unit) or 0 for text, unit in parts if text)
