"""How long to wait after a failed exchange. Pure: chance and the Agent's wish are arguments.

The delay doubles from 100 ms to 10 s: an Agent that is back is found soon, and asking costs nothing.
Half of it is left to chance, so that the daemons of a whole fleet do not come back to a restarted Agent
in the same moment.
"""

from __future__ import annotations

from logtrace.clock import MILLISECOND, SECOND

FIRST = 100 * MILLISECOND
LONGEST = 10 * SECOND

LONGEST_WISH = 300 * SECOND
"""As far as a Retry-After is believed: a typing error in a proxy must not stop us for a day."""


def delay(failures: int, chance: float, retry_after: int = 0) -> int:
    """Return how many nanoseconds to wait after `failures` (1 or more) failures in a row.

    Args:
        failures: exchanges that failed since the last one that did not.
        chance: a number from 0 up to 1, drawn at random.
        retry_after: what the Agent asked for, in nanoseconds; 0 if it did not. Never undercut.
    """
    doubled = min(LONGEST, FIRST << min(failures - 1, 20))
    jittered = doubled // 2 + int(chance * (doubled // 2))
    return max(jittered, min(retry_after, LONGEST_WISH))
