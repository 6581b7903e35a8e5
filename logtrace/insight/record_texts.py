"""Knows what stands within an envelope, or in the several lines of a record, while files are read.

Called by `survey`, so that `preview` can show lines as the parser and the rules see them. Holds the
texts of the records that are on their way, not more. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from logtrace import mapping, parse
from logtrace.insight.shapes import SAMPLE
from logtrace.model import Records, Reject
from logtrace.parse.joining import Inner
from logtrace.parse.rows import Rows
from logtrace.routes import Route
from logtrace.stages import Stages

MORE = " ⏎…"
"""Behind the first line of a record that has more."""


def texts_in(stages: Stages) -> dict[str, RecordTexts]:
    """Return what knows the texts of records, for each source of `stages` that has no plain lines.

    The stages must not have begun, and nor must they be watched yet.
    """
    found = {}
    for name, route in stages.routes.items():
        if route.joiner is not None:
            found[name] = RecordTexts(unwraps=route.config.unwrap is not None)
            stages.routes[name] = _overheard(route, found[name])
    return found


def _overheard(route: Route, texts: RecordTexts) -> Route:
    """Return the route with a joiner that lets `texts` hear what it has the parser read."""
    inner: Any = route.parser
    fields = mapping.check(route.config).fields
    joiner = parse.build_joiner(route.config, fields, _Overheard(inner, texts))
    return replace(route, joiner=joiner)


class _Overheard:
    """An inner parser that says what it reads."""

    def __init__(self, inner: Inner, texts: RecordTexts) -> None:
        self.row = inner.row
        self.slot, self.parse, self.attach = inner.slot, inner.parse, inner.attach
        self._inner, self._texts = inner, texts

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """See `joining.Inner`."""
        self._texts.hear(texts)
        return self._inner.parse_texts(texts, heading)


class RecordTexts:
    """The texts of the records of one source."""

    def __init__(self, unwraps: bool) -> None:
        """Begin; `unwraps`: whether there are lines that never came out of their envelope."""
        self._unwraps = unwraps
        self._waiting: deque[list[str]] = deque()

    def hear(self, texts: list[str]) -> None:
        """Take note of the texts that some records, which come next, are made of."""
        self._waiting.append(texts)

    def of(self, records: Records) -> Callable[[int], str]:
        """Return what gives the beginning of a record, by the index of its line; "": not known.

        To be called once for all records, in the order in which they were read.
        """
        texts, lines = self._waiting.popleft(), records.batch.lines
        rejected = (
            index
            for index, why in records.rejects
            if not (self._unwraps and _without_envelope(lines[index], why))
        )
        read = sorted((*records.lines, *records.skipped, *rejected))
        known = dict(zip(read, texts, strict=True)) if len(read) == len(texts) else {}
        return lambda index: begun(known[index] if index in known else _raw(lines[index]))


def _without_envelope(line: bytes, why: Reject) -> bool:
    """Return whether a line was rejected for its envelope, so that nothing in it was read."""
    return why is Reject.BAD_ENVELOPE or (why is Reject.EMPTY_LINE and not line.strip())


def begun(text: str) -> str:
    """Return the first line of a record, or the beginning of it, with a mark if it has more lines."""
    first, newline, more = text[: 4 * SAMPLE].partition("\n")
    return first + (MORE if newline and more.strip() else "")


def _raw(line: bytes) -> str:
    return line[: 4 * SAMPLE].decode("utf-8", "replace").removesuffix("\r")
