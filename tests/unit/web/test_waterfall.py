"""A trace in the terminal."""

import io

import msgspec
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


def chain(length: int) -> list[Span]:
    """Return so many spans, each within the one before."""
    return [
        part(i, i - 1, 0, 100, name=f"at.{i - 1}", resource=f"at.{i - 1}") for i in range(1, length)
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_deep_tree_says_how_deep_a_row_is(width: int) -> None:
    """Where there is no room to indent it; what stands to the left goes on, and nothing is cut off."""
    spans = [*chain(40), part(90, 1, 0, 5, name="sibling", resource="sibling")]
    lines = printed(spans, width, limit=99).splitlines()[1:]
    deep = {number: line for number, line in enumerate(lines) if f"at.{number}" in line}
    assert set(range(39)) == set(deep)
    assert all(line.startswith("│") for number, line in deep.items() if number > 1)
    columns = [line.index("at.") for line in deep.values()]
    numbered = [number for number, line in deep.items() if f" {number} └╴" in line]
    assert numbered == list(range(numbered[0], 39))
    assert sorted(columns[: numbered[0]]) == columns[: numbered[0]]
    assert 1 == len(set(columns[numbered[0] :]))


def test_events_stand_below_their_span_where_they_were() -> None:
    """By their names; those of one name are counted, those outside the trace stand at its ends."""
    events = [
        {"name": name, "time_unix_nano": NOON + at * MILLISECOND}
        for name, at in (("retry", 25), ("retry", 50), ("log.error", -5), ("late", 10**9))
    ]
    root, child, *_ = TREE
    below = msgspec.structs.replace(child, span_events=[events[1]])
    shown = printed([msgspec.structs.replace(root, span_events=events), below])
    assert [
        "│ ◆ log.error, retry (2), late       ◆       ◆       ◆               ◆",
        "    ◆ retry                                          ◆",
    ] == [line.rstrip() for line in shown.splitlines() if "◆" in line]


@pytest.mark.parametrize(
    "event",
    [
        {"name": "\x1b[31m\u202e" + "x" * 10**6, "time_unix_nano": 10**400},
        {"name": ["x"], "time_unix_nano": "now"},
        {"time_unix_nano": float("nan")},
        "no event",
    ],
)
def test_an_event_may_hold_anything(event: object) -> None:
    """It is a line of its span at most, within the width and without escapes."""
    one = part(1, 0, 0, 1, span_events=[event] * 500)
    lines = printed([one]).splitlines()
    assert 3 == len(lines)
    assert max(map(cell_len, lines)) <= 80
    assert {"\x1b", "\u202e"}.isdisjoint("".join(lines))


def test_names_and_units_beyond_ascii_are_no_trouble_in_ascii() -> None:
    """They are shown as well as it goes."""
    one = msgspec.structs.replace(part(1, 0, 0, 1, name="漢字", resource="x" * 999), duration=5_000)
    shown = printed([one], encoding="ascii")
    assert shown.isascii()
    assert "shop ??" in shown
    assert "5.00 us" in shown
