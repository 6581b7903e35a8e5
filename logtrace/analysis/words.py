"""Values as other languages write them, which are names of fields here: `True`, `None`.

Called by `findings`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping.advice import CONSTANTS
from logtrace.mapping.nodes import Field, Variable, variables
from logtrace.mapping.templates import Template


def word_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each field whose name is hardly that of a field."""
    for written in source.checked.written:
        tree = written.tree
        for node in tree.expressions if isinstance(tree, Template) else (tree,):
            for variable in variables(node):
                if isinstance(variable, Field) and is_foreign(variable):
                    name = variable.name
                    fix = f'{CONSTANTS[name]}; field["{name}"] is a field of that name'
                    what = f"{name} is taken for the name of a field"
                    yield warning(written.text, variable.at, written.key, what, fix)


def is_foreign(variable: Variable) -> bool:
    """Return whether a variable is named as another language writes a value."""
    return isinstance(variable, Field) and not variable.exact and variable.name in CONSTANTS
