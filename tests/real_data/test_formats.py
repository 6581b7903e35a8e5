"""Real logs in each format: every line is accounted for, and times are what an independent eye reads."""

import csv
import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from logtrace.config.model import TimeConfig
from logtrace.model import Reject
from logtrace.parse.timestamps import build_times
from tests.support.lines import batch, column, parser, real, text

SAMPLES = "samples"


def lines_of(name: str) -> list[bytes]:
    """Return the lines of a sample, without their newlines."""
    return real(f"{SAMPLES}/{name}").read_bytes().removesuffix(b"\n").split(b"\n")


def utc(shown: str) -> int:
    """Return the nanoseconds of a time in ISO 8601, UTC if it names no zone."""
    moment = datetime.fromisoformat(shown)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def everything() -> list[Path]:
    """Return all samples that are text."""
    root = real(SAMPLES)
    return sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".bz2")


@pytest.mark.parametrize(
    "form", ["logfmt", "csv", "tsv", "w3c", "grok", "json", "otlp-json", "datadog-json"]
)
def test_every_line_of_every_sample_is_accounted_for(form: str) -> None:
    """Whatever it is, and whatever it is read as: a row, a reject with its reason, or skipped."""
    pattern = "%{TIMESTAMP_ISO8601:time} %{GREEDYDATA:message}" if form == "grok" else None
    for path in everything():
        lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
        for heading in (b"", lines[0] + b"\n", b"#Fields: a b c\n"):
            made = msgspec.structs.replace(batch(*lines), heading=heading)
            records = parser(form, "time a b ts", pattern).parse(made)
            places = [*records.lines, *(line for line, _ in records.rejects), *records.skipped]
            assert list(range(len(lines))) == sorted(places), path


def test_logfmt() -> None:
    """Every line is read, with the values that stand between the quotes."""
    lines = lines_of("lnav/logfile_logfmt.0")
    made = parser("logfmt", "time level msg namespace")
    records = made.parse(batch(*lines))

    assert [] == records.rejects
    read_time = build_times(TimeConfig()).read
    for field, shown in (("time", rb'time="([^"]*)"'), ("level", rb"level=(\w+)")):
        expected = [match[1].decode() for line in lines if (match := re.search(shown, line))]
        assert expected == column(made, records, field)
    assert None not in [read_time(value) for value in column(made, records, "time")]
    assert all(value and '"' not in value for value in column(made, records, "msg"))


def test_w3c_of_iis() -> None:
    """254 lines with a header that is repeated: each is a request or a comment."""
    lines = lines_of("lnav/logfile_w3c_big.0")
    comments = [index for index, line in enumerate(lines) if line.startswith(b"#")]
    made = parser("w3c", "ts sc-status time-taken cs(User-Agent)")
    records = made.parse(batch(*lines))

    assert (comments, []) == (list(records.skipped), records.rejects)
    requests = [line.split() for line in lines if not line.startswith(b"#")]
    assert [f"{line[0].decode()} {line[1].decode()}" for line in requests] == column(
        made, records, "ts"
    )
    assert [line[-1].decode() for line in requests] == column(made, records, "time-taken")
    agents = column(made, records, "cs(User-Agent)")
    assert not any("+" in agent for agent in agents if agent)


def test_w3c_without_a_date() -> None:
    """The day is that of the header; a header with fewer columns than the lines rejects them."""
    made = parser("w3c", "ts")
    records = made.parse(batch(*lines_of("lnav/logfile_w3c.2")))
    assert "2000-10-09 16:44:49" == column(made, records, "ts")[0]
    skipped = [0, 1, 2, 3, 15, 16, 17, 18]
    assert ([], skipped, 14) == (records.rejects, list(records.skipped), len(records.rows))

    records = made.parse(batch(*lines_of("lnav/logfile_w3c.5")))
    assert ([0], [(1, Reject.COLUMN_COUNT)]) == (list(records.skipped), records.rejects)


def test_csv_by_another_reader() -> None:
    """The table of Nezha, with newlines within values: records come as Python's own reader cuts them."""
    path = next(iter(sorted(real("truth/nezha").glob("*_trace.csv.gz"))))
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.reader(file))[:20_000]
    header, *rest = rows
    made = parser("csv", " ".join(header))
    written = [_record(row) for row in rest]
    records = made.parse(batch(_record(header), *(row for row in written if "\n" not in row)))

    expected = [row for row, text in zip(rest, written, strict=True) if "\n" not in text]
    assert [] == records.rejects
    assert [row[0] or None for row in expected] == column(made, records, header[0])
    assert [row[-1] or None for row in expected] == column(made, records, header[-1])


def _record(row: list[str]) -> str:
    return ",".join(f'"{value.replace(chr(34), chr(34) * 2)}"' for value in row)


TIMES: list[tuple[str, str | None, str | None, str, str]] = [
    ("logfile_syslog.0", None, None, r"(\w+ +\d+ [\d:]+)", "2007-11-03T09:23:38"),
    ("logfile_with_zones.0", None, None, r"(\S+)", "2022-08-27T14:22:01.613"),
    ("logfile_tai64n.0", None, None, r"(@\w+)", "2005-09-22T03:31:05.997071"),
    ("logfile_syslog_fr.0", "%b %d %H:%M:%S", None, r"(\w+ \d+ [\d:]+)", "2007-08-19T11:08:37"),
    ("logfile_postgres.0", None, None, r"(\S+ \S+ [A-Z]+)", "2025-08-13T08:45:01.123"),
    ("logfile_glog.0", "%m%d %H:%M:%S.%f", None, r".(\d+ \S+)", "2007-05-17T15:04:22.619632"),
]


@pytest.mark.parametrize(("name", "form", "zone", "pattern", "first"), TIMES)
def test_times(name: str, form: str | None, zone: str | None, pattern: str, first: str) -> None:
    """Every line that has a time has one that can be read, and times go forward."""
    times = build_times(
        TimeConfig(format=text(form) if form else None, zone=text(zone) if zone else None)
    )
    times.begin("a", utc("2007-12-01T00:00:00"))
    shown = [
        match[1]
        for line in lines_of(f"lnav/{name}")
        if (match := re.match(pattern, line.decode("utf-8", "replace")))
    ]
    found: list[Any] = [times.read(each) for each in shown]

    assert shown
    assert None not in found
    assert utc(first) == found[0] // 1000 * 1000
    assert sorted(found) == found or name == "logfile_with_zones.0"


def test_the_hour_that_came_twice() -> None:
    """Ten lines of a night in November, with neither year nor zone, lie in the order of the file."""
    times = build_times(TimeConfig(zone=text("America/Los_Angeles")))
    times.begin("a", utc("2013-11-04T00:00:00"))
    shown = [line.decode()[:15] for line in lines_of("lnav/logfile_dst.0")]
    found: list[Any] = [times.read(each) for each in shown]

    assert sorted(found) == found
    assert utc("2013-11-03T08:01:03") == found[0]
    assert utc("2013-11-03T09:24:56") == found[5]
    assert utc("2013-11-03T10:25:02") == found[-1]


def test_a_year_that_rolls_over() -> None:
    """From November to February."""
    times = build_times(TimeConfig())
    times.begin("a", utc("2008-01-01T00:00:00"))
    found = []
    for line in lines_of("lnav/logfile_rollover.1"):
        if line.startswith(b"Feb"):
            times.begin("a", utc("2008-03-01T00:00:00"))
        found.append(times.read(line.decode()[:15]))
    assert utc("2007-11-03T09:47:02") == found[3]
    assert utc("2008-02-03T09:23:38") == found[4]
