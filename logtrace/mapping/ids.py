"""Ids: from what a log says to what the Agent takes, and ids for lines that say nothing.

Called by generated code and by the interpreter with the value of a `trace_id`, `span_id` or
`parent_id` template, and by `pairing` for ids of its own. Native ids (decimal and hex 64 bit, hex 128
bit, and the parts of a trace context) are converted exactly, so that spans from logs join spans from
instrumented services; any other text is hashed, the same on every host. Text of any length costs
linear time; nothing here ever raises. Any thread.

How text is read; the first that fits: no id (`-`, `null`, `N/A`, only zeros, …); a whole context
(`contexts`); up to 20 decimal digits (but 16 are hex); 13 to 16 or 29 to 32 hex digits (Jaeger and
others drop leading zeros); hex digits after `0x`; 8 or 16 bytes in base64 (OTLP); anything else is
hashed. A dialect (`hex`, `decimal`, `hash`; `b3`, which only knows what is no id) is tried before the
context; text that it does not fit is read as if there were none.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from logtrace.mapping.contexts import context_of, shape

GOLDEN = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it is invertible modulo a power of two (2**64 over the golden ratio)."""

MASK = 2**63 - 1
"""Our own ids have 63 bits: some tracers keep ids in signed integers."""

_U64 = 2**64
_LOW = _U64 - 1
_CONTEXT_LENGTH = 512
_NO_ID = frozenset(
    (
        *("null", "none", "nil", "undefined", "n/a", "nan", "empty", "unset", "unknown"),
        *(
            "(null)",
            "(none)",
            "<nil>",
            "<null>",
            "<none>",
            "[]",
            "[-]",
            "?",
            "false",
            "ignored_trace",
        ),
    )
)
_DECISIONS = frozenset("01d")
"""What a header in the dialect `b3` may hold instead of ids: whether the trace is sampled."""

_UNFILLED = ("${", "%{", "%X{", "{{")
"""How a placeholder begins that nobody filled in: the same text in each line."""

_NO_ID_LENGTH = max(map(len, _NO_ID))


_FORCED_DECIMAL = shape(r"-?[0-9]{1,20}|[0-9]{21,31}|[0-9]{33,39}")
_FORCED_HEX = shape(r"(?:0x)?([0-9a-f]{1,32})")
_NATIVE = shape(
    r"(?P<decimal>-[0-9]{1,20}|[0-9]{1,15}|[0-9]{17,20})"
    r"|(?:0x)?(?P<hex>[0-9a-f]{13,16}|[0-9a-f]{29,32}|(?<=0x)[0-9a-f]{1,32})"
    r"|\{?(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{11}=").fullmatch
_EAGLE_EYE = shape(r"[0-9a-f]{8}1[3-9][0-9]{11}[0-9]{4,9}")
"""Address, milliseconds since 1970, a sequence, perhaps a process: not random, and so hashed."""

_UUID_DECISIONS = "9ab"
"""Envoy writes its decision over the version of a request's UUID, which is 4, at each hop."""
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
        dialect: `hex`, `decimal`, `hash`, `b3`, or None to tell by the value's shape.

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
    return number & _LOW or _hash_native(text), f"{high:016x}" if high else ""


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
    return (number or None) if number < _U64 else _hash_native(text)


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
    if text.startswith(_UNFILLED):
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
    if is_int:
        number = int(text)
        return number % _U64 if -_U64 // 2 <= number < 0 else number if number > 0 else _hash(text)
    if (context := context_of(text)) is not None:
        text = context[part]
        if not text.strip("0-") or text.lower() in _NO_ID:
            return 0
    match = _NATIVE(text) if len(text) <= _NATIVE_LENGTH else None
    if match is None:
        return int.from_bytes(b64decode(text)) if _BASE64(text) else _hash(text)
    if uuid := match["uuid"]:
        return _hash(_one_uuid(uuid.lower()))
    if match["decimal"]:
        number = int(text)
        return number % _U64 if -_U64 // 2 <= number < _U64 else _hash(text)
    return _hash(text) if _EAGLE_EYE(text) else int(match["hex"], 16)


def _one_uuid(uuid: str) -> str:
    """Return a UUID as its request has it at each hop.

    It is never truncated: the low half of a version 1 UUID is the same for all ids of a host.
    """
    return f"{uuid[:14]}4{uuid[15:]}" if uuid[14] in _UUID_DECISIONS else uuid


def _forced(text: str, dialect: str) -> int | None:
    """Return the up to 128 bits that `text` is in `dialect`, or None where it does not fit."""
    if dialect == "hash":
        return _hash(text)
    if dialect == "b3":
        return 0 if text in _DECISIONS else None
    if dialect == "hex":
        match = _FORCED_HEX(text)
        return int(match[1], 16) if match else None
    # 32 digits are hex here too: Datadog's tracers write 128-bit ids in hex beside decimal ones.
    if not _FORCED_DECIMAL(text):
        return None
    number = int(text)
    return number % _U64 if number < 0 else number % _U64**2


def _hash_native(text: str) -> int:
    """Return the hash of a native id that cannot be used as it is; hex is the same in either case."""
    return _hash(text if _BASE64(text) else text.lower())


def _hash(text: str) -> int:
    """Return 63 bits of `text`, not zero."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & MASK or 1
