"""What stands around the line that an application wrote: a container runtime's or a log daemon's.

    docker    {"log": "…\n", "stream": "stdout", "time": "…"}       json-file driver
    cri       2026-11-22T10:00:00.5Z stdout F …                     containerd, CRI-O
    syslog    Nov 22 10:00:00 host app[17]: …, <13>1 2026-11-22T…   RFC 3164, RFC 5424, with PRI or not
    journald  {"MESSAGE": "…", "__REALTIME_TIMESTAMP": "…", …}      journalctl -o json
    fluent    time <tab> tag <tab> {"log": "…"}, tag: [time, {…}]   files of Fluentd and Fluent Bit

Each takes the envelope off all lines of a batch and says what of it joins lines again: which channel a
line belongs to, and whether it is only a piece of one. A line that has no envelope is rejected as
such, never taken for the text inside. Pure; never raises for content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from logtrace.parse.envelopes.cri import Cri
from logtrace.parse.envelopes.docker import Docker
from logtrace.parse.envelopes.fluent import Fluent
from logtrace.parse.envelopes.journald import Journald
from logtrace.parse.envelopes.pieces import Envelope
from logtrace.parse.envelopes.syslog import Syslog

_MAKERS: dict[str, Callable[[Sequence[str]], Envelope]] = {
    "docker": Docker,
    "cri": Cri,
    "syslog": Syslog,
    "journald": Journald,
    "fluent": Fluent,
}

FIELDS: dict[str, tuple[str, ...]] = {
    "docker": Docker.FIELDS,
    "cri": Cri.FIELDS,
    "syslog": Syslog.FIELDS,
    "journald": Journald.FIELDS,
    "fluent": Fluent.FIELDS,
}
"""The fields that each envelope gives beside those of the line inside."""


def asked(name: str, fields: frozenset[str]) -> tuple[str, ...]:
    """Return the fields of an envelope that rules read."""
    return tuple(field for field in FIELDS[name] if field in fields)


def build(name: str, fields: Sequence[str]) -> Envelope:
    """Return the envelope `name`, which gives `fields` of its own, in this order."""
    return _MAKERS[name](fields)
