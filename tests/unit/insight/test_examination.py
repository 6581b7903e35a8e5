from pathlib import Path

import pytest

from logtrace.errors import UsageError
from logtrace.insight.examination import Examination
from logtrace.insight.given import Place, opened
from logtrace.insight.reading import Seen
from logtrace.mapping import ids
from logtrace.model import Closed, Reject
from tests.support.settings import read_text

CONFIG = """\
sources:
  - path: /var/log/shop.json
    format: json
    multiline: {start: '^\\{', end: '\\}$'}
    ignore: event == "ping"
    spans:
      - {when: event == "done", name: web.request, trace_id: "{id}", duration: "{ms} ms",
         kind: server, tags: {mail: "{mail}"}}
      - {when: event == "query", name: db.query, trace_id: "{id}", duration: "{ms} ms"}
      - {start: event == "begin", end: event == "end", name: job, key: "{id}"}
"""

SHOP = """\
{"ts":"2026-11-22T12:00:00Z","event":"done","id":"a1","ms":200,
"mail":"ann@shop.example"}
{"ts":"2026-11-22T12:00:01Z","event":"pong"}
{"ts":"2026-11-22T12:00:01Z","event":"ping"}
{"ts":"2026-11-22T12:00:02Z","event":"begin","id":"j1"}
{"ts":"2026-11-22T12:00:03Z","event":"end","id":"j2"}
{"ts":"2026-11-22T12:00:04Z","event":"end","id":"j1"}
{"ts":"2026-11-22T12:00:04Z","event":"done","ms":1}
"""
DB = """\
{"ts":"2026-11-22T11:59:59.900Z","event":"query","id":"a1","ms":20}
"""


@pytest.fixture
def examination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examination:
    """The files shop.json and db.json, side by side."""
    monkeypatch.chdir(tmp_path)
    Path("shop.json").write_text(SHOP)
    Path("db.json").write_text(DB)
    config = read_text(tmp_path, CONFIG)
    assert [] == config.problems
    return Examination(config.config, ["shop.json", "db.json"], None, opened)


def fate(examination: Examination, line: int) -> tuple[Seen, int, Reject | str | None]:
    """Return what is seen of a line of shop.json, its number, and what became of it."""
    place = Place("shop.json", line)
    seen = examination.look([place])
    number = examination.at(place)
    return seen, number, seen.fates.get(number)


def test_a_line_is_seen_with_its_whole_trace(examination: Examination) -> None:
    """With the lines of it that are in other files, and with the line that its record goes on in."""
    seen, number, why = fate(examination, 1)
    assert None is why
    (trace,) = seen.traces
    assert ["web.request", "db.query"] == [span.name for span in trace.spans]
    places = [str(examination.files.place(each)) for each in trace.numbers]
    assert ["shop.json:1", "db.json:1"] == places
    assert {"emails": 1} == trace.redacted
    assert [(True, False), (False, False)] == [
        (origin.root, origin.parented) for origin in trace.origins if origin
    ]
    assert {number: [number + 1]} == {
        first: others for first, others in seen.members.items() if first == number
    }
    assert set(trace.numbers) | {number + 1} <= seen.lines.keys()


def test_a_line_that_goes_on_a_record_leads_to_its_first(examination: Examination) -> None:
    """And so to the trace of that."""
    seen, number, _ = fate(examination, 2)
    assert {number: number - 1} == seen.owners
    assert [number - 1, "db.query"] == [seen.traces[0].numbers[0], seen.traces[0].spans[1].name]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (3, "unmatched"),
        (4, "ignored"),
        (5, None),
        (6, Reject.END_WITHOUT_START),
        (7, None),
        (8, Reject.NO_TRACE_ID),
    ],
)
def test_what_became_of_a_line(examination: Examination, line: int, why: str | None) -> None:
    """It is what the stages did with it."""
    seen, _, became = fate(examination, line)
    assert why == became
    assert (why is None) == bool(seen.traces)


def test_a_span_of_two_lines_names_both(examination: Examination) -> None:
    """The start and the end."""
    seen, _, _ = fate(examination, 7)
    (origin,) = seen.traces[0].origins
    assert origin is not None
    assert ["shop.json:5", "shop.json:7"] == [
        str(examination.files.place(number)) for number in origin.numbers
    ]
    assert Closed.FLUSHED == seen.traces[0].reason


def test_a_trace_is_found_by_its_id(examination: Examination) -> None:
    """Whatever files its lines are in."""
    found = ids.trace_id("a1")
    assert found is not None
    seen = examination.look((), [found[0]])
    assert [2] == [len(trace.spans) for trace in seen.traces]
    assert set(seen.traces[0].numbers) <= seen.lines.keys()
    assert [] == examination.look((), [5]).traces


def test_a_line_that_there_is_not(examination: Examination) -> None:
    """How many there are is said."""
    with pytest.raises(UsageError, match=r"shop\.json:9: there is no such line; it has 8 lines"):
        examination.look([Place("shop.json", 9)])


def test_quickly_read_is_read_no_further_than_the_line(
    tmp_path: Path, examination: Examination
) -> None:
    """But for a round in which its record may go on."""
    line = '{"ts":"2026-11-22T12:00:00Z","event":"done","id":"a1","ms":1}\n'
    Path("shop.json").write_text(line * 50_000)
    examination.look([Place("shop.json", 1)], whole=False)
    assert 0 < examination.files.lines("shop.json") < 10_000
    examination.look([Place("shop.json", 1)])
    assert 50_000 == examination.files.lines("shop.json")
