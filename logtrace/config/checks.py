"""Keys that are right by themselves and wrong together.

Called by `walk` for each rule, source and test, once its keys are read. Besides reporting, a check makes
the draft whole: what is missing is filled with something harmless and what does not belong is taken
out, so that later stages, which look for more problems in the same run, never see a shape that `load`
would not give. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from logtrace.config.model import FORMATS, READY_FORMATS, RULE_KINDS, SourceConfig, Text
from logtrace.config.scalars import did_you_mean, shown, suggestion
from logtrace.config.shape import shape
from logtrace.config.walk import Draft
from logtrace.encodings import lookup
from logtrace.model import Reject

Report = Callable[..., None]
"""`report(mark, key path, what, fix)`."""

_OF_FORMATS = {
    "pattern": ("regex", "grok"),
    "patterns": ("grok",),
    "columns": ("csv", "tsv", "w3c"),
    "delimiter": ("csv",),
}
"""Keys of a source that mean something with some formats only."""

_EXAMPLES = {
    "regex": "add an expression with a named group for each field, such as '(?P<message>.*)'",
    "grok": "add one with %{NAME:field} for each field, such as '%{GREEDYDATA:message}'",
}
"""Formats that need a pattern, and what to write."""

_PLAIN = tuple(name for name in FORMATS if name not in READY_FORMATS)
"""Formats that have rules."""

_NEVER = "false"
"""The condition that stands in for one that is missing."""


def check_rule(draft: Draft, report: Report) -> None:
    """See that a rule is of one kind, and has the keys of that kind."""
    kind = _kind(draft, report)
    _misplaced(draft, kind, report)
    if kind == "start":
        for name, other in (("start", "end"), ("end", "start")):
            if not draft.has(name):
                what = f"missing: a rule with {other} needs {name}"
                report(draft.mark, draft.key(name), what, "say which line it is")
            draft.values.setdefault(name, Text(_NEVER, draft.mark, plain=False))
    else:
        draft.values.setdefault(kind, Text(_NEVER, draft.mark, plain=False))
    if kind == "when":
        _length(draft, report if draft.has("when") else _said_already)
    draft.values.setdefault("name", Text("unnamed", draft.mark, plain=False))


def check_child(draft: Draft, report: Report) -> None:
    """See that an offset is there where it is needed, and nowhere else."""
    wants = draft.values.get("place") == "offset"
    if wants and not draft.has("offset"):
        fix = 'add it, such as offset: "{wait_ms} ms", or choose another place'
        report(draft.marks["place"], draft.key("offset"), "missing: place: offset needs it", fix)
    elif draft.has("offset") and not wants and "offset" in draft.marks:
        if draft.has("place") and "place" not in draft.values:
            return  # what is wrong with the place has been said
        what, fix = "goes with place: offset only", "write that too, or remove it"
        report(draft.marks["offset"], draft.key("offset"), what, fix)
    if wants != ("offset" in draft.values):
        draft.values.pop("offset", None)
        draft.values.pop("place", None)


def check_keep(draft: Draft, report: Report) -> None:
    """Fill in a rate that cannot be read, so that the condition beside it is looked at."""
    draft.values.setdefault("rate", 1.0)


def check_source(presets: Sequence[str], draft: Draft, report: Report) -> None:
    """See that a source's format is known and has its pattern; its preset is merged already."""
    name, known = draft.values.get("format"), [*FORMATS, *presets]
    if name is not None and name not in FORMATS:
        what = f"{shown(name)} is neither a format nor a preset"
        fix = did_you_mean(name, known, f"write one of {', '.join(known)}")
        if name in shape(SourceConfig)["unwrap"].choices:
            fix = f"write unwrap: {name}, and the format of what is in that envelope"
        report(name.mark, draft.key("format"), what, fix)
        draft.meant.add("spans")  # a preset would bring them
    if name in _EXAMPLES and not draft.has("pattern"):
        report(
            draft.mark, draft.key("pattern"), f"missing: format {name} needs it", _EXAMPLES[name]
        )
    if name in FORMATS:
        _of_format(name, draft, report)
    if name in READY_FORMATS:
        _ready(name, draft, report)
    draft.values["format"] = _meant(name, known, draft)
    for key, formats in _OF_FORMATS.items():
        if draft.values["format"] not in formats:
            draft.values.pop(key, None)
    if "name" not in draft.values:
        draft.values["name"] = next(iter(draft.values.get("path", ())), draft.path)
    _nested(draft, report)
    _multiline(draft, report)
    _utf8_name(draft, report)
    _encoding(draft, report)


def _meant(name: Text | None, known: list[str], draft: Draft) -> Text:
    """Return the format that the other keys are looked at with: the one that seems to be meant.

    It is JSON, with which nothing is wrong, where none does, or where its pattern is missing.
    """
    pattern = draft.values.get("pattern")
    if name is None or name not in FORMATS:
        meant = suggestion(name or "", known)
        if meant not in _PLAIN and pattern is not None:
            meant = "grok" if "%{" in pattern else "regex"
        name = Text(meant if meant in _PLAIN else "json", draft.mark, plain=False)
    if name in _EXAMPLES and pattern is None:
        return Text("json", draft.mark, plain=False)
    return name


def _ready(name: str, draft: Draft, report: Report) -> None:
    """See that nothing is said of lines that are spans already but whose they are."""
    for key in ("spans", "ignore", "reset", "scope", "time", "json"):
        if key in draft.marks:
            what = f"does not go with {name}: its lines are spans already"
            report(draft.marks[key], draft.key(key), what, "remove it")
            draft.values.pop(key, None)
    draft.meant.add("spans")


def _of_format(name: str, draft: Draft, report: Report) -> None:
    """See that the keys that say how lines are to be read go with the format."""
    for key, formats in _OF_FORMATS.items():
        if key in draft.marks and name not in formats:
            what = f"goes with format: {' or '.join(formats)}, not with {name}"
            fix = f"remove it, or write format: {formats[0]}"
            report(draft.marks[key], draft.key(key), what, fix)
    delimiter = draft.values.get("delimiter")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        what = f"{shown(delimiter)} is not one character that can stand between values"
        fix = r'write a character such as ";", "|" or "\t"'
        report(draft.marks["delimiter"], draft.key("delimiter"), what, fix)
        del draft.values["delimiter"]
    if name in _OF_FORMATS["columns"] and draft.has("unwrap") and not draft.has("columns"):
        what = f"missing: within an envelope the header of {name} cannot be told"
        report(draft.mark, draft.key("columns"), what, "name the columns, in their order")


def _nested(draft: Draft, report: Report) -> None:
    """See that `json` names fields, and is not meant to say that the lines are JSON."""
    if set(draft.values.get("json", ())) & {"true", "false"}:
        what = "names fields whose text is JSON, and is not true or false"
        fix = "write the fields, such as [payload]; lines that are JSON have format: json"
        report(draft.marks["json"], draft.key("json"), what, fix)
        draft.values.pop("json")


def _multiline(draft: Draft, report: Report) -> None:
    """See that `multiline` says of some line what it is."""
    multiline = draft.values.get("multiline")
    if multiline is None or multiline.start or multiline.continue_ or multiline.end:
        return
    what = "says neither which line begins a record, nor which goes on, nor which ends it"
    fix = "add start, continue or end, such as start: timestamp"
    report(draft.marks["multiline"], draft.key("multiline"), what, fix)
    draft.values.pop("multiline")


def check_case(draft: Draft, report: Report) -> None:
    """See that a test expects something, and names reasons that there are."""
    written = ("expect", "traces", "rejected", "unmatched", "ignored")
    if not any(draft.has(name) for name in written):
        fix = "add expect, or how many lines are rejected, unmatched or ignored"
        report(draft.mark, draft.path, "expects nothing", fix)
    known = [str(reason) for reason in Reject]
    for reason in list(draft.values.get("rejected") or ()):
        if reason not in known:
            what = f"{shown(reason)} is not one of {', '.join(known)}"
            fix = did_you_mean(reason, known, "write one of them")
            report(draft.marks["rejected"], draft.key(f"rejected.{reason}"), what, fix)
            del draft.values["rejected"][reason]


def _utf8_name(draft: Draft, report: Report) -> None:
    """See that the name, which may come from a variable, is text: the ledger and counts hold it."""
    try:
        draft.values["name"].encode()
    except UnicodeEncodeError:
        mark = draft.marks.get("name", draft.marks.get("path", draft.mark))
        what = "is not UTF-8" if "name" in draft.marks else "missing, and the path is not UTF-8"
        report(mark, draft.key("name"), what, "give the source a name that is")
        draft.values["name"] = draft.path


def _encoding(draft: Draft, report: Report) -> None:
    """See that the encoding is one, and one that has lines."""
    name = draft.values.get("encoding")
    if name is None:
        return
    try:
        lookup(name)
    except LookupError as error:
        fix = "write one that Python knows, such as utf-8, utf-16, latin-1, cp1252 or shift_jis"
        report(draft.marks["encoding"], draft.key("encoding"), f"{shown(name)} is {error}", fix)
        del draft.values["encoding"]


def _said_already(*_: object) -> None:
    """Report nothing: the rule is of no kind, and that has been said."""


def _kind(draft: Draft, report: Report) -> str:
    """Return the kind of a rule: the first that is there."""
    kinds = [kind for kind in RULE_KINDS if draft.has(kind)]
    if not kinds:
        if draft.has("end"):
            return "start"
        what = "says of no line that it takes it"
        report(draft.mark, draft.path, what, "add when, start and end, group, or event")
        return "when"
    written = [kind for kind in kinds if kind in draft.marks]
    for other in written[1:]:
        what = f"{other} and {written[0]} make two rules of one"
        report(draft.marks[other], draft.key(other), what, "keep one, or write two rules")
    for other in kinds[1:]:
        draft.values.pop(other, None)
    return kinds[0]


def _misplaced(draft: Draft, kind: str, report: Report) -> None:
    """Report and take out the keys that go with other kinds of rule."""
    keys = shape(draft.section)
    others = [other for other in RULE_KINDS if other != kind and other in draft.marks]
    for name in list(draft.marks):
        rules = keys[name].rules
        if not rules or kind in rules:
            continue
        draft.values.pop(name, None)
        if not any(other in rules for other in others):  # else the second kind is what is wrong
            what = f"goes with {' or '.join(rules)}, not with {kind}"
            report(draft.marks[name], draft.key(name), what, "remove it")


def _length(draft: Draft, report: Report) -> None:
    """See that exactly one key says how long the span of a `when` rule was."""
    values, instant = draft.values, draft.values.get("instant", False)
    ways = [name for name in ("duration", "from") if draft.has(name)]
    if instant or "instant" in draft.meant:
        ways.append("instant")
    if not ways:
        fix = 'add one, such as duration: "{took_ms} ms"; instant: true for a line that marks a moment'
        if "instant" not in draft.marks or "instant" in values:
            what = "missing: a rule with when needs duration, from, or instant: true"
            report(draft.mark, draft.key("duration"), what, fix)
    for other in ways[1:]:
        mark = draft.marks.get(other, draft.mark)
        report(mark, draft.key(other), f"does not go together with {ways[0]}", "keep one")
        values.pop(other, None)
    if "from" in ways:
        _excluded(draft, "at", "from", report)
    elif ways:
        fix = "write from as well" if ways[0] == "duration" else "remove it"
        _excluded(draft, "to", ways[0], report, fix)
    if not ("duration" in values or "from" in values):
        values["instant"] = True


def _excluded(draft: Draft, name: str, other: str, report: Report, fix: str = "remove it") -> None:
    if name in draft.marks:
        report(draft.marks[name], draft.key(name), f"does not go together with {other}", fix)
        draft.values.pop(name, None)
