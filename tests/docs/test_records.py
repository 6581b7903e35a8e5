"""docs/reference/records.md is true: each example log gives the fields that its table shows."""

import json
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from logtrace import config
from logtrace.config.model import SourceConfig
from logtrace.model import HalfSpan
from logtrace.parse.envelopes import FIELDS
from logtrace.parse.multiline import CONTINUATIONS, STARTS
from logtrace.routes import build_route
from tests.support.lines import batch

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "records.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def block(section: str, language: str) -> str:
    """Return the fenced block of that language."""
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def last_record(keys: str, lines: list[str], fields: list[str], directory: Path) -> HalfSpan:
    """Return what a rule that reads the fields makes of the last record of the lines."""
    tags = "".join(f'      t{number}: "{{{field}}}"\n' for number, field in enumerate(fields))
    rule = f"  - event: true\n    name: x\n    tags:\n{tags}"
    source = "".join(f"  {line}\n" for line in keys.splitlines())
    path = directory / "logtrace.yaml"
    path.write_text(f"sources:\n- path: /x\n{source}  spans:\n{rule}")
    loaded = config.load(path, {})
    route = build_route(loaded, loaded.sources[0])
    assert route.joiner is not None
    records = [*route.joiner.take(batch(*lines)).records, *route.joiner.flush().records]
    halves = [half for each in records for half in route.mapping.map(each).halves]
    return max(halves, key=lambda half: half.number)


@pytest.mark.parametrize("name", SECTIONS)
def test_an_example_gives_what_its_table_shows(name: str, tmp_path: Path) -> None:
    """Field by field, with its type."""
    section = SECTIONS[name]
    rows = re.findall(r"^\| `([\w.]+)` \| `(.*)` \|$", section, re.MULTILINE)
    expected: dict[str, Any] = {field: json.loads(value) for field, value in rows}
    keys, lines = block(section, "yaml"), block(section, "log").splitlines()

    found = last_record(keys, lines, list(expected), tmp_path)

    assert expected
    assert list(expected.values()) == list(found.values[: len(expected)])


def test_every_envelope_has_a_section_that_names_its_fields() -> None:
    """And `multiline` names what is ready-made."""
    written = get_type_hints(SourceConfig)["unwrap"]
    envelopes = {name for part in get_args(written) for name in get_args(part)}
    assert set(FIELDS) == envelopes
    assert {*envelopes, "multiline"} == set(SECTIONS)
    for name, fields in FIELDS.items():
        assert [] == [field for field in fields if f"`{field}`" not in SECTIONS[name]]
    for name in (*STARTS, *CONTINUATIONS):
        assert f"`{name}`" in SECTIONS["multiline"]
