"""What is left of a statement when its values are gone."""

import bz2
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping.obfuscate_sql import LIMIT, obfuscated
from tests.support.lines import real

UUID = "b5d3f081-1234-4abc-8f5d-001122334455"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT a FROM t1 WHERE b = 12", "SELECT a FROM t1 WHERE b = ?"),
        ("a = 1.5e-3 OR b = .5 OR c = 0xFF", "a = ? OR b = ? OR c = ?"),
        ("a = 'it''s' AND b = ''", "a = ? AND b = ?"),
        ("a = E'x' OR b = _utf8'x' OR c = U&'x'", "a = ? OR b = ? OR c = ?"),
        ("a = $$it's$$ OR b = $x$ $y$ $x$ OR c = $1", "a = ? OR b = ? OR c = ?"),
        ("a = q'[it's]' OR b = nq'!it's!' OR c = Q'{'}'", "a = ? OR b = ? OR c = ?"),
        (f"id = {UUID} OR id = 9{UUID[1:]}", "id = ? OR id = ?"),
        ("SELECT 2fa FROM 7up", "SELECT ? FROM ?"),
        (
            "a = :1 AND b = :name AND c = @p0 AND d = %s",
            "a = ? AND b = :name AND c = @p0 AND d = %s",
        ),
        ("a->>'b'::text, c[1:2]", "a->>?::text, c[?:?]"),
        ("utf8, x_1, db2.t_21_65, a$1, #t1", "utf8, x_1, db2.t_21_65, a$1, #t1"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_literals_are_hidden_and_names_stay(statement: str, expected: str) -> None:
    """Texts, numbers and placeholders of each dialect become `?`; digits in names are no values."""
    assert expected == obfuscated(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a IN (1, 2,3)", "a IN ( ? )"),
        ("a IN ( 1 )", "a IN ( ? )"),
        ("a IN ('x', 2, NULL, true)", "a IN ( ? )"),
        ("VALUES (1, 'x'), (2, 'y'),(3, 'z')", "VALUES ( ? )"),
        ("VALUES (1, now()), (2, now()) , (3, now())", "VALUES (?, now())"),
        ("VALUES (1, now()), (2, later())", "VALUES (?, now()), (?, later())"),
        ("(a), (a)", "(a), (a)"),
        ("f(a, 1, 2), ARRAY[1, 2]", "f(a, ?), ARRAY[?]"),
        ("LIMIT 10, 20", "LIMIT ?"),
        (
            "a = NULL, b = FALSE WHERE c IS NOT NULL AND d = TRUE",
            "a = ?, b = ? WHERE c IS NOT NULL AND d = ?",
        ),
        ("null_count = nullable", "null_count = nullable"),
        ("SAVEPOINT s_1", "SAVEPOINT ?"),
        ('ROLLBACK TO SAVEPOINT "s 1";', "ROLLBACK TO SAVEPOINT ?"),
        ("DEALLOCATE pdo_stmt_17", "DEALLOCATE ?"),
        ("SELECT savepoint FROM t", "SELECT savepoint FROM t"),
    ],
)
def test_one_shape_for_all_values(statement: str, expected: str) -> None:
    """Lists, rows, nulls and names for one use are the same however many and whichever they are."""
    assert expected == obfuscated(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a = -1, b = +1, c=-.5", "a = ?, b = ?, c=?"),
        ("a BETWEEN -1 AND - 5", "a BETWEEN ? AND ?"),
        ("a + -5, a - 5, a -5, a-5, b[1] - 5", "a + ?, a - ?, a -?, a-?, b[?] - ?"),
        ("f(a) - -1", "f(a) - ?"),
        ("-1", "?"),
        ("a IN (-1, - 2)", "a IN ( ? )"),
    ],
)
def test_signs_go_with_their_numbers(statement: str, expected: str) -> None:
    """A sign that belongs to a number is hidden with it; one that adds or subtracts stays."""
    assert expected == obfuscated(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1 -- for 'Ann\n FROM t", "SELECT ? FROM t"),
        ("SELECT 1 # for 'Ann\n FROM t", "SELECT ? FROM t"),
        ("SELECT /*!40001 SQL_NO_CACHE */ a", "SELECT a"),
        ("SELECT/* it's */a", "SELECT a"),
        ("SELECT a /* b /* c */ d */ FROM t", "SELECT a FROM t"),
        ("SELECT a /* Ann", "SELECT a"),
        ("SELECT a #-- Ann", "SELECT a"),
        (
            "SELECT a FROM #t WHERE b #> 'x' AND c #- 'y'",
            "SELECT a FROM #t WHERE b #> ? AND c #- ?",
        ),
        ("SELECT  a,\n\tb\r\n;", "SELECT a, b"),
        ("'-- no' /* '*/ '/* no' */", "? ? */"),
    ],
)
def test_comments_go_and_blanks_are_folded(statement: str, expected: str) -> None:
    """Comments of each dialect go, nested ones whole; a statement is one line without its `;`."""
    assert expected == obfuscated(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT a FROM t WHERE b = 'Ann", "SELECT a FROM t WHERE b = ?"),
        ('SELECT a FROM t WHERE b = "Ann', "SELECT a FROM t WHERE b = ?"),
        ("SELECT a FROM `Ann", "SELECT a FROM ?"),
        ("SELECT $a$ Ann", "SELECT ?"),
        ("SELECT q'[it's Ann", "SELECT ?"),
        ("SELECT a FROM t WHERE b IN (1, 2, 3", "SELECT a FROM t WHERE b IN (?"),
        ("SELECT a FROM t WHERE b = 'Ann\\", "SELECT a FROM t WHERE b = ?"),
    ],
)
def test_what_is_cut_off_stays_hidden(statement: str, expected: str) -> None:
    """A literal without its end goes on to the statement's end."""
    assert expected == obfuscated(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('a = "Ann" AND b = "x""y" AND c = "x\\"y"', "a = ? AND b = ? AND c = ?"),
        ('SELECT "a" FROM "t"', 'SELECT "a" FROM "t"'),
        ('UPDATE "t" SET "a b" = 1', 'UPDATE "t" SET "a b" = ?'),
        ('SELECT "t"."a"', 'SELECT "t"."a"'),
        ('a = "from ""t"" in ""x"".""y"""', "a = ?"),
        ('SELECT `from "t"` WHERE b = "Ann"', 'SELECT `from "t"` WHERE b = ?'),
        ('SELECT `a` FROM "t"', "SELECT `a` FROM ?"),
        ("SELECT `a'b`, `c`", "SELECT `a'b`, `c`"),
    ],
)
def test_double_quotes_hide_values_unless_they_show_names(statement: str, expected: str) -> None:
    """Text in double quotes is a value, unless a table or a column before a dot stands in them."""
    assert expected == obfuscated(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a = 'it\\'s' AND b = 'x'", "a = ? AND b = ?"),
        ("a = '\\'it\\'' AND b = 'x'", "a = ? AND b = ?"),
        ("a = 'C:\\\\' AND b = 'x'", "a = ? AND b = ?"),
        ("a = 'C:\\dir' AND b = 'x'", "a = ? AND b = ?"),
        ("a = 'C:\\' AND b = 'Ann'", "a = ?"),
        ("a = 'C:\\'AND b = 'Ann' AND c = 'Bob'", "a = ?"),
        ("`a` = 'x\\' y' AND b = 'Ann'", "`a` = ? AND b = ?"),
    ],
)
def test_a_backslash_before_a_quote_hides_what_may_be_a_value(
    statement: str, expected: str
) -> None:
    """Where a literal ends elsewhere in another dialect, all behind its beginning is hidden."""
    assert expected == obfuscated(statement)


FRAGMENTS = (
    *(
        "'",
        '"',
        "`",
        "\\",
        "\\'",
        "--",
        "/*",
        "*/",
        "#",
        "\n",
        " ",
        "$",
        "$a$",
        "q'[",
        "]'",
        "(",
        ")",
    ),
    *(",", "?", "1", ".5", "-", "+", "=", ".", ":", ";", "[", "]", "@", "a", "e'", "_u8'", "null"),
    *('from "t"', '"x".', "and ", "savepoint ", "()", "(1)", "\0", "é", "٣", "\ud800", UUID),
)
STATEMENTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=14).map("".join)


@given(STATEMENTS)
def test_what_was_made_stays_as_it_is(statement: str) -> None:
    """Whatever the text, there is a result, and the result of that is the same."""
    made = obfuscated(statement)

    assert made == obfuscated(made)


@given(st.lists(st.sampled_from(["(1)", "'", "a", '"x"', ", ", "(1),"]), min_size=1), STATEMENTS)
def test_what_was_made_of_long_text_stays_as_it_is(parts: list[str], end: str) -> None:
    """Text that is cut, and what grows beyond the limit, gives the same the second time too."""
    made = obfuscated("".join(parts) * LIMIT + end)

    assert len(made) <= LIMIT
    assert made == obfuscated(made)


@given(st.text(st.sampled_from("xyz -'"), min_size=1), STATEMENTS)
def test_the_text_of_a_literal_never_shows(inner: str, after: str) -> None:
    """A word in a literal is not in what is left, whatever follows it."""
    secret = f"Q{inner}Q"
    literal = secret.replace("'", "''")

    assert secret not in obfuscated(f"SELECT a, '{literal}' {after}")
    assert literal not in obfuscated(f"SELECT a, '{literal}' {after}")
    assert literal not in obfuscated(f"SELECT a /* it's {literal} */ {after}")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES ('Ann', 'it''s Ann', $$Ann$$, \"Ann\", E'Ann') -- Ann",
        "INSERT INTO `t` VALUES ('it\\'s Ann', \"Ann\\\"Ann\", x'Ann') /* Ann */",
        "UPDATE t SET a = q'[it's Ann]' /* it's /* Ann */ Ann */ WHERE b = 'C:\\' AND c = 'Ann'",
    ],
)
def test_a_statement_can_be_cut_off_anywhere(statement: str) -> None:
    """At whatever character a statement ends, no value shows."""
    for end in range(len(statement) + 1):
        assert "Ann" not in obfuscated(statement[:end])


@pytest.mark.parametrize("start", ["", "SELECT 'x", 'SELECT "t"."x" ', "("])
@pytest.mark.parametrize(
    "unit",
    [
        *("'", '"', "`", "(", ")", "()", "(()", "(?", "(1),", "/*", "*/", "--", "- ", "-1,", "$a$"),
        *("$a", "\\", "\\'", "q'[", "E'", "_a", "1", "1.", "#", "# ", "\n", "f-", "0000-", "=null"),
        *('"x".', 'from "x" ', "\0", "é", "\ud800"),
    ],
)
def test_hostile_text_takes_linear_time(start: str, unit: str) -> None:
    """A megabyte of what may go on for ever is done in a moment."""
    statement = start + unit * (1_000_000 // len(unit))
    before = time.process_time()
    made = obfuscated(statement)

    assert time.process_time() - before < 0.5
    assert len(made) <= LIMIT


# ── real logs ─────────────────────────────────────────────────────────────────────────────────────

LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w`\"])(\d[\w.]*)")
NUMBER = re.compile(r"(?<![\w`\"])\d")
MYSQL_HEADER = ("#", "/usr/sbin", "Tcp port", "Time ")
POSTGRES_START = re.compile(r"(?:statement|STATEMENT): +(.*)")


def of_mysql(log: Path) -> Iterator[str]:
    """Yield the statements of a slow query log."""
    lines: list[str] = []
    for line in (*log.read_text().splitlines(), "#"):
        if not line.startswith(MYSQL_HEADER):
            lines += [line] if line else []
        elif lines:
            yield "\n".join(lines)
            lines = []


def of_postgres(text: str) -> Iterator[str]:
    """Yield the statements of a server's log, continued in lines with a tab before them."""
    statement = ""
    for line in (*text.splitlines(), ""):
        if line.startswith("\t"):
            statement += f"\n{line}"
            continue
        if statement:
            yield statement
        start = POSTGRES_START.search(line)
        statement = start[1] if start else ""


def check_hidden(statement: str) -> str:
    """Return what is left of a real statement, none of whose values show."""
    made = obfuscated(statement)
    names = set(re.findall(r"\w+", LITERAL.sub(" ", statement)))
    assert made
    assert "'" not in made
    assert [] == NUMBER.findall(made)
    assert set() == set(re.findall(r"\w+", made)) - names
    return made


@pytest.mark.parametrize(
    ("log", "count"),
    [
        ("percona/slow002.log", 8),
        ("percona/slow003.log", 1),
        ("lnav/logfile_mysql_slow.0", 6),
        ("request-log-analyzer/mysql_slow_query.log", 26),
        ("lnav/logfile_postgres.0", 3),
        ("lnav/logfile_postgres.1", 2),
        ("request-log-analyzer/postgresql.log", 10),
    ],
)
def test_no_value_of_a_real_statement_remains(log: str, count: int) -> None:
    """What is left of statements that people logged has their names, and none of their values."""
    path = real(f"samples/{log}")
    found = list(of_postgres(path.read_text()) if "postgres" in log else of_mysql(path))

    assert count == len(list(map(check_hidden, found)))


@pytest.mark.slow
def test_few_statements_remain_of_a_real_log() -> None:
    """The 70,000 statements of a benchmark's log are a few dozen without their values."""
    log = bz2.decompress(real("samples/pgbadger/rds.log.bz2").read_bytes()).decode()
    found = set(of_postgres(log))

    assert (70_674, 57) == (len(found), len(set(map(check_hidden, found))))
