"""Conditions, or parts of them, that hold for every line or for none.

Called by `findings`. `true` and `false` by themselves are meant so. A condition on a field that no line
has is left to `fields`. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from logtrace.analysis.literals import exclude, literal, never
from logtrace.analysis.logic import holds_always, holds_never
from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping.checked import Written
from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Binary,
    Constant,
    Extracted,
    Field,
    Node,
    Not,
    variables,
)
from logtrace.mapping.templates import Template


def condition_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each condition whose answer is known beforehand."""
    for written in source.checked.written:
        tree = written.tree
        if isinstance(tree, Template) or is_plain(tree):
            continue
        if all(map(source.gives, variables(tree))):
            yield from _judged(source, written, tree, "")


def is_plain(node: Node) -> bool:
    """Return whether a condition is `true` or `false`, and meant so."""
    return isinstance(node, Constant) and isinstance(node.value, bool)


def _judged(source: KnownSource, written: Written, node: Node, part: str) -> Iterator[Problem]:
    """Yield what is wrong with a condition, or with the parts of it."""
    at = next((v.at for v in variables(node) if isinstance(v, Field)), 0)
    if holds_never(node, source.is_text):
        why, fix = _why_never(source, node)
        yield warning(written.text, at, written.key, f"{part}is never true{why}", fix)
    elif holds_always(node, source.is_text):
        why, fix = _why_always(node)
        yield warning(written.text, at, written.key, f"{part}is always true{why}", fix)
    elif isinstance(node, All | AnyOf):
        for term in node.terms:
            yield from _judged(source, written, term, "a part of it ")
    elif isinstance(node, Not):
        yield from _judged(source, written, node.operand, "a part of it ")


def _why_always(node: Node) -> tuple[str, str]:
    """Return why a condition holds for every line, and what may be meant."""
    terms = node.terms if isinstance(node, AnyOf) else (node,)
    for term in terms:
        if isinstance(term, Constant) and not isinstance(term.value, bool):
            if len(terms) == 1:
                return f": {_shown(term.value)} is compared with nothing", "compare it with a field"
            compared = next(
                (t.left for t in terms if isinstance(t, Binary) and isinstance(t.left, Field)), None
            )
            name = compared.name if compared is not None else "x"
            fix = f'write {name} == {_shown(term.value)}, or {name} in ["…", {_shown(term.value)}]'
            return f": {_shown(term.value)} is compared with nothing", fix
    return "", ""


def _why_never(source: KnownSource, node: Node) -> tuple[str, str]:
    """Return why a condition holds for no line, and what may be meant."""
    for term in node.terms if isinstance(node, All) else (node,):
        match literal(term):
            case Binary(_, (Field() | Extracted()) as field, Constant(bool(value))) as odd:
                if never(odd, source.is_text):
                    shown = _shown(value)
                    return f": {field.name} is text", f'write {field.name} == "{shown}"'
            case Binary("in", left, (Field() | Extracted()) as field) as odd:
                if never(odd, source.is_text):
                    what = left.value if isinstance(left, Constant) else "…"
                    fix = f"write {field.name} contains {_shown(what)}"
                    return f": {field.name} is text, and `in` wants a list", fix
    if isinstance(node, All):
        return _contradiction([literal(term) for term in node.terms])
    return "", ""


def _contradiction(terms: list[Node]) -> tuple[str, str]:
    """Return which two of the terms exclude each other, where that can be said in words."""
    for place, one in enumerate(terms[:40]):
        for other in terms[place + 1 : 40]:
            match one, other:
                case Binary(p, Field() as field, Constant(c)), Binary(q, same, Constant(d)):
                    if field == same and exclude(one, other):
                        why = (
                            f": {field.name} {p} {_shown(c)} and {q} {_shown(d)} exclude each other"
                        )
                        fix = f"write {field.name} in [{_shown(c)}, {_shown(d)}]"
                        return why, fix if p == q == "==" else ""
    return "", ""


def _shown(value: Any) -> str:
    """Return a constant as it is written in a condition."""
    listed = list(value) if isinstance(value, tuple) else value
    return json.dumps(listed, ensure_ascii=False)
