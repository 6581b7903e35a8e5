"""Nested fields, metrics, contexts, and what is remembered."""

from typing import Any

import pytest

from logtrace.mapping import ids, runtime
from logtrace.model import Reject

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"b": 1}, "b", 1),
        ({"b": {"c": 1}}, "b.c", 1),
        ({"b.c": 2, "b": {"c": 1}}, "b.c", 2),
        ({"b": {"c": None}}, "b.c", None),
        ({"b": 5}, "b.c", None),
        (None, "b", None),
        ([{"b": 1}], "b", None),
    ],
)
def test_dig_takes_the_flat_key_first(value: Any, path: str, expected: object) -> None:
    """A dotted path is one key if there is one, else a way through dicts; anything else is null."""
    assert expected == runtime.dig(value, path)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1.0), ("2.5", 2.5), (True, None), ("x", None), (float("inf"), None), (10**400, None)],
)
def test_metric_is_a_finite_float(value: Any, expected: float | None) -> None:
    """Only finite numbers and texts that read as such are metrics."""
    assert expected == runtime.metric(value)


def test_bad_time_says_why() -> None:
    """Absent, unreadable and out of range are three reasons."""
    reasons = [runtime.bad_time(None, None), runtime.bad_time("x", None), runtime.bad_time(5, 5)]

    assert reasons == [Reject.NO_TIME, Reject.BAD_TIME, Reject.TIME_OUT_OF_RANGE]


@pytest.mark.parametrize(
    ("value", "caller"),
    [
        (f"00-{TRACE}-{CALLER}-01", int(CALLER, 16)),
        (f"{TRACE}-00f067aa0ba902b7-1-{CALLER}", int(CALLER, 16)),
        (f"{TRACE}:{CALLER}:0:1", 0),
        (TRACE, 0),
        (CALLER, 0),
        ("123456789", 0),
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", 0),
        ("{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}", 0),
        ("job-17/a", 0),
    ],
)
def test_only_a_whole_context_names_a_caller(value: str, caller: int) -> None:
    """An id that merely looks composed calls nobody; the trace id is the same as ever."""
    trace = ids.trace_id(value)

    assert trace is not None
    assert (*trace, caller) == runtime.context(value)


def test_context_without_a_trace_id_is_none() -> None:
    """What names no trace names no caller either."""
    assert runtime.context("-") is None


def test_memory_is_bounded() -> None:
    """Long texts and other types are not remembered, and many short ones not for ever."""
    memory = runtime.Memory(lambda value: (value,))
    for value in (*map(str, range(10_000)), "x" * 1000, 5, None):
        memory.find(value)

    assert 0 < len(memory.known) <= 4096
    assert all(len(text) < 1000 for text in memory.known)
    assert ("9999",) == memory.known["9999"]


def test_seeds_are_those_of_ids() -> None:
    """A rule's span seed is at twice its index, its trace seed behind it; files are forgotten."""
    seeds = runtime.Seeds((0, 2))

    assert seeds.of(7) == tuple(ids.seed(7, rule, part) for rule in (0, 1) for part in (0, 1))
    assert len({seeds.of(key) for key in range(3000)}) == 3000


def test_children_have_seeds_of_their_own() -> None:
    """By file and rule, behind those of the rule's span and trace; files are forgotten."""
    seeds = runtime.Seeds((0, 2))

    assert () == seeds.of_children(7, 0)
    assert (ids.seed(7, 1, 2), ids.seed(7, 1, 3)) == seeds.of_children(7, 1)
    assert len({seeds.of_children(key, 1) for key in range(3000)}) == 3000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("0.004, 0.120 : 0.003", ["0.004", "0.120", "0.003"]),
        ("0.1,-, , 0.2", ["0.1", None, None, "0.2"]),
        ("10.0.0.1:80, [::1]:8080 : unix:/tmp/s", ["10.0.0.1:80", "[::1]:8080", "unix:/tmp/s"]),
        ("-", [None]),
        (0.25, [0.25]),
        ([1, "-", None, ["x"]], [1, None, None, ["x"]]),
        (",".join("5" * 100), ["5"] * 32),
        ([5] * 100, [5] * 32),
    ],
)
def test_elements_of_a_list(value: Any, expected: list[Any]) -> None:
    """Text as proxies write lists, lists of JSON, and single values; at most 32, none where `-`."""
    assert expected == runtime.elements(value)
