"""Named groups within possessive repeats, on which Python's `re` may fail.

In the Pythons that this runs on, `(?:(a)|(b)|c)*+` raises SystemError for some texts, in place of an
answer: the group of one round is kept with the end of another. An atomic group around a plain repeat,
`(?>(?:(a)|(b)|c)*)`, means the same and is right. Called by `bounded` for each pattern. Pure.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def holds_groups(pattern: str, flags: int) -> bool:
    """Return whether a possessive repeat of a pattern that compiles has a capturing group in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        todo = [(list(_parser.parse(pattern, flags)), False)]
    while todo:
        items, repeated = todo.pop()
        for code, argument in items:
            if code is op.SUBPATTERN and argument[0] is not None and repeated:
                return True
            again = code is op.POSSESSIVE_REPEAT and argument[1] > 1
            todo += [(list(inner), repeated or again) for inner in _within(code, argument)]
    return False


def _within(code: Any, argument: Any) -> Iterator[Iterable[Any]]:
    """Yield what an item of a parsed pattern has within it."""
    if code in _REPEATS:
        yield argument[2]
    elif code is op.SUBPATTERN:
        yield argument[3]
    elif code is op.BRANCH:
        yield from argument[1]
    elif code is op.ATOMIC_GROUP:
        yield argument
    elif code in (op.ASSERT, op.ASSERT_NOT):
        yield argument[1]
    elif code is op.GROUPREF_EXISTS:
        yield from (items for items in argument[1:] if items)
