"""How long to wait after a failed exchange. Pure: chance, time and what the Agent said are arguments.

The delay doubles from 100 ms to 10 s: an Agent that is back is found soon, and asking costs nothing.
Half of it is left to chance, so that the daemons of a whole fleet do not come back to a restarted Agent
in the same moment.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from logtrace.clock import MILLISECOND, SECOND

FIRST = 100 * MILLISECOND
LONGEST = 10 * SECOND

LONGEST_WISH = 300 * SECOND
"""As far as a Retry-After is believed: a typing error in a proxy must not stop us for a day."""

_NUMBER = re.compile(r"\d{1,9}(\.\d{0,9})?", re.ASCII)
_LONGEST_TEXT = 64


def delay(failures: int, chance: float) -> int:
    """Return how many nanoseconds to wait after `failures` (1 or more) failures in a row.

    Args:
        failures: exchanges that failed since the last one that did not.
        chance: a number from 0 up to 1, drawn at random.
    """
    doubled = min(LONGEST, FIRST << min(failures - 1, 20))
    return doubled // 2 + int(chance * (doubled // 2))


def wish(said: str, now: int) -> int:
    """Return how many nanoseconds a Retry-After asks for: 0 if it is none, at most `LONGEST_WISH`.

    Args:
        said: the header's value: seconds, a fraction too, or a date.
        now: the time on the wall clock, in nanoseconds.
    """
    said = said.strip()[:_LONGEST_TEXT]
    if _NUMBER.fullmatch(said):
        wanted = int(float(said) * SECOND)
    elif said.isascii() and said.isdigit():
        wanted = LONGEST_WISH
    else:
        try:
            date = parsedate_to_datetime(said)
            wanted = int(date.replace(tzinfo=date.tzinfo or UTC).timestamp()) * SECOND - now
        except (ValueError, TypeError, OverflowError, IndexError):
            wanted = 0
    return max(0, min(wanted, LONGEST_WISH))
