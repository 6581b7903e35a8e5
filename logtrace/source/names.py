"""What rotation makes of a name: that of the log, and a number or a date.

Used by `source.generations` for files that no pattern names, by `source.families` for those that one
does, and by `source.missing` for what may be a copy. A name is only text here: nothing is looked up, and
nothing raises.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from logtrace.source.gunzip import PACKED

_DATE = (
    r"(?:(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])|\d\d[-_.]\d\d[-_.](?:19|20)\d\d|1\d{9})"
    r"(?:[-_.:T@+]?\d+)*Z?"
)
_BEHIND = re.compile(r"[-_.]\d+(?:[-_.:T@+]\d+)*Z?")
_BEHIND_BARE = re.compile(rf"\.\d+(?:[-_.:T@+]\d+)*Z?|[-_]{_DATE}")  # `app-2` may be another's
_WITHIN = re.compile(rf"\.\d{{1,4}}|[-_.]{_DATE}")  # `worker-2.log` may be another's


def originals(name: str) -> Iterator[str]:
    """Return what a file may have been called before rotation gave it this name, the longest first."""
    plain = next((name.removesuffix(end) for end in PACKED if name.endswith(end)), name)
    stem, extension = os.path.splitext(plain)
    for end in range(len(plain) - 1, 0, -1):
        if plain[end] not in "-_.":
            continue
        first, rest = plain[:end], plain[end:]
        pattern = _BEHIND if "." in first else _BEHIND_BARE
        if pattern.fullmatch(rest):
            yield first
        if end < len(stem) and _WITHIN.fullmatch(stem[end:]):
            yield first + extension


def original_name(name: str, known: Collection[str]) -> str | None:
    """Return which of the known names a rotation has made this one of, the longest, None if none."""
    return next((first for first in originals(name) if first in known), None)
