"""Finds what should not leave a host: card numbers, tokens, e-mail addresses.

Called by `redact`. In: any text; out: the same without what was found, and how often it was.
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

HIDDEN = "?"
"""What stands for what was hidden."""

Replace = Callable[[str], tuple[str, int]]
"""Gives a text without what a rule seeks, and how often that was found."""

Locate = Callable[[str, re.Match[str], int], tuple[int, int] | None]
"""Gives where a thing whose head was found starts and ends, if it is one; not before the index."""


def _replace(text: str, head: re.Pattern[str], locate: Locate) -> tuple[str, int]:
    """Replace the things that `locate` finds where `head` matches."""
    pieces: list[str] = []
    done = 0
    match = head.search(text)
    while match:
        place = locate(text, match, done)
        if place is None:
            match = head.search(text, match.start() + 1)
        else:
            pieces += (text[done : place[0]], HIDDEN)
            done = place[1]
            match = head.search(text, done)
    return "".join((*pieces, text[done:])), len(pieces) // 2


# ── card numbers ──────────────────────────────────────────────────────────────────────────────────

_CARD = re.compile(r"(?<![0-9])(?<![0-9?]\.)[2-6](?:[ -]?[0-9]){12}")
_CARD_REST = re.compile(r"[0-9](?:[ -]?[0-9]){12,18}")
_ISSUERS = re.compile(
    r"""4(?:\d{12}|\d{15}|\d{18})                                        # Visa
    | (?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}  # Mastercard
    | 3[47]\d{13}                                                       # American Express
    | (?:6011|64[4-9]\d|65\d\d)\d{12,15}                               # Discover
    | (?:62\d\d|35(?:2[89]|[3-8]\d)|220[0-4])\d{12,15}                # UnionPay, JCB, Mir
    | 3(?:0[0-59]|6\d|[89]\d)\d{11,16}                                  # Diners Club
    | (?:60\d\d|508\d)\d{12}                                            # RuPay
    | (?:5018|5020|5038|5893|6304|6759|676[1-3])\d{9,15}                # Maestro
    """,
    re.VERBOSE | re.ASCII,
)
_SEPARATORS = re.compile("[ -]")
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_SINGLE = bytes.maketrans(b"0123456789", bytes(range(10)))


def _card(text: str, head: re.Match[str], done: int) -> tuple[int, int] | None:
    """Return where the longest card number is that starts here and ends where its digits do."""
    rest = _CARD_REST.match(text, head.start())
    digits = _SEPARATORS.sub("", rest[0]) if rest else ""
    end = rest.end() if rest else 0
    for length in range(len(digits), 12, -1):
        if (
            not text[end : end + 1].isdigit()
            and _ISSUERS.fullmatch(digits, 0, length)
            and _is_valid(digits[:length])
        ):
            return head.start(), end
        end -= 2 if text[end - 2] in " -" else 1
    return None


def _is_valid(number: str) -> bool:
    """Return whether the last digit is the one that Luhn's formula wants."""
    digits = number.encode()[::-1]
    total = sum(digits[::2].translate(_SINGLE)) + sum(digits[1::2].translate(_DOUBLED))
    return total % 10 == 0


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


def _prefixed(text: str, head: re.Match[str], done: int) -> tuple[int, int] | None:
    rest = _PREFIXED_REST.match(text, head.end())
    return head.start(), rest.end() if rest else head.end()


def _credentials(text: str, head: re.Match[str], done: int) -> tuple[int, int] | None:
    """Return where the credentials are, if what follows `Basic` is not just another word."""
    found = _CREDENTIALS.match(text, head.end())
    return found.span() if found and _NO_WORD.search(found[0]) else None


def _value(text: str, head: re.Match[str], done: int) -> tuple[int, int] | None:
    """Return where the value of a key is; brackets and commas behind a bare one are not its own."""
    found = _VALUE.match(text, head.end())
    if found is None or found.lastindex is None:
        return None
    start, end = found.span(found.lastindex)
    if found.lastindex == _BARE:
        end = start + len(found[_BARE].rstrip(",)]}\\"))
    return (start, end) if start < end and text[start:end] != HIDDEN else None


def _tokens(text: str) -> tuple[str, int]:
    text, prefixed = _replace(text, _PREFIXED, _prefixed)
    text, credentials = _replace(text, _SCHEME, _credentials)
    text, values = _replace(text, _KEY, _value)
    return text, prefixed + credentials + values


# ── e-mail addresses ──────────────────────────────────────────────────────────────────────────────

_AT = re.compile("@|%40")
_LOCAL_BACKWARDS = re.compile(r"[\w.+%'-]*\w")
LONGEST_LOCAL = 256
"""What is before an `@` is no longer; mail knows 64."""

_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")


def _address(text: str, head: re.Match[str], done: int) -> tuple[int, int] | None:
    domain = _DOMAIN.match(text, head.end())
    if domain is None:
        return None
    at = head.start()
    local = _LOCAL_BACKWARDS.match(text[max(done, at - LONGEST_LOCAL) : at][::-1])
    return (at - local.end(), domain.end()) if local else None


# ── what may hold any of them ─────────────────────────────────────────────────────────────────────

CARDS, TOKENS, EMAILS = 1, 2, 4
BUILT_IN: dict[str, tuple[int, Replace]] = {
    "credit_cards": (CARDS, lambda text: _replace(text, _CARD, _card)),
    "tokens": (TOKENS, _tokens),
    "emails": (EMAILS, lambda text: _replace(text, _AT, _address)),
}
"""Rules by name, and the bit that `suspects` has for each."""

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
