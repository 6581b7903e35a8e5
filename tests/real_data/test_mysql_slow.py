"""Real slow query logs of MySQL, MariaDB and Percona Server: every record is a span or says why not."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.real_logs import SAMPLES, converted, nanoseconds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"real logs are not here: {SAMPLES}"),
]

OLD = """\
multiline: {start: '^# Time: '}
time: {field: logged, format: "%y%m%d %H:%M:%S"}
"""
"""What the preset mariadb-slow tells those to say whose records have no SET timestamp."""


def records(log: str) -> list[str]:
    """Return the records of a log: from a User@Host to the next, without what stands before them."""
    text = (SAMPLES / log).read_text()
    return re.split(r"^# User@Host: |(?<=\d) # User@Host: ", text, flags=re.MULTILINE)[1:]


def took(record: str) -> int:
    """Return the nanoseconds that a record says its statement took."""
    return int(Decimal(record.split("Query_time: ")[1].split()[0]) * 10**9)


def test_mysql_of_today(tmp_path: Path) -> None:
    """Time, duration, user, database and rows of each record are the line's."""
    text = (SAMPLES / "lnav/logfile_mysql_slow.0").read_text()
    spans, said = converted("mysql-slow", SAMPLES / "lnav/logfile_mysql_slow.0", tmp_path)
    times = [
        nanoseconds(stamp, "%Y-%m-%dT%H:%M:%S.%fZ")
        for stamp in re.findall(r"^# Time: (\S+)$", text, re.MULTILINE)
    ]
    rows = [float(number) for number in re.findall(r"Rows_sent: (\d+)", text)]
    assert times == [span["start"] + span["duration"] for span in spans]
    assert rows == [span["metrics"]["db.row_count"] for span in spans]
    assert [took(record) for record in records("lnav/logfile_mysql_slow.0")] == [
        span["duration"] for span in spans
    ]
    assert {("owncloud", "owncloud", "mysql.query")} == {
        (span["meta"]["db.user"], span["meta"]["db.name"], span["name"]) for span in spans
    }
    assert said.startswith(f"{len(text.splitlines())} lines; 6 spans in 6 traces")
    assert "rejected" not in said
    assert "unmatched" not in said


@pytest.mark.parametrize("number", range(1, 10))
def test_percona(number: int, tmp_path: Path) -> None:
    """A record ends at its SET timestamp, else at that of the one before; without any it is no span."""
    log = f"percona/slow{number:03}.log"
    ends, expected, timeless = 0, [], 0
    for record in records(log):
        if stamp := re.search(r"timestamp=(\d+)", record):
            ends = int(stamp[1]) * 10**9
        if ends:
            expected.append((ends, took(record)))
        else:
            timeless += 1
    spans, said = converted("mariadb-slow", SAMPLES / log, tmp_path)
    assert sorted(expected) == sorted(
        (span["start"] + span["duration"], span["duration"]) for span in spans
    )
    assert bool(timeless) == (f"no_time {timeless})" in said)
    assert "pattern_mismatch" not in said
    assert "unmatched" not in said


@pytest.mark.parametrize(
    "log",
    ["request-log-analyzer/mysql_slow_query.log", "percona/slow006.log", "percona/slow001.log"],
)
def test_records_that_say_their_time_above(log: str, tmp_path: Path) -> None:
    """Read by `# Time`, as the preset tells, each is a span with its time and duration."""
    text = (SAMPLES / log).read_text()
    spans, said = converted("mariadb-slow", SAMPLES / log, tmp_path, OLD)
    times = [
        nanoseconds(stamp, "%y%m%d %H:%M:%S")
        for stamp in re.findall(r"^# Time: (\d+ +[\d:]+)", text, re.MULTILINE)
    ]
    expected = sorted(zip(times, map(took, records(log)), strict=True))
    assert expected == sorted(
        (span["start"] + span["duration"], span["duration"]) for span in spans
    )
    assert "rejected" not in said


@pytest.mark.parametrize("number", [2, 8, 9])
def test_records_of_one_second_are_not_lost_unseen(number: int, tmp_path: Path) -> None:
    """Read by `# Time`, a record that holds another is rejected as a whole."""
    _, said = converted("mariadb-slow", SAMPLES / f"percona/slow{number:03}.log", tmp_path, OLD)
    assert "pattern_mismatch 1" in said
