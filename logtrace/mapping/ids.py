"""Ids: from what a log says to what the Agent takes, and ids for lines that say nothing.

Called by generated code and by the interpreter with the value of a `trace_id`, `span_id` or
`parent_id` template, and by `pairing` for ids of its own. Native ids (decimal and hex 64 bit, hex 128
bit, and the parts of a trace context) are converted exactly, so that spans from logs join spans from
instrumented services; any other text is hashed, the same on every host. Text of any length costs
linear time; nothing here ever raises. Any thread.

How text is read; the first that fits: no id (`-`, `null`, `N/A`, only zeros, …); a whole context;
up to 20 decimal digits (but 16 are hex); 13 to 16 or 29 to 32 hex digits (Jaeger and others drop leading
zeros); hex digits after `0x`; anything else is hashed. A dialect (`hex`, `decimal`, `hash`) is tried
before the context; text that it does not fit is read as if there were none.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

GOLDEN = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it is invertible modulo a power of two (2**64 over the golden ratio)."""

MASK = 2**63 - 1
"""Our own ids have 63 bits: some tracers keep ids in signed integers."""

_U64 = 2**64
_LOW = _U64 - 1
_CONTEXT_LENGTH = 512
_NO_ID = frozenset(
    ("null", "none", "nil", "undefined", "n/a", "empty", "(null)", "<nil>", "ignored_trace")
)
_NO_ID_LENGTH = max(map(len, _NO_ID))


def _shape(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Return a function that says whether a whole text has the shape."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII).fullmatch


_FORCED_DECIMAL = _shape(r"-?[0-9]{1,20}|[0-9]{21,31}|[0-9]{33,39}")
_FORCED_HEX = _shape(r"(?:0x)?([0-9a-f]{1,32})")
_NATIVE = _shape(
    r"(?P<decimal>-[0-9]{1,20}|[0-9]{1,15}|[0-9]{17,20})"
    r"|(?:0x)?(?P<hex>[0-9a-f]{13,16}|[0-9a-f]{29,32}|(?<=0x)[0-9a-f]{1,32})"
    r"|\{?(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?"
)
_NATIVE_LENGTH = 38
_ID = struct.Struct(">Q")
_ID_PAIR = struct.Struct(">QQ")

# ── ids of our own ────────────────────────────────────────────────────────────────────────────────


def seed(file_key: int, rule: int, ordinal: int) -> int:
    """Return the 63-bit seed from which `derive` makes the ids of one rule in one file.

    Args:
        file_key: key of the file, as in `LineBatch.key`.
        rule: index of the rule in its source.
        ordinal: which of the rule's ids: 0 its span, 1 its trace, further ones its children.
    """
    text = b"%d %d %d" % (file_key, rule, ordinal)
    return int.from_bytes(blake2b(text, digest_size=8).digest()) & MASK


def derive(seed: int, offset: int) -> int:
    """Return the id of the line at `offset`: 63 bits, not zero.

    Each step is invertible modulo 2**63, so two offsets of one seed never share an id. (The offset
    that gives 0, one in 2**63, gets 1.)
    """
    return ((z := (seed + offset * GOLDEN) & MASK) ^ (z >> 31)) or 1


# ── ids that the log gives ────────────────────────────────────────────────────────────────────────


def trace_id(value: Any, dialect: str | None = None) -> tuple[int, str] | None:
    """Return the trace id that `value` names, or None if it names none.

    Args:
        value: text or an int, as the log has it; anything else (a float has lost digits) is no id.
        dialect: `hex`, `decimal`, `hash`, or None to tell by the value's shape.

    Returns:
        The low 64 bits, not zero, and the high 64 as 16 lower-case hex digits, or "" where zero.
    """
    if dialect is None and type(value) is str and len(value) == 32:
        try:
            # Takes just hex digits: blanks, which fromhex skips, would leave too few bytes.
            high, low = _ID_PAIR.unpack(bytes.fromhex(value))
        except (ValueError, struct.error):
            pass
        else:
            if low:
                return low, value[:16].lower() if high else ""
    text = _text(value)
    if text is None:
        return None
    number = _read(text, dialect, 0, type(value) is int)
    if not number:
        return None
    high = number >> 64
    # A low half of zeros alone is no id to the Agent.
    return number & _LOW or _hash(text.lower()), f"{high:016x}" if high else ""


def span_id(value: Any, dialect: str | None = None) -> int | None:
    """Return the id of the span that `value` names (64 bits, not zero), or None if it names none.

    Of a context: the id of the span that wrote it. For `value` and `dialect` see `trace_id`.
    """
    return _id(value, dialect, 1)


def parent_id(value: Any, dialect: str | None = None) -> int | None:
    """Return the id of the parent that `value` names (64 bits, not zero), or None if it names none.

    Of a context: the parent part (B3, Jaeger, X-Ray); W3C and Cloud Trace headers have one span id
    only, that of the caller, which is both. For `value` and `dialect` see `trace_id`.
    """
    return _id(value, dialect, 2)


def _id(value: Any, dialect: str | None, part: int) -> int | None:
    """Return the 64-bit id in `value`, or in part `part` of it where it is a context."""
    if dialect is None and type(value) is str and len(value) == 16:
        try:
            return _ID.unpack(bytes.fromhex(value))[0] or None
        except (ValueError, struct.error):
            pass
    text = _text(value)
    if text is None:
        return None
    number = _read(text, dialect, part, type(value) is int)
    return (number or None) if number < _U64 else _hash(text.lower())


def _text(value: Any) -> str | None:
    """Return the text of an id without what stands around it, or None where it is none."""
    if type(value) is int:
        if not value or not -_U64 < value < _U64**2:
            return None
        return str(value)
    if not isinstance(value, str):
        return None
    text = value.strip(" \t\r\n\"'")
    if not text.strip("0-{}") or (len(text) <= _NO_ID_LENGTH and text.lower() in _NO_ID):
        return None
    return text


def _read(text: str, dialect: str | None, part: int, is_int: bool) -> int:
    """Return the up to 128 bits of an id; 0: none."""
    if len(text) > _CONTEXT_LENGTH:
        return _hash(text)
    return _read_short(text, dialect, part, is_int)


@lru_cache(maxsize=4096)  # the lines of one trace come close together
def _read_short(text: str, dialect: str | None, part: int, is_int: bool) -> int:
    """Do the work of `_read`, for text of bounded length."""
    if dialect is not None and (forced := _forced(text, dialect)) is not None:
        return forced
    if (context := _context(text)) is not None:
        text = context[part]
        if not text.strip("0"):
            return 0
    match = _NATIVE(text) if len(text) <= _NATIVE_LENGTH else None
    if match is None:
        return _hash(text)
    if match["uuid"]:
        # Never truncated: the low half of a version 1 UUID is the same for all ids of a host.
        return _hash(match["uuid"].lower())
    if match["decimal"] or is_int:
        number = int(text)
        return number % _U64 if -_U64 // 2 <= number < _U64 else _hash(text)
    return int(match["hex"], 16)


def _forced(text: str, dialect: str) -> int | None:
    """Return the up to 128 bits that `text` is in `dialect`, or None where it does not fit."""
    if dialect == "hash":
        return _hash(text)
    if dialect == "hex":
        match = _FORCED_HEX(text)
        return int(match[1], 16) if match else None
    # 32 digits are hex here too: Datadog's tracers write 128-bit ids in hex beside decimal ones.
    if not _FORCED_DECIMAL(text):
        return None
    number = int(text)
    return number % _U64 if number < 0 else number % _U64**2


def _hash(text: str) -> int:
    """Return 63 bits of `text`, not zero."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & MASK or 1


# ── contexts ──────────────────────────────────────────────────────────────────────────────────────


class _Context(NamedTuple):
    """The parts of a trace context, as text that can be read by itself; "" or zeros: absent."""

    trace: str
    span: str = ""
    parent: str = ""


_W3C = _shape(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_B3 = _shape(r"([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-[01d](?:-([0-9a-f]{16}))?)?")
_JAEGER = _shape(r"([0-9a-f]{13,32}):([0-9a-f]{1,16}):([0-9a-f]{1,16}):[0-9a-f]{1,2}")
_CLOUD = _shape(
    r"(?:projects/[^/]+/traces/)?([0-9a-f]{32})"
    r"(?:/spans/([0-9a-f]{16})|/([0-9]{1,20})(?:;o=[0-9])?)?"
)
_XRAY = _shape(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_SHORTEST_DASHED = 33
_XRAY_FIELD = re.compile(r"(?:^|[;,\s])(Root|Self|Parent)=([^;,\s]+)", re.IGNORECASE)


def _context(text: str) -> _Context | None:
    """Return the parts of `text` if it is a whole context of a known dialect."""
    if "=" in text and (header := _xray(text)):
        return header
    if "/" in text and (match := _CLOUD(text)):
        span = match[2] or (f"{int(match[3]) & _LOW:016x}" if match[3] else "")
        return _Context(match[1], span, span)
    if ":" in text or "%3" in text:
        match = _JAEGER(text.replace("%3A", ":").replace("%3a", ":"))
        if match is None:
            return None
        trace, span, parent = match.groups()
        return _Context(_padded(trace), _padded(span), _padded(parent))
    if len(text) < _SHORTEST_DASHED or "-" not in text:
        return None
    if match := _W3C(text):
        return _Context(match[1], match[2], match[2])
    if match := _B3(text):
        return _Context(match[1], match[2], match[3] or "")
    if match := _XRAY(text):
        return _Context(match[1] + match[2])
    return None


def _xray(text: str) -> _Context | None:
    """Return the parts of an X-Ray header; `Self` has a trace id's shape, so it gets hashed."""
    fields = {name.lower(): value for name, value in _XRAY_FIELD.findall(text)}
    root = fields.get("root")
    if root is None:
        return None
    if match := _XRAY(root):
        root = match[1] + match[2]
    return _Context(root, fields.get("self", ""), fields.get("parent", ""))


def _padded(digits: str) -> str:
    """Return hex digits with the leading zeros that Jaeger leaves out."""
    return digits.zfill(16 if len(digits) <= 16 else 32)
