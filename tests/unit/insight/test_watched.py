import io
from collections.abc import Sequence
from pathlib import Path

from logtrace import logs
from logtrace.config import load
from logtrace.insight.watched import Watcher, watch
from logtrace.mapping.pairing import Paired
from logtrace.model import HalfSpan, Mapped, MappedSpan, Records, Reject, Trace
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


class Seen(Watcher):
    """Notes what it is shown."""

    def __init__(self) -> None:
        self.rejects: list[tuple[int, Reject]] = []
        self.taken: dict[int, int] = {}
        self.spans: list[int] = []
        self.released: list[tuple[int, Reject]] = []
        self.finished_spans: list[tuple[int, int | None, str]] = []
        self.lost_halves: list[tuple[int, int, Reject]] = []
        self.resets: list[tuple[int, list[int]]] = []

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        assert "app" == source
        self.rejects += records.rejects
        self.taken |= mapped.taken

    def paired(self, source: str, paired: Paired) -> None:
        self.spans += [span.number for span in paired.spans]
        self.released += paired.released

    def finished(self, first: HalfSpan, last: HalfSpan | None, made: MappedSpan) -> None:
        end = None if last is None else last.number
        self.finished_spans.append((first.number, end, made.span.name))

    def lost(self, source: str, half: HalfSpan, reason: Reject) -> None:
        assert "app" == source
        self.lost_halves.append((half.number, half.rule, reason))

    def emptied(self, number: int, spans: Sequence[MappedSpan]) -> None:
        self.resets.append((number, [span.number for span in spans]))


def ran(
    directory: Path, watcher: Seen | None, config: str = CONFIG, lines: bytes = LINES
) -> list[Trace]:
    """Return the traces of some lines."""
    path = directory / "logtrace.yaml"
    path.write_text(config)
    stages = Stages(load(path, {}), Telemetry(logs.silent(), FakeClock()))
    if watcher:
        watch(stages, watcher, 100)
    traces: list[Trace] = []
    for batch in batches(io.BytesIO(lines), "app.log", "app", 1):
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


def test_pairs_are_seen_with_the_lines_that_made_them(tmp_path: Path) -> None:
    """First and last; none where there was no end. And which rule a line gave nothing."""
    seen = Seen()
    ran(tmp_path, seen)
    assert [(0, 1, "job"), (3, None, "job")] == seen.finished_spans
    assert [(2, 0, Reject.END_WITHOUT_START)] == seen.lost_halves


def test_what_a_line_gives_one_rule_is_told_from_what_it_gives_another(tmp_path: Path) -> None:
    """An event with nothing around it is lost; on a line that became a span it is that span's."""
    config = CONFIG.replace("instant: true", "instant: true, continue: true") + (
        '      - {event: e == "done" or e == "note", name: note}\n'
    )
    lines = b"".join(
        b'{"ts":"2026-11-22T12:00:0%dZ","e":"%s","id":1}\n' % (second, event)
        for second, event in enumerate([b"note", b"done", b"begin", b"note", b"end"])
    )
    seen = Seen()
    ran(tmp_path, seen, config.replace(', key: "{id}"', ""), lines)
    lost = Reject.EVENT_WITHOUT_SPAN
    assert [(0, 2, lost)] == seen.lost_halves
    assert [(0, lost)] == seen.released


def test_a_reset_is_seen_with_what_it_closed(tmp_path: Path) -> None:
    """Each with its own; what is closed at the end of the log is not among it."""
    config = CONFIG.replace("    spans:", '    reset: e == "up"\n    spans:')
    lines = b"".join(
        b'{"ts":"2026-11-22T12:00:00Z","e":"%s","id":%d}\n' % (event, number)
        for number, event in enumerate(
            [b"up", b"begin", b"begin", b"up", b"begin", b"up", b"begin"]
        )
    )
    seen = Seen()
    ran(tmp_path, seen, config, lines)
    assert [(0, []), (3, [2, 1]), (5, [4])] == [
        (n, sorted(found)[::-1]) for n, found in seen.resets
    ]
