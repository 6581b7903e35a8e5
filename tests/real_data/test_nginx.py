"""Real access logs of nginx and Apache: each line is a span, and holds what an independent eye reads."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.support.real_logs import SAMPLES, converted

LOGS = [
    ("nginx", SAMPLES / "opensearch-catalog/nginx/raw.log"),
    ("nginx", SAMPLES / "lnav/logfile_shop_access_log.0"),
    ("apache", SAMPLES / "lnav/logfile_shop_access_log.0"),
    ("apache", SAMPLES / "request-log-analyzer/apache_combined.log"),
]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"real logs are not here: {SAMPLES}"),
]


def read(line: str) -> tuple[str, str, str, int, str]:
    """Return method, URL, status, start and client of a line, taken apart at blanks and quotes."""
    head, request, rest = line.split('"')[:3]
    client = head.split(" ")[0]
    stamp = head[head.index("[") + 1 : head.index("]")]
    start = int(datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").timestamp()) * 10**9
    method, target, _ = request.split(" ")
    return method, target, rest.split()[0], start, client


@pytest.mark.parametrize(("preset", "log"), LOGS, ids=lambda each: getattr(each, "name", each))
def test_every_line_is_a_span_with_what_stands_in_it(
    preset: str, log: Path, tmp_path: Path
) -> None:
    """No line is unmatched or rejected; method, URL, status, time and client are the line's.

    A resource is the method and as many segments as the path has, without a query.
    """
    lines = log.read_text().splitlines()
    spans, said = converted(preset, log, tmp_path)
    expected = [read(line) for line in lines]
    found = [
        (
            span["meta"]["http.method"],
            span["meta"]["http.url"],
            span["meta"]["http.status_code"],
            span["start"],
            span["meta"]["network.client.ip"],
        )
        for span in spans
    ]
    assert expected == found
    assert f"{len(lines):,} lines; {len(lines):,} spans in {len(lines):,} traces" == said
    errors = [span.get("error", 0) for span in spans]
    assert [int(status >= "500") for _, _, status, _, _ in expected] == errors
    for span in spans:
        method, _, path = span["resource"].partition(" ")
        url = span["meta"]["http.url"].partition("?")[0]
        assert (span["meta"]["http.method"], url.count("/")) == (method, path.count("/"))
        assert "=" not in path
