"""What the real Agent would do to traces it has taken: drop one, or rewrite a field.

Called by the receiver behind `decoder`, and by tests as the oracle of `ship`, with which it shares no
code. `judge` does what the Agent's normaliser does after the 200, when the sender can no longer see it.
Reasons are the names under which the Agent logs and counts them; changes that it makes without a word
have a name of ours, listed in `SILENT`.

Pure: the time is an argument, the spans given are not changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from logtrace.model import Span
from logtrace.web.decoder import MAX_SIGNED
from logtrace.web.sql import UNREADABLE, readable

YEAR_2000 = 946_684_800_000_000_000
"""An earlier start, in nanoseconds, is replaced by now."""

NAME_BYTES = 100
RESOURCE_BYTES = 5000
TAG_CHARACTERS = 200
META_KEY_BYTES = 200
META_VALUE_BYTES = 25_000

SILENT = frozenset(
    {
        "service_normalised",
        "name_normalised",
        "tag_normalised",
        "parent_cleared",
        "resource_cut",
        "tag_cut",
        "link_name_normalised",
        "resource_not_sql",
    }
)
"""Reasons that are ours: the Agent makes these changes without counting them."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A trace that the Agent throws away although it has answered 200."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A field of a span that the Agent changes; long values are shown in part."""

    reason: str
    trace_id: int
    span_id: int
    field: str
    before: str
    after: str


@dataclass(slots=True)
class Verdict:
    """What becomes of the traces of one payload.

    Attributes:
        traces: those that are kept, as the Agent has them after its changes.
        dropped: one entry for each trace that is not kept.
        rewritten: one entry for each change.
        duplicates: spans whose id another span of their trace has; they are kept.
    """

    traces: list[list[Span]] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    rewritten: list[Rewritten] = field(default_factory=list)
    duplicates: int = 0

    def reasons(self) -> Counter[str]:
        """Return how often each reason for a drop or a change occurs, that for duplicates too."""
        reasons = Counter(item.reason for item in self.dropped)
        reasons.update(item.reason for item in self.rewritten)
        return reasons + Counter(duplicate_span_id=self.duplicates)


def judge(traces: list[list[Span]], now: int, language: str = "") -> Verdict:
    """Return what the Agent's normaliser makes of decoded traces.

    Args:
        traces: as `decoder.decode` returns them.
        now: wall-clock time in nanoseconds, for spans without a usable start.
        language: the header Datadog-Meta-Lang: part of the name of a service that has none.
    """
    verdict = Verdict()
    fallback = f"unnamed-{language.lower()}-service" if language else "unnamed-service"
    for index, spans in enumerate(traces):
        dropped = _dropped(index, spans)
        if dropped is not None:
            verdict.dropped.append(dropped)
            continue
        verdict.duplicates += len(spans) - len({span.span_id for span in spans})
        verdict.traces.append(
            [_Normaliser(span, verdict.rewritten).run(now, fallback) for span in spans]
        )
    return verdict


def _dropped(index: int, spans: list[Span]) -> Dropped | None:
    """Return why the Agent throws a whole trace away, or None if it does not."""
    if not spans:
        return Dropped("empty_trace", f"trace {index} has no spans")
    trace_id = spans[0].trace_id
    for span_index, span in enumerate(spans):
        where = f"trace {index}, span {span_index} ({span.name!r:.60})"
        if not span.trace_id:
            return Dropped("trace_id_zero", f"{where}: trace id 0")
        if span.trace_id != trace_id:
            return Dropped("foreign_span", f"{where}: trace {span.trace_id} among {trace_id}")
        if not span.span_id:
            return Dropped("span_id_zero", f"{where}: span id 0")
    return None


class _Normaliser:
    """Applies the Agent's changes to a copy of one span, and notes each."""

    def __init__(self, span: Span, rewritten: list[Rewritten]) -> None:
        self._span = msgspec.structs.replace(
            span, meta=dict(span.meta), metrics=dict(span.metrics), span_links=_copied(span)
        )
        self._rewritten = rewritten

    def run(self, now: int, fallback: str) -> Span:
        span = self._span
        self._service(fallback)
        self._name()
        if not span.resource:
            self._set("resource", span.name, "resource_empty")
        if span.parent_id and span.parent_id == span.trace_id == span.span_id:
            self._set("parent_id", 0, "parent_cleared")
        if span.duration < 0 or span.start + span.duration > MAX_SIGNED:
            self._set("duration", 0, "invalid_duration")
        if span.start < YEAR_2000:
            start = now - span.duration
            self._set("start", start if start >= 0 else now, "invalid_start_date")
        if len(span.type.encode()) > NAME_BYTES:
            self._set("type", _cut(span.type, NAME_BYTES), "type_truncate")
        self._tags()
        self._links()
        self._statement()
        self._limits()
        return span

    def _set(self, name: str, after: str | int, reason: str) -> None:
        self._note(name, str(getattr(self._span, name)), str(after), reason)
        setattr(self._span, name, after)

    def _set_tag(self, key: str, after: str, reason: str) -> None:
        self._note(f"meta.{key}", self._span.meta[key], after, reason)
        self._span.meta[key] = after

    def _note(self, name: str, before: str, after: str, reason: str) -> None:
        span = self._span
        self._rewritten.append(
            Rewritten(reason, span.trace_id, span.span_id, name[:200], before[:200], after[:200])
        )

    def _service(self, fallback: str) -> None:
        span = self._span
        if not span.service:
            self._set("service", fallback, "service_empty")
            return
        if len(span.service.encode()) > NAME_BYTES:
            self._set("service", _cut(span.service, NAME_BYTES), "service_truncate")
        normal = tag_value(span.service)
        if not normal:
            self._set("service", fallback, "service_invalid")
        elif normal != span.service:
            self._set("service", normal, "service_normalised")

    def _name(self) -> None:
        span = self._span
        if not span.name:
            self._set("name", "unnamed_operation", "span_name_empty")
            return
        if len(span.name.encode()) > NAME_BYTES:
            self._set("name", _cut(span.name, NAME_BYTES), "span_name_truncate")
        normal = operation_name(span.name)
        if not normal:
            self._set("name", "unnamed_operation", "span_name_invalid")
        elif normal != span.name:
            self._set("name", normal, "name_normalised")

    def _tags(self) -> None:
        meta = self._span.meta
        if "env" in meta and tag_value(meta["env"]) != meta["env"]:
            self._set_tag("env", tag_value(meta["env"]), "tag_normalised")
        for key, name in (("peer.service", "peer_service"), ("_dd.base_service", "base_service")):
            if meta.get(key):
                self._service_tag(key, name)
        status = meta.get("http.status_code")
        if status is not None and not _STATUS(status):
            self._note("meta.http.status_code", status, "", "invalid_http_status_code")
            del meta["http.status_code"]

    def _service_tag(self, key: str, name: str) -> None:
        meta = self._span.meta
        if len(meta[key].encode()) > NAME_BYTES:
            self._set_tag(key, _cut(meta[key], NAME_BYTES), f"{name}_truncate")
        normal = tag_value(meta[key])
        if normal != meta[key]:
            self._set_tag(key, normal, "tag_normalised" if normal else f"{name}_invalid")

    def _links(self) -> None:
        for link in self._span.span_links or []:
            given = (link.get("attributes") or {}).get("link.name")
            if given is not None:
                after = operation_name(_cut(given, NAME_BYTES)) or "unnamed_operation"
                if after != given:
                    self._note("span_links link.name", given, after, "link_name_normalised")
                    link["attributes"]["link.name"] = after

    def _statement(self) -> None:
        """Lose a statement that cannot be read; what becomes of others, nobody here can tell."""
        span = self._span
        if span.type in ("sql", "cassandra") and not readable(span.resource):
            self._set("resource", UNREADABLE, "resource_not_sql")
            span.meta["sql.query"] = UNREADABLE

    def _limits(self) -> None:
        """Cut resource and tags: the Agent's truncation, which comes after its normaliser.

        Between them it takes the literals out of SQL: how long that is then, nobody here can tell.
        """
        span = self._span
        if len(span.resource.encode()) > RESOURCE_BYTES and span.type not in ("sql", "cassandra"):
            self._set("resource", _cut(span.resource, RESOURCE_BYTES), "resource_cut")
        for key in list(span.metrics):
            if len(key.encode()) > META_KEY_BYTES:
                short = _cut(key, META_KEY_BYTES) + "..."
                self._note(f"metrics.{key}", key, short, "tag_cut")
                span.metrics[short] = span.metrics.pop(key)
        for key, value in list(span.meta.items()):
            if _STRUCTURED(key):
                continue
            if len(key.encode()) > META_KEY_BYTES:
                short = _cut(key, META_KEY_BYTES) + "..."
                self._note(f"meta.{key}", key, short, "tag_cut")
                span.meta[short] = span.meta.pop(key)
                key = short
            if len(value.encode()) > META_VALUE_BYTES:
                self._set_tag(key, _cut(value, META_VALUE_BYTES) + "...", "tag_cut")


_STATUS: Callable[[str], object] = re.compile(r"0*[1-5][0-9][0-9]").fullmatch
_STRUCTURED: Callable[[str], object] = re.compile(
    r"_dd\..*\.(?:json|msgpack|protobuf)", re.DOTALL
).fullmatch
_UNDERSCORES = re.compile("_+")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.]+")
_BEFORE_NAME = re.compile(r"^[^A-Za-z]+")


def tag_value(text: str) -> str:
    """Return `text` as the Agent keeps services and environments: lower case, one `_` for the rest.

    Letters of any script, digits and `:./-` stay; a run of anything else is one underscore, and none
    at the end. No more is read than 200 characters, or the first to reach 400 bytes.
    """
    size = 0
    kept = ""
    for letter in text[:TAG_CHARACTERS]:
        low = letter.lower() if letter.isupper() else letter
        same = len(low) == 1 and len(low.encode()) == len(letter.encode())
        kept += (low if same else letter) if _stays(letter) else "_"
        size += len(letter.encode())
        if size >= 2 * TAG_CHARACTERS:
            break
    return _UNDERSCORES.sub("_", kept).rstrip("_")


def _stays(letter: str) -> bool:
    return letter.isalpha() or letter.isdecimal() or letter in ":./-"


def operation_name(text: str) -> str:
    """Return `text` as the Agent keeps operation names, which become names of metrics.

    ASCII letters, digits and dots stay, from the first letter on; a run of anything else is one
    underscore, none beside a dot or at the end. "" if there is no letter.
    """
    joined = _NOT_IN_NAMES.sub("_", _BEFORE_NAME.sub("", text))
    return joined.replace("_.", ".").replace("._", ".").rstrip("_")


def _copied(span: Span) -> list[dict[str, Any]] | None:
    """Return the links of a span, to be changed."""
    if span.span_links is None:
        return None
    return [
        link | {"attributes": dict(link["attributes"])} if link.get("attributes") else link
        for link in span.span_links
    ]


def _cut(text: str, size: int) -> str:
    """Return the first `size` bytes of `text`, less where they would end within a character."""
    return text.encode()[:size].decode("utf-8", "ignore")
