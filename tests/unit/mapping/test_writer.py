"""Names and scopes of generated code."""

from logtrace.mapping.nodes import Extracted, Field
from logtrace.mapping.writer import Writer


def test_equal_constants_share_a_name_unless_their_texts_differ() -> None:
    """1, 1.0 and true are equal in Python but different values in a log."""
    writer = Writer()
    names = [writer.bind(value) for value in ("a", 1, 1.0, "a", 0.0, -0.0, True, None, [1], [1])]

    assert names == ["c0", "c1", "c2", "c0", "c3", "c4", "True", "None", "k0", "k1"]
    assert repr(writer.bound["c4"]) == "-0.0"


def test_variables_are_known_in_their_block_and_within_it() -> None:
    """What one branch loads, another must load itself."""
    writer = Writer()
    with writer.block("if a:"):
        writer.know(Field("x"), "f0")
        with writer.block("if b:"):
            assert "f0" == writer.known(Field("x"))
            writer.line("pass")
    with writer.block("if c:"):
        assert writer.known(Field("x")) is None
        writer.line("pass")

    assert writer.source == "if a:\n    if b:\n        pass\nif c:\n    pass\n"


def test_groups_are_forgotten_with_their_rule() -> None:
    """The next rule may have groups of the same name."""
    writer = Writer()
    with writer.block("for r in rows:"):
        writer.know(Field("x"), "f0")
        writer.know(Extracted("x"), "g0")
        writer.forget_extracted()

        assert ("f0", None) == (writer.known(Field("x")), writer.known(Extracted("x")))
