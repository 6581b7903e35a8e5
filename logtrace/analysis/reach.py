"""Rules that no line reaches: others before them take every line that they could take.

Called by `findings`. What a rule takes is known where that depends on its condition alone; a rule whose
key may have no value, or that lets lines go on, takes nothing for certain. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from logtrace.analysis.conditions import is_plain
from logtrace.analysis.logic import covers, holds_always, holds_never
from logtrace.analysis.source import KnownSource, warning
from logtrace.errors import Problem
from logtrace.mapping.checked import Extract, Rule, Written
from logtrace.mapping.nodes import All, Constant, Exists, Extracted, Field, Node, variables
from logtrace.patterns.bounded import Bounded

_TRUE = Constant(True)


@dataclass(frozen=True, slots=True)
class _Taker:
    """What certainly takes lines: a rule, or `ignore` (None), where a condition holds."""

    rule: Rule | None
    condition: Node

    def name(self, seen_by: Rule) -> str:
        """Return its name for a person who looks at a rule."""
        if self.rule is None:
            return "`ignore`"
        if self.rule is seen_by:
            return "its own `start`"
        return f"rule {self.rule.index + 1} (line {self.rule.line})"


def reach_findings(source: KnownSource) -> Iterator[Problem]:
    """Yield a warning for each rule, or end of one, that no line reaches."""
    written = {each.key: each for each in source.checked.written}
    takers: list[_Taker] = []
    if source.checked.ignore is not None:
        takers.append(_Taker(None, source.checked.ignore))
    for rule in source.checked.rules:
        for key, condition in _ways(rule):
            place = written.get(f"spans[{rule.index}].{key}")
            if place is not None and not holds_never(condition, source.is_text):
                yield from _unreached(source, place, condition, rule, takers)
            if _takes_for_certain(rule) and not _is_mistaken(source, condition):
                takers.append(_Taker(rule, condition))


def _ways(rule: Rule) -> Iterator[tuple[str, Node]]:
    """Yield the keys by which a rule takes lines, and what has to hold for that."""
    key = rule.key.expressions if rule.key else ()
    needs = tuple(Exists(part) for part in key if isinstance(part, Field | Extracted))
    names = {"when": "when", "pair": "start", "event": "event", "group": "group"}
    condition = rule.condition if rule.condition is not None else _TRUE
    yield names[rule.kind], All((condition, *needs)) if needs and not rule.by_trace else condition
    if rule.end is not None:
        yield "end", All((rule.end, *needs)) if needs and not rule.by_trace else rule.end


def _takes_for_certain(rule: Rule) -> bool:
    """Return whether a rule takes every line for which what `_ways` says of it holds."""
    if rule.continues:
        return False
    if rule.key is None or rule.by_trace:
        return True
    return all(isinstance(part, str | Field | Extracted) for part in rule.key.parts)


def _is_mistaken(source: KnownSource, condition: Node) -> bool:
    """Return whether a condition holds always and is not meant to: what follows from it is no news."""
    return not is_plain(condition) and holds_always(condition, source.is_text)


def _unreached(
    source: KnownSource, place: Written, condition: Node, rule: Rule, takers: list[_Taker]
) -> Iterator[Problem]:
    """Yield a warning if others take all that a rule could take: one of them, or all together."""
    usable = [taker for taker in takers if _comparable(taker, rule)]
    for taker in usable:
        if covers([taker.condition], condition, source.is_text):
            yield _problem(place, [taker], rule)
            return
    if len(usable) > 1 and covers([each.condition for each in usable], condition, source.is_text):
        yield _problem(place, usable, rule)


def _comparable(taker: _Taker, rule: Rule) -> bool:
    """Return whether the groups in a taker's condition, if any, are those of the rule's pattern."""
    if not any(isinstance(variable, Extracted) for variable in variables(taker.condition)):
        return True
    one, other = taker.rule.extract if taker.rule else None, rule.extract
    return one is not None and other is not None and _source(one) == _source(other)


def _source(extract: Extract) -> tuple[Bounded, Field]:
    """Return what decides the groups of an extract."""
    return extract.pattern, extract.field


def _problem(place: Written, takers: list[_Taker], rule: Rule) -> Problem:
    """Return the warning that `takers` leave nothing for a condition of `rule`."""
    names = list(dict.fromkeys(taker.name(rule) for taker in takers))
    who = f"{', '.join(names[:-1])} and {names[-1]} take" if names[1:] else f"{names[0]} takes"
    what = f"no line gets here: {who} all that it could take"
    moved = all(taker.rule not in (None, rule) for taker in takers)
    fix = "put it first, or make that more exact" if moved else "make that more exact"
    return warning(place.text, 0, place.key, what, fix)
