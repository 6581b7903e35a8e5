"""config.example.yaml names every key, shows the true defaults, and loads."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from logtrace.config import load, read
from logtrace.config.model import Config, Section, TracesConfig
from logtrace.config.nodes import Mapping, Node, Scalar, Sequence
from logtrace.config.schema import json_schema
from logtrace.config.shape import Key, sections, shape
from logtrace.config.syntax import parse

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
COMMENTED = re.compile(r"^( +)# (\w+: )", re.MULTILINE)
"""A key that is shown in a comment because it has no default."""


def with_comments(text: str) -> str:
    """Return the example with the keys that stand in comments switched on."""
    return COMMENTED.sub(r"\1\2", text)


def written(node: Node, section: type[Section]) -> Iterator[tuple[type[Section], Key, Node]]:
    """Yield every key that is written, with its section and its value."""
    assert isinstance(node, Mapping)
    for name, value in node.pairs:
        assert isinstance(name, Scalar)
        key = shape(section)[name.text]
        yield key.home or section, key, value
        if key.section is not None and not (key.bare and isinstance(value, Scalar)):
            items = value.items if isinstance(value, Sequence) else [value]
            for item in items:
                if isinstance(item, Mapping):
                    yield from written(item, key.section)


@pytest.fixture(scope="module")
def keys() -> list[tuple[type[Section], Key, Node]]:
    """Every key of the example, those in comments too."""
    document = parse(with_comments(EXAMPLE.read_text()).encode(), "config.example.yaml")
    assert [] == document.problems
    assert document.root is not None
    return list(written(document.root, Config))


def test_it_loads_as_it_stands() -> None:
    """Nothing in it is a problem."""
    assert [] == read(EXAMPLE, {}).problems


def test_it_loads_with_everything_that_is_in_comments(tmp_path: Path) -> None:
    """The alternatives are right too."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(with_comments(EXAMPLE.read_text()))
    assert [] == read(path, {}).problems


def test_every_key_is_named(keys: list[tuple[type[Section], Key, Node]]) -> None:
    """In the section that it belongs to."""
    expected = {
        (section, key.name)
        for _, section in sections()
        for key in shape(section).values()
        if key.home is None
    }
    assert expected == {(section, key.name) for section, key, _ in keys}


def test_the_defaults_that_are_shown_are_the_true_ones(
    keys: list[tuple[type[Section], Key, Node]],
) -> None:
    """Each key that has a default is shown with it at least once, and not in a comment."""
    definitions = json_schema()["$defs"]
    active = EXAMPLE.read_text()
    for section, key, _ in keys:
        if key.default is None and key.reads != "wait":
            continue
        name = section.__name__.removesuffix("Config")
        shown = definitions.get(name, {}).get("properties", {}).get(key.name, {}).get("default")
        if shown is not None:
            text = f"{key.name}: {str(shown).lower()}"
            assert re.search(rf"^ +(- )?{re.escape(text)}\s+#", active, re.MULTILINE), text


def test_the_sections_with_defaults_only_change_nothing() -> None:
    """Loading the example gives the same limits as leaving them out; what it shows of `keep` aside."""
    config = load(EXAMPLE, {})
    traces = msgspec.structs.replace(config.traces, keep=())
    assert (TracesConfig(), Config().agent, Config().state, Config().defaults) == (
        traces,
        config.agent,
        config.state,
        config.defaults,
    )


def test_every_line_with_a_key_of_a_default_has_its_sentence() -> None:
    """Each key of `traces:` says what it is for."""
    block = EXAMPLE.read_text().partition("\ntraces:\n")[2].partition("\n\n")[0]
    assert all("#" in line for line in block.splitlines())


def test_the_first_line_leads_an_editor_to_the_schema() -> None:
    """By a path beside the file."""
    first = EXAMPLE.read_text().partition("\n")[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (EXAMPLE.parent / schema).is_file()
