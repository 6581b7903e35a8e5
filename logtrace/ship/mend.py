"""What the Agent would change in a span, changed here and counted.

Called by `normalise` for the few spans that need it, or may. The rules are those of the Agent's
normaliser, in its order; where it cuts, the result is short enough for it to leave it alone. Spans have
the types that `refusals` asks for, else TypeError or AttributeError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logtrace.model import Rewrite, Span
from logtrace.ship import texts
from logtrace.ship.attached import checked_links, typed_events
from logtrace.ship.findings import Findings
from logtrace.ship.refusals import MAX_TIME
from logtrace.ship.texts import (
    ELLIPSIS,
    KEY_BYTES,
    RESOURCE_BYTES,
    SQL_TYPES,
    VALUE_BYTES,
    Change,
    Memo,
    is_structured,
    shorten,
)

YEAR_2000 = 946_684_800_000_000_000
"""What starts before, the Agent moves to the present: it takes a wrong unit for the cause."""

MAX_TAGS = 1024
"""Tags and metrics of a span together."""

RESOURCE_CHARACTERS = RESOURCE_BYTES // 4
VALUE_CHARACTERS = VALUE_BYTES // 4
"""Texts of so many characters are short enough: a character has four bytes at most."""

STATUS = "http.status_code"

_ESSENTIAL = frozenset(
    ("env", "version", "span.kind", "error.message", "error.type", "error.stack")
)
"""Tags that stay where there are too many; so do those that begin with `_`."""

service = Memo(texts.service)
name = Memo(texts.name)
span_type = Memo(texts.span_type)
environment = Memo(texts.environment)
status_code = Memo(texts.status_code)
statement = Memo(texts.statement)
_sql = statement.right

_peers = {
    "peer.service": Memo(texts.peer_service),
    "_dd.base_service": Memo(texts.base_service),
}

right_keys: set[str] = set()
"""Keys of tags and metrics that are short, without those in `_peers`; always the same set."""

_keys: set[str] = set()  # with those
_KEYS_KEPT = MAX_TAGS // 2  # a span whose tags and metrics have such keys alone has not too many


def mend(span: Span, now: int, findings: Findings) -> None:
    """Make of a span what the Agent would make of it.

    Args:
        span: is changed in place.
        now: the wall-clock time.
        findings: gets each change.
    """
    note = findings.note
    spell(span, findings)
    if not span.resource:
        note(Rewrite.RESOURCE_EMPTY, "resource", "", span.name)
        span.resource = span.name
    if not has_sql(span) and (change := span_type(span.type)):
        span.type = _changed("type", span.type, change, findings)
    if len(span.resource) > RESOURCE_CHARACTERS and span.type not in SQL_TYPES:
        # of SQL the Agent takes out the literals before it cuts; half a literal it could not read
        _cut_resource(span, findings)
    if span.parent_id == span.trace_id == span.span_id:
        note(Rewrite.PARENT_CLEARED, "parent_id", span.parent_id, 0)
        span.parent_id = 0
    if not YEAR_2000 <= span.start <= span.start + span.duration <= MAX_TIME:
        _mend_times(span, now, findings)
    _mend_tags(span, findings)
    if span.span_events:
        span.span_events = typed_events(span.span_events, note)
    if span.span_links is not None:
        span.span_links = checked_links(span.span_links, note)


def spell(span: Span, findings: Findings) -> None:
    """Spell service, name and environment as the Agent does.

    By itself for spans whose only fault this is: `service: My Shop` is a fault of each of them.
    """
    if change := service(span.service):
        span.service = _changed("service", span.service, change, findings)
    if change := name(span.name):
        span.name = _changed("name", span.name, change, findings)
    if "env" in span.meta and (change := environment(span.meta["env"])):
        span.meta["env"] = _changed("meta.env", span.meta["env"], change, findings)


def _changed(field: str, before: str, change: Change, findings: Findings) -> str:
    """Note a change for each of its reasons; return the new text."""
    after, reasons = change
    for reason in reasons:
        findings.note(reason, field, before, after)
    return after


def has_sql(span: Span) -> bool:
    """Return whether a span's type promises SQL, and its resource is some that the Agent can read."""
    resource = span.resource
    return span.type in SQL_TYPES and (resource in _sql or statement(resource) is None)


def _cut_resource(span: Span, findings: Findings) -> None:
    short = shorten(span.resource, RESOURCE_BYTES)
    if short != span.resource:
        findings.note(Rewrite.RESOURCE_CUT, "resource", span.resource, short)
        span.resource = short


def _mend_times(span: Span, now: int, findings: Findings) -> None:
    """Give a span a start and a duration that the Agent leaves alone."""
    _mend_duration(span, findings)
    if span.start < YEAR_2000:
        # The Agent moves such a span so that it ends now. One of decades would begin before 2000
        # again, and be moved again: it begins now.
        start = now - span.duration
        start = start if start >= YEAR_2000 else now
        findings.note(Rewrite.INVALID_START_DATE, "start", span.start, start)
        span.start = start
        _mend_duration(span, findings)


def _mend_duration(span: Span, findings: Findings) -> None:
    if not 0 <= span.duration <= MAX_TIME - span.start:
        findings.note(Rewrite.INVALID_DURATION, "duration", span.duration, 0)
        span.duration = 0


# ── tags ──────────────────────────────────────────────────────────────────────────────────────────


def _mend_tags(span: Span, findings: Findings) -> None:
    meta = span.meta
    for key, rule in _peers.items():
        if key in meta and (change := rule(meta[key])):
            meta[key] = _changed(f"meta.{key}", meta[key], change, findings)
    if STATUS in meta and (change := status_code(meta[STATUS])):
        _changed(f"meta.{STATUS}", meta[STATUS], change, findings)
        del meta[STATUS]
    if not _has_right_keys(span):
        _mend_keys(span, findings)
        meta = span.meta
    if len("".join(meta.values())) > VALUE_CHARACTERS:
        for key, value in meta.items():
            if len(value) > VALUE_CHARACTERS and not is_structured(key):
                short = shorten(value, VALUE_BYTES, ELLIPSIS)
                if short != value:
                    findings.note(Rewrite.TAG_CUT, f"meta.{key}", value, short)
                    meta[key] = short


def has_right_tags(span: Span) -> bool:
    """Return whether the keys of a span are right, and the tags whose keys `right_keys` leaves out."""
    meta = span.meta
    for key, rule in _peers.items():
        if key in meta and meta[key] not in rule.right:
            return False
    return _has_right_keys(span)


def _has_right_keys(span: Span) -> bool:
    """Return whether all keys of a span are short and not too many; those that are new are learnt."""
    if _keys.issuperset(span.meta) and _keys.issuperset(span.metrics):
        return True
    for key in (*span.meta, *span.metrics):
        if _short_key(key) != key:
            return False
        if len(_keys) >= _KEYS_KEPT:
            _keys.clear()
            right_keys.clear()
        _keys.add(key)
        if key not in _peers:
            right_keys.add(key)
    return len(span.meta) + len(span.metrics) <= MAX_TAGS


def _mend_keys(span: Span, findings: Findings) -> None:
    """Cut long keys, and leave out what is too much."""
    meta = _with_short_keys(span.meta, "meta", findings)
    metrics = _with_short_keys(span.metrics, "metrics", findings)
    span.metrics = _fewer(metrics, "metrics", MAX_TAGS, findings)
    span.meta = _fewer(meta, "meta", MAX_TAGS - len(span.metrics), findings)


def _with_short_keys(tags: dict[str, Any], field: str, findings: Findings) -> dict[str, Any]:
    """Return tags with keys as long as the Agent keeps; of two that become one, the first stays."""
    result: dict[str, Any] = {}
    for key, value in tags.items():
        short = _short_key(key)
        if short != key:
            findings.note(Rewrite.TAG_CUT, f"key of {field}", key, short)
        result.setdefault(short, value)
    return result


def _short_key(key: str) -> str:
    return key if is_structured(key) else shorten(key, KEY_BYTES, ELLIPSIS)


def _fewer(tags: dict[str, Any], field: str, limit: int, findings: Findings) -> dict[str, Any]:
    """Return the first `limit` tags, what others depend on before all others."""
    if len(tags) <= limit:
        return tags
    findings.note(Rewrite.TAGS_LEFT_OUT, field, f"{len(tags)} tags", f"{limit} tags")
    wanted: Callable[[str], bool] = lambda key: key.startswith("_") or key in _ESSENTIAL  # noqa: E731
    kept = frozenset(sorted(tags, key=wanted, reverse=True)[:limit])
    return {key: value for key, value in tags.items() if key in kept}
