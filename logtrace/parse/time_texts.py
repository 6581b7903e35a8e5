"""Readers of times that are text: layouts with the caches that make them fast.

Called by `timestamps`, once for each layout that a source may have. Lines of one second share the text
before the fraction, so that is looked up, not parsed. What a text alone does not tell (its year, which
of two hours when clocks were set back) the lines before it do; that is never remembered.
Caches are bounded; a reader never raises, what it cannot read is None. One thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from logtrace.parse.layouts import LONGEST, Layout, Moment, nanoseconds
from logtrace.parse.time_order import TimeOrder, year_of

Reader = Callable[[Any], int | None]

REMEMBERED = 4096
"""Entries in each cache of a reader; a full one is emptied."""

_MOST_YEARS = 32
_LEAP_YEAR = 2000
_SCALE = tuple(int(10 ** (9 - digits)) for digits in range(10))


def text_reader(layout: Layout, zone: tzinfo | None, order: TimeOrder) -> Reader:
    """Return a reader of one layout, with the cache that suits it."""
    if layout.year:
        return _undated_reader(layout, zone, order)
    if layout.width is None:
        return _whole_reader(layout, zone, order)
    return _fraction_reader(layout, zone, layout.width, order)


def _undated_reader(layout: Layout, zone: tzinfo | None, order: TimeOrder) -> Reader:
    """Return a reader of times that name no year: it is that of the line before, or the next one."""
    known: dict[int, Reader] = {}
    dated: Reader = unreadable
    some_year = layout._replace(year=_LEAP_YEAR)

    def of_year(year: int) -> Reader:
        if year not in known:
            if len(known) >= _MOST_YEARS:
                known.clear()
            width = layout.width
            fixed = layout._replace(year=year)
            known[year] = (
                _whole_reader(fixed, zone, order)
                if width is None
                else _fraction_reader(fixed, zone, width, order)
            )
        return known[year]

    def read(value: Any) -> int | None:
        nonlocal dated
        last = order.last
        ns = dated(value)
        order.last = last
        if ns is None or not order.fits(ns):
            if type(value) is not str or _found(some_year, value, zone) is None:
                return None
            ns = order.year(value, of_year)
            order.last = last
            if ns is None:
                return None
            dated = of_year(year_of(ns))
        order.last = ns
        return ns

    return read


def _whole_reader(layout: Layout, zone: tzinfo | None, order: TimeOrder) -> Reader:
    """Return a reader that remembers whole times."""
    known: dict[str, int] = {}
    recall = known.get

    def read(value: Any) -> int | None:
        if type(value) is not str:
            return None
        ns = recall(value)
        if ns is None and (found := _found(layout, value, zone)) is not None:
            ns = _placed(found, order)
            if found.again is None:
                _remember(known, value, ns)
        return ns

    return read


def _found(layout: Layout, value: str, zone: tzinfo | None) -> Moment | None:
    """Return what a text says; blanks around it say nothing."""
    found = layout.read(value, zone)
    if found is None and len(value) <= 4 * LONGEST and (bare := value.strip()) != value:
        found = layout.read(bare, zone)
        return found and found._replace(start=-1)
    return found


def _placed(found: Moment, order: TimeOrder) -> int:
    """Return the nanoseconds of a moment, and take note of it."""
    ns = found.second + nanoseconds(found.fraction)
    if found.again is not None:
        ns = order.which(ns, ns - found.second + found.again)
    order.last = ns
    return ns


def _fraction_reader(layout: Layout, zone: tzinfo | None, width: int, order: TimeOrder) -> Reader:
    """Return a reader that remembers seconds by the `width` characters before the fraction.

    What follows the fraction (a zone, or nothing) hardly ever changes within a log: `suffix` is what
    was seen last, and `seconds` are right for it. `tails` are short fractions with their suffix,
    `known` whole times without a fraction. All hold only what the layout itself has read, so a
    cached answer is the layout's answer.
    """
    seconds: dict[str, int] = {}
    tails: dict[str, int] = {}
    known: dict[str, int] = {}
    second_of, tail_of = seconds.get, tails.get
    suffix, stop = "", None

    def read(value: Any) -> int | None:
        if type(value) is not str:
            return None
        second = second_of(value[:width])
        if second is not None:
            ns = tail_of(value[width:])
            if ns is not None:
                return second + ns
            digits = value[width:stop]
            size = len(digits)
            if size < 10 and value.endswith(suffix) and digits.isdecimal() and digits.isascii():
                ns = int(digits) * _SCALE[size]
                if size < 4:
                    tails[value[width:]] = ns
                return second + ns
        return learn(value)

    def learn(value: str) -> int | None:
        nonlocal suffix, stop
        whole = known.get(value)
        found = None if whole is not None else _found(layout, value, zone)
        if found is None:
            return whole
        ns = _placed(found, order)
        if found.again is not None:
            return ns
        if found.start != width:
            _remember(known, value, ns)
        else:
            rest = value[width + len(found.fraction) :]
            if rest != suffix:
                suffix, stop = rest, -len(rest) or None
                seconds.clear()
                tails.clear()
            _remember(seconds, value[:width], found.second)
        return ns

    return read


def _remember(cache: dict[str, int], text: str, ns: int) -> None:
    if len(cache) >= REMEMBERED:
        cache.clear()
    cache[text] = ns


def unreadable(value: Any) -> int | None:
    """Read nothing."""
    return None
