"""The style sheet fits the pages."""

import re

from logtrace.web import page
from logtrace.web.recent import Received, Trouble
from logtrace.web.strict import judge
from logtrace.web.style import HUES, STYLE
from tests.support.clock import NOON
from tests.support.traces import span


def test_every_class_of_the_pages_has_a_style() -> None:
    """And every hue has its class."""
    spans = [span(1, service="A", error=1)]
    spans += [span(1, span_id=i, parent_id=1, name="x.y") for i in range(2, 60)]
    verdict = judge([spans], NOON)
    trace = Received(verdict.traces[0], NOON, 1, verdict.rewritten)
    pages = page.trace(trace) + page.index([trace], [Trouble(NOON, "400", "x")], "u", live=False)
    used = {
        name
        for names in re.findall(r'class="([^"]*)"', pages + page.missing())
        for name in names.split()
    }
    styled = set(re.findall(r"\.([a-z][a-z0-9]*)", STYLE))

    assert set() == used - styled
    assert {f"h{hue}" for hue in range(HUES)} <= styled


def test_the_sheet_loads_nothing() -> None:
    """No font, no image, no import; and it cannot end the element it stands in."""
    assert [] == re.findall(r"url\(|@import|</", STYLE)
