"""Makes sources, rules, records and a parser for tests of the mapping stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from logtrace.clock import SECOND
from logtrace.config.model import (
    ChildConfig,
    Defaults,
    ExtractConfig,
    RuleConfig,
    SourceConfig,
    Text,
    TimeConfig,
)
from logtrace.errors import Mark
from logtrace.model import LineBatch, Records

NOON = 1_795_348_800 * SECOND
"""2026-11-22 12:00:00 UTC, the time of a record that says `"ts": 0`."""

MARK = Mark("logtrace.yaml", 7, 5)

FILE_KEY = 0x0123456789ABCDEF


def text(value: str) -> Text:
    """Return a scalar of the configuration."""
    return Text(value, MARK)


def rule(**keys: Any) -> RuleConfig:
    """Return a rule; texts, dicts of them, and children may be plain."""
    made = _texts(keys)
    if isinstance(keys.get("extract"), str):
        made["extract"] = ExtractConfig(pattern=text(keys["extract"]))
    if "children" in keys:
        made["children"] = tuple(
            child if isinstance(child, ChildConfig) else ChildConfig(mark=MARK, **_texts(child))
            for child in keys["children"]
        )
    return RuleConfig(mark=MARK, **made)


def _texts(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a section with texts of the configuration instead of plain ones."""
    made = {}
    for key, value in keys.items():
        if isinstance(value, str) and key not in ("kind", "at", "place", "closes"):
            made[key] = text(value)
        elif isinstance(value, dict):
            made[key] = {name: text(template) for name, template in value.items()}
        else:
            made[key] = value
    return made


def when(condition: str = "true", **keys: Any) -> RuleConfig:
    """Return a rule that makes a span of each line, without a duration unless it is given."""
    timed = keys.keys() & {"duration", "from_", "instant"}
    return rule(**{"when": condition, "name": "op", **({} if timed else {"instant": True}), **keys})


def source(*rules: RuleConfig, **keys: Any) -> SourceConfig:
    """Return a source; its time field is `ts`."""
    texts = ("ignore", "reset", "scope")
    made = {key: text(value) if key in texts else value for key, value in keys.items()}
    made.setdefault("time", TimeConfig(field=text("ts")))
    made.setdefault("defaults", Defaults())
    return SourceConfig(mark=MARK, name="shop", format=text("json"), spans=rules, **made)


def read_time(value: Any) -> int | None:
    """Read a time as seconds from noon, given as an int; anything else cannot be read."""
    return NOON + value * SECOND if type(value) is int else None


class FakeParser:
    """Makes rows of dicts: structs, or tuples. It knows all names that it is given."""

    def __init__(
        self, names: Iterable[str], row: Literal["attribute", "item"] = "attribute"
    ) -> None:
        self.row = row
        self._slots = {name: place for place, name in enumerate(sorted(names))}
        fields = [(f"f{place}", Any, None) for place in self._slots.values()]
        self._struct = msgspec.defstruct("Row", fields)

    def slot(self, name: str) -> int | None:
        return self._slots.get(name)

    def parse(self, batch: LineBatch) -> Records:
        raise NotImplementedError

    def records(self, lines: Iterable[Mapping[str, Any]]) -> Records:
        """Return the records of a batch whose lines are 100 bytes long each."""
        rows = [self._made([line.get(name) for name in self._slots]) for line in lines]
        starts = [100 * index for index in range(len(rows) + 1)]
        batch = LineBatch("shop", "shop.log", FILE_KEY, b"", [b""] * len(rows), starts, first=1000)
        return Records(batch, rows, range(len(rows)), [])

    def _made(self, values: list[Any]) -> Any:
        return self._struct(*values) if self.row == "attribute" else tuple(values)
