"""Presets of web servers and proxies: whatever a line holds, it is read rightly, or counted."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.config import read_preset
from logtrace.model import Mapped
from logtrace.routes import Route, build_route
from tests.support.lines import batch

PRESETS = (
    *("apache", "apache-seconds", "aws-alb", "aws-elb", "caddy", "cloudflare", "cloudfront"),
    *("envoy", "envoy-json", "gunicorn", "haproxy", "iis", "ingress-nginx", "nginx"),
    *("nginx-json", "tomcat", "tomcat-micros", "traefik", "traefik-json", "uwsgi"),
)


def built(preset: str) -> tuple[Route, list[str]]:
    """Return what the lines of a preset go through, and the lines of its tests."""
    config = read_preset(preset, {}).config
    lines = [line for case in config.tests for line in case.lines]
    return build_route(config, config.sources[0]), lines


PATH = re.compile(r"/(?:shop/)?(?:orders|cart)\b")
ROUTES = {preset: built(preset) for preset in PRESETS}


def mapped(preset: str, lines: Iterable[bytes | str]) -> tuple[Mapped, set[int], int]:
    """Return what became of lines, the numbers of those that gave nothing, and how many there were."""
    route, _ = ROUTES[preset]
    records = route.parser.parse(batch(*lines))
    made = route.mapping.map(records)
    nothing = {index for index, _ in (*records.rejects, *made.rejects)}
    nothing |= {*made.unmatched, *made.ignored, *records.skipped}
    return made, nothing, len(records.batch.lines)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """Return a preset and lines of its tests, cut, with parts doubled, and with rubbish in them."""
    preset = draw(st.sampled_from(PRESETS))
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        line = draw(st.sampled_from(ROUTES[preset][1])).encode()
        for _ in range(draw(st.integers(0, 3))):
            start, end = sorted(draw(st.tuples(*[st.integers(0, len(line))] * 2)))
            junk = draw(
                st.sampled_from([b"", b" ", b'"', b"\\", b"-", b"[", b"]", b"\x1b[0m", b"\xff"])
            )
            line = line[:start] + junk * draw(st.sampled_from([1, 1, 400])) + line[end:]
        lines.append(line.replace(b"\n", b""))
    return preset, lines


@given(spoilt())
def test_every_line_is_in_one_place_whatever_it_holds(case: tuple[str, list[bytes]]) -> None:
    """A line gives a span and its children, or nothing with a reason; none of it raises."""
    preset, lines = case
    made, nothing, count = mapped(preset, lines)
    spans = {span.number for span in (*made.spans, *made.alone)}

    assert not spans & nothing
    assert set(range(count)) == spans | nothing


@pytest.mark.parametrize("preset", PRESETS)
def test_no_pattern_is_cut_short_for_a_long_line(preset: str) -> None:
    """A URL of the longest kind that servers take is read to its end: the pattern is linear."""
    _, lines = ROUTES[preset]
    line = next(line for line in lines if not line.startswith("#") and PATH.search(line))
    long = PATH.sub("/" + "a" * 30_000, line, count=1)
    heading = [other for other in lines if other.startswith("#Fields")][:1]
    made, _, _ = mapped(preset, [*heading, long])
    (span,) = [each.span for each in (*made.spans, *made.alone)][:1]

    assert span.meta["http.status_code"]
    assert "a" * 1000 in span.meta["http.url"]


TIMES = st.sampled_from(["0.000", "0.127", '"3.250"', "61.000"])
CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OWN = "6f3c0de1b7d24d9b8a3f5e6c7d8091a2"
INBOUND = "550e8400-e29b-41d4-a716-446655440000"
OTHERS = st.sampled_from(
    [
        "-",
        '"-"',
        ".",
        "2.51",
        "1795341600.123",
        '"198.51.100.4, 10.0.0.9"',
        'sn="a b"',
        "cs=HIT",
        "x=",
        "?",
    ]
)


@st.composite
def tails(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return what may stand behind nginx's user agent, and the fields that are in it."""
    tokens = draw(st.lists(OTHERS, max_size=4))
    found: dict[str, Any] = {}
    for field in draw(st.lists(st.sampled_from(["time", CONTEXT, OWN, INBOUND]), unique=True)):
        if field == "time":
            taken = draw(TIMES)
            found["time"] = float(taken.strip('"'))
        else:
            found["context" if field == CONTEXT else field] = field
            taken = draw(st.sampled_from(["{}", '"{}"', "id={}", 'id="{}"'])).format(field)
        tokens.insert(draw(st.integers(0, len(tokens))), taken)
    return "".join(f" {token}" for token in tokens), found


@given(tails())
def test_nginx_fields_are_found_among_others(tail: tuple[str, dict[str, Any]]) -> None:
    """The time and the ids are told by their shapes, wherever they stand and whatever is around them."""
    text, fields = tail
    head = '192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"'
    made, nothing, _ = mapped("nginx", [head + text])
    (span,) = [each.span for each in (*made.spans, *made.alone)][:1]
    ids = sorted((text.index(given), given) for given in (OWN, INBOUND) if given in fields)
    first = ids[0][1] if ids else None
    traces = {CONTEXT: 0xA3CE929D0E0E4736, OWN: 0x8A3F5E6C7D8091A2}

    assert not nothing
    assert round(fields.get("time", 0) * 10**9) == span.duration
    assert first == span.meta.get("http.request_id")
    if (decisive := fields.get("context", first)) in traces:
        assert traces[decisive] == span.trace_id
