"""The code of what the spans of rules and children have alike."""

from typing import Any

import pytest

from logtrace.mapping import ids
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.partscode import PartsCode, derive
from logtrace.mapping.rules import check
from logtrace.mapping.variables import RowVariables
from logtrace.mapping.writer import Writer
from logtrace.model import Span
from tests.support.mapping import FakeParser, source, when


def written(line: dict[str, Any], **keys: Any) -> tuple[Span, str]:
    """Return the span of a rule with these keys, its ids and times being 1 to 5, and the code."""
    checked = check(source(when(**keys)))
    writer, parser = Writer(), FakeParser(checked.fields)
    parts = checked.rules[0]
    code = PartsCode(writer, Conditions(writer, RowVariables(writer, parser)), parts, "here", 3)
    with writer.block("def made(r):"):
        name, _ = code.named()
        writer.line(f"return {code.made(name, writer.bind('shop'), '1, 2, 3, 4, 5')}")
    names = dict(writer.bound)
    exec(writer.source, names)
    return names["made"](parser.records([line]).rows[0]), writer.source


def test_absent_parts_have_their_defaults() -> None:
    """The service that is given, the name for the resource, no error, no tags."""
    assert Span("shop", "op", "op", 1, 2, 3, 4, 5) == written({})[0]


def test_every_part_is_read_from_the_line() -> None:
    """Text for tags, numbers for metrics, and nothing for what has no value."""
    span, _ = written(
        {"n": "query", "rc": 3},
        name="{n}",
        resource="{n}!",
        service="{gone}",
        type="db",
        error="rc > 0",
        tags={"n": "{n}", "gone": "{gone}"},
        metrics={"rc": "{rc}", "n": "{n}"},
    )

    expected = Span("shop", "query", "query!", 1, 2, 3, 4, 5, 1, "db", {"n": "query"}, {"rc": 3.0})
    assert expected == span


@pytest.mark.parametrize(("name", "may_lack"), [("op", False), ("{n}", True), ("a {n}", True)])
def test_only_a_name_without_fields_is_sure_to_be_there(name: str, may_lack: bool) -> None:
    """The caller says what happens to a span without a name."""
    checked = check(source(when(name=name)))
    writer, parser = Writer(), FakeParser(checked.fields)
    conditions = Conditions(writer, RowVariables(writer, parser))
    with writer.block("def made(r):"):
        named = PartsCode(writer, conditions, checked.rules[0], "here", 3).named()

    assert may_lack is named[1]


def test_comments_name_the_section() -> None:
    """By the path of its key and the line of the configuration."""
    assert "# here.error, line 3" in written({}, error="rc > 0")[1]


def derived(seed: int, offset: int) -> int:
    """Return the id that the code makes."""
    writer = Writer()
    derive(writer, "made", "seed", "offset")
    names = {"seed": seed, "offset": offset}
    exec(writer.source, names)
    return names["made"]


@pytest.mark.parametrize("file_key", [0, 1, 2**64 - 1])
@pytest.mark.parametrize("offset", [0, 1, 100, 2**40, 2**63])
def test_derived_ids_are_those_of_ids(file_key: int, offset: int) -> None:
    """The inline form gives what the function gives."""
    seed = ids.seed(file_key, 0, 0)

    assert ids.derive(seed, offset) == derived(seed, offset)


def test_a_derived_id_is_never_zero() -> None:
    """The one offset that would give it gives 1."""
    assert 1 == derived(0, 0)
