"""Trace contexts: texts that name a trace, a span and perhaps its parent, in the dialects of tracers.

Called by `ids`, which reads the parts: native ids exactly, anything else by its hash. A part that a
context does not name is "". Which parts there are is told by the shape of the whole text; a text that
has none of the shapes is no context. Text is short here (`ids` sees to it), and each shape takes
linear time.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import NamedTuple

_LOW = 2**64 - 1


class Context(NamedTuple):
    """The parts of a trace context, as text that can be read by itself; "" or zeros: absent."""

    trace: str
    span: str = ""
    parent: str = ""


def shape(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Return a function that says whether a whole text has the shape."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII).fullmatch


_W3C = shape(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_B3 = shape(r"([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-[01d](?:-([0-9a-f]{16}))?)?")
_JAEGER = shape(r"([0-9a-f]{13,32}):([0-9a-f]{1,16}):([0-9a-f]{1,16}):[0-9a-f]{1,2}")
_CLOUD = shape(
    r"(?:projects/[^/]+/traces/)?([0-9a-f]{32})"
    r"(?:/spans/([0-9a-f]{16})|/([0-9]{1,20})(?:;o=[0-9])?)?"
)
_XRAY = shape(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_XRAY_FIELD = re.compile(r"(?:^|[;,\s])(Root|Self|Parent)=([^;,\s]+)", re.IGNORECASE)
_SENTRY = re.compile(r"(?:^|[,;\s])sentry-trace_id=([0-9a-f]{32})(?![0-9a-f])", re.IGNORECASE)
_SLEUTH = shape(
    r"\[?[^,\[\]]*,[ ]?([0-9a-f]{32}|[0-9a-f]{16}|),[ ]?([0-9a-f]{16}|)(?:,[ ]?(?:true|false|))?\]?"
)
_BRACKETED = shape(r"\[([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})\]")
_ACTIVITY = shape(r"\|([^.]+)\.((?:[^.]+\.)*(?:[^.]+[._])?)")
_ACTIVITY_SPAN = shape(r"([0-9a-f]{16})\.")
_SW_CTX = shape(r"(?:SW_CTX:\s*)?\[[^,\]]*,[^,\]]*,([^,\]]*),([^,\]]*),(-?[0-9]+)\]")
_TID = shape(r"\[?TID:\s*([^\]]+?)\]?")
_SW8 = shape(r"[01]-([0-9a-z+/]+={0,2})-([0-9a-z+/]+={0,2})-([0-9]+)(?:-[0-9a-z+/=]*){4}")
_ECID = shape(r"([^,\s]{16,}),[ ]?(?:RID:)?((?:[0-9]+:)*)([0-9]+)")
_RAY = shape(r"([0-9a-f]{16})-[A-Z]{3}")
_LIST = shape(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),.*")
_SHORTEST_DASHED = 33


def context_of(text: str) -> Context | None:
    """Return the parts of `text` if it is a whole context of a known dialect."""
    if text[0] in "[|STst" and (found := _marked(text)):
        return found
    if "=" in text and (found := _xray(text) or _sentry(text)):
        return found
    if "/" in text and (match := _CLOUD(text)):
        span = match[2] or (f"{int(match[3]) & _LOW:016x}" if match[3] else "")
        return Context(match[1], span, span)
    if "," in text and (found := _listed(text)):
        return found
    if ":" in text or "%3" in text:
        match = _JAEGER(text.replace("%3A", ":").replace("%3a", ":"))
        if match is None:
            return None
        trace, span, parent = match.groups()
        return Context(_padded(trace), _padded(span), _padded(parent))
    return _dashed(text) if "-" in text else None


def _dashed(text: str) -> Context | None:
    """Return the parts of W3C, B3, Sentry, X-Ray, SkyWalking and Cloudflare contexts."""
    if match := _RAY(text):
        return Context(match[1], match[1])
    if len(text) < _SHORTEST_DASHED:
        return None
    if match := _W3C(text):
        return Context(match[1], match[2], match[2])
    if match := _B3(text):  # Sentry's header is one, without a parent
        return Context(match[1], match[2], match[3] or "")
    if match := _XRAY(text):
        return Context(match[1] + match[2])
    return _sw8(text)


def _marked(text: str) -> Context | None:
    """Return the parts of what begins with a mark: Sleuth, .NET activities, SkyWalking."""
    if match := _ACTIVITY(text):
        root, path = match.groups()
        if own := _ACTIVITY_SPAN(path):  # Application Insights: W3C ids in this form
            return Context(root, own[1])
        above = path.rstrip("._").rpartition(".")[0]
        return Context(root, f"|{root}.{path}", f"|{root}.{above}." if above else "")
    if match := _SW_CTX(text):
        return Context(match[1], "" if int(match[3]) < 0 else f"{match[2]}.{match[3]}")
    if match := _BRACKETED(text):
        return Context(match[1], match[2])
    if match := _TID(text):
        return Context(match[1])
    return None


def _listed(text: str) -> Context | None:
    """Return the parts of what has commas: Sleuth, ECIDs with their RID, lists of request ids."""
    if match := _SLEUTH(text):
        return Context(match[1], match[2])
    if match := _ECID(text):
        ecid, above, last = match.groups()
        parent = f"{ecid},{above[:-1]}" if above else ""
        return Context(ecid, f"{ecid},{above}{last}", parent)
    match = _LIST(text)
    return Context(match[1], match[1], match[1]) if match else None


def _xray(text: str) -> Context | None:
    """Return the parts of an X-Ray header; `Self` has a trace id's shape, so it gets hashed."""
    fields = {name.lower(): value for name, value in _XRAY_FIELD.findall(text)}
    root = fields.get("root")
    if root is None:
        return None
    if match := _XRAY(root):
        root = match[1] + match[2]
    return Context(root, fields.get("self", ""), fields.get("parent", ""))


def _sentry(text: str) -> Context | None:
    """Return the trace that a baggage header names."""
    match = _SENTRY.search(text)
    return Context(match[1]) if match else None


def _sw8(text: str) -> Context | None:
    """Return the parts of SkyWalking's header: the span that called is the parent of what it reaches."""
    match = _SW8(text)
    if match is None:
        return None
    try:
        trace, segment = (b64decode(part).decode() for part in match.groups()[:2])
    except (NotBase64, UnicodeDecodeError):
        return None
    caller = f"{segment}.{match[3]}"
    return Context(trace, caller, caller)


def _padded(digits: str) -> str:
    """Return hex digits with the leading zeros that Jaeger leaves out."""
    return digits.zfill(16 if len(digits) <= 16 else 32)
