"""Ids that are the same for every line, or none: a placeholder that was left in, most often.

Called by `findings`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping import ids
from logtrace.mapping.templates import Template

_FIX = "write the field that holds it, such as {request_id}"
_SAME = {
    "trace_id": ("all lines are one trace", f"{_FIX}, or leave it out: each line is a trace then"),
    "span_id": ("all spans are one to the Agent", f"{_FIX}, or leave it out: it is derived then"),
    "group": ("all lines are one span", _FIX),
}
_NONE = {
    "trace_id": ("each line is rejected (no_trace_id)", f"{_FIX}, or leave it out"),
    "span_id": ("each is derived", "leave it out"),
    "parent_id": ("each span is a root", 'write "" to say so'),
}


def id_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each id that does not depend on the line."""
    for written in source.checked.written:
        key = written.key.rpartition(".")[2]
        if not isinstance(written.tree, Template) or written.tree.constant is None:
            continue
        text = written.tree.constant
        if key == "parent_id" and not text:
            continue
        none = key != "group" and ids.trace_id(text, written.tree.dialect) is None
        said = (_NONE if none else _SAME).get(key)
        if said is not None:
            what = f"{text!r} is no id" if none else f"{text!r} is the same for every line"
            fix = said[1] if none or not text.isidentifier() else f'write "{{{text}}}" for a field'
            yield warning(written.text, 0, written.key, f"{what}: {said[0]}", fix)
