"""The tree of a YAML file: scalars, lists and mappings, each with its own place.

Called by `syntax` with the events of PyYAML's parser; read by `walk`. Scalars keep the text that is
written in the file, whatever YAML would make of it (`no`, `017`, `12:30`). A file that nests too deeply
or grows without bound through aliases is refused, so the tree is safe to walk. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from logtrace.config.model import Text
from logtrace.errors import Mark

MAX_DEPTH = 32
MAX_NODES = 200_000
"""Bounds of a file; the deepest configuration that means anything has seven levels."""


@dataclass(slots=True)
class Trouble:
    """Something that YAML reads otherwise than it was meant, found before its key was known."""

    mark: Mark
    what: str
    fix: str
    reported: bool = False


@dataclass(slots=True)
class Scalar:
    """A single value, as text. `quoted`: in quotes, as a block, or tagged `!!str`."""

    text: Text
    quoted: bool
    trouble: Trouble | None = None
    size: int = 1

    @property
    def mark(self) -> Mark:
        """Where its text begins."""
        return self.text.mark


@dataclass(slots=True)
class Sequence:
    """A list. `written`: its text in the file, if it is on one line in brackets."""

    mark: Mark
    items: list[Node]
    written: str = ""
    size: int = 1


@dataclass(slots=True)
class Mapping:
    """Keys and values in the order of the file; duplicates are still there."""

    mark: Mark
    pairs: list[tuple[Node, Node]]
    written: str = ""
    size: int = 1

    def get(self, name: str) -> Node | None:
        """Return the value of the first key called `name`, if there is one."""
        return next(
            (value for key, value in self.pairs if isinstance(key, Scalar) and key.text == name),
            None,
        )


Node = Scalar | Sequence | Mapping


class Refused(Exception):
    """The file is YAML, but of a kind that no configuration needs; carries place, what and fix."""

    def __init__(self, mark: Mark, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.mark, self.what, self.fix = mark, what, fix


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not closed yet, and what it holds so far."""

    event: Any
    children: list[Node] = field(default_factory=list)


class TreeBuilder:
    """Makes the tree of one file.

    Args:
        mark: gives the place of a line and column of the parser, both from 0.
        scalar: makes the node of a scalar event; second argument: whether it stands in brackets.
        written: gives the text in the file that an opening and a closing event enclose.
    """

    def __init__(
        self,
        mark: Callable[[int, int], Mark],
        scalar: Callable[[Any, bool], Scalar],
        written: Callable[[Any, Any], str],
    ) -> None:
        self._mark, self._scalar, self._written = mark, scalar, written
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._root: Node | None = None
        self._brackets = 0
        self._nodes = 0

    def build(self, events: Iterable[Any]) -> Node | None:
        """Return the root, or None for a file without content; raises Refused."""
        documents = 0
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event, self._brackets > 0), event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._enter(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._leave(event)
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._aliased(event), event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    fix = "remove the '---', or put the second part into conf.d/"
                    raise Refused(self._at(event), "a second document starts here", fix)
        return self._root

    def _at(self, event: Any) -> Mark:
        return self._mark(event.start_mark.line, event.start_mark.column)

    def _enter(self, event: Any) -> None:
        if len(self._open) == MAX_DEPTH:
            raise Refused(self._at(event), f"nested more than {MAX_DEPTH} levels deep")
        if event.anchor:
            self._anchors[event.anchor] = None  # known, but not to be used inside itself
        self._brackets += bool(event.flow_style)
        self._open.append(_Open(event))

    def _leave(self, end: Any) -> None:
        done = self._open.pop()
        written = ""
        if done.event.flow_style:
            self._brackets -= 1
            written = self._written(done.event, end)
        size = 1 + sum(child.size for child in done.children)
        mark = self._at(done.event)
        if isinstance(done.event, yaml.SequenceStartEvent):
            self._add(Sequence(mark, done.children, written, size), done.event)
        else:
            pairs = list(zip(done.children[::2], done.children[1::2], strict=True))
            self._add(Mapping(mark, _with_merged(pairs), written, size), done.event)

    def _aliased(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            fix = f"define &{event.anchor} before it; for a text that starts with '*' write quotes"
            raise Refused(self._at(event), f"*{event.anchor} is not defined", fix)
        node = self._anchors[event.anchor]
        if node is None:
            raise Refused(self._at(event), f"*{event.anchor} stands inside what it names")
        self._nodes += node.size
        return node

    def _add(self, node: Node, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            fix = "see which anchors are repeated" if self._anchors else ""
            raise Refused(self._at(event), f"holds more than {MAX_NODES} values", fix)
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = node
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node


def _with_merged(pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    """Return `pairs` with what merge keys (`<<`) bring in; keys that are written themselves win."""
    merges = [value for key, value in pairs if _is_merge(key)]
    if not merges:
        return pairs
    bases: list[Node] = []
    for value in merges:
        bases += value.items if isinstance(value, Sequence) else [value]
    if not all(isinstance(base, Mapping) for base in bases):
        mark = next(key.mark for key, _ in pairs if _is_merge(key))
        raise Refused(mark, "'<<' needs a mapping, or a list of mappings", "write <<: *name")
    kept = [pair for pair in pairs if not _is_merge(pair[0])]
    names = {key.text for key, _ in kept if isinstance(key, Scalar)}
    for base in bases:
        for key, value in base.pairs if isinstance(base, Mapping) else ():
            if isinstance(key, Scalar) and key.text not in names:
                names.add(key.text)
                kept.append((key, value))
    return kept


def _is_merge(key: Node) -> bool:
    return isinstance(key, Scalar) and key.text == "<<" and not key.quoted
