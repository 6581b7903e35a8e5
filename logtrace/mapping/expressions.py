"""Parses expressions, such as `event == "request.done" and status >= 500`.

Called by `rules` and `templates` while a configuration is checked; the grammar and what everything
means stand in docs/reference/expressions.md. In: text of the configuration; out: a tree of `nodes`.
Every mistake is a `Fault` that names the character. Length and depth are bounded, so that neither
this parser nor the generated code can exhaust Python's stack.
"""

from __future__ import annotations

import re

from logtrace.mapping.advice import NAMED_GROUP, QUOTES, Met, called, unexpected
from logtrace.mapping.lexer import OPERATORS, UNITS, WORDS, Fault, Token, read_token
from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Binary,
    Call,
    Constant,
    Exists,
    Field,
    Matches,
    Negative,
    Node,
    Not,
    Scalar,
    children,
)
from logtrace.mapping.operators import FUNCTIONS
from logtrace.patterns.bounded import Bounded, Unusable, build

MAX_LENGTH = 4096
MAX_DEPTH = 24

_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_WORD_OPERATORS = frozenset(("in", "startswith", "endswith", "contains", "matches"))
_CLOSING = frozenset(("')'", "']'"))
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def parse(text: str) -> Node:
    """Return the tree of an expression that is the whole of `text`.

    Raises:
        Fault: if it is none.
    """
    return parse_part(text, 0, "")[0]


def parse_part(text: str, start: int, stops: str) -> tuple[Node, int]:
    """Return the tree of the expression at `start`, and the index where it stops.

    Args:
        text: the text that holds the expression.
        start: index of its first character.
        stops: characters that end it, beside the end of the text.

    Raises:
        Fault: if there is no expression, or something else behind it.
    """
    if len(text) > MAX_LENGTH:
        what = f"longer than {MAX_LENGTH} characters"
        raise Fault(what, MAX_LENGTH, "split it over several rules")
    parser = _Parser(str(text), start, stops)
    return parser.whole(), parser.token.start


def pattern(text: str, index: int = 0) -> Bounded:
    """Compile what is searched for; raises a Fault with its place, `text` being at `index`."""
    if len(text) > MAX_LENGTH:
        raise Fault(f"longer than {MAX_LENGTH} characters", index)
    try:
        return build(text, searched=True)
    except Unusable as error:
        fix = NAMED_GROUP if "(?<" in text and "unknown extension" in error.what else error.fix
        raise Fault(error.what, index + error.index, fix) from error


class _Parser:
    """Recursive descent; `token` is the next one that is not used yet."""

    def __init__(self, text: str, start: int, stops: str) -> None:
        self._text = text
        self._stops = stops
        self._nesting = 0
        self._depths: dict[int, int] = {}
        self._nodes: list[Node] = []  # keeps them alive: their ids are keys
        self.token = self._before = read_token(text, start, stops)

    def whole(self) -> Node:
        """Parse up to a stop."""
        node = self._any()
        if self.token.kind != "stop":
            raise self._unexpected("an operator")
        return node

    # ── operators, loosest first ──────────────────────────────────────────────────────────────────

    def _any(self) -> Node:
        self._nesting += 1
        if self._nesting > MAX_DEPTH:
            raise self._too_deep()
        terms = [self._all()]
        while self._take("or"):
            terms.append(self._all())
        self._nesting -= 1
        return terms[0] if len(terms) == 1 else self._grown(AnyOf(tuple(terms)))

    def _all(self) -> Node:
        terms = [self._negation()]
        while self._take("and"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else self._grown(All(tuple(terms)))

    def _negation(self) -> Node:
        count = 0
        while self._take("not"):
            count += 1
        node = self._comparison()
        for _ in range(count):
            node = self._grown(Not(node))
        return node

    def _comparison(self) -> Node:
        left = self._sum()
        operator = self.token
        if operator.kind == "sign" and operator.text in _COMPARISONS:
            self._advance()
            return self._compared(operator, left, self._sum())
        if operator.kind == "name" and operator.text in _WORD_OPERATORS:
            if operator.text == "matches":
                self._see_quotes(operator.end)
            self._advance()
            if operator.text == "matches":
                return self._grown(Matches(left, self._pattern()))
            right = self._options() if operator.text == "in" else self._sum()
            return self._compared(operator, left, right)
        return left

    def _compared(self, operator: Token, left: Node, right: Node) -> Node:
        if Constant(None) in (left, right):
            what = "a comparison with null is always false"
            raise Fault(what, operator.start, "write `x exists` or `not x exists`")
        following = self.token
        if following.text in _COMPARISONS and following.kind == "sign":
            what = "comparisons do not chain"
            raise Fault(what, following.start, "write `a < b and b < c`")
        return self._grown(Binary(operator.text, left, right))

    def _sum(self) -> Node:
        node = self._product()
        while sign := self._take("+", "-"):
            node = self._grown(Binary(sign, node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._signed()
        while sign := self._take("*", "/", "%"):
            node = self._grown(Binary(sign, node, self._signed()))
        return node

    def _signed(self) -> Node:
        minus, at = False, self.token.start
        while self._take("-"):
            minus = not minus
        node = self._postfix()
        is_truth = isinstance(node, Exists) or (
            isinstance(node, Constant) and node.value.__class__ is bool
        )
        if is_truth and self._text[at] == "-":
            raise Fault("what is true or false has no sign", at, "write `not` for its opposite")
        if not minus:
            return node
        if isinstance(node, Constant) and type(node.value) in (int, float):
            return Constant(-node.value)  # type: ignore[operator]
        return self._grown(Negative(node))

    def _postfix(self) -> Node:
        node = self._primary()
        if self.token.kind == "name" and self.token.text == "exists":
            if not isinstance(node, Field):
                raise Fault("exists stands behind a field only", self.token.start)
            self._advance()
            return self._grown(Exists(node))
        return node

    # ── operands ──────────────────────────────────────────────────────────────────────────────────

    def _primary(self) -> Node:
        token = self.token
        if token.kind in ("number", "text"):
            self._advance()
            return Constant(token.value)
        if token.kind == "name":
            return self._named()
        if self._take("("):
            node = self._any()
            self._expect(")")
            return node
        if token.text == "[":
            what = "a list can only stand to the right of `in`"
            raise Fault(what, token.start, "write `x in [1, 2]`")
        raise self._unexpected("a value")

    def _named(self) -> Node:
        token = self.token
        if token.text in _CONSTANTS:
            self._advance()
            return Constant(_CONSTANTS[token.text])
        if token.text in WORDS:
            fix = f'a field of that name is field["{token.text}"]'
            if self._text[token.end : token.end + 1] == "(":
                fix = called(token.text, (), OPERATORS)
            raise Fault(f"{token.text!r} where a value belongs", token.start, fix)
        self._advance()
        if token.text == "field" and self._take("["):
            name = self._text_literal("the field's name in quotes")
            self._expect("]")
            return Field(str(name.value), exact=True, at=token.start)
        if self._take("("):
            return self._call(token)
        return Field(token.text, at=token.start)

    def _call(self, name: Token) -> Node:
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise Fault(
                f"unknown function {name.text!r}",
                name.start,
                called(name.text, tuple(FUNCTIONS), OPERATORS),
            )
        arguments: list[Node] = []
        while self.token.text != ")" or self.token.kind != "sign":
            if arguments:
                self._expect(",")
            arguments.append(self._any())
        self._advance()
        if not function.least <= len(arguments) <= function.most:
            many = "one value" if function.most == 1 else "at least one value"
            raise Fault(f"{name.text} takes {many}, not {len(arguments)}", name.start)
        return self._grown(Call(name.text, tuple(arguments)))

    def _options(self) -> Node:
        """Parse what stands to the right of `in`."""
        if not self._take("["):
            return self._sum()
        items: list[Scalar] = []
        while self.token.text != "]" or self.token.kind != "sign":
            if items:
                self._expect(",")
            at = self.token.start
            item = self._signed()
            if not isinstance(item, Constant) or isinstance(item.value, tuple):
                what = "a list holds numbers, texts, true and false only"
                raise Fault(what, at, "write texts in quotes")
            if item.value is None:
                raise Fault("nothing is equal to null", at, "leave it out")
            items.append(item.value)
        self._advance()
        return Constant(tuple(items))

    def _pattern(self) -> Bounded:
        token = self._text_literal("a regular expression in quotes")
        return pattern(token.text, token.start + 1)

    def _see_quotes(self, index: int) -> None:
        """Raise a Fault for a pattern without quotes: what it is made of are no words of ours."""
        found = re.compile(rf"\s*([^\s{re.escape(self._stops)}]+)").match(self._text, index)
        if found is None or found[1].startswith(("'", '"', *QUOTES)):
            return
        what = f"unexpected {found[1]!r} where a regular expression in quotes belongs"
        bare = re.fullmatch(r"/(.+)/", found[1])
        meant = bare[1] if bare else found[1]
        fix = "write it in quotes" if '"' in meant else f'write matches "{meant}"'
        raise Fault(what, found.start(1), fix)

    def _text_literal(self, wanted: str) -> Token:
        token = self.token
        if token.kind != "text":
            raise self._unexpected(wanted)
        self._advance()
        return token

    # ── tokens ────────────────────────────────────────────────────────────────────────────────────

    def _advance(self) -> None:
        self._before = self.token
        self.token = read_token(self._text, self.token.end, self._stops)

    def _take(self, *texts: str) -> str:
        """Use up the next token if it is one of these signs or words; return it, else ""."""
        token = self.token
        if token.text not in texts or token.kind not in ("sign", "name"):
            return ""
        self._advance()
        return token.text

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected(repr(sign))

    def _unexpected(self, wanted: str) -> Fault:
        token = self.token
        if token.kind == "stop":
            fix = "add it" if wanted in _CLOSING else ""
            return Fault(f"it ends where {wanted} belongs", token.start, fix)
        fix = self._advice(token)
        return Fault(f"unexpected {token.text!r} where {wanted} belongs", token.start, fix)

    def _advice(self, token: Token) -> str:
        """Return what to write instead of a token that cannot stand here."""
        if token.text == "not":
            word = read_token(self._text, token.end, self._stops).text
            known = word in _WORD_OPERATORS
            return f"write `not x {word} …`" if known else "write `not x exists`, or `not x == …`"
        before = self._before
        joined = before.end == token.start
        met = Met(token.kind, token.text, before.kind, before.text, joined)
        return unexpected(met, OPERATORS, UNITS)

    def _grown(self, node: Node) -> Node:
        """Return a new node, unless it makes the tree too deep."""
        depth = 1 + max((self._depths.get(id(child), 0) for child in children(node)), default=0)
        if depth > MAX_DEPTH:
            raise self._too_deep()
        self._depths[id(node)] = depth
        self._nodes.append(node)
        return node

    def _too_deep(self) -> Fault:
        what = f"nested more than {MAX_DEPTH} deep"
        return Fault(what, self.token.start, "split it over several rules")
