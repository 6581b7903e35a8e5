"""`traces.keep`: which of its rules decides about a whole trace.

Called when a configuration is loaded (`compile_keep`), and by the decisions of `assemble` for each trace
(`Keep.choose`). In: the rules; out: one generated function, as for a source's rules. What an expression
may name here is listed in docs/reference/rules.md: the trace's own (`duration`, `spans`, `reason`,
`service`, `resource`), `root.x` and `any.x`. Never raises for what a span holds. No state, any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from logtrace.config.model import KeepConfig
from logtrace.errors import ConfigError
from logtrace.mapping.advice import CONSTANTS
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import All, AnyOf, Field, Node, Not, Variable, variables
from logtrace.mapping.texts import Texts
from logtrace.mapping.writer import Writer
from logtrace.model import Closed, Span

OF_TRACE = ("duration", "spans", "reason", "service", "resource")
"""What an expression may name of the trace itself; `service` and `resource` are the root's."""

OF_SPAN = ("service", "name", "resource", "type", "error", "duration")
"""What it may name of a span, beside tags and metrics."""

_ROOT, _ANY = "root.", "any."


@dataclass(frozen=True, slots=True)
class Keep:
    """The rules, compiled.

    Attributes:
        rates: for each rule, what part of the traces that it decides about is kept.
        choose: gives the index of the first rule that holds for the spans of a trace, root first,
            which was closed for a reason; None: none does.
        source: the generated Python.
    """

    rates: tuple[float, ...]
    choose: Callable[[Sequence[Span], Closed], int | None]
    source: str


def compile_keep(configs: Sequence[KeepConfig]) -> Keep | None:
    """Return the rules, ready for use; None where there are none.

    Raises:
        ConfigError: with all that is wrong in them.
    """
    if not configs:
        return None
    texts = Texts()
    conditions = [
        texts.expression(config.when, f"traces.keep[{index}].when", _placed)
        for index, config in enumerate(configs)
    ]
    for index, config in enumerate(configs[1:], 1):
        if configs[index - 1].when is None:
            what = "no trace gets here: the entry before it has no `when`, and decides about all"
            texts.problem(config.mark, f"traces.keep[{index}]", what, "put that one last")
    if texts.problems:
        raise ConfigError(texts.problems)
    writer = Writer()
    _write(writer, configs, conditions)
    names = dict(writer.bound)
    exec(compile(writer.source, "<logtrace traces.keep>", "exec"), names)
    return Keep(tuple(config.rate for config in configs), names["choose"], writer.source)


def _placed(field: Field) -> Variable:
    """Return a field as it is; raise a Fault for one that no trace has."""
    if field.name.startswith((_ROOT, _ANY)) or field.name in OF_TRACE:
        return field
    known = (*OF_TRACE, "root.error", "any.error")
    close = get_close_matches(field.name, known, n=1)
    fix = f"did you mean {close[0]!r}?" if close else f"a tag of the root is root.{field.name}"
    fix = CONSTANTS.get(field.name, fix)
    what = f"a trace has no {field.name!r}; it has {', '.join(OF_TRACE)}, root.… and any.…"
    raise Fault(what, field.at, fix)


# ── code ──────────────────────────────────────────────────────────────────────────────────────────


def _write(
    writer: Writer, configs: Sequence[KeepConfig], conditions: Sequence[Node | None]
) -> None:
    """Write `choose`, and before it a function for each term that speaks of any span."""
    terms: list[Node] = []
    trees = [condition and _hoisted(condition, terms) for condition in conditions]
    for number, term in enumerate(terms):
        with writer.block(f"def any_{number}(spans, reason):"):
            _write_any(writer, term)
            writer.line("return False")
        writer.line()
    with writer.block("def choose(spans, reason):"):
        for index, (config, tree) in enumerate(zip(configs, trees, strict=True)):
            writer.line(f"# keep[{index}], line {config.mark.line}")
            if tree is None:
                writer.line(f"return {index}")
                break
            with writer.block(f"if {Conditions(writer, _Variables(writer)).test(tree)}:"):
                writer.line(f"return {index}")
        else:
            writer.line("return None")


def _write_any(writer: Writer, term: Node) -> None:
    """Write the search for a span that a term holds for."""
    names = _Variables(writer)
    for variable in variables(term):  # once, and not for each span
        if not variable.name.startswith(_ANY):
            names.load(variable)
    with writer.block("for span in spans:"):
        test = Conditions(writer, names).test(term)
        with writer.block(f"if {test}:"):
            writer.line("return True")


def _hoisted(node: Node, terms: list[Node]) -> Node:
    """Return a condition with a stand-in for each term that speaks of any span, which goes to `terms`.

    Each term asks for itself whether there is such a span: with `not` before it there is none.
    """
    match node:
        case Not(operand):
            return Not(_hoisted(operand, terms))
        case All(parts):
            return All(tuple(_hoisted(part, terms) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_hoisted(part, terms) for part in parts))
    if not any(variable.name.startswith(_ANY) for variable in variables(node)):
        return node
    terms.append(node)
    return Field(f"{len(terms) - 1}", side="both")


class _Variables:
    """Where the code finds what expressions name; see `variables.Variables`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def load(self, variable: Variable) -> str:
        """Return a name that holds it, having written what loads it."""
        name = self._writer.known(variable)
        if name is None:
            name = self._writer.name("v")
            self._writer.line(f"{name} = {self._code(variable)}")
            self._writer.know(variable, name)
        return name

    def _code(self, variable: Variable) -> str:
        name = variable.name
        if variable.side == "both":
            return f"any_{name}(spans, reason)"
        if name.startswith(_ANY):
            return self._of_span("span", name.removeprefix(_ANY))
        if name == "duration":
            self._writer.use(trace_duration=trace_duration)
            return "trace_duration(spans)"
        if name in ("spans", "reason"):
            return {"spans": "len(spans)", "reason": "reason.value"}[name]
        return self._of_span("spans[0]", name.removeprefix(_ROOT))

    def _of_span(self, span: str, name: str) -> str:
        if name not in OF_SPAN:
            self._writer.use(tag=tag)
            return f"tag({span}, {self._writer.bind(name)})"
        return f"{span}.error != 0" if name == "error" else f"{span}.{name}"


def tag(span: Span, name: str) -> Any:
    """Return a span's tag, else its metric of the name, else None."""
    found = span.meta.get(name)
    return span.metrics.get(name) if found is None else found


def trace_duration(spans: Sequence[Span]) -> int:
    """Return the nanoseconds from the start of the first span to the end of the last."""
    first = min(span.start for span in spans)
    return max(span.start + span.duration for span in spans) - first
