"""Real logs of applications and servers: each line is a span, ignored, or rejected by reason."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.real_logs import SAMPLES, converted, nanoseconds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"real logs are not here: {SAMPLES}"),
]


@pytest.mark.parametrize(
    ("log", "preset", "said"),
    [
        ("crowdsec/gitlab-logs.log", "gitlab", "3 lines; 9 spans in 3 traces"),
        ("lnav/logfile_mongodb.0", "mongodb", "3 lines; 1 span in 1 trace; 2 ignored"),
        ("lnav/logfile_bunyan.0", "json-app", "10 lines; 0 spans in 0 traces; 10 ignored"),
        ("lnav/logfile_pino.0", "json-app", "1 line; 1 span in 1 trace"),
        ("lnav/logfile_ecs_log.json", "json-app", "5 lines; 0 spans in 0 traces; 5 ignored"),
        (
            "lnav/logfile_otel_collector.jsonl",
            "json-app",
            "6 lines; 0 spans in 0 traces; 6 ignored",
        ),
        ("lnav/logfile_java.0", "spring-boot", "20 lines; 1 span in 1 trace; 19 ignored"),
        ("lnav/logfile_java.1", "spring-boot", "20 lines; 1 span in 1 trace; 19 ignored"),
        ("lnav/logfile_syslog.0", "systemd", "4 lines; 0 spans in 0 traces; 4 ignored"),
        (
            "lnav/logfile_journald.json",
            "systemd-journal",
            "2 lines; 0 spans in 0 traces; 2 ignored",
        ),
    ],
)
def test_each_line_is_accounted_for(log: str, preset: str, said: str, tmp_path: Path) -> None:
    """Lines and spans are as many as were counted by hand; none is unmatched."""
    _, found = converted(preset, SAMPLES / log, tmp_path)
    assert found.startswith(said)
    assert "unmatched" not in found
    assert "rejected" not in found


def test_gitlab(tmp_path: Path) -> None:
    """Method, action, status, duration, database time and id of each request are the line's."""
    lines = list(map(json.loads, (SAMPLES / "crowdsec/gitlab-logs.log").read_text().splitlines()))
    spans, _ = converted("gitlab", SAMPLES / "crowdsec/gitlab-logs.log", tmp_path)
    requests = [span for span in spans if span["name"] == "rails.action_controller"]
    assert [
        (
            f"{line['controller']}#{line['action']}",
            str(line["status"]),
            int(Decimal(str(line["duration_s"])) * 10**9),
            nanoseconds(line["time"], "%Y-%m-%dT%H:%M:%S.%fZ"),
        )
        for line in lines
    ] == [
        (
            span["resource"],
            span["meta"].get("http.status_code", "0"),  # the Agent takes no status 0
            span["duration"],
            span["start"] + span["duration"],
        )
        for span in requests
    ]
    databases = [span for span in spans if span["name"] == "gitlab.db"]
    timers = [min(line["db_duration_s"], line["duration_s"]) for line in lines]  # a child is cut
    assert [round(timer * 10**9) for timer in timers] == [span["duration"] for span in databases]
    assert {span["span_id"] for span in requests} >= {span["parent_id"] for span in databases}


def test_mongodb(tmp_path: Path) -> None:
    """The one slow query: when it was over, how long it took, and with which plan."""
    (span,), _ = converted("mongodb", SAMPLES / "lnav/logfile_mongodb.0", tmp_path)
    end = nanoseconds("2026-03-10T20:58:09.525", "%Y-%m-%dT%H:%M:%S.%f")
    assert (end, 120_000_000) == (span["start"] + span["duration"], span["duration"])
    assert ("mydb.users", "IXSCAN { name: 1 }") == (
        span["resource"],
        span["meta"]["mongodb.plan"],
    )


def test_pino(tmp_path: Path) -> None:
    """A line of an instrumented service is the span that it names, with its ids as they are."""
    line = json.loads((SAMPLES / "lnav/logfile_pino.0").read_text())
    (span,), _ = converted("json-app", SAMPLES / "lnav/logfile_pino.0", tmp_path)
    assert int(line["trace_id"][16:], 16) == span["trace_id"]
    assert line["trace_id"][:16] == span["meta"]["_dd.p.tid"]
    assert int(line["span_id"], 16) == span["span_id"]
    assert ("payment", line["time"] * 10**6) == (span["service"], span["start"])


@pytest.mark.parametrize("log", ["lnav/logfile_java.0", "lnav/logfile_java.1"])
def test_the_start_of_a_spring_application(log: str, tmp_path: Path) -> None:
    """What Boot says of its start is a span of that length, until then."""
    text = (SAMPLES / log).read_text()
    match = re.search(r"^(\S+) INFO .*Started (\w+) in ([\d.]+) seconds", text, re.MULTILINE)
    assert match
    (span,), _ = converted("spring-boot", SAMPLES / log, tmp_path)
    assert ("spring.start", match[2]) == (span["name"], span["resource"])
    assert int(Decimal(match[3]) * 10**9) == span["duration"]
    assert nanoseconds(match[1], "%Y-%m-%dT%H:%M:%S,%f") == span["start"] + span["duration"]


@pytest.mark.parametrize(
    ("log", "requests", "lost"),
    [("rails_1x", 4, 0), ("rails_22", 1, 0), ("rails_22_cached", 1, 0), ("rails_unordered", 1, 1)],
)
def test_rails_1_and_2(log: str, requests: int, lost: int, tmp_path: Path) -> None:
    """Each request that ends within its block is a span; one that is mixed with another is not."""
    text = (SAMPLES / f"request-log-analyzer/{log}.log").read_text()
    begun = re.findall(r"^Processing (\S+) \(for \S+ at ([\d :-]+)\) \[(\w+)\]", text, re.MULTILINE)
    took = re.findall(
        r"^Completed in (?:(\d+)ms|([\d.]+)).* \| (\d+) .*\[(.*)\]$", text, re.MULTILINE
    )
    spans, said = converted("rails-plain", SAMPLES / f"request-log-analyzer/{log}.log", tmp_path)
    found = [span for span in spans if span["name"] == "rails.action_controller"]
    expected = [
        (
            action,
            method,
            nanoseconds(stamp, "%Y-%m-%d %H:%M:%S"),
            int(Decimal(ms) * 10**6) if ms else int(Decimal(seconds) * 10**9),
            status,
            url,
        )
        for (action, stamp, method), (ms, seconds, status, url) in zip(
            begun[lost:], took[: len(took) - lost], strict=True
        )
    ]
    assert sorted(expected) == sorted(
        (
            span["resource"],
            span["meta"]["http.method"],
            span["start"],
            span["duration"],
            span["meta"]["http.status_code"],
            span["meta"]["http.url"],
        )
        for span in found
    )
    assert requests == len(found)
    assert ("1 unmatched" in said) == bool(lost)
    assert "rejected" not in said
