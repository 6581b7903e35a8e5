"""Whether the Agent's scanner of SQL gets to the end of a text.

Called by `strict`, and like that it shares no code with `ship`: character by character, as the Agent
does it. What it cannot read it replaces by `UNREADABLE`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

UNREADABLE = "Non-parsable SQL query"

_SIGNS = frozenset("~?=,;()+*&|^<>[].-/%#")


def readable(text: str) -> bool:
    """Return whether a text can be read with a backslash as an escape in literals, or as itself."""
    return any(_Scanner(text, escapes).run() for escapes in (True, False))


class _Unreadable(Exception):
    """The scanner fails."""


class _Scanner:
    def __init__(self, text: str, escapes: bool) -> None:
        self._text, self._escapes = text, escapes
        self._at = 0
        self._braces = 0

    def run(self) -> bool:
        """Return whether the end is reached."""
        try:
            while self._at < len(self._text):
                self._token(self._next())
        except _Unreadable:
            return False
        return True

    @property
    def _char(self) -> str:
        """The character that comes next, "" at the end."""
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1 : self._at]

    def _need(self, holds: bool) -> None:
        if not holds:
            raise _Unreadable

    def _past(self, end: str) -> None:
        """Go behind the next `end`, which must be there."""
        found = self._text.find(end, self._at)
        self._need(found >= 0)
        self._at = found + len(end)

    def _line(self) -> None:
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end + 1

    def _token(self, char: str) -> None:
        if _leads(char):
            self._skip(lambda: _is_letter(self._char) or self._char in ".*")
        elif _is_digit(char):
            self._at -= 1
            self._number()
        elif char in "'\"`":
            self._literal(char)
        elif char in "{}":
            self._brace(char)
        elif char in "$:!%":
            {"$": self._dollar, ":": self._colon, "!": self._not, "%": self._percent}[char]()
        elif char in _SIGNS:
            self._sign(char)
        else:
            self._need(char.isspace())

    def _skip(self, wanted: Callable[[], bool]) -> None:
        while self._char and (wanted() or _is_digit(self._char)):
            self._at += 1

    def _digits(self, allowed: str = "0123456789") -> None:
        while self._char and self._char in allowed:
            self._at += 1

    def _number(self) -> None:
        decimal = True
        if self._char == "0":
            self._at += 1
            if self._char and self._char in "xX":
                self._at += 1
                self._digits("0123456789abcdefABCDEF")
                return
            self._digits("01234567")
            octal = not (self._char and self._char in "89")
            self._digits()
            decimal = self._char != "" and self._char in ".eE"
            self._need(octal or decimal)
        else:
            self._digits()
        if decimal:
            if self._char == ".":
                self._at += 1
                self._digits()
            self._exponent()

    def _exponent(self) -> None:
        if self._char and self._char in "eE":
            self._at += 1
            if self._char and self._char in "+-":
                self._at += 1
            self._digits()

    def _literal(self, quote: str) -> str:
        """Go to the end of a literal whose quote is passed already; return what is in it."""
        content: list[str] = []
        while True:
            char = self._next()
            if char == quote:
                if self._char != quote:
                    return "".join(content)
                self._at += 1
            elif char == "\\" and self._escapes:
                char = self._next()
            self._need(char != "")
            content.append(char)

    def _brace(self, char: str) -> None:
        if char == "}":
            self._need(self._braces > 0)
            self._braces -= 1
        elif self._at == 1 or self._braces:
            self._braces += 1
        else:
            self._past("}")

    def _dollar(self) -> None:
        if not _is_digit(self._char):
            tag = self._literal("$")
            self._past(f"${tag}$" if tag.strip() else "$$")

    def _colon(self) -> None:
        if self._char == ":":
            self._at += 1
        elif not self._char.isspace() and self._char != "=":
            self._need(_is_letter(self._char) or _is_digit(self._char))
            self._skip(lambda: _is_letter(self._char) or self._char == ".")

    def _not(self) -> None:
        char = self._char
        if char and char in "=~":
            self._at += 1
        else:
            self._need(
                _is_letter(char) or _is_digit(char) or char.isspace() or char in tuple("(`'\"+-")
            )

    def _percent(self) -> None:
        if self._char == "(":
            self._past(")")
            self._need(_is_letter(self._char))
        if _is_letter(self._char):
            self._at += 1

    def _sign(self, char: str) -> None:
        if char == "/" and self._char == "*":
            self._at += 1
            self._past("*/")
        elif char in "/-" and self._char == char:
            self._line()
        elif char == "#":
            self._at += 1
            self._line()
        elif char == "." and _is_digit(self._char):
            self._digits()
            self._exponent()


def _leads(char: str) -> bool:
    return char.isalpha() or char in ("_", "@")


def _is_letter(char: str) -> bool:
    return _leads(char) or char == "#"


def _is_digit(char: str) -> bool:
    return char != "" and char in "0123456789"
