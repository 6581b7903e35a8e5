from pathlib import Path

from logtrace.insight.survey import Survey
from logtrace.model import Closed, Reject, Rewrite
from tests.support.settings import read_text

CONFIG = """\
sources:
  - path: /var/log/shop.json
    format: json
    service: My Shop
    spans:
      - {when: event == "done", name: web.request, trace_id: "{id}", duration: "{ms} ms",
         kind: server, tags: {mail: "{mail}"}}
      - {when: event == "query", name: db.query, trace_id: "{id}", duration: "{ms} ms"}
"""

SHOP = """\
{"ts":"2026-11-22T12:00:00Z","event":"done","id":"a1","ms":200,"mail":"ann@shop.example"}
{"ts":"2026-11-22T12:00:01Z","event":"done","id":"a2","ms":100}
{"ts":"2026-11-22T12:00:02Z","event":"pong"}
"""
DB = """\
{"ts":"2026-11-22T11:59:59.900Z","event":"query","id":"a1","ms":20}
{"ts":"2026-11-22T12:10:00Z","event":"query","ms":20}
"""


def surveyed(directory: Path, *texts: str) -> Survey:
    """Return what is seen of files with these texts."""
    files = [directory / f"{number}.log" for number in range(1, len(texts) + 1)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    survey = Survey(read_text(directory, CONFIG).config, [str(file) for file in files], None, 5)
    survey.read()
    return survey


def test_a_trace_over_several_files_is_one(tmp_path: Path) -> None:
    """Though one file is a day ahead of the other where it ends."""
    survey = surveyed(tmp_path, SHOP, DB)
    assert 3 == survey.spans
    traces = [[span.name for span in kept.spans] for kept in survey.slowest.shown()]
    assert [["web.request", "db.query"], ["web.request"]] == sorted(traces, key=len, reverse=True)
    assert 2 == survey.closed.total()


def test_all_that_happens_to_lines_and_spans_is_seen(tmp_path: Path) -> None:
    """Counts, changes, redactions, and where each line stands."""
    survey = surveyed(tmp_path, SHOP, DB)
    coverage = survey.coverage.sources["/var/log/shop.json"]
    assert (5, 3) == (coverage.records, coverage.spanned)
    assert {0: 2, 1: 1} == coverage.taken
    (unmatched,) = coverage.unmatched.most_frequent()
    assert 'event="pong" {ts}' == unmatched.text
    assert f"{tmp_path}/1.log:3" == str(survey.files.place(unmatched.number))
    (rejected,) = coverage.rejected[Reject.NO_TRACE_ID].most_frequent()
    assert f"{tmp_path}/2.log:2" == str(survey.files.place(rejected.number))
    assert 3 == survey.findings.rewritten[Rewrite.SERVICE_NORMALISED]
    assert {"emails": 1} == survey.redacted


def test_traces_are_closed_as_the_log_goes_on(tmp_path: Path) -> None:
    """Not only at the end, so that a large file needs no more memory than a small one."""
    line = '{{"ts":"2026-11-22T{0:02}:{1:02}:00Z","event":"done","id":"x{0}-{1}","ms":1}}\n'
    lines = "".join(line.format(hour, minute) for hour in range(24) for minute in range(60))
    survey = surveyed(tmp_path, lines)
    assert survey.closed[Closed.COMPLETE] > 1400
    assert survey.closed[Closed.FLUSHED] < 10
