"""What the Agent would change, one rule after the other."""

from typing import Any

import pytest

from logtrace.model import Rewrite, Span
from logtrace.ship import mend as module
from logtrace.ship.findings import Example, Findings
from logtrace.ship.mend import MAX_TAGS, YEAR_2000, has_right_tags, mend
from tests.support.clock import NOON
from tests.support.traces import span

LONG_SQL = "SELECT '" + "x" * 6000 + "'"


def mended(**fields: Any) -> tuple[Span, Findings]:
    """Return a span after its mending, and what was noted."""
    one, findings = span(7, **fields), Findings()
    mend(one, NOON, findings)
    return one, findings


@pytest.mark.parametrize(
    ("fields", "reason", "kept"),
    [
        ({"service": ""}, Rewrite.SERVICE_EMPTY, {"service": "unnamed-python-service"}),
        ({"service": "s" * 101}, Rewrite.SERVICE_TRUNCATE, {"service": "s" * 100}),
        ({"service": "ä" * 101}, Rewrite.SERVICE_TRUNCATE, {"service": "ä" * 50}),
        ({"service": "!!!"}, Rewrite.SERVICE_INVALID, {"service": "unnamed-python-service"}),
        ({"service": "My Shop"}, Rewrite.SERVICE_NORMALISED, {"service": "my_shop"}),
        ({"name": ""}, Rewrite.SPAN_NAME_EMPTY, {"name": "unnamed_operation"}),
        ({"name": "n" * 101}, Rewrite.SPAN_NAME_TRUNCATE, {"name": "n" * 100}),
        ({"name": "/"}, Rewrite.SPAN_NAME_INVALID, {"name": "unnamed_operation"}),
        ({"name": "GET /users"}, Rewrite.NAME_NORMALISED, {"name": "GET_users"}),
        ({"resource": ""}, Rewrite.RESOURCE_EMPTY, {"resource": "web.request"}),
        ({"resource": "r" * 5001}, Rewrite.RESOURCE_CUT, {"resource": "r" * 5000}),
        ({"resource": "€" * 2000}, Rewrite.RESOURCE_CUT, {"resource": "€" * 1666}),
        ({"parent_id": 7}, Rewrite.PARENT_CLEARED, {"parent_id": 0}),
        ({"duration": -1}, Rewrite.INVALID_DURATION, {"duration": 0}),
        ({"duration": 2**63 - 1}, Rewrite.INVALID_DURATION, {"duration": 0}),
        ({"start": YEAR_2000 - 1, "duration": 5}, Rewrite.INVALID_START_DATE, {"start": NOON - 5}),
        ({"start": -1, "duration": 5}, Rewrite.INVALID_START_DATE, {"start": NOON - 5}),
        ({"start": 0, "duration": NOON - 5}, Rewrite.INVALID_START_DATE, {"start": NOON}),
        ({"type": "t" * 101}, Rewrite.TYPE_TRUNCATE, {"type": "t" * 100}),
        ({"type": "sql"}, Rewrite.TYPE_NOT_SQL, {"type": "db"}),
        ({"type": "sql", "resource": "SELECT 'x"}, Rewrite.TYPE_NOT_SQL, {"type": "db"}),
        ({"type": "cassandra", "resource": "get user"}, Rewrite.TYPE_NOT_SQL, {"type": "db"}),
        ({"meta": {"env": "Prod EU"}}, Rewrite.TAG_NORMALISED, {"meta": {"env": "prod_eu"}}),
        (
            {"meta": {"http.status_code": "0", "a": "b"}},
            Rewrite.INVALID_HTTP_STATUS_CODE,
            {"meta": {"a": "b"}},
        ),
        (
            {"meta": {"peer.service": "p" * 101}},
            Rewrite.PEER_SERVICE_TRUNCATE,
            {"meta": {"peer.service": "p" * 100}},
        ),
        (
            {"meta": {"peer.service": "!"}},
            Rewrite.PEER_SERVICE_INVALID,
            {"meta": {"peer.service": ""}},
        ),
        (
            {"meta": {"peer.service": "My DB"}},
            Rewrite.TAG_NORMALISED,
            {"meta": {"peer.service": "my_db"}},
        ),
        (
            {"meta": {"_dd.base_service": "b" * 101}},
            Rewrite.BASE_SERVICE_TRUNCATE,
            {"meta": {"_dd.base_service": "b" * 100}},
        ),
        (
            {"meta": {"_dd.base_service": "!"}},
            Rewrite.BASE_SERVICE_INVALID,
            {"meta": {"_dd.base_service": ""}},
        ),
        ({"meta": {"k" * 201: "v"}}, Rewrite.TAG_CUT, {"meta": {"k" * 197 + "...": "v"}}),
        ({"metrics": {"k" * 201: 1.0}}, Rewrite.TAG_CUT, {"metrics": {"k" * 197 + "...": 1.0}}),
        (
            {"meta": {"k": "v" * 25_001}},
            Rewrite.TAG_CUT,
            {"meta": {"k": "v" * 24_997 + "..."}},
        ),
        ({"meta": {"k": "€" * 9000}}, Rewrite.TAG_CUT, {"meta": {"k": "€" * 8332 + "..."}}),
        (
            {"span_events": [{"name": "n" * 101}]},
            Rewrite.EVENT_CUT,
            {"span_events": [{"time_unix_nano": 0, "name": "n" * 100, "attributes": {}}]},
        ),
        ({"span_links": [{}]}, Rewrite.LINKS_LEFT_OUT, {"span_links": None}),
    ],
)
def test_each_rule(fields: dict[str, Any], reason: Rewrite, kept: dict[str, Any]) -> None:
    """What is wrong is set right, counted by its reason, and right the second time."""
    after, findings = mended(**fields)
    again = Findings()
    mend(after, NOON, again)

    assert kept == {name: getattr(after, name) for name in kept}
    assert {reason: 1} == findings.rewritten
    assert not again


@pytest.mark.parametrize(
    "fields",
    [
        {"service": "s" * 100, "name": "n" * 100, "type": "t" * 100, "resource": "r" * 5000},
        {"start": YEAR_2000, "duration": 0},
        {"start": YEAR_2000, "duration": 2**63 - 1 - YEAR_2000},
        {"meta": {"http.status_code": "100", "env": "prod:eu/1.2-x", "peer.service": ""}},
        {"meta": {"env": "", "_dd.base_service": "shop"}},
        {"meta": {"k" * 200: "v" * 25_000}},
        {"meta": {"_dd." + "k" * 300 + ".json": "v" * 30_000}},
        {"parent_id": 5},
        {"type": "sql", "resource": "SELECT 1"},
        {"type": "sql", "resource": LONG_SQL},
        {"meta": {f"k{i}": "v" for i in range(MAX_TAGS)}},
    ],
)
def test_what_is_just_within_the_rules(fields: dict[str, Any]) -> None:
    """Nothing is changed at the limits, and SQL is left to the Agent to shorten."""
    after, findings = mended(**fields)

    assert span(7, **fields) == after
    assert not findings


def test_a_change_says_what_was_and_what_is() -> None:
    """For the report."""
    _, findings = mended(meta={"env": "Prod"})
    assert {Rewrite.TAG_NORMALISED: Example("meta.env", "Prod", "prod")} == findings.examples


def test_a_span_of_decades_without_a_start_begins_now() -> None:
    """One that ended now would begin before 2000 again; its duration stays while it can."""
    after, findings = mended(start=0, duration=2**63 - 1)

    assert (NOON, 0) == (after.start, after.duration)
    assert {Rewrite.INVALID_START_DATE: 1, Rewrite.INVALID_DURATION: 1} == findings.rewritten


def test_an_empty_resource_becomes_the_name_as_it_is_sent() -> None:
    """And is looked at for SQL only then."""
    after, findings = mended(name="GET /", resource="", type="sql")

    assert ("GET", "GET", "db") == (after.name, after.resource, after.type)
    assert {Rewrite.NAME_NORMALISED, Rewrite.RESOURCE_EMPTY, Rewrite.TYPE_NOT_SQL} == set(
        findings.rewritten
    )


def test_too_many_tags_are_left_out() -> None:
    """The first ones stay, metrics count too, and what others depend on stays wherever it is."""
    many = {f"k{i}": "v" for i in range(MAX_TAGS)} | {"env": "prod", "_dd.p.dm": "-0"}
    after, findings = mended(meta=dict(many), metrics={"m": 1.0})

    assert [*list(many)[: MAX_TAGS - 3], "env", "_dd.p.dm"] == list(after.meta)
    assert {"m": 1.0} == after.metrics
    assert Example("meta", "1026 tags", "1023 tags") == findings.examples[Rewrite.TAGS_LEFT_OUT]


def test_of_two_keys_that_become_one_the_first_stays() -> None:
    """The Agent keeps either."""
    after, findings = mended(meta={"k" * 201: "a", "k" * 202: "b"})

    assert {"k" * 197 + "...": "a"} == after.meta
    assert {Rewrite.TAG_CUT: 2} == findings.rewritten


def test_the_keys_that_are_known_are_bounded() -> None:
    """However many there are; and the set stays the same one."""
    known = module.right_keys
    mended(meta={"peer.service": ""})
    for number in range(3 * MAX_TAGS):
        assert has_right_tags(span(meta={f"key{number}": "v", "peer.service": ""}))

    assert known is module.right_keys
    assert 0 < len(known) <= MAX_TAGS // 2
    assert "peer.service" not in known
