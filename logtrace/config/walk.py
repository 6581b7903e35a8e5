"""From a tree of YAML nodes to the sections of the model, by their shapes.

Called by `reader`. Collects every problem with the place and the path of its key, and goes on: a key
that cannot be read is left at its default, so that one run shows all that is wrong. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Environment
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from logtrace.config import scalars
from logtrace.config.environment import fill
from logtrace.config.keys import Section
from logtrace.config.nodes import Mapping, Node, Scalar, Sequence
from logtrace.config.page import in_quotes
from logtrace.config.scalars import Unreadable, is_nothing, shown
from logtrace.config.shape import ALIASES, Key, sections, shape
from logtrace.errors import Mark, Problem

_TEXTS = ("text", "path", "url")
_CONDITIONS = ("when", "start", "end", "event", "ignore", "reset", "error")


class Lack(Enum):
    """Why a key has no value."""

    FAILED = "failed"  # it is written, and wrong
    EMPTY = "empty"  # it holds a variable that is empty: as if it were not written


@dataclass(slots=True)
class Draft:
    """A section as it was read, before its keys are looked at together.

    Attributes:
        section: its class.
        path: of its key, such as `sources[0]`.
        mark: where it begins.
        values: what was read, by the key as written.
        marks: where each key stands that was written, readable or not.
        meant: keys that an unknown key seems to mean.
    """

    section: type[Section]
    path: str
    mark: Mark
    values: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    meant: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """Return whether the key was written, or seems to be meant."""
        return name in self.marks or name in self.meant

    def key(self, name: str) -> str:
        """Return the path of a key of this section."""
        return f"{self.path}.{name}" if self.path else name


Expand = Callable[[Mapping, str], Mapping]
Check = Callable[[Draft, Callable[..., None]], None]


class Walker:
    """Reads the files of one configuration.

    Attributes:
        problems: what was found.
        places: the path of the key by the place of its value, for problems that are found later.

    Args:
        env: the variables of the environment.
        before: for a class of sections: what to do to its node first.
        after: for a class of sections: checks of keys against one another.
    """

    def __init__(
        self,
        env: Environment[str, str],
        before: dict[type[Section], Expand],
        after: dict[type[Section], Check],
    ) -> None:
        self.problems: list[Problem] = []
        self.places: dict[Mark, str] = {}
        self._env, self._before, self._after = env, before, after

    def report(self, mark: Mark, path: str, what: str, fix: str = "") -> None:
        """Add a problem."""
        self.problems.append(Problem(mark, path, what, fix))

    def section(self, node: Node, section: type[Section], path: str) -> Any:
        """Return the section that `node` holds, or Lack.FAILED."""
        if isinstance(node, Scalar) and is_nothing(node.text, node.quoted):
            node = Mapping(node.mark, [])  # all of it is commented out
        if not isinstance(node, Mapping):
            return self._mistyped(node, path, *_expected(section, node))
        if section in self._before:
            node = self._before[section](node, path)
        self.places[node.mark] = path
        draft = self._draft(node, section, path)
        if section in self._after:
            self._after[section](draft, self.report)
        for key in shape(section).values():
            if key.required and not draft.has(key.name):
                advice = key.description[:1].lower() + key.description[1:].rstrip(".")
                self.report(draft.mark, draft.key(key.name), "missing", f"add it: {advice}")
        return _built(draft)

    def value(self, node: Node, key: Key, path: str) -> Any:
        """Return what `node` holds for `key`, or a Lack."""
        if key.reads == "section" and key.section:
            if key.bare and isinstance(node, Scalar) and not is_nothing(node.text, node.quoted):
                inner = shape(key.section)[key.bare]
                text = self._scalar(node, inner, path)
                return text if isinstance(text, Lack) else key.section(**{inner.field: text})
            return self.section(node, key.section, path)
        if key.reads == "sections":
            return self._sections(node, key, path)
        if key.reads == "list":
            return self._list(node, key, path)
        if key.reads == "table":
            return self._table(node, key, path)
        return self._scalar(node, key, path)

    def _draft(self, node: Mapping, section: type[Section], path: str) -> Draft:
        draft, keys = Draft(section, path, node.mark), shape(section)
        torn = any(isinstance(value, Scalar) and value.trouble for _, value in node.pairs)
        for name, mark, value in self._pairs(node, path):
            key = keys.get(name)
            if key is None:
                is_rest = torn and any(name.count(quote) % 2 for quote in "\"'")
                if not is_rest:  # of a value that YAML tore apart
                    self._unknown(name, mark, draft)
                continue
            read = self.value(value, key, draft.key(name))
            if read is not Lack.EMPTY:
                draft.marks[name] = mark
            if not isinstance(read, Lack):
                draft.values[name] = read
        return draft

    def _pairs(self, node: Mapping, path: str) -> list[tuple[str, Mark, Node]]:
        """Return name, place and value of each key, once."""
        pairs: dict[str, tuple[str, Mark, Node]] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar):
                self.report(
                    key.mark, path, "a key has to be a word", "see what stands before the ':'"
                )
                continue
            name = str(key.text)
            if name in pairs:
                first = pairs[name][1]
                where = f"line {first.line}" if first.file == key.mark.file else str(first)
                full = f"{path}.{name}".lstrip(".")
                self.report(key.mark, full, f"is written twice, first in {where}", "keep one")
                continue
            pairs[name] = (name, key.mark, value)
        return list(pairs.values())

    def _unknown(self, name: str, mark: Mark, draft: Draft) -> None:
        """Report a key that the section does not have."""
        known = list(shape(draft.section))
        is_alias = ALIASES.get(name) in known
        similar = ALIASES[name] if is_alias else scalars.suggestion(name, known)
        paths = [path for path, section in sections() if name in shape(section)]
        paths = [path for path in paths if not path.startswith("tests")]
        homes = [f"`{path}:`" if path else "the top level of the main file" for path in paths]
        if homes and not is_alias:
            fix = f"it belongs to {' or '.join(homes)}"
        elif similar:
            draft.meant.add(similar)
            fix = f"did you mean {similar!r}?"
        else:
            fix = f"known here: {', '.join(known)}"
        self.report(mark, draft.key(name), f"no such key as {shown(name)}", fix)

    def _scalar(self, node: Node, key: Key, path: str) -> Any:
        reads = key.item or key.reads
        if not isinstance(node, Scalar):
            is_condition = key.name in _CONDITIONS and isinstance(node, Sequence)
            fix = (
                "write one condition, with `and` or `or` between its parts" if is_condition else ""
            )
            return self._mistyped(node, path, f"expected {_wanted(key, reads)}", fix)
        if node.trouble is not None:
            node.trouble.reported = True
            self.report(node.trouble.mark, path, node.trouble.what, node.trouble.fix)
        self.places[node.mark] = path
        text, complaints = fill(node.text, self._env) if reads != "line" else (node.text, [])
        for mark, what, fix in complaints:
            self.report(mark, path, what, fix)
        if complaints:
            return Lack.FAILED
        filled = text is not node.text
        if filled and not text:
            return Lack.EMPTY
        quoted = node.quoted
        if filled:  # a variable holds text, and may stand for a number in quotes
            quoted = reads in _TEXTS
        try:
            return scalars.READERS[reads](text, quoted, key)
        except Unreadable as error:
            if node.trouble is None:
                self.report(node.mark, path, error.what, error.fix)
            return Lack.FAILED

    def _sections(self, node: Node, key: Key, path: str) -> Any:
        if isinstance(node, Scalar) and is_nothing(node.text, node.quoted):
            node = Sequence(node.mark, [])
        if not isinstance(node, Sequence) or key.section is None:
            fix = "put '- ' before its first key" if isinstance(node, Mapping) else ""
            return self._mistyped(node, path, "expected a list", fix)
        if key.required and not node.items:
            self.report(
                node.mark, path, "is empty", f"add one: {key.description.lower().rstrip('.')}"
            )
        self.places.setdefault(node.mark, path)
        items = [
            self.section(item, key.section, f"{path}[{index}]")
            for index, item in enumerate(node.items)
        ]
        return tuple(item for item in items if not isinstance(item, Lack))

    def _list(self, node: Node, key: Key, path: str) -> Any:
        nodes = node.items if isinstance(node, Sequence) else [node]
        if key.required and not nodes:
            self.report(node.mark, path, "is empty", "name at least one")
        read = [self._scalar(each, key, path) for each in nodes]
        return tuple(value for value in read if not isinstance(value, Lack))

    def _table(self, node: Node, key: Key, path: str) -> Any:
        if isinstance(node, Scalar) and is_nothing(node.text, node.quoted):
            return {}
        if not isinstance(node, Mapping):
            fix = "write it as {name: value}"
            return self._mistyped(node, path, f"expected a mapping of names to {key.item}s", fix)
        self.places[node.mark] = path
        table = {}
        for name, _, value in self._pairs(node, path):
            read = self._scalar(value, key, f"{path}.{name}")
            if not isinstance(read, Lack):
                table[name] = read
        return table

    def _mistyped(self, node: Node, path: str, wanted: str, fix: str = "") -> Lack:
        """Report a value of the wrong kind."""
        if isinstance(node, Scalar):
            nothing = is_nothing(node.text, node.quoted)
            self.report(
                node.mark, path, f"{wanted}, got {'nothing' if nothing else shown(node.text)}", fix
            )
            if node.trouble is not None:
                node.trouble.reported = True
        else:
            kind = "list" if isinstance(node, Sequence) else "mapping"
            if node.written and "text" in wanted and "texts" not in wanted:
                fix = in_quotes(node.written)
            self.report(node.mark, path, f"{wanted}, got a {kind}", fix)
        return Lack.FAILED


def _expected(section: type[Section], node: Node) -> tuple[str, str]:
    """Return what a section is, and how to write a lone value: most often that of its first key."""
    keys = list(shape(section))
    example = f"write keys, such as {{{keys[0]}: {node.text}}}" if isinstance(node, Scalar) else ""
    return f"expected a mapping ({', '.join(keys)})", example


def _wanted(key: Key, reads: str) -> str:
    """Return what kind of scalar a key wants, for a message."""
    if reads == "choice":
        return f"one of {', '.join(key.choices)}"
    return "a text" if reads in _TEXTS else "true or false" if reads == "flag" else f"a {reads}"


def _built(draft: Draft) -> Any:
    """Return the section of a draft, or Lack.FAILED if it lacks what the struct cannot be without."""
    values: dict[str, Any] = {}
    flat: dict[str, dict[str, Any]] = {}
    for key in shape(draft.section).values():
        if key.name not in draft.values:
            if key.needed:
                return Lack.FAILED
            continue
        into = flat.setdefault(key.inside, {}) if key.home else values
        into[key.field] = draft.values[key.name]
        if key.home:
            values[key.inside] = key.home(**into)
    if "mark" in draft.section.__struct_fields__:
        values["mark"] = draft.mark
    return draft.section(**values)
