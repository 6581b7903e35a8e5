"""`from` and `to` that no line can make a time of: a constant, or a number with a unit behind it.

Called by `findings`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping.templates import Template, split_unit
from logtrace.parse.timestamps import build_times

_KEYS = ("from", "to")


def time_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each time of a span that is none, or the same for every line."""
    read = build_times(source.config.time).moment
    for written in source.checked.written:
        tree = written.tree
        if not isinstance(tree, Template) or written.key.rpartition(".")[2] not in _KEYS:
            continue
        if tree.constant is not None:
            found = _of_constant(tree.constant, read(tree.constant) is not None)
        elif split_unit(tree)[1] is not None and source.config.time.format is None:
            found = _of_unit(tree)
        else:
            continue
        yield warning(written.text, 0, written.key, *found)


def _of_constant(text: str, is_time: bool) -> tuple[str, str]:
    """Return what is wrong with a time that does not depend on the line, and what may be meant."""
    what = f"{text!r} is the same for every line"
    if not is_time:
        what = f"{text!r} is no time, so that each line it takes is rejected (bad_time)"
    field = text if text.isidentifier() else "started_at"
    meant = "for a field" if text.isidentifier() else "for the field that holds it"
    return what, f'write "{{{field}}}" {meant}'


def _of_unit(template: Template) -> tuple[str, str]:
    """Return what is wrong with a time that ends in a unit, and what may be meant."""
    unit = str(template.parts[-1]).strip()
    what = f"a time has no unit such as {unit!r}: each line it takes is rejected (bad_time)"
    fix = "leave it out: the size of a number tells whether it is s, ms, us or ns since 1970"
    return what, f"{fix}; how long it took is `duration`"
