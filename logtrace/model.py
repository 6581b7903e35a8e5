"""The types that cross a boundary between stages, in the order of the data flow.

    source ─ LineBatch ─▶ parse ─ Records ─▶ mapping ─ Mapped ─▶ assemble ─ Trace ─▶ ship
       ▲                                                                              │
       └──────────────────────────── record numbers ◀─────────────────────────────────┘

Times and durations are ints of nanoseconds; times count from 1970-01-01 UTC. A *record number* is an
int that the ledger gives to each line that it hands out; it is what travels through all stages with a
line and comes back when the line is done with. Numbers grow by one from line to line of a batch and
never repeat within one run of the daemon.

The structs on the hot path are mutable and without cyclic garbage collection (`gc=False`): there may
be a hundred thousand of them alive, and they never form cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal, Protocol

import msgspec


class Reject(StrEnum):
    """Why a line gave no span. Each is a label in the counts that an operator sees."""

    EMPTY_LINE = "empty_line"
    BAD_JSON = "bad_json"
    NOT_AN_OBJECT = "not_an_object"
    PATTERN_MISMATCH = "pattern_mismatch"
    NOT_LOGFMT = "not_logfmt"
    BAD_CSV = "bad_csv"
    NO_COLUMNS = "no_columns"
    COLUMN_COUNT = "column_count"
    BAD_ENVELOPE = "bad_envelope"
    NO_TIME = "no_time"
    BAD_TIME = "bad_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    NO_NAME = "no_name"
    NO_DURATION = "no_duration"
    BAD_DURATION = "bad_duration"
    NO_TRACE_ID = "no_trace_id"
    END_WITHOUT_START = "end_without_start"
    EVENT_WITHOUT_SPAN = "event_without_span"
    TOO_MANY_OPEN = "too_many_open"
    RECORD_FULL = "record_full"


class Drop(StrEnum):
    """Why a span that existed was not delivered. A drop is a loss, and is always counted."""

    AGENT_REJECTED = "agent_rejected"
    AGENT_WOULD_REFUSE = "agent_would_refuse"
    TOO_LARGE = "too_large"
    TOO_OLD = "too_old"  # `run --skip-older-than`: wanted


class Refusal(StrEnum):
    """What is wrong with a span that the Agent would refuse: by itself, or its whole trace for it."""

    TRACE_ID_ZERO = "trace_id_zero"
    SPAN_ID_ZERO = "span_id_zero"
    FOREIGN_SPAN = "foreign_span"
    BAD_TRACE_ID = "bad_trace_id"
    BAD_SPAN_ID = "bad_span_id"
    BAD_PARENT_ID = "bad_parent_id"
    BAD_START = "bad_start"
    BAD_DURATION = "bad_duration"
    BAD_ERROR = "bad_error"
    NOT_TEXT = "not_text"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_MAP = "not_a_map"
    NOT_A_LIST = "not_a_list"


class Rewrite(StrEnum):
    """Why a span was changed before it was sent: the Agent would have done it, most often unseen.

    Names are the Agent's own where it has one.
    """

    SERVICE_EMPTY = "service_empty"
    SERVICE_TRUNCATE = "service_truncate"
    SERVICE_INVALID = "service_invalid"
    SERVICE_NORMALISED = "service_normalised"
    SPAN_NAME_EMPTY = "span_name_empty"
    SPAN_NAME_TRUNCATE = "span_name_truncate"
    SPAN_NAME_INVALID = "span_name_invalid"
    NAME_NORMALISED = "name_normalised"
    RESOURCE_EMPTY = "resource_empty"
    RESOURCE_CUT = "resource_cut"
    PARENT_CLEARED = "parent_cleared"
    INVALID_DURATION = "invalid_duration"
    INVALID_START_DATE = "invalid_start_date"
    TYPE_TRUNCATE = "type_truncate"
    TYPE_NOT_SQL = "type_not_sql"
    TAG_NORMALISED = "tag_normalised"
    INVALID_HTTP_STATUS_CODE = "invalid_http_status_code"
    PEER_SERVICE_TRUNCATE = "peer_service_truncate"
    PEER_SERVICE_INVALID = "peer_service_invalid"
    BASE_SERVICE_TRUNCATE = "base_service_truncate"
    BASE_SERVICE_INVALID = "base_service_invalid"
    TAG_CUT = "tag_cut"
    TAGS_LEFT_OUT = "tags_left_out"
    EVENT_CUT = "event_cut"
    EVENTS_LEFT_OUT = "events_left_out"
    LINK_CUT = "link_cut"
    LINK_NAME_NORMALISED = "link_name_normalised"
    LINKS_LEFT_OUT = "links_left_out"
    DUPLICATE_SPAN_ID = "duplicate_span_id"  # counted by the Agent, and sent as it is


class Closed(StrEnum):
    """Why a trace was closed when it was."""

    COMPLETE = "complete"  # root known, ended, and quiet for the wait
    IDLE = "idle"  # no root known, nothing came for `traces.idle`
    AGE = "age"  # `traces.max_age` since its last finished span
    SIZE = "size"  # `traces.max_spans` reached: the rest follows as another chunk
    EVICTED = "evicted"  # `traces.max_open` reached: the one that was quiet longest goes first
    LATE = "late"  # spans that came after their trace had left
    FLUSHED = "flushed"  # end of a `--once` run


class LineBatch(msgspec.Struct, gc=False):
    """source → parse: whole lines of one file, in file order.

    Attributes:
        source: name of the configured source.
        stream: name of the log stream: one path through all its rotations.
        key: the file's key, 64 bits, fixed when the file was first seen; derived ids start from it.
        block: the lines as bytes, each ended by exactly one newline (the tail adds one to an
            unterminated last line that it gives up waiting for).
        lines: the same lines, without their newlines.
        starts: byte offset in the file of each line, and behind the last one the offset where the
            batch ends: `len(lines) + 1` ints, rising. For a compressed file: decompressed offsets;
            where the encoding is not UTF-8: those of the file, not of `block`.
        first: record number of the first line.
        behind: whether the file held more when the batch was read; false when it was read to its
            end, so that the next line is one that is yet to be written.
        replayed: whether these are open records that are read again after a restart.
        cut: how many of the lines are not whole: only the beginning of an over-long line is kept.
            Such a line is alone in its batch, unless it is read again.
        repaired: how many lines held bytes that are no text in the source's encoding; only where
            that is not UTF-8, which the parsers look at themselves.
        nuls: bytes of NULs between the lines that nobody wrote, and that were left out.
        torn: whether the last line has no end in the file: what may follow is another line.
        gaps: indexes of lines that do not stand behind the one before them in the file; only where
            lines are read again.
        severed: whether these are the first lines of a file that was cut: what came before in their
            stream does not go on with them.
        heading: the lines of the file that say how those of the batch are to be read, with their
            newlines, of a source that has such (`SourceConfig.heading`); b"": none stand before it.
        modified: when the file was modified last, in nanoseconds; 0: not known.
    """

    source: str
    stream: str
    key: int
    block: bytes
    lines: list[bytes]
    starts: list[int]
    first: int = 0
    behind: bool = False
    replayed: bool = False
    cut: int = 0
    repaired: int = 0
    nuls: int = 0
    torn: bool = False
    gaps: Sequence[int] = ()
    severed: bool = False
    heading: bytes = b""
    modified: int = 0


class Parser(Protocol):
    """What mapping needs to know of a parser, and what the pipeline calls.

    A row is what `parse` makes of a line. `row` says how generated code gets at a field of it:
    `attribute` (`row.f3`, a struct) or `item` (`row[3]`, a tuple).
    """

    row: Literal["attribute", "item"]

    def slot(self, name: str) -> int | None:
        """Return the number of the field `name` in a row, or None if no line can have it."""
        ...

    def parse(self, batch: LineBatch) -> Records:
        """Turn the lines of `batch` into rows; never raises for what a line holds."""
        ...


class Records(msgspec.Struct, gc=False):
    """parse → mapping: what a parser made of a batch.

    Attributes:
        batch: where it came from.
        rows: one per line that could be parsed, in order; see `Parser`.
        lines: for each row, the index of its line in `batch.lines`.
        rejects: (index of the line, why) for each line that could not be parsed.
        repaired: how many lines held bytes that are not UTF-8, which became U+FFFD.
        skipped: indexes of lines that are no records (comments, headers): they count as ignored.
    """

    batch: LineBatch
    rows: list[Any]
    lines: Sequence[int]
    rejects: list[tuple[int, Reject]]
    repaired: int = 0
    skipped: Sequence[int] = ()


class Span(msgspec.Struct, omit_defaults=True, gc=False):
    """One operation, exactly as it goes to the Agent: a v0.3/v0.4 span map (trace API, v0.3).

    Only what the Agent knows may be a field here: both encoders take the struct as it is. Ids are
    unsigned 64-bit, not zero (`parent_id` 0: a root); start and duration nanoseconds; error 0 or 1;
    `meta` text to text; `metrics` text to finite float. A link is {trace_id, trace_id_high, span_id,
    attributes: text to text, tracestate, flags}, of which only the ids must be there.
    """

    service: str
    name: str
    resource: str
    trace_id: int
    span_id: int
    start: int
    duration: int
    parent_id: int = 0
    error: int = 0
    type: str = ""
    meta: dict[str, str] = msgspec.field(default_factory=dict)
    metrics: dict[str, float] = msgspec.field(default_factory=dict)
    span_events: list[dict[str, Any]] = msgspec.field(default_factory=list)
    span_links: list[dict[str, Any]] | None = None


class MappedSpan(msgspec.Struct, gc=False):
    """A finished span and what only logtrace knows of it.

    Attributes:
        span: the span.
        number: record number of its line; of its last line, where it has several.
        time: the time that stands for the line, in nanoseconds: what it is stamped with, or `to` of
            a rule that has it.
        trace_high: upper 64 bits of a 128-bit trace id as 16 lower-case hex digits, or "".
        root: whether the log says that this span is its trace's root, or it seems to be: a server
            or consumer without a parent.
        parented: whether the log says what the span's parent is (an id, a scope, or that it is a
            root); if not, assemble may infer one, also for a root if there is a better one.
        more: record numbers of its other lines.
        children: spans below it that the same lines gave, from timers in them; they go with it
            wherever it goes, and their parents are known.
    """

    span: Span
    number: int
    time: int
    trace_high: str = ""
    root: bool = False
    parented: bool = False
    more: tuple[int, ...] = ()
    children: Sequence[Span] = ()


class Role(StrEnum):
    """What a line is to the half-span it belongs to."""

    START = "start"
    END = "end"
    MEMBER = "member"  # of a group
    EVENT = "event"
    SPAN = (
        "span"  # a span by itself, which may belong to an open start, or to its line's other spans
    )


class HalfSpan(msgspec.Struct, gc=False):
    """A line that is not a span by itself: a start, an end, a member of a group, or an event.

    Or a span whose trace or parent depends on what is open. A line that several rules take gives
    several of these, one behind the other, and only these.

    Attributes:
        rule: index of the rule in its source.
        role: what the line is.
        key: what pairs it: the text of `key`, else of the trace id, of `group`, or "".
        scope: text of the source's `scope`, or "".
        time: the line's time, in nanoseconds.
        number: record number of the line.
        offset: where the line starts in its file, and
        file_key: the key of that file: derived ids are made of both.
        values: the fields that the rule's templates read, in the order the rule's `finish` wants.
        within: for a span: what start of its scope may be its parent, if it has no other: `trace`
            one of its trace, `any` any, in whose trace it is then; "" none.
        span: for a span: that.
        failed: for a member of a group: whether the rule's `error` holds on its line; of the first
            also on any that has joined it.
    """

    rule: int
    role: Role
    key: str
    scope: str
    time: int
    number: int
    offset: int
    file_key: int
    values: tuple[Any, ...]
    within: Literal["", "trace", "any"] = ""
    span: MappedSpan | None = None
    failed: bool = False


class Mapped(msgspec.Struct, gc=False):
    """mapping → assemble: what the rules made of a batch. Every line of it is in exactly one place.

    Where a rule lets its lines go on to later ones (`continue`), one may be in `halves` several times.

    Attributes:
        spans: finished spans, in the order in which they came to be.
        alone: finished spans that are a whole trace each: no other line can ever join it.
        halves: lines that wait in `mapping.pairing` for others.
        unmatched: indexes of lines that no rule took.
        ignored: indexes of lines that the source's `ignore` took, or the parser skipped.
        rejects: (index of the line, why) of lines that could not be used.
        taken: how many lines each rule took, by the rule's index.
        resets: record numbers of lines at which the application started anew, in line order: what
            is open before them ends. Such a line is in one of the other places too.
        shared: how many traces a line gave spans to, by its record number, where it was several: its
            number comes back once from each.
        incomplete: how many lines gave spans, but not all that they hold.
        timeless: how many lines took the time of the line before, their own being missing or unreadable.
        size: bytes of the lines behind `spans` and `alone`, about.
    """

    spans: list[MappedSpan] = msgspec.field(default_factory=list)
    alone: list[MappedSpan] = msgspec.field(default_factory=list)
    halves: list[HalfSpan] = msgspec.field(default_factory=list)
    unmatched: list[int] = msgspec.field(default_factory=list)
    ignored: list[int] = msgspec.field(default_factory=list)
    rejects: list[tuple[int, Reject]] = msgspec.field(default_factory=list)
    taken: dict[int, int] = msgspec.field(default_factory=dict)
    resets: list[int] = msgspec.field(default_factory=list)
    timeless: int = 0
    shared: dict[int, int] = msgspec.field(default_factory=dict)
    incomplete: int = 0
    size: int = 0


class Trace(msgspec.Struct, gc=False):
    """assemble → ship: the spans of one trace, or one chunk of them. Handed over once.

    Attributes:
        spans: what to send, root first where there is one; all of one trace id.
        numbers: record numbers of all lines behind them: to be acknowledged together. A line that
            gave several of them is there as often.
        reason: why the trace was closed now.
        size: bytes of the lines behind them, about: the shipper's measure of what waits.
        shared_ids: whether some of the spans have the same id, and nobody has counted them yet.
    """

    spans: list[Span]
    numbers: list[int]
    reason: Closed
    size: int = 0
    shared_ids: bool = False
