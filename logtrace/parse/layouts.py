"""Layouts of times as text: what a format says, as one regular expression, and what a match means.

Called by `timestamps`, which puts caches before it: this is the slow and exact path. In: a format with
strptime codes, or the ISO family; out: `Layout`, whose `read` gives integer nanoseconds. Text that does
not fit, or names no moment (30 February), gives None; a bad format raises ValueError with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from logtrace.parse.time_words import MONTHS, ZONES

SECOND = 1_000_000_000
LONGEST = 64
"""Longer text is no time."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_UTC = frozenset(("z", "utc", "gmt"))

_ZONE = r"(?P<z>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)"
_ZONE_NAME = r"(?P<Z>[A-Z][A-Z0-9+-]*)"
_MONTH = rf"(?P<b>{'|'.join(sorted(MONTHS, key=len, reverse=True))})[a-zà-ÿ]*\.?"
_CODES: dict[str, tuple[str, int]] = {
    "Y": (r"(?P<Y>\d{4})", 4),
    "y": (r"(?P<y>\d\d)", 2),
    "m": (r"(?P<m>\d{1,2})", 2),
    "b": (_MONTH, 3),
    "B": (_MONTH, 0),
    "d": (r" ?(?P<d>\d{1,2})", 2),
    "e": (r" ?(?P<d>\d{1,2})", 2),
    "j": (r"(?P<j>\d{1,3})", 3),
    "H": (r"(?P<H>\d{1,2})", 2),
    "k": (r" ?(?P<H>\d{1,2})", 2),
    "I": (r"(?P<I>\d{1,2})", 2),
    "p": (r"(?P<p>[AP]\.?M\.?)", 2),
    "M": (r"(?P<M>\d{1,2})", 2),
    "S": (r"(?P<S>\d{1,2})", 2),
    "f": (r"(?P<f>\d{1,9})", 0),
    "s": (r"(?P<s>\d{1,12})", 10),
    "z": (r" ?" + _ZONE, 0),
    "Z": (_ZONE_NAME, 0),
    "a": (r"[a-zà-ÿ]{2,4}\.?", 3),
    "A": (r"[a-zà-ÿ-]+", 0),
    "%": (r"%", 1),
}
_SHORT = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "h": "%b"}
_DIGITS = frozenset("YymdHIMSfjs")
"""Codes of digits alone: one that stands just before another has its full width."""

_AFTER_FRACTION = frozenset("zZ%")
"""Codes that may follow a fraction if what stands before it is to tell the second."""


class Moment(NamedTuple):
    """A time as read.

    Attributes:
        second: nanoseconds of its whole second.
        fraction: the digits of its fraction, and
        start: where they start in the text; -1: there are none.
        again: the same of the second time that clocks showed this, where they were set back.
    """

    second: int
    fraction: str
    start: int
    again: int | None = None


class Layout(NamedTuple):
    """How times of one format are read.

    Attributes:
        match: matches the whole text of a time; its groups are named by their strptime codes.
        width: how many characters stand before the digits of the fraction, where that is the same
            for nearly all times of the format and they alone tell the second; else None.
        year: the year of times that name none; 0: they do.
    """

    match: Callable[[str], re.Match[str] | None]
    width: int | None
    year: int = 0

    def read(self, text: str, zone: tzinfo | None) -> Moment | None:
        """Return what `text` says, or None.

        `zone` is the zone of times that name none; None is UTC. Of a time that a change of clocks
        repeats both are given; one that it skips is read with the offset before it.
        """
        if len(text) > LONGEST or (match := self.match(text)) is None:
            return None
        parts = match.groupdict()
        try:
            second, again = _seconds(parts, zone, self.year)
        except (ValueError, OverflowError):
            return None
        fraction = parts.get("f")
        start = match.start("f") if fraction else -1
        return Moment(
            second * SECOND, fraction or "", start, None if again == second else again * SECOND
        )


def nanoseconds(fraction: str) -> int:
    """Return the nanoseconds of the digits of a fraction of a second; more than nine are cut."""
    return int(fraction[:9].ljust(9, "0"))


ISO = Layout(
    re.compile(
        r"(?P<Y>\d{4})([-/])(?P<m>\d\d)\2(?P<d>\d\d)(?:T| {1,2})(?P<H>\d\d):(?P<M>\d\d)"
        rf"(?::(?P<S>\d\d)(?:[.,](?P<f>\d+))?)?(?: ?{_ZONE}| {_ZONE_NAME})?(?:\[[\w/+-]+\])?",
        re.ASCII | re.IGNORECASE,
    ).fullmatch,
    len("2026-11-22T10:00:00."),
)
"""RFC 3339 and its relatives: T or blank, any fraction, any or no zone, dates with slashes."""

UNDATED = 1
"""Stands for the year of a layout whose times name none, until it is known."""


def compile_layout(layout: str) -> Layout:
    """Return the layout of a format with strptime codes.

    Raises:
        ValueError: a code is unknown or stands twice, or the format cannot tell a moment.
    """
    layout = re.sub("%(.)", lambda code: _SHORT.get(code[1], code[0]), layout)
    pattern, width, start, seen = "", 0, None, ""
    fixed = True
    pieces = re.findall(r"%.|%$|\s+|[^%\s]+", layout, re.DOTALL)
    for piece, after in zip(pieces, [*pieces[1:], ""], strict=False):
        if not piece.startswith("%"):
            blank = piece.isspace()
            pattern += r"\s+" if blank else re.escape(piece)
            width += len(piece)
            continue
        code = piece[1:]
        if code not in _CODES:
            raise ValueError(
                f"unknown code {piece!r}; known are {' '.join('%' + c for c in _CODES)}"
            )
        if code == "f":
            start = width if fixed else None
        elif start is not None and code not in _AFTER_FRACTION:
            start = None
        expression, size = _CODES[code]
        if code in _DIGITS and size and after[:1] == "%" and after[1:] in _DIGITS:
            expression = re.sub(r"\{1,\d+\}", f"{{{size}}}", expression)
        pattern, width, fixed = pattern + expression, width + size, fixed and size > 0
        seen += "H" if code == "k" else code
    _require_moment(seen)
    try:
        match = re.compile(pattern, re.ASCII | re.IGNORECASE).fullmatch
        return Layout(match, start, 0 if set(seen) & set("sYy") else UNDATED)
    except re.error:
        raise ValueError("a code stands twice; name each part of the time once") from None


def _require_moment(codes: str) -> None:
    """Raise ValueError unless the codes tell a day and a time of day; the year may be missing."""
    present = set(codes)
    if "s" in present:
        return
    if not ("j" in present or (present & set("mbB") and present & set("de"))):
        raise ValueError("no month and day (%m %d, %b %d or %j)")
    if not ("H" in present or present >= set("Ip")):
        raise ValueError("no hour (%H, or %I with %p)")


def _seconds(parts: dict[str, str | None], zone: tzinfo | None, year: int) -> tuple[int, int]:
    """Return whole seconds since 1970, twice: they differ where clocks showed the time two times.

    Raises ValueError where the parts are no moment.
    """
    if epoch := parts.get("s"):
        return int(epoch), int(epoch)
    day = _day(parts, year)
    hour, minute, second = _hour(parts), int(parts.get("M") or 0), int(parts.get("S") or 0)
    if hour > 23 or minute > 59 or second > 60:  # 60: a leap second counts on into the next minute
        raise ValueError
    total = (day.toordinal() - _EPOCH_DAY) * 86400 + hour * 3600 + minute * 60 + second
    name = (parts.get("Z") or "").lower()
    if named := parts.get("z"):
        ahead = _offset(named)
        return total - ahead, total - ahead
    if zone is None or name in _UTC:
        ahead = ZONES[name] if name in ZONES else _nameless(name)
        return total - ahead, total - ahead
    moment = datetime(day.year, day.month, day.day, hour, minute, min(second, 59), tzinfo=zone)
    return _in_zone(total, moment, name)


def _in_zone(total: int, moment: datetime, name: str) -> tuple[int, int]:
    """Return what `total` seconds of local time are; `name`: what its zone is called then, or ""."""
    after = moment.replace(fold=1)
    first, second = (total - _ahead(each) for each in (moment, after))
    if name and (
        called := {(each.tzname() or "").lower(): _ahead(each) for each in (after, moment)}
    ):
        if name in called:
            return total - called[name], total - called[name]
        if name in ZONES:  # the name of another zone
            return total - ZONES[name], total - ZONES[name]
    return first, max(first, second)  # a time that is skipped was meant by the offset before


def _ahead(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // timedelta(seconds=1)


def _nameless(name: str) -> int:
    """Return 0 where no zone is named; letters that nobody knows are no moment."""
    if name:
        raise ValueError
    return 0


def _day(parts: dict[str, str | None], year: int) -> date:
    if short := parts.get("y"):
        year = int(short) + (1900 if int(short) >= 69 else 2000)  # as POSIX has it
    elif "Y" in parts:
        year = int(parts["Y"] or 0)
    if ordinal := parts.get("j"):
        day = date(year, 1, 1) + timedelta(days=int(ordinal) - 1)
        if day.year != year:
            raise ValueError
        return day
    month = parts.get("m") or MONTHS[(parts.get("b") or "").lower()]
    return date(year, int(month), int(parts["d"] or 0))


def _hour(parts: dict[str, str | None]) -> int:
    if (hour := parts.get("H")) is not None:
        return int(hour)
    hour12 = int(parts["I"] or 0)
    if not 1 <= hour12 <= 12:
        raise ValueError
    afternoon = (parts.get("p") or "")[:1].lower() == "p"
    return hour12 % 12 + (12 if afternoon else 0)


def _offset(zone: str) -> int:
    """Return the seconds that `Z`, `UTC`, `+0330`, `+03:30` or `+03` is ahead of UTC."""
    if zone.lower() in _UTC:
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError
    seconds = hours * 3600 + minutes * 60
    return -seconds if zone[0] == "-" else seconds
