"""What is SQL, and what of it the Agent can read."""

import time

import pytest

from logtrace.ship.sql import is_readable, is_sql


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM users WHERE id = 5",
        "select 1",
        "Select\n1",
        "  -- who\n/* why */ ((SELECT 1))",
        "{call refresh(1)}",
        "BEGIN",
        "commit;",
        "SELECT*FROM t",
        "INSERT INTO t (a) VALUES (1)",
        "with x as (select 1) select * from x",
    ],
)
def test_sql_is_known_by_its_first_word(text: str) -> None:
    """Behind blanks, comments and brackets, whatever its case."""
    assert is_sql(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GET /users",
        "postgres.query",
        "select.users",
        "select_user",
        "update-cart",
        "users by id",
        "-- SELECT 1",
        "/* SELECT 1",
        "/* a */ users",
    ],
)
def test_what_is_no_sql(text: str) -> None:
    """Names, paths, and words that only begin like one."""
    assert not is_sql(text)


@pytest.mark.parametrize("text", ["/**/" * 50_000, " (" * 50_000, "/*" * 50_000, "--\n" * 50_000])
def test_no_text_is_read_for_long(text: str) -> None:
    """Time grows with the length alone."""
    assert not is_sql(text)


READABLE = [
    "SELECT * FROM t WHERE a = 'it''s' AND b = $1",
    r"SELECT 'it\'s'",
    "SELECT 'C:\\'",
    'SELECT "a b", `a`, [c d]',
    "SELECT 1 -- it's",
    "SELECT 1 // it's",
    "SELECT 1 # it's\n, 2",
    "SELECT /* it's */ 1",
    "SELECT $$it's$$, $t$ it's $ $t$",
    "SELECT a::text, :b, :c.d, d : e, f := 1",
    "SELECT {d '2020-01-01'}",
    "{call refresh('x')}",
    "SELECT 0.08, 1.08, .08, t08, 0x8F, 017, 1e-08",
    "SELECT %(a)s, %s, a % 8",
    "SELECT !a, a != b, a !~ b",
    "SELECT größe FROM 名前 WHERE a @> b AND c = @d",
    "SELECT 'a² …', 'größe'",
    "",
]
UNREADABLE = [
    "SELECT 'x",
    "show me user's cart",
    'SELECT "x',
    "SELECT `x",
    "SELECT 'x''",
    "SELECT a /* b",
    "SELECT $$x",
    "SELECT $t$ x $$",
    "SELECT v$session",
    "SELECT {d '2020",
    "SELECT a } b",
    "SELECT a[1:]",
    "SELECT !!",
    "SELECT %(a)",
    "SELECT 08",
    "SELECT a\\b",
    "SELECT a, b …",
    "SELECT \0",
    "SELECT a²",
    "SELECT \ufffd",
]


@pytest.mark.parametrize("text", READABLE)
def test_what_can_be_read(text: str) -> None:
    """Literals, comments and braces that end; an escape in a literal may be none."""
    assert is_readable(text)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read(text: str) -> None:
    """What does not end, and what no SQL has: the Agent would lose all of it."""
    assert not is_readable(text)
    assert not is_sql(text)


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        "\\'",
        "'\\",
        "$",
        "$a",
        "$$ ",
        "{",
        "{a}",
        "0",
        "07",
        "/*",
        "/* * ",
        "--",
        "%(",
        ":a",
        "!",
    ],
)
def test_hostile_statements_take_linear_time(unit: str) -> None:
    """A hundred thousand characters are read in a moment."""
    before = time.process_time()
    is_readable("SELECT " + unit * (100_000 // len(unit)))

    assert time.process_time() - before < 1
