"""Fields that are read and that no line can have: misspelt ones, most often.

Called by `findings`. Nothing is said of formats whose lines may have any field. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, located, warning
from logtrace.analysis.words import compared, is_foreign
from logtrace.errors import Problem
from logtrace.mapping.checked import Rule, Written
from logtrace.mapping.nodes import Field, Node, variables
from logtrace.mapping.templates import Template

_REJECTED = {
    "trace_id": "no_trace_id",
    "name": "no_name",
    "duration": "no_duration",
    "from": "no_duration",
}
"""Keys without whose value a line is rejected, and the reason that is counted then."""


def field_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each place that names a field which no line can have."""
    if not source.names:
        return
    for written in source.checked.written:
        yield from _misread(source, written)
    for rule, config in zip(source.checked.rules, source.config.spans, strict=True):
        if rule.extract is None or config.extract is None or source.gives(rule.extract.field):
            continue
        key, name = f"spans[{rule.index}].extract", rule.extract.field.name
        what = f"searches {name!r}, which no line has"
        named = config.extract.field
        mark = named.mark if named is not None else config.extract.pattern.mark
        fix = source.instead(name)
        if named is None:
            fix = f"say in which field: extract: {{field: …, pattern: …}} ({fix})"
        yield located(mark, key, what, fix)
    yield from _times(source)


def _misread(source: KnownSource, written: Written) -> Iterator[Problem]:
    """Yield the fields of one condition or value that there are not."""
    rule = _rule(source, written.key)
    groups = rule.extract.groups if rule and rule.extract else ()
    key = written.key.rpartition(".")[2]
    is_child = ".children[" in written.key
    tree = written.tree
    nodes = tree.expressions if isinstance(tree, Template) else (tree,)
    for node in nodes:
        operands = list(compared(node))
        for variable in variables(node):
            if not isinstance(variable, Field) or source.gives(variable) or is_foreign(variable):
                continue
            what = f"no line has a field {variable.name!r}"
            if _is_value(variable, tree) and key in _REJECTED and not is_child:
                what += f", so that each line it takes is rejected ({_REJECTED[key]})"
            fix = _elsewhere(source, variable, rule) or source.instead(variable.name, groups)
            if variable in operands:
                fix = f'write "{variable.name}" for a text; {fix}'
            yield warning(written.text, variable.at, written.key, what, fix)


def _is_value(field: Field, tree: Node | Template) -> bool:
    """Return whether there is no value without a field."""
    return isinstance(tree, Template) and field in tree.parts


def _elsewhere(source: KnownSource, field: Field, rule: Rule | None) -> str:
    """Return what to do about a name that means something in another place."""
    if field.name.startswith("start."):
        return "the start line's fields are known in rules with start and end, once they are whole"
    for other in source.checked.rules:
        if other is not rule and other.extract and field.name in other.extract.groups:
            return f"rule {other.index + 1} extracts it; this one needs an extract of its own"
    return ""


def _rule(source: KnownSource, key: str) -> Rule | None:
    """Return the rule that a key belongs to."""
    if not key.startswith("spans["):
        return None
    return source.checked.rules[int(key[len("spans[") : key.index("]")])]


def _times(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning where no line can have a time."""
    checked, named = source.checked, source.config.time.field
    if any(map(source.gives, checked.times)) or all(rule.timing.end for rule in checked.rules):
        return
    if named is not None:
        what = f"no line has a field {str(named)!r}, so that each is rejected (no_time)"
        fix = _extracted_time(source) or source.instead(named)
        yield located(named.mark, "time.field", what, fix)
        return
    names = ", ".join(field.name for field in checked.times)
    what = f"no line has a time (none of {names}), so that each is rejected (no_time)"
    named_fix = f"name the field: time: {{field: …}} ({source.instead('time')})"
    yield located(checked.mark, "time", what, _extracted_time(source) or named_fix)


def _extracted_time(source: KnownSource) -> str:
    """Return what to do about a time that a rule extracts, which is too late for its line, else ""."""
    names = [field.name for field in source.checked.times]
    for rule in source.checked.rules:
        groups = rule.extract.groups if rule.extract else ()
        for name in filter(names.__contains__, groups):
            fix = "make it a group of `pattern`" if source.config.pattern else "take another field"
            return (
                f"what rule {rule.index + 1} extracts is known only once its line has a time: {fix},"
                f' or write from: "{{{name}}}" and `to` in a rule with `when`'
            )
    return ""
