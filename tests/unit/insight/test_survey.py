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


def shapes(directory: Path, config: str, log: str) -> list[tuple[str, str, str]]:
    """Return the reason, shape and sample of all lines of a log that gave nothing."""
    (directory / "app.log").write_text(log)
    survey = Survey(read_text(directory, config).config, [str(directory / "app.log")], None, 0)
    survey.read()
    (coverage,) = survey.coverage.sources.values()
    found = [("unmatched", coverage.unmatched), *sorted(coverage.rejected.items())]
    return [(name, s.text, s.sample) for name, shapes in found for s in shapes.most_frequent()]


LEVELS = """\
sources:
  - path: /var/log/app.log
    format: regex
    pattern: '(?P<level>[A-Z]+) (?P<message>.*)'
    time: {field: docker.time}
    spans: [{when: level == "NONE", name: x, instant: true}]
"""


def test_lines_in_an_envelope_are_seen_without_it(tmp_path: Path) -> None:
    """Those that no rule took, those that the pattern does not match; one without an envelope raw."""
    wrapped = '{"log": "%s\\n", "stream": "stdout", "time": "2026-11-22T10:00:00.5Z"}\n'
    texts = ["INFO user 7", "WARN slow", "panic: foo", "pause 3 ms"]
    log = wrapped % "ERROR full" + "\n" + "{bare}\n" + "".join(wrapped % text for text in texts)
    config = LEVELS.replace("    spans", "    unwrap: docker\n    spans")
    assert [
        ("unmatched", "ERROR full", "ERROR full"),
        ("unmatched", "INFO user <n>", "INFO user 7"),
        ("unmatched", "WARN slow", "WARN slow"),
        (Reject.BAD_ENVELOPE, "{bare}", "{bare}"),
        (Reject.EMPTY_LINE, "", ""),
        (Reject.PATTERN_MISMATCH, "panic: foo", "panic: foo"),
        (Reject.PATTERN_MISMATCH, "pause <n> ms", "pause 3 ms"),
    ] == shapes(tmp_path, config, log)


def test_of_a_record_of_several_lines_the_first_is_seen(tmp_path: Path) -> None:
    """With a mark that there is more, wherever a batch ends."""
    config = LEVELS.replace("    spans", "    multiline: {start: '^[A-Za-z]'}\n    spans")
    log = "WARN slow\nINFO gone\n  at 1\n  at 2\nno 4\n  at 5\n"
    assert [
        ("unmatched", "WARN slow", "WARN slow"),
        ("unmatched", "INFO gone ⏎…", "INFO gone ⏎…"),
        (Reject.PATTERN_MISMATCH, "no <n> ⏎…", "no 4 ⏎…"),
    ] == shapes(tmp_path, config, log)
    assert [("unmatched", "INFO x ⏎…", "INFO x ⏎…")] == shapes(
        tmp_path, config, "INFO x\n" + " at y\n" * 100_000
    )[:1]
