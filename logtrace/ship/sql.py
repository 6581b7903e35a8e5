r"""Whether a text is SQL that the Agent can read.

Called by `mend` for spans of type `sql` or `cassandra`. The Agent takes the literals out of the resource
of such a span; where its scanner fails, all of the resource is lost, as `Non-parsable SQL query`. It is
no parser: it fails at what begins and does not end (a quote, a comment, a brace), and at characters that
no SQL has. It reads `\` in a literal as an escape or as itself, whichever works. In doubt this says no:
without the type a resource stays as it is. Pure; time is linear.
"""

from __future__ import annotations

import re

_START = re.compile(
    r"(?:[\s({]|--[^\n]*+\n|/\*(?:[^*]|\*(?!/))*+\*/)*+([A-Za-z]++)(?![\w.:/-])"
).match

_WORDS = frozenset(
    """
    alter analyze apply begin call close comment commit copy create deallocate declare delete desc
    describe discard drop exec execute explain fetch grant if insert listen load lock merge notify
    optimize pragma prepare refresh reindex release rename replace revoke rollback savepoint select
    set show start table truncate unlock update upsert use vacuum values with
    """.split()  # noqa: SIM905  # fifty quoted words are harder to read
)
_AS_WRITTEN = _WORDS | {word.upper() for word in _WORDS}


def is_sql(text: str) -> bool:
    """Return whether `text` is SQL or CQL, and can be read to its end."""
    return begins_as_sql(text) and is_readable(text)


def begins_as_sql(text: str) -> bool:
    """Return whether `text` begins as a statement does, behind blanks, brackets and comments."""
    if text.partition(" ")[0] in _AS_WRITTEN:  # most often, and in a third of the time
        return True
    start = _START(text)
    return start is not None and start[1].lower() in _WORDS


def is_readable(text: str) -> bool:
    """Return whether the Agent's scanner gets to the end of a text."""
    if _ODD(text) is None:
        return True
    if not text.isascii():  # to `re` ² is a letter, to the Agent it is none
        text = _FOREIGN.sub(lambda match: match[0] if match[0].isalpha() else "\0", text)
    return _ESCAPED(text) is not None or ("\\" in text and _LITERAL(text) is not None)


_ODD = re.compile(r"[^A-Za-z1-9_\s?=,;()+*<>.]").search
"""Finds what may begin something that does not end; 0, too, since 08 is no number."""

_FOREIGN = re.compile(r"[^\W\d\x00-\x7f]")
_LETTER = r"(?:[^\W\d]|[@\#])"


def _scanner(content: str) -> re.Pattern[str]:
    """Return what matches a text of tokens; in the `content` of a literal, Q is its quote."""
    return re.compile(
        rf"""
        (?:\{{(?:{_token(content, 1)})*+(?:\}}|\Z) | (?!\{{))  # JDBC; later braces hide all in them
        (?:{_token(content, 2)} | \{{[^}}]*+\}})*+\Z
        """,
        re.VERBOSE | re.DOTALL,
    )


def _token(content: str, group: int) -> str:
    literals = "|".join(f"{quote}(?:{content.replace('Q', quote)})*+{quote}" for quote in "'\"`")
    return rf"""
        [\s~?=,;()+*&|^<>\[\]]++
      | (?:[^\W\d]|@)(?:{_LETTER}|[0-9.*])*+
      | 0[xX][0-9a-fA-F]*+
      | (?!0[0-7]*+[89][0-9]*+(?![.eE]))[0-9]++(?:\.[0-9]*+)?+(?:[eE][-+]?+[0-9]*+)?+
      | \.(?:[0-9]++(?:[eE][-+]?+[0-9]*+)?+)?+
      | -(?:-[^\n]*+)?+
      | /(?:/[^\n]*+ | \*(?:[^*]|\*(?!/))*+\*/ | (?![/*]))
      | \#.?+[^\n]*+
      | {literals}
      | \$(?:(?=[0-9]) | ([^$\\]*+)\$(?!\$).*?\$\{group}\$)
      | :(?:[:=] | (?=\s) | (?=[0-9]|{_LETTER})(?:{_LETTER}|[0-9.])++)
      | !(?:[=~] | (?=[\s0-9(`'"+-]|{_LETTER}))
      | %(?:\([^)]*+\){_LETTER} | {_LETTER} | (?!\())
    """


_ESCAPED = _scanner(r"[^Q\\]|QQ|\\.").match
_LITERAL = _scanner(r"[^Q]|QQ").match
