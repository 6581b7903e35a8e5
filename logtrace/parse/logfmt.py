r"""logfmt: `time=2026-11-22T10:00:00Z level=info msg="order \"7\" placed" dur=12ms cached`.

Called by the pipeline through `model.Parser`. A value in double quotes may hold blanks, newlines and
escapes as Go and JSON write them; any other reaches to the next blank, and may hold `=`. A key without
`=` is true; of a key that stands twice the last counts; a quote that is not closed reaches to the end.
All else is text: comparisons and metrics read numbers out of it. A line without any `=` is no logfmt
and is rejected, as a stack trace would otherwise become fields. Never raises for content, linear in
its length.

Programs write the same keys in the same order over and over. A *form* is such an order, learnt when it
was seen often enough, as one regular expression that gives all wanted values at once; it takes only
lines that it reads as the slow way would. Few forms are kept, and each takes longer to be learnt than
the one before: what a log can make us compile is bounded by the logarithm of its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from logtrace.model import LineBatch, Records, Reject
from logtrace.parse.rows import Rows
from logtrace.parse.texts import TextParser

PATIENCE = 32
"""How often an order of keys is seen before it becomes a form."""

MAX_FORMS = 4
MAX_ORDERS = 256
MAX_KEYS = 100
"""Bounds: forms kept, orders counted, keys of an order that is counted."""

_PAIRS = re.compile(
    r"""([^\s=]++)(=?)(?:(?<==)(?:(")((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|(\S*+)))?""", re.DOTALL
).findall
_Pair = tuple[str, str, str, str, str]
"""Key, `=` or nothing, opening quote or nothing, text in quotes, text without."""

_Order = tuple[tuple[str, str], ...]
"""Keys as they stand in a line, and what follows each: nothing, `=`, or `=` and a quote."""

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?:u|U0000)([0-9a-fA-F]{4})|U000([0-9a-fA-F]{5})|x([0-9a-fA-F]{2})|(.))",
    re.DOTALL,
)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}
_KEPT = frozenset("\"\\/'")


class _Form(NamedTuple):
    """An order of keys as an expression.

    Attributes:
        line: matches a whole text, and
        lines: finds each line of a block that is of this form.
        row: makes the fields, in their order, of the groups; None: they are that already.
    """

    line: Callable[[str], re.Match[str] | None]
    lines: Callable[[str], list[Any]]
    row: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None


class LogfmtParser(TextParser):
    """A `model.Parser` of logfmt; a row holds the fields that it was asked for."""

    def __init__(self, fields: Iterable[str], more: Sequence[str] = ()) -> None:
        super().__init__(sorted(fields), more)
        self._forms: list[_Form] = []
        self._seen: dict[_Order, int] = {}
        self._patience = PATIENCE

    def parse(self, batch: LineBatch) -> Records:
        """See `model.Parser`."""
        if self._forms and b"\r" not in batch.block:
            rows = self._block(batch.block, len(batch.lines))
            if rows is not None:
                return Rows(rows, range(len(rows)), []).of(batch)
        return super().parse(batch)

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Read each text."""
        rows, indexes = [], []
        rejects: list[tuple[int, Reject]] = []
        for index, text in enumerate(texts):
            for place, form in enumerate(self._forms):
                if (match := form.line(text)) is not None:
                    groups = match.groups()
                    rows.append(form.row(groups) if form.row else groups)
                    indexes.append(index)
                    if place:  # what came last comes again
                        self._forms.insert(0, self._forms.pop(place))
                    break
            else:
                row = self._read(text)
                if isinstance(row, Reject):
                    rejects.append((index, row))
                else:
                    rows.append(row)
                    indexes.append(index)
        return Rows(rows, indexes, rejects)

    def _block(self, block: bytes, count: int) -> list[Any] | None:
        """Return the rows of a block whose lines all have the form that came last, else None."""
        form = self._forms[0]
        try:
            rows: list[Any] = form.lines(block.decode())
        except UnicodeDecodeError:
            return None
        if len(rows) != count:
            return None
        return list(map(form.row, rows)) if form.row else rows

    def _read(self, text: str) -> tuple[Any, ...] | Reject:
        """Return the row of a text without a form."""
        pairs = _PAIRS(text)
        values: dict[str, Any] = {}
        equal = False
        for key, sign, quote, quoted, bare in pairs:
            if not sign:
                values[key] = True
                continue
            equal = True
            values[key] = (unescaped(quoted) if "\\" in quoted else quoted) if quote else bare
        if not equal:
            return Reject.NOT_LOGFMT if text.strip() else Reject.EMPTY_LINE
        row = tuple(map(values.get, self._fields))
        if len(pairs) <= MAX_KEYS and "\\" not in text:
            self._learn(text, pairs, row)
        return row

    def _learn(self, text: str, pairs: list[_Pair], row: tuple[Any, ...]) -> None:
        """Count the order of keys of a line; make a form of one that was seen often enough."""
        order = tuple([(key, sign + quote) for key, sign, quote, _, _ in pairs])
        count = self._seen.get(order, 0) + 1
        if len(self._seen) >= MAX_ORDERS:
            self._seen.clear()
        self._seen[order] = count
        if count < self._patience:
            return
        form = _form(order, self._fields)
        match = form.line(text)
        if match is None or row != (form.row(match.groups()) if form.row else match.groups()):
            self._seen[order] = -8 * self._patience  # two blanks between its pairs, or the like
            return
        self._seen.clear()
        del self._forms[MAX_FORMS - 1 :]
        self._forms.insert(0, form)
        self._patience *= 2


def _form(order: _Order, fields: tuple[str, ...]) -> _Form:
    """Return the form of an order of keys."""
    last = {key: place for place, (key, _) in enumerate(order)}
    parts: list[str] = []
    groups: dict[str, int] = {}
    for place, (key, sign) in enumerate(order):
        value = {"": "", "=": r'(?!")\S*+', '="': r'[^"\\\n]*+'}[sign]
        if sign and last[key] == place and key in fields:
            value = f"({value})"
            groups[key] = len(groups)
        parts.append(re.escape(key) + sign + value + sign[1:])
    line = " ".join(parts)
    # behind the groups: what stands for a key without value, and for one that is not there
    size = len(groups)
    places = [groups.get(field, size if field in last else size + 1) for field in fields]
    block = line if size > 1 else f"{line}()()"  # else findall would not give tuples
    return _Form(
        re.compile(line).fullmatch,
        re.compile(f"^{block}$", re.MULTILINE).findall,
        None if size > 1 and places == list(range(size)) else _placer(places, size),
    )


def _placer(places: list[int], size: int) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return what puts `size` groups, and the two constants, into their places."""
    pick = itemgetter(*places, size, size)  # of one place alone it would make no tuple
    count, constants = len(places), (True, None)
    return lambda groups: pick(groups[:size] + constants)[:count]


def unescaped(text: str) -> str:
    """Return quoted text with its escapes resolved; half a surrogate pair becomes U+FFFD."""
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    high, low, short, long, byte, other = escape.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
    if digits := short or long or byte:
        code = int(digits, 16)
        return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code < 0xE000 else chr(code)
    return _SHORT.get(other) or (other if other in _KEPT else escape[0])
