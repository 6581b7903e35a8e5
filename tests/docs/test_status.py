"""docs/reference/status.md names every field of both documents, and no other."""

import re
from pathlib import Path

import msgspec
import pytest

from logtrace.admin import document, ledger

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "status.md").read_text()


@pytest.mark.parametrize(
    ("heading", "struct"),
    [
        ("## The document", document.Status),
        ("### config", document.ConfigStatus),
        ("### pipeline", document.PipelineStatus),
        ("### sources", document.SourceStatus),
        ("### files", document.FileStatus),
        ("### shipper", document.ShipperStatus),
        ("### agent", document.AgentStatus),
        ("### counters", document.CounterStatus),
        ("### events", document.EventStatus),
        ("## The ledger", ledger.LedgerStatus),
        ("Of each file:", ledger.LedgerFile),
    ],
)
def test_every_field_is_documented(heading: str, struct: type[msgspec.Struct]) -> None:
    """In the order in which it comes."""
    table = PAGE.partition(f"\n{heading}\n")[2].partition("\n| field |")[2].partition("\n\n")[0]
    assert list(struct.__struct_fields__) == re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_what_a_file_can_be_is_documented() -> None:
    """The words in `longest_waits` too."""
    for field in document.WaitStatus.__struct_fields__:
        assert f"`{field}`" in PAGE
