"""Of a statement that keeps its type, the stand-in for the Agent reads all."""

from hypothesis import event, example, given
from hypothesis import strategies as st

from logtrace.ship.sql import is_readable
from logtrace.web.sql import readable

PARTS = [
    *(
        "'",
        '"',
        "`",
        "''",
        "\\",
        "\\'",
        "$",
        "$$",
        "$1",
        "$a$",
        "{",
        "}",
        "/*",
        "*/",
        "--",
        "//",
        "#",
    ),
    *(
        "\n",
        " ",
        ":",
        "::",
        ":=",
        "!",
        "!=",
        "%",
        "%(",
        ")s",
        "%s",
        "08",
        "0x1F",
        "0",
        "9",
        ".",
        "e-",
    ),
    *(
        "SELECT",
        "a",
        "t1",
        "é",
        "@",
        "_",
        "…",
        "\0",
        "²",
        "(",
        ")",
        ",",
        "?",
        "[",
        "]",
        "<",
        "-",
        "/",
        "*",
    ),
]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=8))
@example("{a}}")
@example("{{a}")
@example("$ $a$$")
@example("$$$$")
@example("{a{$$1}")
@example("{'{a}")
@example("a²")
def test_what_we_send_as_sql_is_read(text: str) -> None:
    """Whatever a log holds."""
    ours, theirs = is_readable(text), readable(text)
    event(f"{ours} {theirs}")

    assert theirs or not ours
