"""Words that times are written with: months in several languages, and zones by their letters.

Read by `layouts` alone. Letters name a zone by convention only: where two continents use the same ones,
they are those of North America and Europe; `zone:` of the source goes before them where it knows them.
"""

from __future__ import annotations

from typing import Final

_MONTHS = (
    "jan janv ene gen",
    "feb febr fév févr fev fevr",
    "mar mär mrz maer mars mrt",
    "apr avr abr",
    "may mai mei mag maj",
    "jun juin giu",
    "jul juil lug",
    "aug août aout ago",
    "sep sept set",
    "oct okt ott out",
    "nov",
    "dec dez déc dic",
)

MONTHS: Final[dict[str, int]] = {
    name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()
}
"""How the names of months begin, in English, German, French, Spanish, Italian, Portuguese, Dutch and
Scandinavian languages, and the month's number."""

ZONES: Final[dict[str, int]] = {
    name: round(hours * 3600)
    for hours, names in (
        (0, "z utc gmt wet"),
        (1, "cet met bst west"),
        (2, "cest mest eet sast"),
        (3, "eest msk"),
        (5.5, "ist"),
        (7, "wib"),
        (8, "hkt sgt awst"),
        (9, "jst kst"),
        (9.5, "acst"),
        (10, "aest"),
        (10.5, "acdt"),
        (11, "aedt"),
        (12, "nzst"),
        (13, "nzdt"),
        (-2.5, "ndt"),
        (-3, "adt brt art"),
        (-3.5, "nst"),
        (-4, "ast edt"),
        (-5, "est cdt"),
        (-6, "cst mdt"),
        (-7, "mst pdt"),
        (-8, "pst akdt"),
        (-9, "akst hdt"),
        (-10, "hst"),
    )
    for name in names.split()
}
"""Seconds ahead of UTC."""
