"""docs/reference/formats.md is true: each example line gives the fields that its table shows."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logtrace import config
from logtrace.cli import root
from logtrace.config.model import FORMATS, READY_FORMATS
from logtrace.model import Mapped
from logtrace.parse.grok_names import NAMES
from logtrace.routes import build_route
from tests.support.lines import batch

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "formats.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = {name: text for name, text in SECTIONS.items() if "```log" in text}


def block(section: str, language: str) -> str:
    """Return the fenced block of that language."""
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def table(section: str) -> dict[str, Any]:
    """Return the fields that the section's table shows, with their values."""
    rows = re.findall(r"^\| `([\w.]+)` \| `(.*)` \|$", section, re.MULTILINE)
    return {field: json.loads(value) for field, value in rows}


def mapped(keys: str, lines: list[str], fields: list[str], directory: Path) -> Mapped:
    """Return what a group of all lines by the values of the fields makes of the lines."""
    tags = "".join(f'      t{number}: "{{{field}}}"\n' for number, field in enumerate(fields))
    rule = f"  - event: true\n    name: x\n    tags:\n{tags}"
    keys = "".join(f"  {line}\n" for line in keys.splitlines())
    text = f"sources:\n- path: /x\n{keys}  spans:\n{rule}"
    path = directory / "logtrace.yaml"
    path.write_text(text)
    loaded = config.load(path, {})
    route = build_route(loaded, loaded.sources[0])
    made = batch(*lines)
    made.source = "/x"
    return route.mapping.map(route.parser.parse(made))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_its_table_shows(name: str, tmp_path: Path) -> None:
    """Field by field, with its type."""
    section = EXAMPLES[name]
    expected = table(section)
    lines = block(section, "log").splitlines()

    halves = mapped(block(section, "yaml"), lines, list(expected), tmp_path).halves

    assert expected
    assert list(expected.values()) == list(halves[-1].values[: len(expected)])


def test_every_format_has_a_section() -> None:
    """And an example."""
    assert set(FORMATS) - set(READY_FORMATS) == set(EXAMPLES)
    assert all(f"`{name}`" in PAGE for name in READY_FORMATS)


def test_every_name_of_grok_is_listed() -> None:
    """In the table of names."""
    listed = re.findall(r"`([A-Z][A-Z0-9_]+)`", SECTIONS["grok"].partition("The names:")[2])
    assert sorted(NAMES) == sorted(listed)


def test_rows_of_csv_with_newlines_in_them(tmp_path: Path) -> None:
    """`multiline` as the page has it makes one record of each, also behind a header."""
    assert "`multiline: {start: timestamp}`" in SECTIONS["csv"]
    path = tmp_path / "logtrace.yaml"
    keys = "format: csv, multiline: {start: timestamp}"
    rule = "{when: true, name: x, instant: true, resource: '{note}'}"
    path.write_text(f"sources: [{{path: /x, {keys}, spans: [{rule}]}}]\n")
    log = tmp_path / "x.log"
    log.write_text('time,note\n2026-11-22T10:00:00Z,"two\nlines"\n2026-11-22T10:00:01Z,one\n')
    found = CliRunner().invoke(root, ["convert", "-c", str(path), str(log)])
    resources = [span["resource"] for trace in json.loads(found.stdout) for span in trace]
    assert ["two\nlines", "one"] == resources
