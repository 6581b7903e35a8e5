"""`${VAR}` in the values of a configuration, and the state directory, which a variable may name.

Called by `walk` for every scalar, after the YAML is parsed: what a variable holds can never become YAML.
Only `${` and `$$` mean something, so that the `$` at the end of a regular expression and a `$1` stay
what they are. `$$` is one `$`: a regular expression never needs two in a row, and a dollar sign before
a template's field is `$${field}`. Keys are taken as they are written.

    ${VAR}            its value; a problem if it is not set
    ${VAR:-default}   its value; `default` if it is not set or empty
    ${VAR:?message}   its value; a problem that says `message` if it is not set or empty
    $$                one dollar sign
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from logtrace.config.model import Config, Text
from logtrace.errors import Mark

_SPECIAL = re.compile(r"\$\$|\$\{(?P<inside>[^}]*)(?P<end>\}?)")
_INSIDE = re.compile(
    r"(?P<name>[A-Za-z_]\w*)(?::(?P<mode>[-?])(?P<word>.*))?", re.ASCII | re.DOTALL
)
_EXAMPLE = "write ${NAME}, ${NAME:-default} or ${NAME:?message}; for a dollar sign $$"

Complaint = tuple[Mark, str, str]
"""Where, what is wrong, and how to fix it."""


def fill(text: Text, env: Mapping[str, str]) -> tuple[Text, list[Complaint]]:
    """Return `text` with its variables replaced, and what is wrong with any of them.

    A text without variables comes back as the same object.
    """
    if "${" not in text and "$$" not in text:
        return text, []
    complaints: list[Complaint] = []

    def value(match: re.Match[str]) -> str:
        if match["inside"] is None:
            return "$"
        filled, what, fix = _value(match, env)
        if what:
            complaints.append((text.at(match.start()), what, fix))
        return filled

    return Text(_SPECIAL.sub(value, text), text.mark, plain=False), complaints


def _value(match: re.Match[str], env: Mapping[str, str]) -> tuple[str, str, str]:
    """Return what to put in place of `${…}`, what is wrong with it, and the fix."""
    if not match["end"]:
        return "", "'${' has no closing '}'", _EXAMPLE
    parts = _INSIDE.fullmatch(match["inside"])
    if parts is None:
        return "", f"'{match[0]}' names no variable", _EXAMPLE
    name, mode, word = parts["name"], parts["mode"], parts["word"]
    value = env.get(name)
    if value or (value is not None and mode is None):
        return value, "", ""
    if mode == "-":
        return word, "", ""
    state = "empty" if name in env else "not set"
    what = f"the environment variable {name} is {state}"
    fix = f"set it, or write ${{{name}:-default}}"
    if name.islower() and mode is None:  # variables are seldom written so, fields often
        fix += f"; a field is {{{name}}}"
    return "", what + (f": {word}" if word else ""), fix


def state_directory(config: Config, environ: Mapping[str, str]) -> Path:
    """Return where the ledger is: the configured path, $STATE_DIRECTORY, or /var/lib/logtrace."""
    configured = config.state.path or environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(configured or "/var/lib/logtrace")
