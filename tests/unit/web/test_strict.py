"""What the Agent's normaliser drops and rewrites."""

from typing import Any

import pytest

from logtrace.model import Span
from logtrace.web.strict import YEAR_2000, Rewritten, judge, operation_name, tag_value
from tests.support.clock import NOON
from tests.support.traces import span


def changes(**fields: Any) -> tuple[Span, list[Rewritten]]:
    """Return a span as the Agent keeps it, and the changes."""
    verdict = judge([[span(7, **fields)]], NOON, "python")
    return verdict.traces[0][0], verdict.rewritten


def test_a_good_trace_is_kept_as_it_is() -> None:
    """Nothing to say about it."""
    spans = [span(7), span(7, span_id=8, parent_id=7)]
    verdict = judge([spans], NOON)

    assert [spans] == verdict.traces
    assert ([], [], 0) == (verdict.dropped, verdict.rewritten, verdict.duplicates)


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ([], "empty_trace"),
        ([span(0, span_id=1)], "trace_id_zero"),
        ([span(7), span(7, span_id=0)], "span_id_zero"),
        ([span(7), span(8)], "foreign_span"),
    ],
)
def test_what_is_dropped_behind_a_200(spans: list[Span], reason: str) -> None:
    """One bad span costs its whole trace, and no other."""
    verdict = judge([[span(1)], spans], NOON)

    assert [[span(1)]] == verdict.traces
    assert [reason] == [dropped.reason for dropped in verdict.dropped]
    assert {reason: 1} == verdict.reasons()


@pytest.mark.parametrize(
    ("fields", "reasons", "kept"),
    [
        ({"service": ""}, ["service_empty"], {"service": "unnamed-python-service"}),
        ({"service": "!!!"}, ["service_invalid"], {"service": "unnamed-python-service"}),
        ({"service": "s" * 101}, ["service_truncate"], {"service": "s" * 100}),
        ({"service": "My Shop"}, ["service_normalised"], {"service": "my_shop"}),
        ({"name": ""}, ["span_name_empty"], {"name": "unnamed_operation"}),
        ({"name": "/"}, ["span_name_invalid"], {"name": "unnamed_operation"}),
        ({"name": "n" * 101}, ["span_name_truncate"], {"name": "n" * 100}),
        (
            {"type": "sql", "resource": "SELECT 'x"},
            ["resource_not_sql"],
            {
                "resource": "Non-parsable SQL query",
                "meta": {"sql.query": "Non-parsable SQL query"},
                "type": "sql",
            },
        ),
        ({"name": "SQL:QUERY"}, ["name_normalised"], {"name": "SQL_QUERY"}),
        ({"resource": ""}, ["resource_empty"], {"resource": "web.request"}),
        ({"resource": "r" * 5001}, ["resource_cut"], {"resource": "r" * 5000}),
        ({"parent_id": 7}, ["parent_cleared"], {"parent_id": 0}),
        ({"duration": -1}, ["invalid_duration"], {"duration": 0}),
        ({"duration": 2**63 - 1}, ["invalid_duration"], {"duration": 0}),
        ({"start": YEAR_2000 - 1, "duration": 5}, ["invalid_start_date"], {"start": NOON - 5}),
        (
            {"start": 1_795_348_800, "duration": 2**62},
            ["invalid_start_date"],
            {"start": NOON},
        ),
        ({"type": "t" * 101}, ["type_truncate"], {"type": "t" * 100}),
        ({"meta": {"env": "Prod EU"}}, ["tag_normalised"], {"meta": {"env": "prod_eu"}}),
        ({"meta": {"http.status_code": "99"}}, ["invalid_http_status_code"], {"meta": {}}),
        ({"meta": {"http.status_code": "600"}}, ["invalid_http_status_code"], {"meta": {}}),
        ({"meta": {"http.status_code": "OK"}}, ["invalid_http_status_code"], {"meta": {}}),
        ({"meta": {"peer.service": "!"}}, ["peer_service_invalid"], {"meta": {"peer.service": ""}}),
        (
            {"meta": {"_dd.base_service": "b" * 101}},
            ["base_service_truncate"],
            {"meta": {"_dd.base_service": "b" * 100}},
        ),
        (
            {"meta": {"k": "v" * 25_001}},
            ["tag_cut"],
            {"meta": {"k": "v" * 25_000 + "..."}},
        ),
        ({"meta": {"k" * 201: "v"}}, ["tag_cut"], {"meta": {"k" * 200 + "...": "v"}}),
        ({"metrics": {"k" * 201: 1.0}}, ["tag_cut"], {"metrics": {"k" * 200 + "...": 1.0}}),
        (
            {"span_links": [{"attributes": {"link.name": "a b"}}]},
            ["link_name_normalised"],
            {"span_links": [{"attributes": {"link.name": "a_b"}}]},
        ),
    ],
)
def test_what_is_rewritten(
    fields: dict[str, Any], reasons: list[str], kept: dict[str, Any]
) -> None:
    """Each rule by its name, with the value that the Agent goes on with."""
    after, rewritten = changes(**fields)

    assert reasons == [change.reason for change in rewritten]
    assert kept == {name: getattr(after, name) for name in kept}


@pytest.mark.parametrize(
    "fields",
    [
        {"service": "s" * 100, "name": "n" * 100, "type": "t" * 100, "resource": "r" * 5000},
        {"start": YEAR_2000, "duration": 0},
        {"start": NOON * 3},
        {"meta": {"http.status_code": "100", "env": "prod:eu/1.2-x", "peer.service": ""}},
        {"meta": {"http.status_code": "0200", "_dd.appsec.json": "v" * 25_001}},
        {"type": "sql", "resource": "SELECT " + "r" * 5000},
        {"span_links": [{"trace_id": 1, "span_id": 2, "attributes": {"link.name": "a.b"}}, {}]},
        {"meta": {"k" * 200: "v" * 25_000}},
        {"parent_id": 5},
    ],
)
def test_what_is_just_within_the_rules(fields: dict[str, Any]) -> None:
    """Nothing is changed at the limits."""
    assert [] == changes(**fields)[1]


def test_a_change_says_what_was_and_what_is() -> None:
    """For the page and the terminal."""
    assert [Rewritten("service_normalised", 7, 7, "service", "A", "a")] == changes(service="A")[1]


def test_the_given_spans_are_not_changed() -> None:
    """The verdict holds copies."""
    links = [{"attributes": {"link.name": "a b"}}]
    given = span(7, service="A", meta={"env": "B"}, span_links=links)
    judge([[given]], NOON)

    assert ("A", {"env": "B"}) == (given.service, given.meta)
    assert [{"attributes": {"link.name": "a b"}}] == given.span_links


def test_duplicate_span_ids_are_counted_and_kept() -> None:
    """Two spans of one id stay two."""
    verdict = judge([[span(7), span(7), span(7, span_id=8)]], NOON)

    assert 1 == verdict.duplicates
    assert {"duplicate_span_id": 1} == verdict.reasons()
    assert 3 == len(verdict.traces[0])


def test_the_name_of_a_service_without_name_or_language() -> None:
    """The language header is part of it only where there is one."""
    assert "unnamed-service" == judge([[span(7, service="")]], NOON).traces[0][0].service


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop", "shop"),
        ("Shop Front-End!", "shop_front-end"),
        ("a!!__b", "a_b"),
        ("9lives", "9lives"),
        ("Größe:1.2/x", "größe:1.2/x"),
        ("__a__", "_a"),
        ("½Ⅷ²a", "_a"),
        ("İK", "İk"),
        ("!" * 199 + "ab", "_a"),
        ("語" * 200, "語" * 134),
        ("x" * 300, "x" * 200),
        ("", ""),
    ],
)
def test_tag_values(text: str, expected: str) -> None:
    """Lower case where the size stays, letters of any script, digits, `:./-`; the rest is one `_`."""
    assert expected == tag_value(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web.request", "web.request"),
        ("GET /users", "GET_users"),
        ("9.web", "web"),
        ("a_._b", "a.b"),
        ("a--b__", "a_b"),
        ("/users/9", "users_9"),
        ("äöü", ""),
        ("1/2", ""),
    ],
)
def test_operation_names(text: str, expected: str) -> None:
    """ASCII letters, digits and dots from the first letter on; case is kept."""
    assert expected == operation_name(text)
