import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.insight.shapes import LOOKED_AT, SAMPLE, Shapes, shape_of


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("took 12 ms, 1.5 s, -3", "took <n> ms, <n> s, <n>"),
        ("2026-11-22T12:00:00.123Z up", "<time> up"),
        ("2026-11-22 12:00:00,123 up", "<time> up"),
        ("[22/Nov/2026:12:00:00 +0100] up", "[<time>] up"),
        ("Nov  2 12:00:00 host up", "<time> host up"),
        ("12:00:01 up", "<time> up"),
        ("from 192.0.2.7:8080", "from <ip>:<n>"),
        ("id 0af7651916cd43dd8448eb211c80319c", "id <id>"),
        ("id 6f3c0de1-b7d2-4d9b-8a3f-5e6c7d8091a2 x", "id <id> x"),
        ("id a1b2c3d4e5 0xdeadbee1", "id <id> <id>"),
        ("user1000 deadbeef facade level1.py", "user<n> deadbeef facade level<n>.py"),
        ("open \"/a b\" and 'c d'", 'open "…" and "…"'),
        ("don't, it's", "don't, it's"),
        ('x {"level": "info", "n": 5}', 'x {"level": "…", "n": <n>}'),
        ("  a \t b  ", "a b"),
        ("", ""),
    ],
)
def test_what_differs_from_line_to_line_is_taken_out(line: str, shape: str) -> None:
    """Times, numbers, ids, addresses and quoted texts; words stay."""
    assert shape == shape_of(line)


def test_an_object_is_told_by_what_conditions_read() -> None:
    """Their values, and the names of all other keys."""
    line = '{"ts": 5, "event": "ping 7", "level": 30, "ok": true, "a": {}, "b": [], "id": "x"}'
    telling = ("event", "level", "ok", "a", "b", "none")
    assert 'event="ping <n>" level=<n> ok=true a={…} b=[…] {id, ts}' == shape_of(line, telling)
    assert "{a, b, event, id, level, ok, ts}" == shape_of(line)


def test_what_only_looks_like_an_object_is_text() -> None:
    """Its keys can still be seen."""
    assert '{"a": <n>, b}' == shape_of('{"a": 1, b}')
    assert "{" * 100 == shape_of("{" * 100)
    assert shape_of('{"a":' * 2000 + "1" + "}" * 2000).startswith('{"a":')


def test_lines_of_a_shape_are_counted_together() -> None:
    """With the first of them as the sample; the most frequent shape comes first."""
    shapes = Shapes()
    for number, line in enumerate(["a 1", "b 1", "b 2", "c" * 9999, "b 3"]):
        shapes.add(line, number)
    assert [("b <n>", 3, 1, "b 1"), ("a <n>", 1, 0, "a 1")] == [
        (shape.text, shape.count, shape.number, shape.sample)
        for shape in shapes.most_frequent()[:2]
    ]
    assert SAMPLE == len(shapes.most_frequent()[2].sample)
    assert 5 == shapes.lines


def test_only_so_many_shapes_are_kept() -> None:
    """The rare ones go; what is frequent stays, whenever it came."""
    shapes = Shapes(most=10)
    for number in range(1000):
        shapes.add("x" * (number + 1), number)
        shapes.add("often", number)
    kept = shapes.most_frequent()
    assert ("often", 1000) == (kept[0].text, kept[0].count)
    assert len(kept) <= 20
    assert 2000 == shapes.lines


def test_messages_without_number_are_put_together_by_their_first_words() -> None:
    """If the few shapes that are shown would not stand for most lines."""
    shapes = Shapes()
    for number, word in enumerate(["alpha", "beta", "gamma", "delta", "epsilon"]):
        shapes.add(f"5 INFO starting {word} now", number)
        shapes.add(f"5 INFO starting {word} now", number)
    assert ["<n> INFO starting alpha now"] == [each.text for each in shapes.groups(5)][:1]
    (group,) = shapes.groups(2)
    assert ("<n> INFO starting …", 10, 0) == (group.text, group.count, group.number)
    assert 5 == len(shapes.most_frequent())


@given(st.text(max_size=2000))
def test_any_line_has_a_shape(line: str) -> None:
    """Nothing raises, and it is not longer than what is looked at allows."""
    assert len(shape_of(line)) <= 4 * LOOKED_AT
