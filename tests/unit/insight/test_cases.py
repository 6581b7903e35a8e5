from pathlib import Path

from logtrace.config.model import Config
from logtrace.insight.cases import Outcome, failures, run
from logtrace.insight.differences import Difference
from tests.support.settings import read_text

SOURCE = """\
redact: {emails: true}
sources:
  - path: /var/log/app.json
    format: json
    service: My Shop
    ignore: event == "ping"
    spans:
      - {when: event == "done", name: web.request, trace_id: "{id}", duration: "{ms} ms", kind: server}
      - {when: event == "query", name: db.query, trace_id: "{id}", duration: "{ms} ms",
         resource: "{sql}"}
      - {start: event == "begin", end: event == "end", name: job, key: "{id}"}
"""

LINES = """\
    lines: |
      {"ts":"2026-11-22T12:00:00.100Z","event":"query","id":"a1","ms":50,"sql":"for ann@shop.example"}
      {"ts":"2026-11-22T12:00:00.200Z","event":"done","id":"a1","ms":200}
      {"ts":"2026-11-22T12:00:01Z","event":"done","ms":1}
      {"ts":"2026-11-22T12:00:01Z","event":"ping"}
      {"ts":"2026-11-22T12:00:01Z","event":"pong"}
      {"ts":"2026-11-22T12:00:02Z","event":"begin","id":"j1"}
      {"ts":"2026-11-22T12:00:03Z","event":"end","id":"j2"}
      not json
"""


def ran(directory: Path, expected: str) -> tuple[Config, Outcome, list[Difference]]:
    """Return the configuration with one test, what became of its lines, and what is wrong."""
    reading = read_text(directory, SOURCE + "tests:\n  - name: one\n" + LINES + expected)
    assert [] == reading.problems
    (case,) = reading.config.tests
    outcome = run(reading.config, case)
    return reading.config, outcome, list(failures(case, outcome))


def test_every_line_is_accounted_for(tmp_path: Path) -> None:
    """Spans by trace, in the order of the traces' first lines; the rest by what became of it."""
    _, outcome, _ = ran(tmp_path, "    expect: []\n")
    names = [[(span.name, span.duration) for span in trace] for trace in outcome.traces]
    assert [[("web.request", 200_000_000), ("db.query", 50_000_000)], [("job", 0)]] == names
    assert {"no_trace_id": 1, "bad_json": 1, "end_without_start": 1} == outcome.rejected
    assert (8, 1, 1) == (outcome.lines, outcome.unmatched, outcome.ignored)
    assert {0: 1, 1: 1, 2: 2} == outcome.taken


def test_what_is_compared_is_what_would_be_sent(tmp_path: Path) -> None:
    """Spelt as the Agent does it, and without what must not leave; an open start is unfinished."""
    expected = """\
    expect:
      - {service: my_shop, name: web.request, parent: ""}
      - {resource: "for ?", parent: web.request}
      - {name: job, error: 1}
    traces: 2
    rejected: {no_trace_id: 1, bad_json: 1, end_without_start: 1}
    unmatched: 1
    ignored: 1
"""
    _, outcome, wrong = ran(tmp_path, expected)
    assert [] == wrong
    assert "for ?" == outcome.traces[0][1].resource


def test_counts_are_compared_where_they_are_written(tmp_path: Path) -> None:
    """Rejected ones by reason: one that was not expected is a difference too."""
    expected = "    traces: 1\n    rejected: {no_trace_id: 2}\n    unmatched: 0\n    ignored: 0\n"
    _, _, wrong = ran(tmp_path, expected)
    assert [
        Difference("unmatched", 0, 1),
        Difference("ignored", 0, 1),
        Difference("traces", 1, 2),
        Difference("rejected.bad_json", 0, 1),
        Difference("rejected.end_without_start", 0, 1),
        Difference("rejected.no_trace_id", 2, 1),
    ] == wrong


def test_a_span_too_few_and_one_too_many_are_told_apart(tmp_path: Path) -> None:
    """Both with what a person knows a span by."""
    expected = "    expect: [{name: cache.get, error: 0}, {name: web.request}, {name: db.query}]\n"
    _, _, wrong = ran(tmp_path, expected)
    lacking = Difference("expect[0]", {"name": "cache.get", "error": 0}, None)
    job = {"name": "job", "resource": "job", "service": "my_shop", "type": "", "error": 1}
    extra = Difference("expect", None, job | {"duration": 0})
    assert [lacking, extra] == wrong


def test_a_year_that_lines_do_not_say(tmp_path: Path) -> None:
    """It is told by when the log was written last, if the test says that."""
    text = """\
sources:
  - path: /var/log/app.log
    format: regex
    pattern: '(?P<time>[A-Z][a-z]{2} [0-9]{2} [0-9:]{8}) done'
    spans: [{when: "true", name: done, instant: true}]
tests:
  - name: one
    modified: 2027-01-01T00:00:00Z
    lines: ["Dec 31 23:59:59 done"]
    expect: [{name: done, start: 2026-12-31T23:59:59Z}]
  - name: two
    lines: ["Dec 31 23:59:59 done"]
    rejected: {bad_time: 1}
"""
    reading = read_text(tmp_path, text)
    assert [] == reading.problems
    for case in reading.config.tests:
        assert [] == list(failures(case, run(reading.config, case)))
