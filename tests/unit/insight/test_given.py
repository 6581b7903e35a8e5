import gzip
import io
from pathlib import Path

import pytest

from logtrace import logs
from logtrace.config import load
from logtrace.config.model import Config
from logtrace.errors import SourceError, UsageError
from logtrace.insight.given import Files, as_sent, opened, source_of, traces
from logtrace.model import Rewrite
from logtrace.ship.redact import Redactor
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry
from tests.support.clock import FakeClock
from tests.support.traces import trace

TEXT = """\
sources:
  - {name: a, path: /var/log/a/*.log, format: json, spans: [{when: x, name: x, instant: true}]}
  - {name: b, path: /var/log/b.log, format: json, spans: [{when: x, name: x, instant: true}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration with two sources."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(TEXT)
    return load(path, {})


def test_a_file_is_of_the_source_whose_path_matches(config: Config) -> None:
    """Or of the one that is named; else nobody can know."""
    assert "a" == source_of(config, "/var/log/a/x.log", None)
    assert "b" == source_of(config, "/var/log/a/x.log", "b")
    with pytest.raises(UsageError, match="name one with --source: a, b"):
        source_of(config, "/tmp/x.log", None)
    with pytest.raises(UsageError, match="no source is named 'c'"):
        source_of(config, "/tmp/x.log", "c")


def test_lines_of_several_files_have_numbers_of_their_own(config: Config, tmp_path: Path) -> None:
    """A number names one line of one file; the key is the file's place on the command line."""
    (tmp_path / "one").write_text("a\nb\n")
    (tmp_path / "two").write_bytes(gzip.compress(b"c\nd\n"))
    (tmp_path / "none").write_text("")
    telemetry = Telemetry(logs.silent(), FakeClock())
    names = [str(tmp_path / name) for name in ("one", "none", "two")]
    files = Files(config, names, "b", telemetry)
    ((batches, behind),) = files.rounds()
    found = [(batch.stream, batch.key, batch.first, batch.lines) for batch in batches]
    assert [(names[0], 1, 0, [b"a", b"b"]), (names[2], 3, 2, [b"c", b"d"])] == found
    assert set() == behind
    assert ["one:1", "one:2", "two:1", "two:2"] == [
        str(files.place(number)).rpartition("/")[2] for number in range(4)
    ]
    assert 4 == telemetry.total("lines_read")


def test_files_are_read_side_by_side(config: Config, tmp_path: Path) -> None:
    """A round has a block of each; a file that has more is behind."""
    (tmp_path / "long").write_text(f"{'x' * 99}\n" * 5000)
    (tmp_path / "short").write_text("y\n")
    names = [str(tmp_path / name) for name in ("long", "short")]
    files = Files(config, names, "a", Telemetry(logs.silent(), FakeClock()))
    rounds = [
        ([batch.stream for batch in batches], behind, batches[0].first)
        for batches, behind in files.rounds()
    ]
    assert (names, {names[0]}, 0) == rounds[0]
    assert ([names[0]], set()) == rounds[-1][:2]
    assert len(rounds) > 2
    lines_before = rounds[-1][2] - 1  # one of the other file came between
    assert f"{names[0]}:{lines_before + 1}" == str(files.place(rounds[-1][2]))
    assert f"{names[0]}:5000" == str(files.place(5000))


def test_a_file_that_is_named_twice_is_two_streams(config: Config, tmp_path: Path) -> None:
    """Their lines do not pair with one another."""
    (tmp_path / "one").write_text("a\n")
    names = [str(tmp_path / "one")] * 2
    files = Files(config, names, "a", Telemetry(logs.silent(), FakeClock()))
    ((batches, _),) = files.rounds()
    assert [names[0], f"{names[0]} (2)"] == [batch.stream for batch in batches]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With its name and the reason."""
    with pytest.raises(SourceError, match="none: no such file"), opened(str(tmp_path / "none")):
        pass


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """As bytes."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x\n")))
    with opened("-") as stream:
        assert b"x\n" == stream.read()


def test_lines_that_gave_several_things_are_forgotten(tmp_path: Path) -> None:
    """Nobody acknowledges them here: a log of any size leaves nothing behind."""
    path, log = tmp_path / "logtrace.yaml", tmp_path / "a.log"
    rules = "{when: x, name: x, instant: true, continue: true}, {when: x, name: y, instant: true}"
    path.write_text(f"sources: [{{path: {log}, format: json, spans: [{rules}]}}]\n")
    log.write_text('{"ts":1795341600,"x":true}\n' * 3)
    config, telemetry = load(path, {}), Telemetry(logs.silent(), FakeClock())
    stages = Stages(config, telemetry)

    found = [*traces(stages, Files(config, [str(log)], None, telemetry))]

    assert 6 == sum(len(trace.spans) for some in found for trace in some)
    assert 0 == len(stages.shared)


def test_what_is_said_to_be_sent_is_redacted_before_it_is_cut() -> None:
    """As the daemon does it: half a card number would look like none."""
    made = trace(1, resource="r" * 4990 + " 4111111111111111 tail", meta={"a": "b"})
    prepared = as_sent(made, Redactor(["credit_cards"]))

    assert ["r" * 4990 + " ? tail"] == [span.resource for span in prepared.spans]
    assert None is prepared.findings


def test_what_events_may_lose_is_said() -> None:
    """An Agent that does not know events has room for fewer: report and picture say so."""
    events = [{"name": "log", "time_unix_nano": 5, "attributes": {"a": "x" * 9000}}] * 4
    prepared = as_sent(trace(1, span_events=list(events)), Redactor([]))

    assert {Rewrite.EVENT_CUT: 4} == prepared.rewritten
    assert None is as_sent(trace(1, span_events=events[:1]), Redactor([])).findings


def test_ids_that_spans_share_are_said() -> None:
    """As the daemon counts them."""
    made = trace(1, 3)
    made.spans[1].span_id, made.shared_ids = made.spans[2].span_id, True

    assert {Rewrite.DUPLICATE_SPAN_ID: 1} == as_sent(made, Redactor([])).rewritten
