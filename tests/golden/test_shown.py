"""What `preview` and `explain` find out of the golden cases is what `convert` makes of them."""

from pathlib import Path

import pytest

from logtrace import logs
from logtrace.assemble.decisions import PRIORITY
from logtrace.cli.convert import convert
from logtrace.clock import SystemClock
from logtrace.config import load
from logtrace.config.model import Config
from logtrace.insight.examination import Examination
from logtrace.insight.given import Place, opened
from logtrace.insight.line import LineStory, Teller
from logtrace.insight.survey import Survey
from logtrace.model import Reject
from logtrace.telemetry import Telemetry

CASES = sorted((Path(__file__).parent / "cases").iterdir())
LATER = (
    *(Reject.END_WITHOUT_START, Reject.EVENT_WITHOUT_SPAN, Reject.TOO_MANY_OPEN),
    Reject.RECORD_FULL,
)
"""What no rule can know: what becomes of a half-span, and that a record has no room for a line."""


def read(case: Path) -> tuple[Config, str]:
    """Return a case's configuration and its log."""
    return load(case / "config.yaml", {}), str(case / "input.log")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_preview_counts_what_convert_counts(case: Path) -> None:
    """Lines by what became of them, spans and traces by their reason."""
    config, log = read(case)
    telemetry = Telemetry(logs.silent(), SystemClock())
    traces = [trace for some in convert(config, (log,), None, telemetry) for trace in some]
    survey = Survey(config, [log], None, 5)
    survey.read()

    for name in ("lines_read", "lines_rejected", "lines_unmatched", "lines_ignored"):
        assert telemetry.total(name) == survey.telemetry.total(name)
    found = survey.coverage.sources.values()
    nothing = sum(each.unmatched.lines + each.resets for each in found)
    assert telemetry.total("lines_unmatched") == nothing
    assert telemetry.total("lines_ignored") == sum(each.ignored for each in found)
    rejected = sum(shapes.lines for each in found for shapes in each.rejected.values())
    assert telemetry.total("lines_rejected") == rejected + telemetry.count(
        "lines_rejected", Reject.RECORD_FULL
    )
    assert len(traces) == survey.closed.total()
    unkept = [trace for trace in traces if trace.spans[0].metrics[PRIORITY] <= 0]
    assert len(unkept) == survey.unkept
    lines = {number for trace in traces for number in trace.numbers}
    assert len(lines) == sum(each.spanned for each in found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_explanation_is_what_the_stages_did(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every line: by itself, read again with all its fields, it has the fate that it had."""
    monkeypatch.setattr("logtrace.insight.examination.MOST_LINES", 10_000)
    monkeypatch.setattr("logtrace.insight.reading.MOST_TRACES", 10_000)
    config, log = read(case)
    examination, teller = Examination(config, [log], None, opened), Teller(config)
    lines = Path(log).read_bytes().count(b"\n")
    places = [Place(log, number + 1) for number in range(lines)]
    seen = examination.look(places)
    spanned = {number for trace in seen.traces for number in trace.numbers}
    for place in places:
        number = examination.at(place)
        if number in seen.owners:
            assert seen.owners[number] < number
            continue
        members = seen.members.get(number, ())
        lines_of = [seen.lines[each] for each in (number, *members)]
        told = teller.tell(lines_of, seen.times.get(number))
        fate = seen.fates.get(number)
        assert (fate is None) == (number in spanned)
        assert fate in (_fate(told), *LATER)


def _fate(told: LineStory) -> Reject | str | None:
    """Return what becomes of a line by its story."""
    if told.story is None:
        return told.reject or "ignored"
    mapped = told.story.mapped
    if mapped.rejects:
        return mapped.rejects[0][1]
    return "ignored" if mapped.ignored else "unmatched" if mapped.unmatched else None
