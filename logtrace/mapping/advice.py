"""What to write instead, for those who write expressions as other languages have them.

Called by `expressions`, `lexer`, `keep` and the analyses of `check` where a message needs a cure; a cure
may be "". Pure.
"""

from __future__ import annotations

from difflib import get_close_matches

_ABSENT = "write `not x exists`, or `x exists` for its opposite"

CONSTANTS = {
    **dict.fromkeys(("True", "TRUE"), "write `true`"),
    **dict.fromkeys(("False", "FALSE"), "write `false`"),
    **dict.fromkeys(("None", "Null", "NULL", "nil", "undefined"), _ABSENT),
}
"""Names that are fields here and values elsewhere, and what to write for the value."""


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return which known word may be meant, or all of them."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"one of {', '.join(known)}"
