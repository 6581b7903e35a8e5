"""Ready-made sources: a format, a pattern and rules, as YAML files without code.

Called by `reader` when a source's `format:` names one, and by `logtrace presets`. A preset holds the
keys of a source; what the source itself says wins. Beside them it holds `tests:` of its own, of which a
source gets nothing. Reads the files that are shipped in `parse/presets`.
"""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile
from pathlib import Path

from logtrace.config.keys import Text
from logtrace.config.nodes import Mapping, Node, Scalar, Sequence
from logtrace.config.syntax import parse
from logtrace.errors import Mark

SHIPPED = Path(__file__).parents[1] / "parse" / "presets"
"""The directory of the shipped presets."""

_DIRECTIVE = re.compile(r"#\w")


def names(directory: Path = SHIPPED) -> list[str]:
    """Return the names of all presets, sorted."""
    return sorted(file.stem for file in directory.glob("*.yaml"))


def content(name: str, directory: Path = SHIPPED) -> bytes:
    """Return the YAML of one of `names`."""
    return (directory / f"{name}.yaml").read_bytes()


def summary(name: str, directory: Path = SHIPPED) -> str:
    """Return what the preset's first line, a comment, says of it."""
    first = content(name, directory).decode().partition("\n")[0]
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""


def example(name: str, directory: Path = SHIPPED) -> list[str]:
    """Return the lines of one record of the preset's first test; none where it has no test.

    Lines that say what the columns are (`#Fields:`) are no record. A record whose first line begins
    with `#` goes on as slow query logs do: such lines, then others.
    """
    root = parse(content(name, directory), name).root
    tests = root.get("tests") if isinstance(root, Mapping) else None
    test = tests.items[0] if isinstance(tests, Sequence) and tests.items else None
    found = test.get("lines") if isinstance(test, Mapping) else None
    nodes = found.items if isinstance(found, Sequence) else [found]
    records = [str(node.text).split("\n") for node in nodes if isinstance(node, Scalar)]
    if isinstance(found, Scalar):
        records = [[line] for line in records[0]]
    records = list(dropwhile(lambda lines: _DIRECTIVE.match(lines[0]), records))
    if not records or not records[0][0].startswith("#"):
        return records[0] if records else []
    lines = [line for record in records for line in record]
    head = list(takewhile(lambda line: line.startswith("#"), lines))
    rest = takewhile(lambda line: not line.startswith("#"), lines[len(head) :])
    return [*head, *rest]


def source_of(root: Mapping) -> Mapping:
    """Return a preset without its tests: what a source gets of it."""
    return Mapping(root.mark, [pair for pair in root.pairs if _name(pair[0]) != "tests"])


def configuration(root: Mapping, name: str) -> Mapping:
    """Return the preset `name`, whose file holds `root`, as a configuration with just its source."""
    keys = {"name": name, "path": f"/{name}", "format": name}
    pairs: list[tuple[Node, Node]] = [
        (_scalar(key, root.mark), _scalar(value, root.mark)) for key, value in keys.items()
    ]
    source = Sequence(root.mark, [Mapping(root.mark, pairs)])
    tests = [pair for pair in root.pairs if _name(pair[0]) == "tests"]
    return Mapping(root.mark, [(_scalar("sources", root.mark), source), *tests])


def _scalar(text: str, mark: Mark) -> Scalar:
    return Scalar(Text(text, mark, plain=False), quoted=True)


def _name(key: Node) -> str:
    return str(key.text) if isinstance(key, Scalar) else ""


def merged(preset: Mapping, source: Mapping, within: bool = False) -> Mapping:
    """Return the keys of `source` over those of `preset`.

    A mapping (`time`, `tags`) merges key by key; everything else of the source replaces what the
    preset has. The preset's `format` replaces the source's, which only named the preset, but not
    `within` a mapping: that of `time` is another one.
    """
    below: dict[str, Node] = {
        key.text: value for key, value in preset.pairs if isinstance(key, Scalar)
    }
    pairs: list[tuple[Node, Node]] = []
    written = set()
    for key, value in source.pairs:
        name = key.text if isinstance(key, Scalar) else ""
        written.add(name)
        base = below.get(name) if name else None
        if name == "format" and base is not None and not within:
            value = base
        elif isinstance(base, Mapping) and isinstance(value, Mapping):
            value = merged(base, value, within=True)
        pairs.append((key, value))
    pairs += [
        (key, value)
        for key, value in preset.pairs
        if not (isinstance(key, Scalar) and key.text in written)
    ]
    return Mapping(source.mark, pairs)
