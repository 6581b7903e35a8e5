r"""Takes the values out of SQL statements and leaves their shape.

Called by `operators` for the filter `obfuscate_sql`, for each line that a template with it makes
something of. In: text of a log, whole or cut off, in any dialect, hostile; out: text. Nothing here
raises, and time is linear: what is longer than the Agent keeps of a resource is cut first. What it
has given it gives again: a value may pass twice. Where dialects differ it hides rather than shows.
Pure.

It is a scanner of its own, since no library would do. Measured on statements of PostgreSQL logs,
and on whatever text of 5,000 characters was worst for each:

    µs for a statement of    56    102    286 characters     5,000     import
    sqlparse 0.6, lexer      51    136    350               27,300      5 ms
    sqlglot 30, tokenizer    17     40    130                9,500     56 ms, 13 MB
    this, to the result       3      6     14                2,800      2 ms

Logs are full of statements that end in the middle, and so within a literal: sqlparse then takes the
rest of the literal for names, which would show it, and sqlglot raises. The compiled form of sqlglot
is as fast as this, but has 68 MB on disk and 35 MB in memory.
"""

from __future__ import annotations

import re

LIMIT = 5000
"""The Agent keeps so many bytes of a resource; here characters, as those are cheap to cut."""

_TOKEN = re.compile(
    r"""[-'"`\d#/$](?:  # a set comes first: what stands between tokens is skipped at full speed
      # 12, 1.5e-3, 0xFF, but not t1
      (?<=\d)(?<![\w$\#]\d)[\w.]*+(?:(?<=[eE])[-+]\d++)?
      # Oracle's q'[it's]'; 'it''s', 'it\'s'
    | (?<=')(?:
        (?<=[qQ]')(?:(?<![\w$]..)|(?<=[^\w$][nN]..))(?:
          \[.*?(?:\]'|\Z) | \{.*?(?:\}'|\Z) | <.*?(?:>'|\Z) | \(.*?(?:\)'|\Z)
        | ([^\s'(<[{]).*?(?:\1'|\Z))
      | (?:[^'\\]|''|\\.?)*+(?:'|\Z))
      # `name`, "name or text", and either without its end
    | (?<=`)([^`]*+`) | (?<=")((?:[^"\\]|""|\\.)*+") | (?<=[`"]).*+
      # $1, $$text$$, $a$text$a$
    | (?<=\$)(?<![\w$?]\$)(?:\d\w*+ | ((?:[^\W\d]\w*+)?)\$.*?(?:\$\4\$\w*+|\Z))
      # comments: two hyphens; #, but not #temporary and a #> b; /* */, and nested ones to the last
      # end, if there are two: what is cut off has fewer
    | (?<=-)(-)[^\n]*+
    | (?<=\#)(?<!\#\#)(?![^\W\d]|[>#]|-(?!-))()[^\n]*+
    | (?<=/)(\*)(?:[^*/]|\*(?!/)|/(?!\*))*+(?:\*/|/\*(?:.*?\*/.*\*/|.*+)|\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NAMES = (2, 3)
_COMMENTS = (5, 6, 7)
_MARK = "\0"
"""Stands behind the prefix of a literal, such as the E of E'…', until that is removed."""

_PREFIX = re.compile(rf"(?<![\w$#])(?:[enxbrq]|nq|u&|_\w{{1,20}}){_MARK}", re.IGNORECASE)
_UUID = re.compile(r"\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b", re.IGNORECASE | re.ASCII)
_DOUBTFUL = re.compile(r"(?<!\\)(?:\\\\)*+\\'(?![\w'\\])")
_CLOSED = re.compile(r"'(?:[^'\\]|''|\\.)*+'", re.DOTALL)
_QUOTED = re.compile(r'`[^`]*`|"(?:[^"\\]|""|\\.)*+"', re.DOTALL)
_NAME = r"[^\W\d][\w$ -]*+\""
_NAMING = re.compile(
    rf"""" (?:
      (?:(?<=from[ ]")|(?<=join[ ]")|(?<=into[ ]")|(?<=update[ ]")|(?<=table[ ]")) {_NAME} ()
    | {_NAME} \. ()
    | (?:[^"\\]|""|\\.)*+"
    )""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_WORDS = re.compile(r"([=(,] ?)(?:null|true|false)\b", re.IGNORECASE)
_SIGNS = re.compile(r"[-+](?<![-+.:#][-+])(?<![-+.:] [-+])(?: ?[-+.:])*+ ?\?")
_POINTS = re.compile(r"[.:](?<![\w)\]?\"`.:].)[.:]*+\?")
_OPERAND = re.compile(r"(\w+)\Z|[])?\"`]\Z")
_UNARY = frozenset(
    (
        *("and", "between", "by", "default", "else", "in", "like", "limit", "not", "offset", "or"),
        *("return", "select", "set", "then", "values", "when"),
    )
)
"""Words that a sign can follow without adding or subtracting."""

_LIST = re.compile(r"\?(?: ?, ?\?)+")
_PARENTHESES = re.compile(r"\( ?\? ?\)")
_ROWS = re.compile(r"(\((?:[^()?]|\(\))*+\?(?:[^()]|\(\))*+\))(?: ?, ?\1)+")
_MADE_UP = re.compile(
    r"\A((?:release )?savepoint|rollback to(?: savepoint)?|deallocate(?: prepare)?) "
    r"(?:[\w$?]+|\"[^\"]*\"|`[^`]*`)(?= ?(?:;|\Z))",
    re.IGNORECASE,
)
"""Names that are made for one use, as a literal is."""


def obfuscated(text: str) -> str:
    """Return a statement with `?` for its literals, without comments, on one line."""
    made = _statement(text[:LIMIT])
    return made if len(made) <= LIMIT else _statement(made[:LIMIT])  # `(1)` grows to `( ? )`


def _statement(text: str) -> str:
    text = text.replace(_MARK, " ")
    if text.count("-") > 3:
        text = _UUID.sub("?", text)  # Cassandra has them without quotes
    if "\\'" in text and "`" not in text:
        text = _undoubted(text)
    text = " ".join(_TOKEN.sub(_shown, text).split())
    if '"' in text and not _names_are_quoted(text):
        text = _QUOTED.sub(lambda match: match[0] if match[0][0] == "`" else "?", text)
    if _MARK in text:
        text = _PREFIX.sub("", text).replace(_MARK, "")
    return _grouped(text).rstrip(" ;")


def _grouped(text: str) -> str:
    """Return a statement that is the same for other values, whatever their signs and number."""
    lower = text.lower()
    if "null" in lower or "true" in lower or "false" in lower:
        text = _WORDS.sub(r"\1?", text)
    if "-" in text or "+" in text:
        text = _SIGNS.sub(_unsigned, text)
    if ".?" in text or ":?" in text:
        text = _POINTS.sub("?", text)
    text = _PARENTHESES.sub("( ? )", _LIST.sub("?", text))
    if ")," in text or ") ," in text:
        text = _ROWS.sub(r"\1", text)
    if lower.startswith(("s", "r", "d")):
        text = _MADE_UP.sub(r"\1 ?", text, count=1)
    return text


def _names_are_quoted(text: str) -> bool:
    """Return whether a statement shows that double quotes hold names: `FROM "t"`, `"t"."c"`."""
    return "`" not in text and any(match.lastindex for match in _NAMING.finditer(text))


def _shown(token: re.Match[str]) -> str:
    """Return what stands for a token."""
    kind = token.lastindex
    if kind in _NAMES:
        return token[0]
    if kind in _COMMENTS:
        return " "
    start = token.start()
    before = token.string[start - 1 : start]
    return f"{_MARK}?" if before.isalnum() or before in ("_", "&") else "?"


def _undoubted(text: str) -> str:
    r"""Return a statement up to the literal that ends elsewhere if `\` is no escape.

    'it\'s' is MySQL, 'C:\' is standard SQL. What tells them apart is what follows, a letter or a
    quote in the first, and that a literal lacks its end if the second is read as the first.
    """
    first = None
    literal = ""
    for token in _TOKEN.finditer(text):
        literal = token[0] if token[0][0] == "'" else ""
        if "\\'" in literal:
            first = token.start() if first is None else first
            if _DOUBTFUL.search(literal):
                return f"{text[: token.start()]}'"
    if first is not None and literal and not _CLOSED.fullmatch(literal):
        return f"{text[:first]}'"
    return text


def _unsigned(match: re.Match[str]) -> str:
    """Return a value without the signs before it; the first remains where it adds or subtracts."""
    before = match.string[max(0, match.start() - 20) : match.start()].rstrip(" ")
    operand = _OPERAND.search(before)
    if operand is None or (operand[1] or "").lower() in _UNARY:
        return "?"
    return f"{match[0][0]}{' ' * (' ' in match[0])}?"
