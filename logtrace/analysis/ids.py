"""Ids and keys that are the same for every line, or none: braces that were forgotten, most often.

Called by `findings`. A `key` or `scope` without a field may be meant, to join all lines of a file: only
one that could be the name of a field is doubted. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping import ids
from logtrace.mapping.nodes import Field
from logtrace.mapping.templates import Template

_FIX = "write the field that holds it, such as {request_id}"
_SAME = {
    "trace_id": ("all lines are one trace", f"{_FIX}, or leave it out: each line is a trace then"),
    "span_id": ("all spans are one to the Agent", f"{_FIX}, or leave it out: it is derived then"),
    "group": ("all lines are one span", _FIX),
}
_JOINED = {
    "key": "it joins lines that have nothing to do with one another",
    "scope": "lines nest in one another, whoever wrote them",
}
"""Keys for which a constant may be meant, and what it does."""

_NONE = {
    "trace_id": ("each line is rejected (no_trace_id)", f"{_FIX}, or leave it out"),
    "span_id": ("each is derived", "leave it out"),
    "parent_id": ("each span is a root", 'write "" to say so'),
}
_NAME = re.compile(r"\$?([^\W\d][\w@$]*(?:\.[\w@$]+)*)")
"""What could be the name of a field, perhaps as nginx and shells write it."""


def id_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each id or key that does not depend on the line."""
    for written in source.checked.written:
        key = written.key.rpartition(".")[2]
        if not isinstance(written.tree, Template) or written.tree.constant is None:
            continue
        text = written.tree.constant
        if key == "parent_id" and not text:
            continue
        none = key in _NONE and ids.trace_id(text, written.tree.dialect) is None
        said = (_NONE if none else _SAME).get(key)
        name = _NAME.fullmatch(text)
        if key in _JOINED and name and source.gives(Field(name[1])):
            said = _JOINED[key], ""
        if said is not None:
            what = f"{text!r} is no id" if none else f"{text!r} is the same for every line"
            fix = said[1]
            if not none and name:
                fix = f'write "{{{name[1]}}}" for a field'
            if key in _JOINED:
                fix += ', or "*" where all lines of a file are meant'
            yield warning(written.text, 0, written.key, f"{what}: {said[0]}", fix)
