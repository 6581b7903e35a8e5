"""From the text of one scalar to a value: text, flag, number, choice, duration, time, path, URL.

Called by `walk`. A scalar is taken as it is written, never as YAML 1.1 would convert it. Where the two
differ and a person may have meant either (`no`, `017`, `12:30`), that is a problem and not a guess;
decimal numbers, dates, `true` and `false` mean the same to everybody and are taken as text where text is
wanted. What cannot be read is an Unreadable with what and fix. Pure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from logtrace.clock import SECOND
from logtrace.config.model import Text
from logtrace.config.page import in_quotes
from logtrace.config.shape import Key

UNITS = {
    "h": 3600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": SECOND // 1000,
    "us": SECOND // 1_000_000,
    "ns": 1,
}
"""Units of a duration, the largest first: the order in which they are written."""

LONGEST = 24 * 36_525 * UNITS["h"]
"""A century: longer durations do not fit into 64 bits of nanoseconds with room to add."""

DURATION = r"(?:\d+(?:\.\d+)?(?:h|ms|m|us|ns|s))+"

_DURATION = re.compile(DURATION, re.ASCII)
_PART = re.compile(r"(\d+)(?:\.(\d+))?([a-z]+)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_SHARE = re.compile(r"0(?:\.\d{1,18})?|1(?:\.0{1,18})?", re.ASCII)
_NANOSECONDS = re.compile(r"-?[0-9]{1,19}")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_NUMBER = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|[1-9][0-9_]*)")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[-+]\d\d:\d\d)", re.ASCII
)
_TRUTH = re.compile(r"(?:yes|no|on|off)", re.IGNORECASE)
_WORDS = {"true": True, "false": False}
_NOTHING = ("", "~", "null", "Null", "NULL")


class Unreadable(ValueError):
    """A scalar that cannot be what its key wants; carries what and fix."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def shown(text: str) -> str:
    """Return `text` as a message shows it: in quotes, on one line, not too long."""
    return repr(str(text) if len(text) <= 60 else text[:57] + "…")


def is_nothing(text: str, quoted: bool) -> bool:
    """Return whether YAML reads the scalar as no value."""
    return not quoted and text in _NOTHING


def suggestion(word: str, known: list[str]) -> str:
    """Return the known word that `word` most resembles, or ""."""
    folded = {name.lower().replace("-", "_"): name for name in reversed(known)}
    close = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1)
    return folded[close[0]] if close else ""


def did_you_mean(word: str, known: list[str], otherwise: str = "") -> str:
    """Return the advice for a word that is none of the known ones."""
    similar = suggestion(word, known)
    return f"did you mean {similar!r}?" if similar else otherwise


def read_text(text: Text, quoted: bool, key: Key) -> Text:
    """Return the text itself, unless YAML might mean something else by it."""
    if quoted:
        if not text and not key.empty:
            raise Unreadable("is empty", "write a value, or leave the key out")
        return text
    if text in _NOTHING:
        fix = 'write "" for an empty one' if key.empty else "write one, or leave the key out"
        raise Unreadable("has no value", fix)
    if _TRUTH.fullmatch(text):
        raise Unreadable(f"YAML may read {text} as true or false", in_quotes(text))
    if (number := _misread_number(text)) is not None:
        raise Unreadable(f"YAML reads {text} as the number {number}", in_quotes(text))
    return text


def read_flag(text: Text, quoted: bool, key: Key) -> bool:
    """Return a truth value."""
    word = text.lower()
    if not quoted and word in _WORDS:
        return _WORDS[word]
    meant = {**_WORDS, "yes": True, "on": True, "no": False, "off": False}.get(word)
    fix = "true or false" if meant is None else str(meant).lower()
    what = f"{'the text ' if word in _WORDS else ''}{shown(text)} is not true or false"
    raise Unreadable(what, f"write {fix}, without quotes")


def read_number(text: Text, quoted: bool, key: Key) -> int:
    """Return a whole number."""
    if quoted:
        raise Unreadable(
            f"expected a whole number, got the text {shown(text)}", "remove the quotes"
        )
    if not _WHOLE.fullmatch(text):
        meant = _misread_number(text)
        if re.fullmatch(r"[1-9]\d*e\d{1,2}", text):
            meant = int(float(text))
        fix = f"write {meant}" if meant is not None else "write digits only, such as 1000"
        raise Unreadable(f"{shown(text)} is not a whole number", fix)
    if int(text) < key.least:
        raise Unreadable(f"{text} is too small", f"the least is {key.least}")
    return int(text)


def read_share(text: Text, quoted: bool, key: Key) -> float:
    """Return a part of one, such as 0.1."""
    if quoted:
        raise Unreadable(f"expected a number, got the text {shown(text)}", "remove the quotes")
    if percent := re.fullmatch(r"(\d{1,3}(?:\.\d{1,9})?) ?%", text, re.ASCII):
        raise Unreadable(f"{shown(text)} is no number", f"write {float(percent[1]) / 100:g}")
    if not _SHARE.fullmatch(text):
        raise Unreadable(f"{shown(text)} is no number from 0 to 1", "write one such as 0.1")
    return float(text)


def read_choice(text: Text, quoted: bool, key: Key) -> str:
    """Return one of the key's choices."""
    if text in key.choices:
        return str(text)
    choices = list(key.choices)
    what = f"{shown(text)} is not one of {', '.join(choices)}"
    if len(choices) == 1:
        what = f"{shown(text)} is not {choices[0]}, the only value there is"
    raise Unreadable(what, did_you_mean(text, choices))


def read_duration(text: Text, quoted: bool, key: Key) -> int:
    """Return the nanoseconds of a text such as `30s`, `1.5s` or `1h30m`."""
    return duration(text, key.least)


def duration(text: str, least: int | None = 1) -> int:
    """Return the nanoseconds of a text such as `30s`; raises Unreadable, also below `least`."""
    if not _DURATION.fullmatch(text):
        raise Unreadable(*_no_duration(text))
    total, smallest = 0, LONGEST
    for whole, fraction, unit in _PART.findall(text):
        if UNITS[unit] >= smallest:
            raise Unreadable(f"{shown(text)} has its units out of order", "write it like 1h30m")
        smallest = UNITS[unit]
        digits = fraction[:12]
        total += int(whole[:18]) * smallest + int(digits or 0) * smallest // 10 ** len(digits)
        if len(whole) > 18 or total > LONGEST:
            raise Unreadable(f"{shown(text)} is longer than a century", "write a shorter one")
    if total < (least or 0):
        raise Unreadable(f"{shown(text)} is no time at all", "write a longer one, such as 1s")
    return total


def read_wait(text: Text, quoted: bool, key: Key) -> int | None:
    """Return nanoseconds, or None for `adaptive`."""
    if text == "adaptive":
        return None
    if re.match(r"[-+.\d]", text):
        return read_duration(text, quoted, key)
    what = f"{shown(text)} is neither adaptive nor a duration"
    raise Unreadable(what, did_you_mean(text, ["adaptive"], "write adaptive, or such as 5s"))


def read_length(text: Text, quoted: bool, key: Key) -> int:
    """Return the nanoseconds that a span takes: a whole number of them, or a text such as `12ms`."""
    return int(text) if _NANOSECONDS.fullmatch(text) else duration(text, least=0)


def read_moment(text: Text, quoted: bool, key: Key) -> int:
    """Return the nanoseconds since 1970 of a time as RFC 3339 has it; or they are written."""
    if _NANOSECONDS.fullmatch(text):
        return int(text)
    found = _MOMENT.fullmatch(text)
    try:
        whole = datetime.fromisoformat(f"{found[1]}{found[3]}") if found else None
    except ValueError:
        whole = None
    if found is None or whole is None:
        fix = "write it like 2026-11-22T10:00:00.250Z, or as nanoseconds since 1970"
        raise Unreadable(f"{shown(text)} is not a time", fix)
    seconds = int((whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return seconds * SECOND + int((found[2] or "").ljust(9, "0"))


def read_line(text: Text, quoted: bool, key: Key) -> Text:
    """Return a line of a log as it stands."""
    if is_nothing(text, quoted):
        raise Unreadable("has no value", 'write "" for an empty line')
    return text


def read_path(text: Text, quoted: bool, key: Key) -> Text:
    """Return an absolute path; patterns of `path` are as good as names."""
    read_text(text, quoted, key)
    if not text.startswith("/"):
        raise Unreadable(
            f"{shown(text)} is a relative path", "write it from / on, such as /var/log/…"
        )
    if "\0" in text:
        raise Unreadable(f"{shown(text)} holds a NUL character", "remove it")
    return text


def read_url(text: Text, quoted: bool, key: Key) -> Text:
    """Return the address of an Agent."""
    read_text(text, quoted, key)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https", "unix") and parts.port != 0
    except ValueError:
        usable = False
    else:
        if parts.scheme == "unix":
            usable = not parts.netloc and len(parts.path) > 1
        else:
            usable = usable and bool(parts.hostname) and " " not in text
    if not usable:
        bare = re.fullmatch(r"[\w.-]+(:\d+)?", text)
        example = f"http://{text}" if bare else "http://localhost:8126 or unix:///path/to/socket"
        raise Unreadable(f"{shown(text)} is not the URL of an Agent", f"write {example}")
    return text


READERS: dict[str, Callable[[Text, bool, Key], Any]] = {
    "text": read_text,
    "choice": read_choice,
    "flag": read_flag,
    "number": read_number,
    "share": read_share,
    "duration": read_duration,
    "wait": read_wait,
    "path": read_path,
    "url": read_url,
    "length": read_length,
    "moment": read_moment,
    "line": read_line,
}
"""How each kind of scalar is read."""


def _misread_number(text: str) -> int | None:
    """Return the number that YAML 1.1 makes of a text that is no plain decimal number."""
    if _DECIMAL.fullmatch(text):
        return None
    sign, digits = (-1 if text.startswith("-") else 1), text.lstrip("+-").replace("_", "")
    if _SEXAGESIMAL.fullmatch(text) and ":" in text:
        total = 0
        for part in digits.split(".")[0].split(":"):
            total = total * 60 + int(part)
        return sign * total
    if not _NUMBER.fullmatch(text) or not digits or len(digits) > 40:
        return None
    if digits[:2].lower() in ("0b", "0x"):
        return sign * int(digits, 0) if len(digits) > 2 else None
    return sign * int(digits, 8 if digits.startswith("0") else 10)


def _no_duration(text: str) -> tuple[str, str]:
    """Say why `text` is no duration."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        units = ", ".join(f"{text}{unit}" for unit in ("ms", "s", "m"))
        return f"{text} has no unit", f"write {units} or {text}h"
    if clock := re.fullmatch(r"(\d{1,9}):(\d{1,9})", text):
        fix = "write {0}h{1}m or {0}m{1}s".format(*clock.groups())
        return f"{shown(text)} is not a duration", fix
    compact = re.sub(r"\s+", "", text)
    if compact != text and _DURATION.fullmatch(compact):
        return f"{shown(text)} is not a duration", f"write {compact}"
    fix = "write a number and a unit (ns, us, ms, s, m, h), such as 30s or 1h30m"
    return f"{shown(text)} is not a duration", fix
