"""The rows of the state file: what may stand in each column, and in the notes that the source reads.

Used by `source.checkpoint`. SQLite keeps any value in any column, and a sound file may hold what no
daemon wrote: a restored backup of another program, a hand that mended it. What is let in here is used as
it is: a length is allocated, a path is opened, a time is compared. So whatever cannot be is a ValueError
that names the column or the note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from logtrace.source.identity import HEAD

LIMIT = 1 << 62
"""No size, offset or time is larger."""

TIMES = ("alive", "began source ")
"""How the notes begin that are times, in digits: `arrivals.ALIVE`, and those of `registry`."""

Count = Annotated[int, Meta(ge=0, le=LIMIT)]


class Row(msgspec.Struct):
    """A row of `files`, as `msgspec.convert` checks it."""

    key: Annotated[int, Meta(ge=1)]
    source: str
    stream: bytes
    path: bytes
    device: Annotated[int, Meta(ge=0)]
    inode: Annotated[int, Meta(ge=0)]
    head: bytes
    covered: Annotated[int, Meta(ge=0, le=HEAD)]
    anchor: bytes
    offset: Count
    size: Count
    truncations: Count
    gone: Count
    finished: Annotated[int, Meta(ge=0, le=1)]
    open: bytes
    packed: Count
    mtime: int


COLUMNS = {"files": Row.__struct_fields__, "notes": ("name", "value")}
"""Of each table the columns, in order."""


def row(columns: Iterable[object]) -> Row:
    """Return a row whose columns are as they may be; raises ValueError."""
    try:
        found = msgspec.convert(dict(zip(Row.__struct_fields__, columns, strict=True)), Row)
    except msgspec.ValidationError as error:
        raise ValueError(f"table files: {error}") from error
    for name, path in (("stream", found.stream), ("path", found.path)):
        if not path.startswith(b"/") or b"\0" in path:
            raise ValueError(f"table files: Expected a path - at `$.{name}`")
    return found


def notes(found: Iterable[tuple[object, object]]) -> dict[str, bytes]:
    """Return notes by name; raises ValueError."""
    try:
        checked: Mapping[str, bytes] = msgspec.convert(dict(found), dict[str, bytes])
    except (msgspec.ValidationError, TypeError) as error:
        raise ValueError(f"table notes: {error}") from error
    for name, value in checked.items():
        if name.startswith(TIMES) and not (value.isdigit() and len(value) < 20):
            raise ValueError(f"table notes: Expected a time - at `{name}`")
    return dict(checked)
