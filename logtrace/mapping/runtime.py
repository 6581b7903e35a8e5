"""What generated code calls beside operators: nested fields, times, metrics, remembered ids.

Called by generated code where inline Python would not be shorter or faster, and by the interpreter for
the same questions. Nothing here raises for what a line holds; what is remembered is bounded. The
remembering classes belong to one compiled mapping and its thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from logtrace.mapping import ids, values
from logtrace.mapping.checked import (
    CHILD_ORDINAL,
    MOST_ELEMENTS,
    SPAN_ORDINAL,
    TRACE_ORDINAL,
)
from logtrace.model import Reject

EARLIEST = 946_684_800_000_000_000
"""2000-01-01 UTC: what started before, the Agent moves to the present."""

LATEST = 4_102_444_800_000_000_000
"""2100-01-01 UTC: a time from here on is a mistake."""

UNFINISHED = "unfinished: no end line"
"""The tag `error.message` of a span whose end was never logged."""

_MOST_TEXTS = 4096
_LONGEST_TEXT = 128
_MOST_FILES = 1024

T = TypeVar("T")


def dig(value: Any, path: str) -> Any:
    """Return what a value holds under a dotted path: the flat key first, else nested ones."""
    while path and value.__class__ is dict:
        found = value.get(path)
        if found is not None:
            return found
        head, _, path = path.partition(".")
        value = value.get(head)
    return None


def bad_time(value: Any, time: int | None) -> Reject:
    """Return why a value, read as `time`, is not the time of a line."""
    if value is None:
        return Reject.NO_TIME
    return Reject.BAD_TIME if time is None else Reject.TIME_OUT_OF_RANGE


def metric(value: Any) -> float | None:
    """Return the finite number that a value is or reads as."""
    number = values.number(value)
    if number.__class__ is int and number.bit_length() > 1023:
        return None
    return None if number is None else float(number)


def elements(value: Any) -> list[Any]:
    """Return what a list holds, at most `MOST_ELEMENTS`; null where an element is empty or `-`.

    Text is a list as proxies write it, `0.004, 0.120 : 0.003`: between `,` or ` : `.
    """
    if value is None:
        return []
    if value.__class__ is str:
        parts = value.replace(" : ", ",").split(",", MOST_ELEMENTS)[:MOST_ELEMENTS]
        value = [part.strip() for part in parts]
    elif value.__class__ is not list:
        value = [value]
    return [None if item in ("", "-") else item for item in value[:MOST_ELEMENTS]]


def context(value: Any, dialect: str | None = None) -> tuple[int, str, int] | None:
    """Return the trace id's low and high half, and the span that a whole context says called, or 0.

    What is no whole context names the same id as a trace and as a span; one that is, two ids. (Hex of
    128 bits is the exception; it has no separators.)
    """
    trace = ids.trace_id(value, dialect)
    if trace is None:
        return None
    low, high = trace
    if value.__class__ is not str or value.isalnum() or ids.span_id(value, dialect) == low:
        return low, high, 0
    return low, high, ids.parent_id(value, dialect) or 0


class Memory(Generic[T]):
    """A function of a log's value that remembers what it gave for short texts.

    Attributes:
        known: what it remembers; generated code looks here before it calls `find`.
    """

    def __init__(self, read: Callable[[Any], T | None]) -> None:
        self.known: dict[str, T] = {}
        self._read = read

    def find(self, value: Any) -> T | None:
        """Return what the function gives, and remember it."""
        result = self._read(value)
        if result is not None and value.__class__ is str and len(value) <= _LONGEST_TEXT:
            if len(self.known) >= _MOST_TEXTS:
                self.known.clear()
            self.known[value] = result
        return result


class Seeds:
    """The seeds of derived ids, by file: one for each span, each trace of its own, and each child.

    Args:
        ordinals: for each rule, how many children one of its lines may have.
    """

    def __init__(self, ordinals: Sequence[int]) -> None:
        self._ordinals = ordinals
        self._known: dict[int, tuple[int, ...]] = {}
        self._children: dict[tuple[int, int], tuple[int, ...]] = {}

    def of(self, file_key: int) -> tuple[int, ...]:
        """Return the seeds for a file's lines: rule `i` has its span's at 2i, its trace's at 2i + 1."""
        seeds = self._known.get(file_key)
        if seeds is None:
            if len(self._known) >= _MOST_FILES:
                self._known.clear()
            rules = range(len(self._ordinals))
            pairs = ((rule, part) for rule in rules for part in (SPAN_ORDINAL, TRACE_ORDINAL))
            seeds = tuple(ids.seed(file_key, rule, ordinal) for rule, ordinal in pairs)
            self._known[file_key] = seeds
        return seeds

    def of_children(self, file_key: int, rule: int) -> tuple[int, ...]:
        """Return the seeds for the children that a file's lines have by a rule."""
        seeds = self._children.get((file_key, rule))
        if seeds is None:
            if len(self._children) >= _MOST_FILES:
                self._children.clear()
            ordinals = range(CHILD_ORDINAL, CHILD_ORDINAL + self._ordinals[rule])
            seeds = tuple(ids.seed(file_key, rule, ordinal) for ordinal in ordinals)
            self._children[file_key, rule] = seeds
        return seeds
