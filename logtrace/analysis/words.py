"""Words that mean something else here than they seem to: `True`, a text without quotes, `%`.

Called by `findings`. That a compared word is no field is only likely, where it is named nowhere else:
the warning says how to write that it is one. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping.advice import CONSTANTS
from logtrace.mapping.checked import Written
from logtrace.mapping.nodes import Binary, Extracted, Field, Node, Variable, variables, walk
from logtrace.mapping.templates import Template


def word_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each word that is hardly meant as it is read."""
    named = Counter(each.name for written in source.checked.written for each in _fields(written))
    for written in source.checked.written:
        for field in _fields(written):
            if is_foreign(field):
                what = f"{field.name} is taken for the name of a field"
                fix = f'{CONSTANTS[field.name]}; field["{field.name}"] is a field of that name'
                yield warning(written.text, field.at, written.key, what, fix)
        for field in (each for node in _nodes(written) for each in compared(node)):
            if not source.names and named[field.name] == 1:
                what = f"{field.name} is taken for the name of a field, and is named nowhere else"
                fix = f'write "{field.name}" for a text; field["{field.name}"] is surely a field'
                yield warning(written.text, field.at, written.key, what, fix)
        if isinstance(written.tree, Template):
            yield from _percents(written, written.tree)


def is_foreign(variable: Variable) -> bool:
    """Return whether a variable is named as another language writes a value."""
    return isinstance(variable, Field) and not variable.exact and variable.name in CONSTANTS


def compared(node: Node) -> Iterator[Field]:
    """Yield the plain names that a field is compared with: they may be texts without quotes."""
    for each in walk(node):
        match each:
            case Binary("==" | "!=", Field() | Extracted(), Field(name, exact=False) as right):
                if "." not in name and not is_foreign(right):
                    yield right


def _percents(written: Written, template: Template) -> Iterator[Problem]:
    """Yield a warning for `%` before a field, as Logstash has it: it becomes part of the value."""
    for place, part in enumerate(template.parts[:-1]):
        if (
            isinstance(part, str)
            and part.endswith("%")
            and not isinstance(template.parts[place + 1], str)
        ):
            what = "the % before { is text, and part of the value"
            yield warning(written.text, 0, written.key, what, "leave it out")
            return


def _nodes(written: Written) -> tuple[Node, ...]:
    tree = written.tree
    return tree.expressions if isinstance(tree, Template) else (tree,)


def _fields(written: Written) -> Iterator[Field]:
    """Yield the fields that a condition or value names."""
    for node in _nodes(written):
        yield from (each for each in variables(node) if isinstance(each, Field))
