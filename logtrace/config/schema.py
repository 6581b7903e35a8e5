"""The JSON Schema of a configuration, for editors, made from the same shapes that `walk` reads.

Called by `logtrace schema`; the shipped schema.json is its output, and a test holds the two equal. It
says what a single key may hold. What it cannot say (keys against one another, expressions) is left to
`logtrace check`. Pure.
"""

from __future__ import annotations

import json
from typing import Any

from logtrace.config.keys import Section
from logtrace.config.model import (
    FORMATS,
    READY_FORMATS,
    RULE_KINDS,
    Config,
    RuleConfig,
    SourceConfig,
)
from logtrace.config.scalars import DURATION, UNITS
from logtrace.config.shape import Key, shape

_VARIABLE = {"$ref": "#/$defs/Variable"}
_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
"""Decimal numbers, true and false are taken as text where text is wanted; see `scalars`."""


def json_schema() -> dict[str, Any]:
    """Return the schema as JSON values."""
    sections: dict[str, Any] = {
        "Variable": {"type": "string", "pattern": r"\$\{[A-Za-z_]\w*(:[-?][^}]*)?\}"}
    }
    root = _section(Config, sections)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "logtrace configuration",
        **root,
        "type": "object",
        "$defs": sections,
    }


def text() -> str:
    """Return the schema as it is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def duration_text(value: int) -> str:
    """Return nanoseconds as they are written in a configuration, in the largest unit that fits."""
    unit, size = next((unit, size) for unit, size in UNITS.items() if value % size == 0)
    return f"{value // size}{unit}"


def _section(section: type[Section], sections: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a section; those below it go into `sections`."""
    keys = shape(section).values()
    made: dict[str, Any] = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {key.name: _key(key, sections) for key in keys},
    }
    if required := [key.name for key in keys if key.required]:
        made["required"] = required
    if section is SourceConfig:  # a preset brings its own rules
        made["required"].remove("spans")
        made["if"] = {
            "properties": {
                "format": {"enum": [name for name in FORMATS if name not in READY_FORMATS]}
            }
        }
        made["then"] = {"required": ["spans"]}
    if section is RuleConfig:
        pairs = [[kind, "end"] if kind == "start" else [kind] for kind in RULE_KINDS]
        made["oneOf"] = [{"required": kind} for kind in pairs]
    return made


def _key(key: Key, sections: dict[str, Any]) -> dict[str, Any]:
    made = _value(key, sections) | {"description": key.description}
    if key.rules:
        made["description"] += f" Goes with {' or '.join(key.rules)}."
    if key.reads == "wait":
        made["default"] = "adaptive"
    elif key.reads == "duration":
        made["default"] = duration_text(key.default)
    elif isinstance(key.default, str | int):
        made["default"] = key.default
    return made


def _value(key: Key, sections: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what a key may hold."""
    if key.section is not None:
        name = key.section.__name__.removesuffix("Config")
        if name not in sections:
            sections[name] = {}  # keeps its place in the order of the model
            sections[name] = _section(key.section, sections)
        reference = {"$ref": f"#/$defs/{name}"}
        if key.reads == "sections":
            return {"type": "array", "items": reference} | ({"minItems": 1} if key.required else {})
        return {"anyOf": [reference, _TEXT]} if key.bare else {"allOf": [reference]}
    if key.reads == "list":
        return {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": int(key.required)}]}
    if key.reads == "table":
        item = {"type": "integer", "minimum": key.least} if key.item == "number" else _TEXT
        return {"type": ["object", "null"], "additionalProperties": item}
    return _scalar(key)


def _scalar(key: Key) -> dict[str, Any]:
    if key.reads == "choice":
        return {"anyOf": [{"enum": list(key.choices)}, _VARIABLE]}
    if key.reads == "flag":
        return {"anyOf": [{"type": "boolean"}, _VARIABLE]}
    if key.reads == "number":
        return {"anyOf": [{"type": "integer", "minimum": key.least}, _VARIABLE]}
    if key.reads == "share":
        return {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _VARIABLE]}
    if key.reads in ("duration", "wait"):
        duration = {"type": "string", "pattern": f"^{DURATION}$"}
        adaptive = [{"const": "adaptive"}] if key.reads == "wait" else []
        return {"anyOf": [*adaptive, duration, _VARIABLE]}
    if key.reads in ("length", "moment"):
        return {"type": ["integer", "string"]}
    if key.reads in ("url", "path"):
        return {"type": "string"}
    return _TEXT | ({"examples": list(FORMATS)} if key.name == "format" else {})
