"""Columns: which values of a line the fields of a row are.

Used by `delimited` and `w3c`, whose lines hold values in the order that a header, or the configuration,
names them. A column is known by its name as it stands, and by the name with `_` for each character that
an expression cannot spell: `cs(User-Agent)` is `cs_User_Agent_`, `sc-status` is `sc_status`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter

Values = Sequence[str | None]

_UNSPEAKABLE = re.compile(r"[^\w.@]")


class Columns:
    """The columns of lines, and how to take the wanted fields out of their values.

    Attributes:
        names: of the columns, in order.
        places: for each wanted field the column that it is, -1: none.
    """

    def __init__(self, names: Sequence[str], fields: Sequence[str]) -> None:
        self.names = tuple(names)
        known = known_as(names)
        self.places = tuple(known.get(field, -1) for field in fields)
        self._pick = _picker(self.places)

    def pick(self, values: list[str | None]) -> tuple[str | None, ...]:
        """Return the wanted fields of a line; `values` are as many as there are columns."""
        values.append(None)
        return self._pick(values)


def known_as(names: Sequence[str]) -> dict[str, int]:
    """Return the names by which the columns are known, and which column each of them is."""
    spoken = {_UNSPEAKABLE.sub("_", name): place for place, name in enumerate(names)}
    return spoken | {name: place for place, name in enumerate(names)}


def _picker(places: tuple[int, ...]) -> Callable[[Values], tuple[str | None, ...]]:
    """Return what takes several places of a list at once."""
    if not places:
        return lambda values: ()
    if len(places) == 1:
        place = places[0]
        return lambda values: (values[place],)
    return itemgetter(*places)
