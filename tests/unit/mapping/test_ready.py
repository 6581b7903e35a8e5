from typing import Any

from logtrace.config.model import Defaults, SourceConfig
from logtrace.mapping.ready import compile_ready
from logtrace.model import Mapped, Records, Reject
from tests.support.lines import MARK, batch, text


def mapped(*rows: Any, form: str = "datadog-json", **defaults: Any) -> Mapped:
    """Return what becomes of lines."""
    source = SourceConfig(mark=MARK, name="a", format=text(form), defaults=Defaults(**defaults))
    given = batch(*["x"] * len(rows))
    given.first = 100
    return compile_ready(source).map(Records(given, list(rows), range(len(rows)), []))


def span(trace: int, span_id: int, parent: int = 0, start: int = 0) -> dict[str, Any]:
    """Return a span as a tracer writes it."""
    return {
        "trace_id": trace,
        "span_id": span_id,
        "parent_id": parent,
        "name": "x",
        "start": start,
        "duration": 5,
    }


def test_the_spans_of_a_trace_go_with_its_root() -> None:
    """Wherever in the line it stands; the line's time is when the last of them ended."""
    (made,) = mapped([[span(1, 12, 11, 50), span(1, 11, 0, 10)]]).spans

    assert (11, [12]) == (made.span.span_id, [child.span_id for child in made.children])
    assert (100, 55, True, True) == (made.number, made.time, made.root, made.parented)


def test_without_a_root_they_go_with_the_first() -> None:
    """The log says of each what its parent is."""
    (made,) = mapped([[span(1, 13, 12, 20), span(1, 12, 99, 10)]]).spans
    assert (12, False, True) == (made.span.span_id, made.root, made.parented)


def test_traces_of_one_line_are_counted() -> None:
    """Its number comes back once from each."""
    found = mapped([[span(1, 11)]], [[span(1, 12, 11)], [span(2, 21)]])
    assert [(1, 100), (1, 101), (2, 101)] == [
        (made.span.trace_id, made.number) for made in found.spans
    ]
    assert {101: 2} == found.shared


def test_a_span_without_a_trace_id_is_left_out() -> None:
    """Its line is counted, or rejected if it has no other; a line without any is ignored."""
    found = mapped([[span(0, 1), span(1, 2)]], [[span(0, 1)]], [[]])
    assert (1, 1, [(1, Reject.NO_TRACE_ID)], [2]) == (
        *(len(found.spans), found.incomplete, found.rejects, found.ignored),
    )


def test_the_source_says_what_a_span_does_not() -> None:
    """Service and tags of the source stand in."""
    given = {**span(1, 2), "meta": {"env": "own"}}
    (made,) = mapped([[given]], service="shop", env="prod", tags={"team": "pay"}).spans
    assert ("shop", {"env": "own", "team": "pay"}) == (made.span.service, made.span.meta)
    (made,) = mapped([[{**given, "service": "mine"}]]).spans
    assert "mine" == made.span.service


def test_the_format_says_how_lines_are_read() -> None:
    """The one does not read the other."""
    assert [0] == mapped({"resourceSpans": []}, form="otlp-json").ignored
    assert [0] == mapped([[span(1, 2)]], form="otlp-json").ignored
