"""Takes the values out of Redis commands, paths and URLs, and leaves their shape.

Called by `operators` for the filters `obfuscate_redis`, `path_template` and `obfuscate_url`, for
each line that a template with one of them makes something of. In: text of a log, hostile; out: text
that is no longer. Nothing here raises, and time is linear: what is longer than the Agent keeps of a
resource is cut first. What each has given it gives again: a value may pass twice. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

from logtrace.mapping.obfuscate_sql import LIMIT

# ── Redis ─────────────────────────────────────────────────────────────────────────────────────────

_COMMAND = re.compile(
    r"""\s*+(?P<quote>["']?)(?P<name>[a-z]{1,20}(?:[._-][a-z]{1,20}){0,2})(?P=quote)(?!\S)"""
    r"""(?:\s++(?P<inner>["']?)(?P<sub>[a-z]{1,20}(?:-[a-z]{1,20}){0,2})(?P=inner)(?!\S))?""",
    re.IGNORECASE | re.ASCII,
)
_CONTAINERS = frozenset(
    (
        *("ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "LATENCY"),
        *("MEMORY", "MODULE", "OBJECT", "PUBSUB", "SCRIPT", "SENTINEL", "SLOWLOG", "XGROUP"),
        "XINFO",
    )
)
"""Commands whose second word is part of their name."""


def redis(text: str) -> str:
    """Return a command's name, in upper case, and one `?` for whatever follows it.

    Not even their number shows: the arguments of AUTH are as hidden as those of GET. What does not
    begin with a command's name is `?`.
    """
    return _command(text[:LIMIT])


def _command(text: str) -> str:
    match = _COMMAND.match(text)
    if match is None:
        return "?" if text and not text.isspace() else ""
    name, end = match["name"].upper(), match.end("name") + len(match["quote"])
    if match["sub"] and name in _CONTAINERS:
        name, end = f"{name} {match['sub'].upper()}", match.end()
    rest = text[end:]
    return name if not rest or rest.isspace() else f"{name} ?"


# ── paths and URLs ────────────────────────────────────────────────────────────────────────────────

_AUTHORITY = re.compile(
    r"((?:[a-z]+ )?(?:[a-z][\w+.-]*+:)++//)(?:\?@)?+(?:[^/?#]+@)?+", re.IGNORECASE | re.ASCII
)
"""What stands before the host: perhaps a method, schemes such as `jdbc:mysql:`, who connects."""

_PATH = re.compile(r"(?:[^?#]|(?<![^/])\?(?=/|\Z|\.[a-z]\w{0,4}(?:/|\Z)))*+", re.IGNORECASE)
"""A path up to its query; a `?` that is all of a segment stands for an id, and starts none."""

_WORDS = re.compile(r"[A-Za-z/._~:,!$&'()*+-]*+")
"""A path, or a segment, without an id: each kind of id has a digit, @ or = in it."""

_REMEMBERED = 128
"""Characters of the longest path that is looked up first: an access log has few paths, many times."""

_ROUTE = re.compile(r"(?:[^?;]|;(?:[^=;/?]*+=)?+(?:\?(?=[;/?]|\Z))?)*+")
"""A URL's path up to its query; a `?` that is all of a parameter's value starts none."""

_PARAMETER = re.compile(r"(;(?:[^=;/]*+=)?+)[^;/]+")
_ARGUMENT = re.compile(r"((?:\A|[&;])(?:[^=&;]*+=)?+)[^&;]+")
_ESCAPE = re.compile(r"%[\da-f]{2}", re.IGNORECASE)
_EMAIL = re.compile(r"[^@]+(?:@|%40)[^@]++")
_BASE64 = re.compile(r"[\w+-]{6,}={1,2}")
_EXTENSION = re.compile(r"\.[a-z]\w{0,4}\Z", re.IGNORECASE)
_VERSION = re.compile(r"v\d{1,4}(?:\.\d{1,4}){0,3}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]{8,}")
_SWITCH = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")
_HEX = re.compile(r"[\da-f]+", re.IGNORECASE)
_CAMEL = re.compile(r"(?:[A-Z]?[a-z]{3,}+|[A-Z]?\d{1,2}+)++")

MANY_DIGITS = 5
"""A segment with so many is an id, a date, a telephone number: `order-12345`."""

MANY_SWITCHES = 3
"""A word of 8 characters or more that goes so often from letters to digits or back is an id."""

LONG = 14
"""And so is one so long, with a digit in it, that is not camelCase: `NffrFeUfNV2Hib`."""


def _with_room(text: str) -> str:
    """Return as much of a path or URL as the Agent keeps, without what the cut goes through.

    Half a card number would look like none when it is looked for later.
    """
    if len(text) <= LIMIT:
        return text
    return text[: max(text.rfind(mark, 0, LIMIT) for mark in "/?&;=#") + 1]


def path(text: str) -> str:
    """Return a path with `?` for each segment that names one thing of many, without its query."""
    text = _with_room(text)
    if _WORDS.fullmatch(text):
        return text
    return _known_template(text) if len(text) <= _REMEMBERED else _template(text)


def _template(text: str) -> str:
    head, text = _split(text, "")
    route = _PATH.match(text)
    first, *others = re.sub(r";[^/]*+", "", route[0] if route else "").split("/")
    if not head:
        first = _segment(first)  # else it is the host
    return head + "/".join([first, *map(_segment, others)])


_known_template = lru_cache(maxsize=4096)(_template)


def _split(text: str, user: str) -> tuple[str, str]:
    """Return what is before a URL's host, `user` for who connects, and the rest; "" for a path."""
    match = _AUTHORITY.match(text)
    if match is None:
        return "", text
    return match[1] + user * match[0].endswith("@"), text[match.end() :]


def _segment(segment: str) -> str:
    """Return a segment, or `?` if it is an id of some kind; what kind of file it is remains."""
    if segment.isalpha() or _WORDS.fullmatch(segment):
        return segment
    if _EMAIL.fullmatch(segment) or _BASE64.fullmatch(segment):
        return "?"
    text = _ESCAPE.sub("", segment)
    extension = _EXTENSION.search(text)
    stem = text[: extension.start()] if extension else text
    return f"?{extension[0] if extension else ''}" if _is_id(stem) else segment


def _is_id(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    if not digits or _VERSION.fullmatch(text):
        return False
    return (
        digits >= MANY_DIGITS
        or not any(map(str.isalpha, text))
        or any(map(_is_made_up, _WORD.findall(text)))
    )


def _is_made_up(word: str) -> bool:
    """Return whether a word of 8 characters or more is one that nobody would think of."""
    switches = len(_SWITCH.findall(word))
    if not switches:
        return False
    return (
        switches >= MANY_SWITCHES
        or _HEX.fullmatch(word) is not None
        or (len(word) >= LONG and not _CAMEL.fullmatch(word))
    )


def url(text: str) -> str:
    """Return a URL with `?` for who connects, for each parameter's value, and for the fragment."""
    return _address(_with_room(text))


def _address(text: str) -> str:
    head, text = _split(text, "?@")
    text, mark, fragment = text.partition("#")
    route = _ROUTE.match(text)
    end = route.end() if route else 0
    shown = _PARAMETER.sub(r"\1?", text[:end])
    query = _ARGUMENT.sub(r"\1?", text[end + 1 :])
    return f"{head}{shown}{text[end : end + 1]}{query}{mark}{'?' * bool(fragment)}"
