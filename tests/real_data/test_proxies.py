"""Real logs of proxies and servers: each line is accounted for, and what is read of it is right.

What stands in a line is read a second time here, by other means than the presets' patterns.
"""

import csv
import json
import re
from pathlib import Path

import pytest

from tests.support.real_logs import SAMPLES, children, converted, nanoseconds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"real logs are not here: {SAMPLES}"),
]


def test_haproxy(tmp_path: Path) -> None:
    """Requests with their timers, a handshake that failed, and three notices: 17 lines."""
    log = SAMPLES / "lnav/logfile_haproxy.0"
    spans, said = converted("haproxy", log, tmp_path)
    requests = [span for span in spans if span["name"] == "haproxy.request"]
    expected, timers = [], []
    for line in log.read_text().splitlines():
        if '"' not in line:
            continue
        words = line.partition("]: ")[2].split(" ")
        method, url, _ = line.split('"')[1].split(" ")
        timers.append([int(each) * 10**6 for each in words[4].split("/")])
        expected.append(
            (
                words[0].rpartition(":")[0],
                nanoseconds(words[1].strip("[]"), "%d/%b/%Y:%H:%M:%S.%f"),
                words[2].rstrip("~"),
                words[3],
                words[5],
                float(words[6]),
                method,
                url,
            )
        )
    found = [
        (
            span["meta"]["network.client.ip"],
            span["start"],
            span["meta"]["haproxy.frontend"],
            f"{span['meta']['haproxy.backend']}/{span['meta']['haproxy.server']}",
            span["meta"]["http.status_code"],
            span["metrics"]["network.bytes_written"],
            span["meta"]["http.method"],
            span["meta"]["http.url"],
        )
        for span in requests
    ]
    assert expected == found
    assert [each[-1] for each in timers] == [span["duration"] for span in requests]
    for times, span in zip(timers, requests, strict=True):
        *waits, response, _ = times
        made = [child["duration"] for child in children(spans, span)]
        assert [*(wait for wait in waits if wait > 0), response] == made
    failed = [span for span in spans if span["name"] == "haproxy.connection"]
    assert [("SSL handshake failure", 1)] == [
        (span["meta"]["error.message"], span["error"]) for span in failed
    ]
    assert f"17 lines; {len(spans)} spans in 14 traces; 3 ignored" == said


def test_alb(tmp_path: Path) -> None:
    """63 requests, each with its X-Ray id, from its creation to its response, and its three times."""
    log = SAMPLES / "opensearch-catalog/elb/raw.log"
    spans, said = converted("aws-alb", log, tmp_path)
    requests = {
        span["meta"]["_dd.p.tid"] + f"{span['trace_id']:016x}": span
        for span in spans
        if span["name"] == "aws.alb.request"
    }
    with log.open() as file:
        rows = list(csv.reader(file, delimiter=" ", escapechar="\\"))

    assert len(rows) == len(requests)
    for row in rows:
        span = requests[row[17].partition("=")[2][2:].replace("-", "")]
        created, ended = (nanoseconds(row[at], "%Y-%m-%dT%H:%M:%S.%fZ") for at in (21, 1))
        method, url, _ = row[12].split(" ")
        meta = span["meta"]
        assert (created, ended - created) == (span["start"], span["duration"])
        assert (method, url, row[8]) == (
            meta["http.method"],
            meta["http.url"],
            meta["http.status_code"],
        )
        assert row[3] == f"{meta['network.client.ip']}:{meta['network.client.port']}"
        dispatch, upstream, response = (round(float(row[at]) * 10**9) for at in (5, 6, 7))
        # The times are rounded to milliseconds: together they may be longer than the request.
        left = ended - created
        expected = [("aws.alb.dispatch", min(dispatch, left))] * (dispatch > 0)
        left -= min(dispatch, left)
        expected += [("aws.alb.upstream", min(upstream, left))] * (upstream >= 0)
        left -= min(max(upstream, 0), left)
        expected += [("aws.alb.response", min(response, left))] * (response > 0)
        made = [(child["name"], child["duration"]) for child in children(spans, span)]
        assert sorted(expected) == sorted(made)
    assert f"{len(rows)} lines; {len(spans)} spans in {len(rows)} traces" == said


def test_uwsgi(tmp_path: Path) -> None:
    """19 requests, some timed in milliseconds and some in microseconds."""
    log = SAMPLES / "lnav/logfile_uwsgi.0"
    spans, said = converted("uwsgi", log, tmp_path)
    expected = []
    for line in log.read_text().splitlines():
        stamp = line.split("[")[2].partition("]")[0]
        method, path = line.partition(" => ")[0].split(" ")[-2:]
        took, unit = re.findall(r"in (\d+) (\w+) \(", line)[0]
        factor = {"msecs": 10**6, "micros": 1000}[unit]
        start = nanoseconds(stamp, "%a %b %d %H:%M:%S %Y")
        expected.append((f"{method} {path}", start, int(took) * factor))
    assert expected == [(span["resource"], span["start"], span["duration"]) for span in spans]
    assert "19 lines; 19 spans in 19 traces" == said


def test_caddy(tmp_path: Path) -> None:
    """Each line of an access log is a span: ended at its time, with a duration in seconds."""
    log = SAMPLES / "lnav/logfile_caddy_log.1"
    spans, said = converted("caddy", log, tmp_path)
    lines = [json.loads(line) for line in log.read_text().splitlines()]

    assert len(lines) == len(spans)
    for line, span in zip(lines, spans, strict=True):
        assert round(line["duration"] * 10**9) == span["duration"]
        assert abs(line["ts"] - (span["start"] + span["duration"]) / 10**9) < 1e-6
        assert line["request"]["uri"] == span["meta"]["http.url"]
        assert str(line["status"]) == span["meta"]["http.status_code"]
    assert f"{len(lines)} lines; {len(lines)} spans in {len(lines)} traces" == said


def test_caddy_behind_a_prefix(tmp_path: Path) -> None:
    """Lines as `docker compose logs` prints them are no JSON: all are rejected, and counted."""
    log = SAMPLES / "lnav/logfile_caddy_log.0"
    count = len(log.read_bytes().splitlines())
    spans, said = converted("caddy", log, tmp_path)

    assert [] == spans
    assert f"{count} lines; 0 spans in 0 traces; {count} rejected (bad_json {count})" == said


def test_cloudflare(tmp_path: Path) -> None:
    """One request, in the trace of its ray, within whole seconds."""
    log = SAMPLES / "lnav/logfile_cloudflare.json"
    spans, said = converted("cloudflare", log, tmp_path)
    line = json.loads(log.read_text())
    (span,) = spans

    assert line["RayID"] == f"{span['trace_id']:016x}"
    assert nanoseconds(line["EdgeStartTimestamp"], "%Y-%m-%dT%H:%M:%SZ") == span["start"]
    assert f"{line['ClientRequestMethod']} {line['ClientRequestURI']}" == span["resource"]
    assert str(line["EdgeResponseStatus"]) == span["meta"]["http.status_code"]
    assert "1 line; 1 span in 1 trace" == said


def test_iis(tmp_path: Path) -> None:
    """210 requests below eleven headings: UTC, ended at their time, with milliseconds."""
    log = SAMPLES / "lnav/logfile_w3c_big.0"
    lines = log.read_text().splitlines()
    spans, said = converted("iis", log, tmp_path)
    expected = []
    for line in lines:
        if line.startswith("#"):
            continue
        words = line.split(" ")
        end = nanoseconds(f"{words[0]} {words[1]}", "%Y-%m-%d %H:%M:%S")
        took = int(words[-1]) * 10**6
        agent = None if words[9] == "-" else words[9].replace("+", " ")
        expected.append((end - took, took, words[3], words[4], words[8], agent, words[11]))
    found = [
        (
            span["start"],
            span["duration"],
            span["meta"]["http.method"],
            span["meta"]["http.url"],
            span["meta"]["network.client.ip"],
            span["meta"].get("http.useragent"),
            span["meta"]["http.status_code"],
        )
        for span in spans
    ]
    assert 210 == len(expected)
    assert expected == found
    assert said.startswith(f"{len(lines)} lines; 210 spans in 210 traces")


def test_iis_with_a_heading_of_other_lines(tmp_path: Path) -> None:
    """A line with more values than its heading has columns is rejected, not read wrongly."""
    spans, said = converted("iis", SAMPLES / "lnav/logfile_w3c.5", tmp_path)

    assert [] == spans
    assert "1 rejected (column_count 1)" in said


def test_iis_without_a_date(tmp_path: Path) -> None:
    """The day is that of the heading: 14 commands of an old FTP log, and eight comments."""
    spans, said = converted("iis", SAMPLES / "lnav/logfile_w3c.2", tmp_path)
    assert (14, "22 lines; 14 spans in 14 traces; 8 ignored") == (len(spans), said)
