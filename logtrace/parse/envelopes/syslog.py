"""The header of syslog: what rsyslog, syslog-ng and others put before each line in their files.

    Nov 22 10:00:00 web1 shop[17]: …                    RFC 3164, as files have it
    2026-11-22T10:00:00.123456+01:00 web1 shop[17]: …   the same with a whole time
    <13>Nov 22 10:00:00 web1 shop[17]: …                with the priority, as it came over the wire
    <13>1 2026-11-22T10:00:00Z web1 shop 17 ID [a@1 k="v"] …     RFC 5424, with PRI or without

Severity and facility are there where the priority is. `syslog.data` is the structured data of RFC
5424 as it stands. A `@cee:` before the text is taken off it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from logtrace.model import LineBatch
from logtrace.parse.envelopes.pieces import Piece, Pieces, peel_each

SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron"),
    *("authpriv", "ftp", "ntp", "audit", "alert", "clock"),
    *(f"local{number}" for number in range(8)),
)

_PRI = r"(?:<(?P<pri>\d{1,3})>)?"
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_OLD = r"[^\W\d_]{3,5}\.? +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_NEW = re.compile(
    rf"{_PRI}1 (?P<time>-|{_ISO}) (?P<host>\S{{1,255}}) (?P<app>\S{{1,48}}) (?P<pid>\S{{1,128}})"
    r" (?P<id>\S{1,32}) (?P<data>-|(?:\[(?>(?:[^\]\"\\]|\\.|\"(?>(?:[^\"\\]|\\.)*)\")*)\])+)"
    r"(?: \ufeff?(?P<text>.*))?",
    re.DOTALL,
).fullmatch
_CLASSIC = re.compile(
    rf"{_PRI}(?P<time>{_ISO}|{_OLD}) (?P<host>\S{{1,255}}) "
    r"(?:(?P<app>[^\s\[:]{1,128})(?:\[(?P<pid>[^\]\s]{1,128})\])?:(?: |$))?(?P<text>.*)",
    re.DOTALL,
).fullmatch
_GROUPS = {
    "syslog.time": "time",
    "syslog.host": "host",
    "syslog.app": "app",
    "syslog.pid": "pid",
    "syslog.id": "id",
    "syslog.data": "data",
}


class Syslog:
    """See `envelopes.pieces.Envelope`."""

    FIELDS = (*_GROUPS, "syslog.severity", "syslog.facility")

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = tuple(fields)

    def peel(self, batch: LineBatch) -> Pieces:
        """See `Envelope`."""
        return peel_each(batch, self._read)

    def _read(self, line: str) -> Piece | None:
        match = _CLASSIC(line) or _NEW(line)
        if match is None:
            return None
        parts = match.groupdict()
        text = parts["text"] or ""
        if text.startswith("@cee:"):
            text = text[5:].lstrip()
        values = tuple(_value(parts, field) for field in self._fields)
        return Piece(text, values, f"{parts['host']} {parts['app']} {parts['pid']}")


def _value(parts: dict[str, str | None], field: str) -> str | None:
    """Return a field of the header; `-` is RFC 5424's word for none."""
    if (group := _GROUPS.get(field)) is not None:
        value = parts.get(group)
        return None if value == "-" else value
    if (pri := parts["pri"]) is None or int(pri) >= 8 * len(FACILITIES):
        return None
    facility, severity = divmod(int(pri), 8)
    return SEVERITIES[severity] if field == "syslog.severity" else FACILITIES[facility]
