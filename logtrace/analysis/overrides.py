"""What a source says over its preset, and what that takes from the preset's rules: one warning for all.

Called by `findings`. The preset's file is not the operator's: its lines are no places to mend. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logtrace.analysis.source import KnownSource, located
from logtrace.analysis.words import is_foreign
from logtrace.config.model import Text
from logtrace.errors import Mark, Problem
from logtrace.mapping.nodes import Field, variables
from logtrace.mapping.templates import Template


def folded(source: KnownSource, problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield the problems in the source's own file, and one for all that are in its preset's."""
    own = source.config.mark.file
    inherited = [problem for problem in problems if problem.mark.file != own]
    yield from (problem for problem in problems if problem.mark.file == own)
    if not inherited:
        return
    mark, key = _place(source, own)
    count = "a warning" if len(inherited) == 1 else f"{len(inherited)} warnings"
    if names := list(dict.fromkeys(_lacking(source, own))):
        what = f"lacks fields that the preset's rules read ({count}): {', '.join(names)}"
        yield located(mark, key, what, "name them here too, or write `spans` of your own")
    else:
        first = f"{inherited[0].key}: {inherited[0].what}"
        what = f"what is said over the preset does not go with its rules ({count}): {first}"
        yield located(mark, key, what, "write `spans` of your own")


def _place(source: KnownSource, own: str) -> tuple[Mark, str]:
    """Return where the source says how its lines are read, else where it begins."""
    config = source.config
    given = {"pattern": config.pattern, "columns": next(iter(config.columns), None)}
    for key, text in given.items():
        if isinstance(text, Text) and text.mark.file == own:
            return text.mark, key
    return config.mark, ""


def _lacking(source: KnownSource, own: str) -> Iterator[str]:
    """Yield the fields that rules in another file read, and no line has."""
    for written in source.checked.written:
        tree = written.tree
        if written.text.mark.file == own:
            continue
        for node in tree.expressions if isinstance(tree, Template) else (tree,):
            for each in variables(node):
                if isinstance(each, Field) and not source.gives(each) and not is_foreign(each):
                    yield each.name
    for rule, config in zip(source.checked.rules, source.config.spans, strict=True):
        if rule.extract and config.mark.file != own and not source.gives(rule.extract.field):
            yield rule.extract.field.name
