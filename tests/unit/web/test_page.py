"""The pages: everything there, nothing from a span unescaped."""

import html
import re

from logtrace.web import page
from logtrace.web.recent import Received, Trouble
from logtrace.web.strict import judge
from tests.support.clock import NOON
from tests.support.traces import span

EVIL = "<script>alert('1')</script>\x1b[31m\u202e&amp;\""


def received(*spans: object) -> Received:
    """Return a trace as the receiver remembers it, with what the Agent would change."""
    verdict = judge([list(spans)], NOON)  # type: ignore[list-item]
    return Received(verdict.traces[0], NOON, 1, verdict.rewritten)


def words(text: str) -> str:
    """Return what a person reads of a page."""
    body = text.partition("</style>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def evil_trace() -> Received:
    """Return a trace that has hostile text wherever a span can have text."""
    event = {"name": EVIL, "time_unix_nano": 1, "attributes": {EVIL: {"type": 0}}}
    return received(
        span(
            1,
            service=EVIL,
            name=EVIL,
            resource=EVIL,
            type=EVIL,
            meta={EVIL: EVIL, "_dd.p.tid": EVIL, "env": EVIL},
            metrics={EVIL: 1.5},
            span_events=[event],
            span_links=[{"trace_id": 1, "span_id": 1, "attributes": {EVIL: EVIL}}],
        )
    )


def test_an_empty_list_says_how_to_fill_it() -> None:
    """With the address to send to, and it looks again by itself."""
    text = page.index([], [], "http://127.0.0.1:8126", live=False)

    assert "url: http://127.0.0.1:8126" in words(text)
    assert 'http-equiv="refresh"' in text


def test_the_list_has_a_row_for_each_trace() -> None:
    """Service, resource, duration, spans, errors and changes, and a link to the trace."""
    failed = received(span(255, error=1), span(255, span_id=2, meta={"http.status_code": "x"}))
    text = page.index([failed, received(span(2))], [], "http://h:1", live=False)

    assert "12:00:00.000 shop GET /255 5.00 ms 2 1 error 1 change" in words(text)
    assert 'href="/trace/00000000000000ff"' in text
    assert 'href="/trace/0000000000000002"' in text
    assert 'http-equiv="refresh"' not in text


def test_the_list_can_refresh_itself() -> None:
    """Without JavaScript, when asked to."""
    text = page.index([received(span(1))], [], "http://h:1", live=True)
    assert 'http-equiv="refresh"' in text
    assert "stop refreshing" in text


def test_the_list_says_what_was_refused() -> None:
    """With the reason and the place in the payload."""
    trouble = Trouble(NOON, "400", "trace 0, span 1: start: 1.5, wants an integer")
    text = words(page.index([], [trouble], "http://h:1", live=False))
    assert "12:00:00.000 400 trace 0, span 1: start: 1.5, wants an integer" in text


def test_a_trace_is_shown_whole() -> None:
    """Ids, times, every tag and metric of every span."""
    root = span(255, meta={"env": "prod", "_dd.p.tid": "ab" * 8}, metrics={"rows": 3.0})
    text = words(page.trace(received(root, span(255, span_id=2, parent_id=255, name="db.query"))))

    assert "ab" * 8 + "00000000000000ff" in text
    for expected in ("2 spans", "db.query", "env prod", "rows 3", "parent 00000000000000ff"):
        assert expected in text


def test_the_links_of_a_span_are_shown() -> None:
    """Where they lead to, in the form of all ids, and what they say of it."""
    near = {"trace_id": 255, "span_id": 1}
    far = {"trace_id": -1, "trace_id_high": 1, "span_id": 2, "attributes": {"link.name": "cause"}}
    text = words(page.trace(received(span(1, span_links=[near, far, {}]))))

    assert "link trace 00000000000000ff span 0000000000000001 link" in text
    assert "link trace 0000000000000001" + "f" * 16 + " span 0000000000000002" in text
    assert "cause" in text


def test_what_the_agent_would_change_is_shown() -> None:
    """Before and after."""
    text = words(page.trace(received(span(1, service="My Shop"))))
    assert "service_normalised service My Shop → my_shop" in text


def test_folds_and_what_is_not_shown_are_counted() -> None:
    """A fold stands for its spans; spans beyond all room are counted."""
    crowd = [span(1, span_id=i, parent_id=1, name="db.query") for i in range(2, 60)]
    trace = received(span(1), *crowd)
    trace.missing = 7
    text = words(page.trace(trace))

    assert "55 more db.query" in text
    assert "7 more spans not shown" in text


def test_a_trace_that_is_gone_is_said() -> None:
    """The page leads back to the list."""
    assert "Only the newest traces are remembered" in words(page.missing())
    assert 'href="/"' in page.missing()


def test_no_text_of_a_span_is_markup_or_control() -> None:
    """Tags, escapes and direction marks are shown as what they are."""
    trace = evil_trace()
    pages = [
        page.trace(trace),
        page.index([trace], [Trouble(NOON, EVIL, EVIL)], "http://h:1", live=False),
    ]
    for text in pages:
        assert "<script" not in text
        assert {"\x1b", "\u202e"}.isdisjoint(text)
        assert "&lt;script&gt;" in text


def test_nothing_is_loaded_or_run() -> None:
    """No script, no image, no link to another host, no handler."""
    text = page.trace(evil_trace()) + page.index([evil_trace()], [], "http://h:1", live=True)

    assert [] == re.findall(r"<(?:script|img|link|iframe|object|form)\b", text)
    assert [] == re.findall(r"<[^>]*\son\w+=", text)
    assert [] == [link for link in re.findall(r'href="([^"]*)"', text) if not link.startswith("/")]


def test_events_are_marked_where_they_were() -> None:
    """With name and time, on the bar of their span; not more than so many."""
    events = [
        {"name": name, "time_unix_nano": NOON + at * 1_000_000}
        for name, at in ((EVIL, 1), ("<b>", -1), ("last", 5))
    ]
    shown = page.trace(received(span(1, span_events=events)))
    marks = re.findall(r'<b class="event" style="left:([\d.]+)%" title="([^"<>]*)">', shown)
    assert ["0.000", "20.000", "100.000"] == [left for left, _ in marks]
    assert "<b> -1.00 ms" == html.unescape(marks[0][1])
    assert html.unescape(marks[1][1]).startswith("<script>alert('1')</script>\\x1b[31m\\u202e")
    many = page.trace(received(span(1, span_events=[events[2]] * 999)))
    assert page.SHOWN_EVENTS == many.count('class="event"')


def test_a_deep_row_has_its_level() -> None:
    """Where there is no room to indent it; the lines on its left are those of its outermost spans."""
    deep = [span(1, span_id=i, parent_id=i - 1, name=f"at.{i}") for i in range(1, 31)]
    side = span(1, span_id=99, parent_id=1, start=NOON + 1)
    rows = page.trace(received(*deep, side)).split("<summary>")[1:]
    numbered = [re.findall(r'<b class="level">(\d+)</b>', row) for row in rows]
    assert [[]] * (page.DEEPEST + 2) == numbered[: page.DEEPEST + 2]
    assert [[str(at)] for at in range(page.DEEPEST + 2, 30)] == numbered[page.DEEPEST + 2 : 30]
    assert 1 == len({row.count("<u") for row in rows[page.DEEPEST + 2 : 30]})
    assert all('class="name"><u></u>' in row for row in rows[2:30])
