"""Generates the code of expressions and templates.

Used by `codegen` and `spancode`. Each operator becomes a call of its function in `operators`, unless one
operand is a constant: then its type decides, once, which values of the other can be compared inline, and
only the rest is left to the function. Fields are loaded by lines before the one that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from logtrace.mapping import operators, values
from logtrace.mapping.evaluator import evaluate
from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Binary,
    Call,
    Constant,
    Element,
    Exists,
    Extracted,
    Field,
    Matches,
    Negative,
    Node,
    Not,
    Variable,
    variables,
)
from logtrace.mapping.templates import Template
from logtrace.mapping.variables import Variables
from logtrace.mapping.writer import Writer

_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TEXT_SHAPES = {
    "startswith": "{}.startswith({})",
    "endswith": "{}.endswith({})",
    "contains": "{1} in {0}",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """What a template makes, as Python.

    Attributes:
        needs: names that must not be None, or the template has no value.
        value: the value, and
        text: its text, where nothing that it needs is None.
    """

    needs: tuple[str, ...]
    value: str
    text: str

    @property
    def present(self) -> str:
        """The condition that it has a value; "" if it always has."""
        return " and ".join(f"{name} is not None" for name in self.needs)

    @property
    def text_or_none(self) -> str:
        """The text, or None."""
        return f"({self.text}) if {self.present} else None" if self.needs else self.text

    @property
    def value_or_none(self) -> str:
        """The value, or None."""
        if self.value in self.needs or not self.needs:
            return self.value
        return f"{self.value} if {self.present} else None"


class Conditions:
    """Turns nodes and templates into Python expressions."""

    def __init__(self, writer: Writer, fields: Variables) -> None:
        self._writer = writer
        self._fields = fields

    # ── templates ─────────────────────────────────────────────────────────────────────────────────

    def piece(self, template: Template) -> Piece:
        """Return what a template makes."""
        constant = template.constant
        if constant is not None:
            name = self._writer.bind(constant)
            return Piece((), name, name)
        if template.single is not None:
            name = self._named(template.single)
            return Piece((name,), name, self._text(name))
        needs: list[str] = []
        pieces: list[str] = []
        for part in template.parts:
            if isinstance(part, str):
                pieces.append(self._writer.bind(part))
            else:
                needs.append(self._named(part))
                pieces.append(self._text(needs[-1]))
        text = 'f"' + "".join(f"{{{piece}}}" for piece in pieces) + '"'
        return Piece(tuple(dict.fromkeys(needs)), text, text)

    def _named(self, node: Node) -> str:
        """Return a name that holds the value of an expression."""
        if isinstance(node, Variable):
            return self._fields.load(node)
        value = self.value(node)
        name = self._writer.name("v")
        self._writer.line(f"{name} = {value}")
        return name

    def _text(self, name: str) -> str:
        self._writer.use(text=values.text)
        return f"{name} if {name}.__class__ is str else text({name})"

    # ── expressions ───────────────────────────────────────────────────────────────────────────────

    def test(self, node: Node) -> str:
        """Return Python that is true where the expression is true."""
        match self._folded(node):
            case Constant(value):
                return str(bool(value))
            case All(terms):
                return "(" + " and ".join(self.test(term) for term in terms) + ")"
            case AnyOf(terms):
                return "(" + " or ".join(self.test(term) for term in terms) + ")"
            case other:
                return self.value(other)

    def value(self, node: Node) -> str:
        """Return Python that has the value of the expression."""
        match self._folded(node):
            case Constant(value):
                return self._writer.bind(value)
            case (Field() | Extracted() | Element()) as variable:
                return self._fields.load(variable)
            case Exists(operand):
                return f"({self._fields.load(operand)} is not None)"
            case Not(operand):
                return f"(not {self.test(operand)})"
            case (All() | AnyOf()) as logical:
                return f"(True if {self.test(logical)} else False)"
            case Negative(operand):
                return self._call(operators.negative, self.value(operand))
            case Matches(operand, pattern):
                return self._matches(operand, self._writer.bind(pattern.search, "p"))
            case Binary(operator, left, right):
                return self._binary(operator, left, right)
            case Call(function, arguments):
                made = [self.value(argument) for argument in arguments]
                return self._call(operators.FUNCTIONS[function].call, *made)

    def _folded(self, node: Node) -> Node:
        """Return a constant for an expression that reads no field."""
        if isinstance(node, Constant) or next(variables(node), None) is not None:
            return node
        value = evaluate(node, lambda _: None)
        return Constant(value)

    def _binary(self, operator: str, left: Node, right: Node) -> str:
        left, right = self._folded(left), self._folded(right)
        if isinstance(left, Constant) and operator in _MIRRORED:
            left, right, operator = right, left, _MIRRORED[operator]
        operand = self.value(left)
        if isinstance(right, Constant):
            inline = self._computed(operator, operand, right.value)
            if not inline and isinstance(left, Variable):
                inline = self._inline(operator, operand, right.value)
            if inline:
                return inline
        return self._call(operators.OPERATORS[operator], operand, self.value(right))

    def _computed(self, operator: str, operand: str, constant: Any) -> str:
        """Return an operation that needs no look at the operand's type, or ""."""
        if operator == "==" and constant.__class__ is str and values.number(constant) is None:
            return f"({operand} == {self._writer.bind(constant)})"
        if operator in ("==", "!=") and constant.__class__ is bool:
            return f"({operand} is {constant is (operator == '==')})"
        return ""

    def _inline(self, operator: str, operand: str, constant: Any) -> str:
        """Return an operation that is inline for the type that the operand should have, or ""."""
        kind = constant.__class__
        if operator == "in" and kind is tuple:
            return self._among(operand, constant)
        if operator in _MIRRORED and kind in (str, int, float):
            wanted = "str" if kind is str else "int"
            return self._typed(operand, wanted, f"{{}} {operator} {{}}", operator, constant)
        if operator in _TEXT_SHAPES and kind is str:
            return self._typed(operand, "str", _TEXT_SHAPES[operator], operator, constant)
        return ""

    def _typed(self, operand: str, kind: str, shape: str, operator: str, constant: Any) -> str:
        """Return an operation that is inline for values of one type."""
        name = self._writer.bind(constant)
        slow = self._call(operators.OPERATORS[operator], operand, name)
        return f"({shape.format(operand, name)} if {operand}.__class__ is {kind} else {slow})"

    def _among(self, operand: str, options: tuple[Any, ...]) -> str:
        """Return `in` a constant list: a set for the type that all its items have."""
        slow = self._call(operators.among, operand, self._writer.bind(options))
        kinds = {option.__class__ for option in options}
        if kinds not in ({str}, {int}):
            return slow
        chosen = self._writer.bind(frozenset(options))
        return (
            f"({operand} in {chosen} if {operand}.__class__ is {kinds.pop().__name__} else {slow})"
        )

    def _matches(self, operand: Node, search: str) -> str:
        value = self.value(operand)
        slow = f"{self._call(operators.found, value, search)} is not None"
        if not isinstance(operand, Variable):
            return f"({slow})"
        return f"({search}({value}) is not None if {value}.__class__ is str else {slow})"

    def _call(self, function: Any, *arguments: str) -> str:
        self._writer.use(**{function.__name__: function})
        return f"{function.__name__}({', '.join(arguments)})"
