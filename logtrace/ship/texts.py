"""The Agent's rules for texts: what it makes of a service, a name, a tag; and what it cuts.

Called by `normalise` and `attached`, and by `encode` for what UTF-8 cannot hold. Pure. A text of any
length costs linear time at most; what is no text at all raises TypeError.

A rule returns None for a text that stays as it is, else a `Change`; `Memo` remembers what it has said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import category

from logtrace.model import Rewrite
from logtrace.ship.sql import is_sql

NAME_BYTES = 100
"""Service, operation name and type: the Agent cuts what is longer."""

RESOURCE_BYTES = 5000
TAG_CHARACTERS = 200
_TAG_BYTES = 2 * TAG_CHARACTERS

KEY_BYTES = 200
VALUE_BYTES = 25_000
"""Keys and values of tags, and of the attributes of events and links."""

UNNAMED_SERVICE = "unnamed-python-service"
"""What the Agent calls a service that has no name; `agent` sends that the language is Python."""

UNNAMED_OPERATION = "unnamed_operation"

ELLIPSIS = "..."
"""Ends a tag that was cut."""

SQL_TYPES = frozenset(("sql", "cassandra"))
"""The Agent reads the resource of such a span as SQL; see `sql`."""

Change = tuple[str, tuple[Rewrite, ...]]
"""What a text becomes, and why: a text may be cut and then spelt anew."""


class Memo:
    """What a rule says of texts: asked once for each, and again after there were many.

    A log has few services, names and environments, and each span asks. No more than `_ENTRIES` texts
    are held, none of them long, so whoever writes the log cannot make it grow. Any thread.

    Attributes:
        right: texts that stay as they are, for a test that costs no call; always the same set.
    """

    def __init__(self, rule: Callable[[str], Change | None]) -> None:
        self.right: set[str] = set()
        self._changes: dict[str, Change] = {}
        self._rule = rule

    def __call__(self, text: str) -> Change | None:
        """Return what the rule says."""
        if text in self.right:
            return None
        change = self._changes.get(text)
        if change is None:
            change = self._rule(text)
            if len(text) <= _LONGEST:
                self._remember(text, change)
        return change

    def _remember(self, text: str, change: Change | None) -> None:
        if change is None:
            if len(self.right) >= _ENTRIES:
                self.right.clear()
            self.right.add(text)
        else:
            if len(self._changes) >= _ENTRIES:
                self._changes.clear()
            self._changes[text] = change


_ENTRIES = 1000
_LONGEST = 200


# ── lengths ───────────────────────────────────────────────────────────────────────────────────────


def shorten(text: str, limit: int, end: str = "") -> str:
    """Return `text`, cut to `limit` bytes of UTF-8 at the border of a character.

    Args:
        text: any text.
        limit: how many bytes the result has at most, `end` included.
        end: what a text that was cut ends with.
    """
    if len(text) * 4 <= limit:  # a character has four bytes at most
        return text
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return text
    return encoded[: limit - len(end)].decode("utf-8", "ignore") + end


def utf8(text: str) -> str:
    """Return `text` with `?` for each lone surrogate: UTF-8 has no form for them."""
    return text.encode("utf-8", "replace").decode()


# ── spelling ──────────────────────────────────────────────────────────────────────────────────────

_PLAIN_TAG = re.compile(r"(?:_?[a-z0-9:./-])*+").fullmatch
_RUNS = re.compile("__+")
_LETTER = re.compile("[A-Za-z]").search
_NOT_IN_NAMES = re.compile("[^A-Za-z0-9.]+")


def tag_value(text: str) -> str:
    """Return `text` as the Agent has services and environments.

    Lower case; letters of any script, decimal digits and `:./-` stay; each run of anything else is
    one `_`, none at the end. The Agent looks at 200 characters, or at those that 400 bytes begin.
    """
    if len(text) <= TAG_CHARACTERS and _PLAIN_TAG(text):
        return text
    kept = []
    size = 0
    for character in text[:TAG_CHARACTERS]:
        kept.append(_in_tag(character))
        size += len(character.encode("utf-8", "replace"))
        if size >= _TAG_BYTES:
            break
    return _RUNS.sub("_", "".join(kept)).rstrip("_")


def _in_tag(character: str) -> str:
    """Return what becomes of one character; of a run of `_` one is left later."""
    kind = category(character)
    if kind == "Lu":
        lower = character.lower()
        # the Agent writes over the text in place: what would change its size stays
        return lower if len(lower.encode()) == len(character.encode()) else character
    letter_or_digit = kind[0] == "L" or character.isdecimal()
    return character if letter_or_digit or character in ":./-" else "_"


def operation_name(text: str) -> str:
    """Return `text` as the Agent has operation names, "" if it has no ASCII letter.

    ASCII letters, digits and dots stay, from the first letter on; each run of anything else is one
    `_`, but none beside a dot or at the end.
    """
    first = _LETTER(text)
    if first is None:
        return ""
    joined = _NOT_IN_NAMES.sub("_", text[first.start() :])
    return ".".join(part.strip("_") for part in joined.split("."))


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────


def service(text: str) -> Change | None:
    """Return what the Agent makes of a service."""
    if text == "":
        return UNNAMED_SERVICE, (Rewrite.SERVICE_EMPTY,)
    return _spelt(
        text,
        tag_value,
        UNNAMED_SERVICE,
        (Rewrite.SERVICE_TRUNCATE, Rewrite.SERVICE_INVALID, Rewrite.SERVICE_NORMALISED),
    )


def name(text: str) -> Change | None:
    """Return what the Agent makes of an operation name, or of the name of a link."""
    if text == "":
        return UNNAMED_OPERATION, (Rewrite.SPAN_NAME_EMPTY,)
    return _spelt(
        text,
        operation_name,
        UNNAMED_OPERATION,
        (Rewrite.SPAN_NAME_TRUNCATE, Rewrite.SPAN_NAME_INVALID, Rewrite.NAME_NORMALISED),
    )


def peer_service(text: str) -> Change | None:
    """Return what the Agent makes of the tag `peer.service`."""
    reasons = (
        Rewrite.PEER_SERVICE_TRUNCATE,
        Rewrite.PEER_SERVICE_INVALID,
        Rewrite.TAG_NORMALISED,
    )
    return None if text == "" else _spelt(text, tag_value, "", reasons)


def base_service(text: str) -> Change | None:
    """Return what the Agent makes of the tag `_dd.base_service`."""
    reasons = (
        Rewrite.BASE_SERVICE_TRUNCATE,
        Rewrite.BASE_SERVICE_INVALID,
        Rewrite.TAG_NORMALISED,
    )
    return None if text == "" else _spelt(text, tag_value, "", reasons)


def _spelt(
    text: str, spell: Callable[[str], str], otherwise: str, reasons: tuple[Rewrite, ...]
) -> Change | None:
    """Cut `text` to the length of a name and spell it; `reasons`: was cut, had nothing, was spelt."""
    cut, nothing, spelt = reasons
    why = []
    short = shorten(text, NAME_BYTES)
    if short != text:
        why.append(cut)
    after = spell(short)
    if not after:
        after = otherwise
        why.append(nothing)
    elif after != short:
        why.append(spelt)
    return (after, tuple(why)) if why else None


def environment(text: str) -> Change | None:
    """Return what the Agent makes of the tag `env`."""
    after = tag_value(text)
    return (after, (Rewrite.TAG_NORMALISED,)) if after != text else None


def status_code(text: str) -> Change | None:
    """Return a change to "", which stands for no tag, if the Agent would remove `http.status_code`."""
    digits = text.lstrip("0")
    if text.isascii() and text.isdigit() and len(digits) == 3 and digits < "600":
        return None
    return "", (Rewrite.INVALID_HTTP_STATUS_CODE,)


def statement(text: str) -> Change | None:
    """Return a change if the resource of a span whose type promises SQL keeps it from that type."""
    return None if is_sql(text) else (text, (Rewrite.TYPE_NOT_SQL,))


def span_type(text: str) -> Change | None:
    """Return what becomes of a type: `db` for one that promises SQL, for use if the Agent reads none."""
    if text in SQL_TYPES:
        return "db", (Rewrite.TYPE_NOT_SQL,)
    short = shorten(text, NAME_BYTES)
    return (short, (Rewrite.TYPE_TRUNCATE,)) if short != text else None


def is_structured(key: str) -> bool:
    """Return whether the Agent takes the tag `key` as it is, however long it may be."""
    return key.startswith("_dd.") and key.endswith((".json", ".msgpack", ".protobuf"))
