"""A trace in the terminal."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from logtrace.clock import MILLISECOND
from logtrace.model import Span
from logtrace.web.waterfall import Waterfall
from tests.support.clock import NOON
from tests.support.traces import span


def printed(spans: list[Span], width: int = 80, encoding: str = "utf-8", **options: int) -> str:
    """Return what a terminal without colours shows."""
    raw = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=raw, width=width, force_terminal=True, color_system=None)
    console.print(Waterfall(spans, **options))
    raw.flush()
    return raw.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


def part(number: int, parent: int, start: int, duration: int, **fields: object) -> Span:
    """Return a span of trace 1 with its times in milliseconds."""
    usual = {"span_id": number, "parent_id": parent, "start": NOON + start * MILLISECOND}
    return span(1, **(usual | {"duration": duration * MILLISECOND} | fields))


TREE = [
    part(1, 0, 0, 100, error=1),
    part(2, 1, 0, 50, name="db.query", service="db"),
    part(3, 2, 25, 25, name="redis.get", service="cache", resource="redis.get"),
    part(4, 1, 50, 50, name="http.request", service="auth", resource="POST /token"),
]


def test_a_tree_with_bars_on_a_common_axis() -> None:
    """One line a span: the tree, the bar, the duration."""
    assert [
        "GET /1  100 ms  4 spans  1 error  12:00:00.000  0000000000000001",
        "shop web.request                     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━    100 ms",
        "├╴db db.query GET /1                 ━━━━━━━━━━━━━━━━╸                   50.0 ms",
        "│ └╴cache redis.get                          ━━━━━━━━╸                   25.0 ms",
        "└╴auth http.request POST /token                      ╺━━━━━━━━━━━━━━━━   50.0 ms",
    ] == [line.rstrip() for line in printed(TREE).splitlines()]


@pytest.mark.parametrize("width", [20, 40, 79, 120, 300])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Long and wide text is cut, in cells."""
    spans = [*TREE, part(9, 1, 1, 1, resource="漢字" * 100, service="サービス" * 20)]
    lines = printed(spans, width).splitlines()

    assert len(spans) + 1 == len(lines)
    assert max(map(cell_len, lines)) <= width


def test_a_terminal_without_unicode_gets_ascii() -> None:
    """Lines and bars have their plain forms."""
    assert printed(TREE, encoding="ascii").isascii()


def test_terminal_escapes_and_markup_are_text() -> None:
    """Nothing in a span moves the cursor, rings, colours, or is read as rich's markup."""
    evil = "\x1b[31m\x07\r\n\u202e[red]x[/red] [/] :smile: [link=http://a]"
    shown = printed([part(1, 0, 0, 1, service=evil, name=evil, resource=evil)], width=300)

    assert set("\x1b\x07\r\u202e").isdisjoint(shown)
    assert r"\x1b[31m\x07\r\n\u202e[red]x[/red] [/] :smile: [link=http://a]" in shown
    assert 2 == len(shown.splitlines())


def test_a_thousand_spans_are_folded_and_counted() -> None:
    """Crowds become one line; what is beyond the limit is counted."""
    crowd = [part(i, 1, i, 1, name="row.insert") for i in range(2, 1000)]
    shown = printed([part(1, 0, 0, 1000), *crowd])
    assert 6 == len(shown.splitlines())
    assert "995 more row.insert" in shown

    kinds = [part(i, 1, i, 1, name=f"kind.{i}") for i in range(2, 1000)]
    shown = printed([part(1, 0, 0, 1000), *kinds], limit=10)
    assert 12 == len(shown.splitlines())
    assert "… 989 more spans" in shown


def test_errors_are_red_and_services_keep_their_colour() -> None:
    """A service has one colour in every picture."""

    def styles(spans: list[Span]) -> set[tuple[str, str]]:
        console = Console(width=100, color_system="truecolor", force_terminal=True)
        return {
            (segment.text.strip(), str(segment.style.color.name))
            for segment in console.render(Waterfall(spans))
            if segment.style and segment.style.color and segment.text.strip()
        }

    first, second = styles(TREE), styles([part(1, 0, 0, 5, service="auth", name="x")])
    [colour] = {name for text, name in first if text == "auth"}
    assert ("auth", colour) in second
    assert ("web.request", "red") in first
