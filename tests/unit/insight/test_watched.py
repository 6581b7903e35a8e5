import io
from pathlib import Path

from logtrace import logs
from logtrace.config import load
from logtrace.insight.watched import watch
from logtrace.mapping.pairing import Paired
from logtrace.model import Mapped, Records, Reject, Trace
from logtrace.source.given import batches
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry
from tests.support.clock import FakeClock

CONFIG = """\
sources:
  - name: app
    path: /var/log/app.log
    format: json
    spans:
      - {start: e == "begin", end: e == "end", name: job, key: "{id}"}
      - {when: e == "done", name: done, instant: true}
"""

LINES = b"""\
{"ts":"2026-11-22T12:00:00Z","e":"begin","id":1}
{"ts":"2026-11-22T12:00:01Z","e":"end","id":1}
{"ts":"2026-11-22T12:00:01Z","e":"end","id":2}
{"ts":"2026-11-22T12:00:02Z","e":"begin","id":3}
{"ts":"2026-11-22T12:00:02Z","e":"done"}
nonsense
"""


class Seen:
    """Notes what it is shown."""

    def __init__(self) -> None:
        self.rejects: list[tuple[int, Reject]] = []
        self.taken: dict[int, int] = {}
        self.spans: list[int] = []
        self.released: list[tuple[int, Reject]] = []

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        assert "app" == source
        self.rejects += records.rejects
        self.taken |= mapped.taken

    def paired(self, source: str, paired: Paired) -> None:
        assert "app" == source
        self.spans += [span.number for span in paired.spans]
        self.released += paired.released


def ran(directory: Path, watcher: Seen | None) -> list[Trace]:
    """Return the traces of `LINES`."""
    path = directory / "logtrace.yaml"
    path.write_text(CONFIG)
    stages = Stages(load(path, {}), Telemetry(logs.silent(), FakeClock()))
    if watcher:
        watch(stages, watcher, 100)
    traces: list[Trace] = []
    for batch in batches(io.BytesIO(LINES), "app.log", "app", 1):
        traces += stages.process(batch).traces
    return traces + stages.flush().traces


def test_a_watcher_sees_what_became_of_each_line(tmp_path: Path) -> None:
    """Of the parser's rejects, of the rules' lines, of pairs that came about and that did not."""
    seen = Seen()
    ran(tmp_path, seen)
    assert [(5, Reject.BAD_JSON)] == seen.rejects
    assert {0: 4, 1: 1} == seen.taken
    assert [(2, Reject.END_WITHOUT_START)] == seen.released
    assert [1, 3] == seen.spans


def test_watching_changes_nothing(tmp_path: Path) -> None:
    """The traces are the same, to the last id."""
    assert ran(tmp_path, None) == ran(tmp_path, Seen())
