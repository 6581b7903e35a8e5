"""Finds what should not leave a host: card numbers, tokens, e-mail addresses.

Called by `redact`. In: any text; out: where in it there is something; card numbers are found by `cards`.
Nothing raises, and time is linear: a pattern that is searched for repeats nothing without end, and
what is long is then taken up by a match at the place that was found. (A test sees to it:
`patterns.bounded` would need seconds to say so of the longest one, at each start.) Pure.

`suspects` asks in the cheapest way there is whether a text can hold any of it: for substrings of
the text, and of images of it in which all that is sought looks alike. It says yes too often, never
too seldom: 0.4 to 0.9 µs for the texts of a span, where the patterns take 6 to 15.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from logtrace.ship import cards
from logtrace.ship.cards import Place

HIDDEN = "?"
"""What stands for what was hidden."""

Find = Callable[[str], list[Place]]
"""Gives the places of what a rule seeks, in their order."""

Locate = Callable[[str, re.Match[str], int], Place | None]
"""Gives the place of a thing whose head was found, if it is one; not before the index."""


def _located(head: re.Pattern[str], locate: Locate) -> Find:
    """Return what finds the things that `locate` finds where `head` matches."""

    def find(text: str) -> list[Place]:
        places: list[Place] = []
        done = 0
        match = head.search(text)
        while match:
            place = locate(text, match, done)
            if place is None:
                match = head.search(text, match.start() + 1)
            else:
                places.append(place)
                done = place[1]
                match = head.search(text, done)
        return places

    return find


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────

_WORD = "[A-Za-z0-9_-]"
_PREFIXED = re.compile(
    rf"""eyJ{_WORD}{{13}}                        # a JWT, or other JSON in base64
    | A[KS]IA[A-Z0-9]{{16}}
    | (?:gh[oprsu]_|github_pat_|npm_|shp(?:at|ca|pa|ss)_){_WORD}{{20}}
    | (?:glpat-|xox[abeoprs]-|pypi-){_WORD}{{19}}
    | [rs]k_(?:live|test)_{_WORD}{{16}}
    | AIza{_WORD}{{30}}
    | SG\.{_WORD}{{22}}\.{_WORD}{{24}}
    | (?<![A-Za-z_-])(?:sk-|hf_){_WORD}{{21}}
    """,
    re.VERBOSE,
)
_PREFIXED_REST = re.compile(rf"{_WORD}*(?:\.{_WORD}+)*")
_SCHEME = re.compile("(?:bearer|basic)[ \t]{1,3}", re.IGNORECASE | re.ASCII)
_CREDENTIALS = re.compile(r"[A-Za-z0-9._~+/=-]{8,}")
_NO_WORD = re.compile(r".[A-Z]|[0-9=+/._~]|.{20}")
_KEY = re.compile(
    r"(?:password|passwd|pwd|token|secret|(?:api|access|secret|private)[_-]?key)(?:\]|%5D)?"
    r"""(?:\\{0,3}["'])?[ ]{0,2}(?:=>|:=|[=:])[ ]{0,2}""",
    re.IGNORECASE | re.ASCII,
)
_VALUE = re.compile(
    r"""(\\{1,7})"((?:(?!\1").)*+)     # JSON within JSON has \" for its quotes
    | "((?:[^"\\]|\\.)*+) | '((?:[^'\\]|\\.)*+)
    | ((?:(?:bearer|basic)[ ]+)?(?![{[])[^\s&;"'<>]++)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_BARE = 5


def _prefixed(text: str, head: re.Match[str], done: int) -> Place | None:
    rest = _PREFIXED_REST.match(text, head.end())
    return head.start(), rest.end() if rest else head.end()


def _credentials(text: str, head: re.Match[str], done: int) -> Place | None:
    """Return where the credentials are, if what follows `Basic` is not just another word."""
    found = _CREDENTIALS.match(text, head.end())
    return found.span() if found and _NO_WORD.search(found[0]) else None


def _value(text: str, head: re.Match[str], done: int) -> Place | None:
    """Return where the value of a key is; brackets and commas behind a bare one are not its own."""
    found = _VALUE.match(text, head.end())
    if found is None or found.lastindex is None:
        return None
    start, end = found.span(found.lastindex)
    if found.lastindex == _BARE:
        end = start + len(found[_BARE].rstrip(",)]}\\"))
    return (start, end) if start < end and text[start:end] != HIDDEN else None


# ── e-mail addresses ──────────────────────────────────────────────────────────────────────────────

_AT = re.compile("@|%40")
_LOCAL_BACKWARDS = re.compile(r"[\w.+%'-]*\w")
LONGEST_LOCAL = 256
"""What is before an `@` is no longer; mail knows 64."""

_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")


def _address(text: str, head: re.Match[str], done: int) -> Place | None:
    domain = _DOMAIN.match(text, head.end())
    if domain is None:
        return None
    at = head.start()
    local = _LOCAL_BACKWARDS.match(text[max(done, at - LONGEST_LOCAL) : at][::-1])
    return (at - local.end(), domain.end()) if local else None


# ── what may hold any of them ─────────────────────────────────────────────────────────────────────

CARDS, TOKENS, EMAILS = 1, 2, 4
BUILT_IN: dict[str, tuple[int, tuple[Find, ...]]] = {
    "credit_cards": (CARDS, (cards.find,)),
    "tokens": (
        TOKENS,
        (_located(_PREFIXED, _prefixed), _located(_SCHEME, _credentials), _located(_KEY, _value)),
    ),
    "emails": (EMAILS, (_located(_AT, _address),)),
}
"""Rules by name: the bit that `suspects` has for each, and what finds it, in several steps: each of them
gets the text without what the one before has found."""

_GONE = b" \t-_\"'\\[]"
_IMAGE = bytes.maketrans(
    b"123456789:" + b"akorspwAEKORSPW" + b"nyDNY" + b"BCIT",
    b"000000000=" + b"eeeeeeeeeeeeeee" + b"ddddd" + b"bcit",
)
_CARD_IMAGE = "0" * 13
_KEY_IMAGE = "eed="
"""Of token=, password=, passwd=, pwd= and key=, in quotes and with blanks before the `=` too."""

_SECRET_IMAGE = "ceet="
_ESCAPED_IMAGE = "%0d="
_BEARER_IMAGE = "beeeee"
_BASIC_IMAGE = "beeic"
_RUNS = bytes(97 if re.match(_WORD, chr(code)) else code for code in range(256))
_RUN_IMAGE = "a" * 24
"""Of all that _PREFIXED finds, but for JWTs and the keys of AWS."""

_UNDERSCORED = re.compile(
    "_(?:(?<=gh[oprsu]_)|(?<=_pat_)|(?<=npm_)|(?<=shp[acps][ast]_)|(?<=k_live_)|(?<=k_test_)"
    "|(?<=hf_))"
).search


def suspects(text: str, wanted: int) -> int:
    """Return which of the wanted built-in rules may find something in a text, one bit for each."""
    found = EMAILS if "@" in text or ("%" in text and "%40" in text) else 0
    if wanted == EMAILS:
        return found
    raw = text.encode("utf-8", "replace")
    image = raw.translate(_IMAGE, _GONE).decode("latin-1")
    if _CARD_IMAGE in image:
        found |= CARDS
    if wanted & TOKENS and (
        ("J" in text and "eyJ" in text)
        or ("I" in text and ("AKIA" in text or "ASIA" in text))
        or (_RUN_IMAGE in raw.translate(_RUNS).decode("latin-1") and _has_prefix(text))
        or (
            (
                ("=" in image and (_KEY_IMAGE in image or _SECRET_IMAGE in image))
                or ("b" in image and (_BEARER_IMAGE in image or _BASIC_IMAGE in image))
                or ("%" in text and _ESCAPED_IMAGE in image)
            )
            and _has_word(text.lower())
        )
    ):
        found |= TOKENS
    return found & wanted


def _has_prefix(text: str) -> bool:
    return (
        ("_" in text and _UNDERSCORED(text) is not None)
        or ("k" in text and "sk-" in text)
        or ("x" in text and "xox" in text)
        or ("y" in text and "pypi-" in text)
        or ("z" in text and "AIza" in text)
        or ("G" in text and "SG." in text)
        or "glpat-" in text
    )


def _has_word(lower: str) -> bool:
    return (
        "token" in lower
        or "secret" in lower
        or "passw" in lower
        or "pwd" in lower
        or "key" in lower
        or "bearer" in lower
        or "basic" in lower
    )
