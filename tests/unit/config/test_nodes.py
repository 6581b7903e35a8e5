import pytest

from logtrace.config.nodes import MAX_DEPTH, MAX_NODES, Mapping, Node, Scalar, Sequence
from logtrace.config.syntax import parse
from logtrace.errors import Mark


def tree(text: str) -> Node:
    """Return the tree of a file that has nothing wrong with it."""
    document = parse(text.encode(), "x")
    assert [] == document.problems
    assert document.root is not None
    return document.root


def refusal(text: str) -> tuple[Mark, str]:
    """Return place and words of the one problem of a file."""
    (problem,) = parse(text.encode(), "x").problems
    return problem.mark, problem.what


def plain(node: Node) -> object:
    """Return a tree as Python's own types; keys are texts."""
    if isinstance(node, Scalar):
        return str(node.text)
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {str(plain(key)): plain(value) for key, value in node.pairs}


def test_every_scalar_is_its_text() -> None:
    """YAML's conversions never happen."""
    text = "a: no\nb: 017\nc: [1.10, ~, 'x']\nd: {e: 12:30}\n"
    assert {"a": "no", "b": "017", "c": ["1.10", "~", "x"], "d": {"e": "12:30"}} == plain(
        tree(text)
    )


def test_an_alias_is_what_it_names() -> None:
    """The same node, with the places of its definition."""
    root = tree("a: &x {b: 1}\nc: *x\n")
    assert isinstance(root, Mapping)
    assert root.pairs[0][1] is root.pairs[1][1]


def test_a_merge_key_brings_in_what_is_not_written() -> None:
    """Keys that are written win, and of several mappings the first."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\n"
    root = plain(tree(text))
    assert isinstance(root, dict)
    assert {"x": "3", "y": "1", "z": "2"} == root["c"]


def test_duplicates_of_a_mapping_are_kept() -> None:
    """They are reported where they can be named."""
    root = tree("a: 1\na: 2\n")
    assert isinstance(root, Mapping)
    assert 2 == len(root.pairs)


def test_nesting_is_bounded() -> None:
    """A file of a million brackets is refused at the first that is too many."""
    assert (Mark("x", 1, MAX_DEPTH + 1), "nested more than 32 levels deep") == refusal("[" * 10**6)


def test_aliases_cannot_multiply_without_bound() -> None:
    """Each alias counts as much as what it names."""
    text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        text += f"{two}: &{two} [{', '.join(['*' + one] * 10)}]\n"
    assert f"holds more than {MAX_NODES} values" == refusal(text)[1]


def test_an_alias_cannot_hold_itself() -> None:
    """It would be endless."""
    assert (Mark("x", 1, 8), "*a stands inside what it names") == refusal("a: &a [*a]")


def test_an_alias_has_to_be_defined() -> None:
    """It may be a text that wants quotes, too."""
    assert (Mark("x", 1, 4), "*a is not defined") == refusal("a: *a")


@pytest.mark.parametrize("text", ["a: {<<: 1}", "a: {<<: [b]}", "a: {<<: }"])
def test_only_mappings_can_be_merged(text: str) -> None:
    """The problem stands at the merge key."""
    assert (Mark("x", 1, 5), "'<<' needs a mapping, or a list of mappings") == refusal(text)


def test_a_second_document_is_refused() -> None:
    """It would be ignored, silently."""
    assert (Mark("x", 2, 1), "a second document starts here") == refusal("a: 1\n---\nb: 2\n")
