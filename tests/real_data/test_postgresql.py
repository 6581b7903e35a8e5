"""Real PostgreSQL logs: the preset accounts for every line, and reads what an independent eye does."""

import bz2
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.real_logs import SAMPLES, converted, nanoseconds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"real logs are not here: {SAMPLES}"),
]


@pytest.mark.timeout(300)
def test_each_of_a_hundred_thousand_durations_is_a_span(tmp_path: Path) -> None:
    """Its end, its length, who asked which database, and what, are as a split of the line has them."""
    with bz2.open(SAMPLES / "pgbadger/rds.log.bz2", "rt") as log:
        lines = log.read().splitlines()
    expected, verbs = [], Counter[str]()
    for line in lines:
        before, found, rest = line.partition(":LOG:  duration: ")
        if found:
            zone, _, who, process = re.sub(r"\(\d+\)", "", before[19:]).split(":", 3)
            assert " CET" == zone
            user, _, database = who.partition("@")
            end = nanoseconds(before[:19], "%Y-%m-%d %H:%M:%S") - 3600 * 10**9
            took, statement = rest.split(" ms  statement: ", 1)
            expected.append((end, int(Decimal(took) * 10**6), user, database, process[1:-1]))
            if verb := re.match(r"\s*([A-Za-z]+)", statement):
                verbs[verb[1].upper()] += 1
    spans, said = converted("postgresql", SAMPLES / "pgbadger/rds.log.bz2", tmp_path)
    queries = [span for span in spans if span["name"] == "postgres.query"]
    assert 114_594 == len(expected)
    assert sorted(expected) == sorted(
        (
            span["start"] + span["duration"],
            span["duration"],
            span["meta"].get("db.user", ""),
            span["meta"].get("db.name", ""),
            span["meta"]["postgresql.pid"],
        )
        for span in queries
    )
    assert verbs == Counter(
        span["resource"].split()[0].upper() for span in queries if span["resource"] != span["name"]
    )
    assert not [span["resource"] for span in queries if re.search(r"'|\b\d+\b", span["resource"])]
    errors = [span for span in spans if span["name"] == "postgres.error"]
    assert [("gilles", "FATAL")] * 2 == [
        (span["meta"]["db.user"], span["resource"]) for span in errors
    ]
    assert said.startswith("114,604 lines; 114,596 spans in 114,596 traces; 8 ignored")


def test_lines_that_belong_to_others(tmp_path: Path) -> None:
    """A log with LOCATION lines and statements of several lines: ten statements with their times."""
    log = SAMPLES / "request-log-analyzer/postgresql.log"
    text = log.read_text()
    expected = [
        (nanoseconds(match[1], "%Y-%m-%d %H:%M:%S"), int(Decimal(match[2]) * 10**6))
        for match in re.finditer(r"^([\d-]+ [\d:]+) .*?duration: ([\d.]+) ms", text, re.MULTILINE)
    ]
    spans, said = converted("postgresql", SAMPLES / "request-log-analyzer/postgresql.log", tmp_path)
    assert 10 == len(expected)
    assert sorted(expected) == sorted(
        (span["start"] + span["duration"], span["duration"]) for span in spans
    )
    assert said.startswith("29 lines; 10 spans in 10 traces; 5 ignored")
    assert 29 - 10 - 5 == text.count("LOCATION:  ") + text.count("\n\t")


@pytest.mark.parametrize(
    ("log", "spans", "ignored", "behind"),
    [("lnav/logfile_postgres.0", 3, 17, 7), ("lnav/logfile_postgres.1", 2, 3, -2)],
)
def test_errors_with_their_statements(
    log: str, spans: int, ignored: int, behind: int, tmp_path: Path
) -> None:
    """An error is a span with its statement; the time is the line's, in PDT and in CEST."""
    text = (SAMPLES / log).read_text()
    found, said = converted("postgresql", SAMPLES / log, tmp_path)
    errors = [span for span in found if span.get("error")]
    stamps = re.findall(r"^([\d-]+ [\d:.]+) .*?ERROR: ", text, re.MULTILINE)
    assert [
        nanoseconds(stamp, "%Y-%m-%d %H:%M:%S.%f") + behind * 3600 * 10**9 for stamp in stamps
    ] == [span["start"] for span in errors]
    for span, statement in zip(errors, re.findall(r"STATEMENT:  (\w+)", text), strict=True):
        assert span["resource"].startswith(statement)
    assert said.startswith(
        f"{len(text.splitlines())} lines; {spans} spans in {spans} traces; {ignored} ignored"
    )
