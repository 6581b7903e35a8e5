"""Values of a line as a person reads them: for `explain`."""

from __future__ import annotations

from typing import Any

import msgspec

LONGEST = 60
"""Characters of a value that are shown beside what it came of."""


def shown(value: Any, longest: int = LONGEST) -> str:
    """Return a value of a line as a person reads it; not yet safe for a terminal."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        cut = value if len(value) <= longest else value[: longest - 1] + "…"
        return f'"{cut}"'
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):
        text = str(type(value).__name__)
    return text if len(text) <= longest else text[: longest - 1] + "…"
