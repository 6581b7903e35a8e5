"""What the oracle says of timers within a line; tests/property holds the generated code to it."""

from typing import Any

import pytest

from logtrace.clock import MILLISECOND
from logtrace.mapping import ids
from logtrace.mapping.interpreted_children import children_of
from logtrace.mapping.nodes import Variable
from logtrace.mapping.rules import check
from logtrace.model import Span
from tests.support.mapping import FILE_KEY, NOON, source, when

PARENT = Span("shop", "op", "op", 7, 9, NOON, 10 * MILLISECOND)


def made(line: dict[str, Any], *children: dict[str, Any]) -> list[Span]:
    """Return the children that a line gives to `PARENT`."""
    checked = check(source(when(duration="10 ms", children=children)))

    def read(variable: Variable) -> Any:
        return line.get(variable.name)

    return children_of(checked.rules[0], read, PARENT, FILE_KEY, 300)


@pytest.mark.parametrize(
    ("keys", "extent"),
    [
        ({"duration": "{a} ms"}, (0, 4)),
        ({"duration": "{a} ms", "place": "start"}, (0, 4)),
        ({"duration": "{a} ms", "place": "end"}, (6, 4)),
        ({"duration": "{b} ms", "place": "end"}, (0, 10)),
        ({"duration": "{a} ms", "place": "offset", "offset": "{a} ms"}, (4, 4)),
        ({"duration": "{a} ms", "place": "offset", "offset": "{b} ms"}, (10, 0)),
        ({"duration": "{a} ms", "place": "offset", "offset": "{gone} ms"}, None),
        ({"duration": "{gone} ms"}, None),
        ({"duration": "{minus} ms"}, None),
        ({"duration": "{a} ms", "when": "a > 4"}, None),
        ({"duration": "{a} ms", "name": "{gone}"}, None),
    ],
)
def test_extent(keys: dict[str, Any], extent: tuple[int, int] | None) -> None:
    """A child lies where its place says, cut to its parent, and is left out where it says nothing."""
    spans = made({"a": 4, "b": 40, "minus": -1}, {"name": "c", **keys})

    expected = [] if extent is None else [extent]
    assert expected == [
        ((span.start - NOON) / MILLISECOND, span.duration / MILLISECOND) for span in spans
    ]


def test_each_element_is_a_child_with_an_id_of_its_own() -> None:
    """In turn, in the parent's trace and below it; what has no time is passed by, and keeps its id."""
    spans = made(
        {"t": "1, - : 2", "u": "a, b : c"},
        {"name": "{each.u}", "duration": "{each.t} ms", "each": {"t": "{t}", "u": "{u}"}},
        {"name": "last", "duration": "1 ms"},
    )

    assert [("a", 0, 1), ("c", 1, 2), ("last", 3, 1)] == [
        (span.name, (span.start - NOON) / MILLISECOND, span.duration / MILLISECOND)
        for span in spans
    ]
    assert [ids.derive(ids.seed(FILE_KEY, 0, ordinal), 300) for ordinal in (2, 4, 34)] == [
        span.span_id for span in spans
    ]
    assert {(7, 9, "shop")} == {(span.trace_id, span.parent_id, span.service) for span in spans}
