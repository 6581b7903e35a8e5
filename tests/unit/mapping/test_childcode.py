"""Child spans of timers within a line: where they lie, what they have, and when there is none."""

from typing import Any

import pytest

from logtrace.clock import MILLISECOND
from logtrace.config.model import Defaults
from logtrace.mapping import ids
from logtrace.mapping.compiler import compile_source
from logtrace.mapping.rules import check
from logtrace.model import MappedSpan, Span
from tests.support.mapping import FILE_KEY, NOON, FakeParser, read_time, rule, source, when

STARTED = NOON - 10 * MILLISECOND
"""Start of a span that ends at noon and took 10 ms."""


def made(line: dict[str, Any], *children: dict[str, Any], **keys: Any) -> MappedSpan:
    """Return the span of 10 ms that a line with these children is."""
    config = when(duration="10 ms", children=children, **keys)
    checked = check(source(config, defaults=Defaults(service="shop", env="prod")))
    parser = FakeParser(checked.fields)
    mapped = compile_source(checked, parser, read_time).map(parser.records([{"ts": 0, **line}]))
    [span] = mapped.spans + mapped.alone
    return span


def extents(span: MappedSpan) -> list[tuple[str, float, float]]:
    """Return name, milliseconds from the parent's start, and length of each child."""
    return [
        (child.name, (child.start - STARTED) / MILLISECOND, child.duration / MILLISECOND)
        for child in span.children
    ]


def child(name: str = "c", duration: str = "{a} ms", **keys: Any) -> dict[str, Any]:
    """Return a child as it is configured."""
    return {"name": name, "duration": duration, **keys}


@pytest.mark.parametrize(
    ("place", "begins"),
    [
        ({}, 0),
        ({"place": "start"}, 0),
        ({"place": "after-previous"}, 0),
        ({"place": "end"}, 6),
        ({"place": "offset", "offset": "{b} ms"}, 2),
        ({"place": "offset", "offset": "5 ms"}, 5),
    ],
)
def test_place_says_where_a_child_lies(place: dict[str, Any], begins: float) -> None:
    """At the parent's start or end, behind the child before it (the first: at the start), or later."""
    assert [("c", begins, 4)] == extents(made({"a": 4, "b": 2}, child(**place)))


@pytest.mark.parametrize(
    ("place", "extent"),
    [
        ({"place": "start"}, (0, 10)),
        ({"place": "end"}, (0, 10)),
        ({"place": "offset", "offset": "4 ms"}, (4, 6)),
        ({"place": "offset", "offset": "25 ms"}, (10, 0)),
    ],
)
def test_child_never_leaves_its_parent(place: dict[str, Any], extent: tuple[int, int]) -> None:
    """What is longer than the parent, or begins behind its end, is cut there."""
    assert [("c", *extent)] == extents(made({"a": 15}, child(**place)))


def test_children_follow_one_another() -> None:
    """Each begins where the one before it that is there ends; the last is cut at the parent's end."""
    span = made(
        {"a": 3, "b": -1, "c": 2, "d": 50},
        *(child(name, f"{{{name}}} ms") for name in "abcd"),
    )

    assert [("a", 0, 3), ("c", 3, 2), ("d", 5, 5)] == extents(span)


@pytest.mark.parametrize("value", [None, -1, "-1", "-", "", "x", float("nan"), True, [1]])
def test_timer_that_says_nothing_gives_no_child(value: Any) -> None:
    """Missing, negative (proxies write -1 for `not reached`), unreadable: the span is there without."""
    assert [] == extents(made({"a": value}, child()))


@pytest.mark.parametrize(
    "keys", [{"name": "{n}"}, {"place": "offset", "offset": "{n} ms"}, {"when": "n exists"}]
)
def test_child_needs_its_name_its_offset_and_its_condition(keys: dict[str, Any]) -> None:
    """Where one of these is missing, there is no child; the others are there."""
    span = made({"a": 1}, {**child(), **keys}, child("other"))

    assert [("other", 0, 1)] == extents(span)


def test_timer_of_zero_is_a_child_without_length() -> None:
    """A phase that took no time was there."""
    assert [("c", 0, 0)] == extents(made({"a": 0}, child()))


def test_child_has_what_every_span_has() -> None:
    """The parent's service and trace, and the tags of all spans; not the tags of its rule."""
    span = made(
        {"a": 1, "s": "billing", "t": "7"}, child(), service="{s}", trace_id="{t}", tags={"k": "v"}
    )

    [only] = span.children
    expected = Span(
        service="billing",
        name="c",
        resource="c",
        trace_id=7,
        span_id=ids.derive(ids.seed(FILE_KEY, 0, 2), 0),
        start=STARTED,
        duration=MILLISECOND,
        parent_id=span.span.span_id,
        meta={"env": "prod"},
    )
    assert expected == only


def test_child_has_its_own_parts() -> None:
    """All that a rule can say of its span but ids."""
    only = made(
        {"a": 1, "q": "SELECT 1", "rc": 2},
        child(
            "{q}",
            resource="{q}!",
            service="pg",
            type="sql",
            kind="client",
            error="rc > 1",
            tags={"q": "{q}"},
            metrics={"rc": "{rc}"},
        ),
    ).children[0]

    assert ("SELECT 1", "SELECT 1!", "pg", "sql", 1) == (
        only.name,
        only.resource,
        only.service,
        only.type,
        only.error,
    )
    assert {"env": "prod", "span.kind": "client", "q": "SELECT 1"} == only.meta
    assert {"rc": 2.0} == only.metrics


EACH = child(
    "try",
    "{each.time} s",
    each={"time": "{t}", "addr": "{u}"},
    resource="{each.addr}",
    tags={"at": "{each.index}"},
)


def test_list_gives_one_child_for_each_place() -> None:
    """Laid behind one another; elements of parallel lists and the place are at hand."""
    span = made({"t": "0.004, -, 0.001 : 0.002", "u": "a:1, b:2, c:3 : unix:/d"}, EACH)

    assert [("try", 0, 4), ("try", 4, 1), ("try", 5, 2)] == extents(span)
    assert [("a:1", "0"), ("c:3", "2"), ("unix:/d", "3")] == [
        (child.resource, child.meta["at"]) for child in span.children
    ]


def test_lists_may_be_of_different_length() -> None:
    """The longest counts; what a shorter one lacks is missing."""
    span = made({"t": [0.001, 0.002], "u": "a"}, EACH)

    assert ["a", "try"] == [child.resource for child in span.children]


def test_ids_depend_on_child_and_place_alone() -> None:
    """The same line read again gives the same ids, also of children behind one that is missing."""
    before, after = {**EACH}, child("last")
    full = made({"t": "0.001, 0.002", "a": 1}, before, after)
    partial = made({"t": "-, 0.002", "a": 1}, before, after)
    expected = [ids.derive(ids.seed(FILE_KEY, 0, ordinal), 0) for ordinal in (2, 3, 34)]

    assert expected == [child.span_id for child in full.children]
    assert expected[1:] == [child.span_id for child in partial.children]


def test_children_go_with_pairs_and_groups() -> None:
    """Their fields are those of the span's lines: of the end where it has them, or of the first."""
    for keys, names in (
        ({"start": 'e == "s"', "end": 'e == "f"'}, ["last", "only first"]),
        ({"group": "g"}, ["first", "only first"]),
    ):
        config = rule(
            name="op",
            children=[child("{n}", "1 s"), child("{m}", "{a} s", place="end")],
            **keys,  # type: ignore[arg-type]
        )
        checked = check(source(config))
        parser = FakeParser(checked.fields)
        mapping = compile_source(checked, parser, read_time)
        lines = [
            {"ts": 0, "e": "s", "n": "first", "m": "only first", "a": 2},
            {"ts": 5, "e": "f", "n": "last"},
        ]
        start, end = mapping.map(parser.records(lines)).halves
        half = mapping.half_rules[0]
        span = half.finish(start, end, half.identify(start), 0, start.time, end.time)

        assert isinstance(span, MappedSpan)
        assert names == [child.name for child in span.children]
        assert [(0, 1000), (3000, 2000)] == [
            ((child.start - NOON) / MILLISECOND, child.duration / MILLISECOND)
            for child in span.children
        ]
