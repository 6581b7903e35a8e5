"""The generated code and the interpreter agree on every line, whatever rules and lines there are."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import Defaults, RuleConfig, SourceConfig, TimeConfig
from logtrace.errors import ConfigError
from logtrace.mapping.compiler import compile_source
from logtrace.mapping.interpreter import Interpreter
from logtrace.mapping.operators import FUNCTIONS
from logtrace.mapping.rules import check
from logtrace.mapping.templates import TEXT_FILTERS
from logtrace.model import Mapped, Reject, Role
from tests.support.mapping import FakeParser, read_time, rule, source, text

pytestmark = pytest.mark.fuzz

NAMES = ("a", "b", "c", "user", "user.id", "user.id.x", "odd-name", "message")

# ── lines ─────────────────────────────────────────────────────────────────────────────────────────

TRACES = (
    "0af7651916cd43dd8448eb211c80319c",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1-00f067aa0ba902b7",
)
TEXTS = st.one_of(
    st.sampled_from(
        (
            *("", "0", "1", "500", " 5", "-1.5e3", "1e999", "9" * 70, "1.5s", "12", "true", "null"),
            *("-", "GET", "job x", "١٢", "x\ud800", "{a}", "straße", "\x00\n", "b7ad6b7169203331"),
            *("GET k 'v", "/a/7?b=c#d", "http://u:p@h/7", "SELECT 'a', -1 FROM \"t\""),
            *TRACES,
        )
    ),
    st.text(max_size=6),
)
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([499, 500, 501, 2**62, 2**63, 2**64, -(2**127), 2**127, 10**400, 10**5000]),
    st.sampled_from([0.0, -0.0, 0.5, 500.0, 1e300, -1e-300, float("inf"), float("nan")]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(st.sampled_from(["id", "x", "id.x"]), SCALARS, max_size=2),
    st.fixed_dictionaries({"id": st.dictionaries(st.just("x"), SCALARS)}),
)
TIMES = st.sampled_from([*range(20), None, "x", 2**80, -(10**12)])
IDS = st.sampled_from(["a1", "b7ad6b7169203331", 7, 2**64 + 5, *TRACES, *TRACES, "-", None, 1.5])
LINES = st.lists(
    st.fixed_dictionaries(
        {"ts": TIMES, "to": TIMES, "id": IDS, "name": st.sampled_from(["op", "job", "", None])}
        | {name: VALUES for name in NAMES},
        optional={"time": TIMES},
    ),
    min_size=1,
    max_size=8,
)

# ── expressions ───────────────────────────────────────────────────────────────────────────────────

FIELDS = st.sampled_from(
    ["a", "b", "c", "user.id", "user.id.x", 'field["odd-name"]', "g", "message"]
)
LITERALS = st.sampled_from(
    ["0", "1", "500", "1.5", "250ms", "-1", '""', '"GET"', '"500"', '"1e0"', "true", "false", '"x"']
)
PATTERNS = st.sampled_from(['"^G"', r'"\d+"', '"(?i)get"', '"x*$"'])


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    word = st.sampled_from(["in", "startswith", "endswith", "contains"])
    sign = st.sampled_from(["+", "-", "*", "/", "%"])
    items = st.lists(LITERALS, max_size=3).map(", ".join)
    one = st.sampled_from([name for name, function in FUNCTIONS.items() if function.least == 1])
    return st.one_of(
        st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(
            "({0[0]} {0[1]} {0[2]})".format
        ),
        st.tuples(parts, operator, parts).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(parts, word, parts).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(parts, sign, parts).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(parts, items).map("({0[0]} in [{0[1]}])".format),
        st.tuples(parts, PATTERNS).map("({0[0]} matches {0[1]})".format),
        st.tuples(one, parts).map("{0[0]}({0[1]})".format),
        st.tuples(parts, parts).map("coalesce({0[0]}, {0[1]})".format),
        parts.map("(not {})".format),
        parts.map("(-{})".format),
        FIELDS.map("({} exists)".format),
    )


EXPRESSIONS = st.recursive(st.one_of(FIELDS, FIELDS, LITERALS), _grown, max_leaves=6)
CONDITIONS = st.one_of(
    st.just("true"),
    st.just("user exists"),
    EXPRESSIONS,
    st.tuples(FIELDS, EXPRESSIONS).map(" and ".join),
)
SLOTS = st.one_of(FIELDS, EXPRESSIONS).map("{{{}}}".format)
TEMPLATES = st.one_of(
    SLOTS,
    SLOTS.map("{} ms".format),
    st.tuples(SLOTS, SLOTS).map(" / ".join),
    st.tuples(FIELDS, st.sampled_from(TEXT_FILTERS)).map("{{{0[0]} | {0[1]}}}".format),
)
TEXT_TEMPLATES = st.one_of(st.just("plain"), TEMPLATES)
OWN_IDS = st.sampled_from(
    ["{id}", "{id}", "{id | hash}", "{id | hex}", "{user.id}", "{a}-{b}", "x"]
)
TAG_KEYS = st.sampled_from(["k", "env", "http.x", "error.message"])
TAGS = st.dictionaries(TAG_KEYS, TEXT_TEMPLATES, max_size=3)
EXTRACTS = st.sampled_from([r"(?P<g>\w+)", r"job (?P<g>\w+)(?: rc=(?P<h>\d+))?"])

# ── children ──────────────────────────────────────────────────────────────────────────────────────

TIMERS = st.sampled_from(["{a} ms", "{user.id}s", "{b}", "2 s", "{a}:{b}", "{-1 * a}us", "{c} ns"])
LISTS = st.dictionaries(
    st.sampled_from(["time", "addr"]),
    st.sampled_from(["{a}", "{b}", "{message}", "{a}, {b}", "1, 2 : 3", "{g}"]),
    min_size=1,
)
ELEMENTS = st.sampled_from(["{each.time}", "{each.addr} {a}", "{each.index}", "{each.time + 1}"])
LOOK = {
    "when": CONDITIONS,
    "resource": TEXT_TEMPLATES,
    "service": TEXT_TEMPLATES,
    "type": TEXT_TEMPLATES,
    "kind": st.sampled_from(["server", "client"]),
    "error": CONDITIONS,
    "tags": TAGS,
    "metrics": st.dictionaries(TAG_KEYS, st.one_of(st.just("12"), TEMPLATES), max_size=2),
}
NAMED = st.one_of(st.sampled_from(["db.query", "{name}"]), TEMPLATES)
PLACES = st.one_of(
    st.fixed_dictionaries({"place": st.sampled_from(["start", "end", "after-previous"])}),
    st.fixed_dictionaries({"place": st.just("offset"), "offset": TIMERS}),
)
CHILDREN = st.tuples(
    st.one_of(
        st.fixed_dictionaries({"name": NAMED, "duration": TIMERS}, optional=LOOK),
        st.fixed_dictionaries(
            {
                "name": st.one_of(NAMED, ELEMENTS),
                "each": LISTS,
                "duration": st.one_of(TIMERS, ELEMENTS.map("{} ms".format)),
            },
            optional=LOOK
            | {
                "resource": ELEMENTS,
                "when": st.sampled_from(["each.index == 1", "each.time exists", "each.addr > 1"]),
                "tags": st.dictionaries(TAG_KEYS, ELEMENTS, max_size=2),
            },
        ),
    ),
    PLACES,
).map(lambda parts: parts[0] | parts[1])

# ── rules ─────────────────────────────────────────────────────────────────────────────────────────

SPAN = {
    "resource": TEXT_TEMPLATES,
    "service": TEXT_TEMPLATES,
    "type": TEXT_TEMPLATES,
    "kind": st.sampled_from(["server", "client"]),
    "span_id": OWN_IDS,
    "peer": TEXT_TEMPLATES,
    "host": TEXT_TEMPLATES,
    "thread": TEXT_TEMPLATES,
    "error": CONDITIONS,
    "tags": TAGS,
    "metrics": st.dictionaries(TAG_KEYS, st.one_of(st.just("12"), TEMPLATES), max_size=2),
    "extract": EXTRACTS,
    "children": st.lists(CHILDREN, min_size=1, max_size=3),
}
TIMINGS = st.one_of(
    st.fixed_dictionaries({"instant": st.just(True)}),
    st.fixed_dictionaries(
        {
            "duration": st.sampled_from(
                ["{a} ms", "{user.id}s", "{b}", "2 s", "{a}:{b}", "{-1 * a}us"]
            )
        },
        optional={"at": st.just("start")},
    ),
    st.fixed_dictionaries(
        {"from_": st.sampled_from(["{ts}", "{to}", "{a}"])}, optional={"to": st.just("{to}")}
    ),
)
TRACED = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"trace_id": OWN_IDS}, optional={"parent_id": OWN_IDS}),
)


def _rules(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    name = st.one_of(st.sampled_from(["op", "{name}"]), st.just("{name} x"), TEMPLATES)
    return st.fixed_dictionaries({"name": name, **required}, optional=optional)


KEYS = st.one_of(
    st.tuples(_rules({"when": CONDITIONS}, SPAN), TIMINGS, TRACED),
    st.tuples(_rules({"when": st.just("true")}, SPAN), TIMINGS, TRACED),
    st.tuples(
        _rules(
            {"start": CONDITIONS, "end": CONDITIONS},
            {**SPAN, "key": st.just("{a}"), "closes": st.just("all")},
        ),
        TRACED,
    ),
    st.tuples(_rules({"group": st.sampled_from(["{a}", "{name}/{b}", "{g}"])}, SPAN), TRACED),
    st.tuples(
        _rules(
            {"event": CONDITIONS},
            {key: SPAN[key] for key in ("tags", "metrics", "extract")} | {"key": st.just("{a}")},
        ),
        st.one_of(st.just({}), st.fixed_dictionaries({"trace_id": OWN_IDS})),
    ),
)


CONTINUED = st.sampled_from([{}, {}, {"continue_": True}])


def _rule(parts: tuple[tuple[dict[str, Any], ...], dict[str, Any]]) -> RuleConfig:
    keys, continued = parts
    return rule(**{key: value for part in (*keys, continued) for key, value in part.items()})


def _source(rules: list[RuleConfig], keys: dict[str, Any], is_named: bool) -> SourceConfig:
    rules[-1] = msgspec.structs.replace(rules[-1], continue_=False)
    defaults = Defaults(service="shop", env="prod", tags={"team": "pay"})
    time = TimeConfig(field=text("ts") if is_named else None)
    return source(*rules, **keys, time=time, defaults=defaults)


SOURCES = st.builds(
    _source,
    st.lists(st.tuples(KEYS, CONTINUED).map(_rule), min_size=1, max_size=4),
    st.fixed_dictionaries(
        {}, optional={"ignore": st.just('a == "GET"'), "reset": CONDITIONS, "scope": SLOTS}
    ),
    st.booleans(),
)


def _finished(engine: Any, mapped: Mapped, parent_id: int) -> list[Any]:
    """Return all that the rules of half-spans make of each pair of neighbours."""
    made: list[Any] = []
    for rule_index, half_rule in engine.half_rules.items():
        made.append((half_rule.kind, half_rule.index, half_rule.timeout, half_rule.pause))
        made.append(half_rule.closes_all)
        halves = [half for half in mapped.halves if half.rule == rule_index]
        for first, last in zip_longest(halves, halves[1:]):
            if first.role is Role.END:
                continue
            identity = half_rule.identify(first)
            made.append(identity)
            if isinstance(identity, Reject):
                continue
            if half_rule.kind == "event":
                made.append(half_rule.event(first))
            else:
                start, end = first.time, last.time if last else first.time
                made.append(half_rule.finish(first, last, identity, parent_id, start, end))
    return made


@given(SOURCES, LINES, st.sampled_from(["attribute", "item"]), st.sampled_from([0, 77]), st.data())
def test_generated_code_equals_interpreter(
    config: SourceConfig, lines: list[dict[str, Any]], row: Any, parent_id: int, data: st.DataObject
) -> None:
    """Both make the same spans, half-spans and rejects of the same lines, and nothing raises."""
    try:
        checked = check(config)
    except ConfigError:
        return
    unknown = data.draw(st.sets(st.sampled_from(NAMES), max_size=2))
    parser = FakeParser(checked.fields - unknown, row)
    records = parser.records(lines)
    oracle = Interpreter(checked, parser, read_time)
    compiled = compile_source(checked, parser, read_time)

    expected, actual = oracle.map(records), compiled.map(records)

    assert expected == actual
    assert _finished(oracle, expected, parent_id) == _finished(compiled, actual, parent_id)
