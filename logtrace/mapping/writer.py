"""Writes Python: lines, blocks, and names for values that the configuration gives.

Used by the modules that generate code. Two promises are kept here. No text of a configuration becomes
part of the source: it is *bound* to a name, and every name is made here or is one of ours. And a
variable that is loaded in a block is known in that block and those within it, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from logtrace.mapping.nodes import Extracted, Variable

_SCALARS = (str, int, float, bool)


class Writer:
    """A source text that grows.

    Attributes:
        bound: the values of the names that the source uses: the globals it is run with.
    """

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}
        self._lines: list[str] = []
        self._depth = 0
        self._constants: dict[tuple[type, str], str] = {}
        self._scopes: list[dict[Variable, str]] = []
        self._counts: dict[str, int] = {}

    @property
    def source(self) -> str:
        """The text."""
        return "\n".join(self._lines) + "\n"

    def line(self, text: str = "") -> None:
        """Write a line."""
        self._lines.append("    " * self._depth + text if text else "")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write `head` and, further in, what is written meanwhile."""
        self.line(head)
        self._depth += 1
        self._scopes.append({})
        yield
        self._scopes.pop()
        self._depth -= 1

    # ── names ─────────────────────────────────────────────────────────────────────────────────────

    def name(self, prefix: str) -> str:
        """Return a name that is not used yet."""
        number = self._counts.get(prefix, 0)
        self._counts[prefix] = number + 1
        return f"{prefix}{number}"

    def bind(self, value: Any, prefix: str = "k") -> str:
        """Return a name for a value of the configuration; equal scalars share one."""
        if value is None or value.__class__ is bool:
            return str(value)
        if value.__class__ not in _SCALARS:
            name = self.name(prefix)
        else:
            # By their text: 1 and 1.0, and 0.0 and -0.0, are equal but not the same constant.
            name = self._constants.setdefault(
                (value.__class__, repr(value)), f"c{len(self._constants)}"
            )
        self.bound[name] = value
        return name

    def use(self, **ours: Any) -> None:
        """Give values of our own the names that the source uses for them."""
        self.bound.update(ours)

    # ── variables of the log ──────────────────────────────────────────────────────────────────────

    def known(self, variable: Variable) -> str | None:
        """Return the name that holds a variable here, if one does."""
        for scope in reversed(self._scopes):
            if variable in scope:
                return scope[variable]
        return None

    def know(self, variable: Variable, name: str) -> None:
        """Note that from here on, to the end of the block, `name` holds a variable."""
        self._scopes[-1][variable] = name

    def forget_extracted(self) -> None:
        """Forget the groups that were extracted in this block: they belong to one rule only."""
        scope = self._scopes[-1]
        for variable in [known for known in scope if isinstance(known, Extracted)]:
            del scope[variable]
