from logtrace.patterns.components import components


def test_what_others_lead_to_comes_first() -> None:
    """Two loops, and what stands between and behind them."""
    edges = {1: [2], 2: [1, 3], 3: [4], 4: [5], 5: [4, 6], 6: []}
    assert [[6], [4, 5], [3], [1, 2]] == [sorted(each) for each in components(edges)]


def test_a_long_way_is_no_deep_recursion() -> None:
    """Ten thousand positions in a row."""
    edges = {number: [number + 1] for number in range(10_000)} | {10_000: [0]}
    assert [10_001] == [len(each) for each in components(edges)]
