"""What keys a section has and how each is read, taken from the annotations of `config.model`.

Called by `walk` (to read), `checks` (which keys go together), `schema` (the JSON Schema) and the test of
config.example.yaml: nobody else knows a list of keys. Pure; a shape is made once per section class.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from logtrace.config.keys import Section
from logtrace.config.model import Config

ALIASES = {
    **dict.fromkeys(("rules", "span"), "spans"),
    **dict.fromkeys(("stop", "finish"), "end"),
    **dict.fromkeys(("file", "files", "paths", "glob"), "path"),
    **dict.fromkeys(("if", "match", "condition"), "when"),
    **dict.fromkeys(("tz", "timezone"), "zone"),
    **dict.fromkeys(("labels", "attributes", "meta"), "tags"),
    **dict.fromkeys(("parser", "preset"), "format"),
    "regex": "pattern",
    "source": "sources",
}
"""What others call a key, where that is not near to its name."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section.

    Attributes:
        name: the key as it is written in YAML.
        field: the attribute of the section's struct.
        reads: what its value is: text, choice, flag, number, share, duration, wait, path, url, line,
            length, moment, list, table, section or sections.
        description: a sentence for people.
        item: what the items of a list or table are: text, path, line or number.
        choices: the values that a choice may have.
        section: the class of a section, or of each of several.
        default: what the model holds when the key is absent.
        required: whether the key must be there.
        needed: whether the struct cannot be made without it.
        least: the smallest number, or the shortest duration in nanoseconds.
        rules: the kinds of rule it goes with; empty: all.
        bare: the key of its section that a lone scalar stands for, or "".
        empty: whether an empty text means something.
        inside: the struct's field whose section has this key, where its keys are written flat;
        home: the class of that section.
    """

    name: str
    field: str
    reads: str
    description: str
    item: str = ""
    choices: tuple[str, ...] = ()
    section: type[Section] | None = None
    default: Any = None
    required: bool = False
    needed: bool = False
    least: int = 0
    rules: tuple[str, ...] = ()
    bare: str = ""
    empty: bool = False
    inside: str = ""
    home: type[Section] | None = None


@cache
def shape(section: type[Section]) -> Mapping[str, Key]:
    """Return the keys of `section` by their YAML names, in the order of the model."""
    hints = get_type_hints(section, include_extras=True)
    keys: dict[str, Key] = {}
    for field in msgspec.structs.fields(section):
        if get_origin(hints[field.name]) is not Annotated:
            continue  # `mark`: known from where the section stands, never written
        inner, meta = get_args(hints[field.name])
        extra: dict[str, Any] = dict(meta.extra or {})
        if extra.pop("flat", False):
            home = _bare_type(inner)
            for name, key in shape(home).items():
                keys[name] = replace(key, inside=field.name, home=home)
            continue
        name = extra.pop("name", field.name)
        extra.setdefault("required", field.required)
        read = _reads(_bare_type(inner), extra.pop("reads", ""))
        keys[name] = Key(
            name=name,
            field=field.name,
            needed=field.required,
            description=meta.description,
            default=None if field.default is msgspec.NODEFAULT else field.default,
            **(read | extra),
        )
    return keys


def sections() -> Iterator[tuple[str, type[Section]]]:
    """Yield every section that can be written, with where it stands: `sources[].spans[]`."""

    def below(path: str, section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
        yield path, section
        for key in shape(section).values():
            if key.section is not None:
                several = "[]" if key.reads == "sections" else ""
                yield from below(f"{path}.{key.name}{several}".lstrip("."), key.section)

    return below("", Config)


def _bare_type(hint: Any) -> Any:
    """Return `X` of `X | None`."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(part for part in get_args(hint) if part is not types.NoneType)
    return hint


def _reads(hint: Any, hinted: str) -> dict[str, Any]:
    """Return how a value of this type is read, as keyword arguments of `Key`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"reads": "choice", "choices": arguments}
    if origin is dict:
        return {"reads": "table", "item": "number" if arguments[1] is int else "text"}
    if origin is tuple:
        if issubclass(arguments[0], Section):
            return {"reads": "sections", "section": arguments[0]}
        return {"reads": "list", "item": hinted or "text"}
    if issubclass(hint, Section):
        return {"reads": "section", "section": hint}
    return {"reads": hinted or {bool: "flag", int: "number", float: "share"}.get(hint, "text")}
