"""Checks the rules of a source and makes them ready to be interpreted or compiled.

Called once per source when a configuration is loaded. In: the configuration's structs; out: a
`CheckedSource`, or a ConfigError with every problem of the source, each at the character where it is.
No state, any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from logtrace.config.model import Defaults, RuleConfig, SourceConfig
from logtrace.errors import ConfigError
from logtrace.mapping.checked import (
    CHILD_ORDINAL,
    CheckedSource,
    Child,
    Extract,
    Kind,
    Rule,
    Timing,
)
from logtrace.mapping.nodes import Element, Extracted, Field, Variable, variables
from logtrace.mapping.parts_check import PartsCheck, check_child, constant_tags
from logtrace.mapping.templates import ID_FILTERS, LINE_FILTERS, TEXT_FILTERS, Template
from logtrace.mapping.texts import Place, Texts

UNNAMED_SERVICE = "unnamed-service"
"""Service of spans for which the configuration names none."""

TIME_FIELDS = ("ts", "time", "timestamp", "@timestamp", "datetime", "date")
"""Where a line's time is sought when the source does not say; the first present counts."""

_TIMES = ("duration", "from_", "to", "instant", "at")
_OF_SPANS = (
    *("resource", "service", "type", "kind", "span_id", "parent_id", "error", "children"),
    *("peer", "host", "thread"),
)
_FOREIGN: dict[Kind, tuple[str, ...]] = {
    "when": ("end", "key", "closes", "timeout", "pause"),
    "pair": (*_TIMES, "pause"),
    "group": (*_TIMES, "end", "key", "closes", "timeout"),
    "event": (*_TIMES, *_OF_SPANS, "end", "closes", "timeout", "pause"),
}
"""Keys that mean nothing in a rule of the kind."""

_B3 = re.compile(r"(?:^|[._-])b3$", re.IGNORECASE)
"""How the name of a field ends that holds a header of that name: `http_b3`, `headers.b3`."""

_ABSENT = {field.name: field.default for field in msgspec.structs.fields(RuleConfig)}


def check(source: SourceConfig) -> CheckedSource:
    """Return the source's rules, ready for use.

    Args:
        source: the source; those of the whole configuration are among its `defaults`.

    Raises:
        ConfigError: with all problems of the source.
    """
    texts = Texts()
    named = source.time.field
    usual = (*TIME_FIELDS, f"{source.unwrap}.time") if source.unwrap else TIME_FIELDS
    times = tuple(Field(str(name)) for name in ((named,) if named else usual))
    texts.read(times)
    ignore = texts.expression(source.ignore, "ignore", Place())
    reset = texts.expression(source.reset, "reset", Place())
    scope = texts.template(source.scope, "scope", Place())
    rules = tuple(
        _RuleCheck(texts, index, config, source.scope is not None).rule(source.defaults)
        for index, config in enumerate(source.spans)
    )
    if source.spans and source.spans[-1].continue_:
        mark, key = source.spans[-1].mark, f"spans[{len(rules) - 1}].continue"
        texts.problem(mark, key, "no rule comes behind the last one", "leave it out")
    if texts.problems:
        raise ConfigError(texts.problems)
    heads = (name.partition(".")[0] for name in texts.fields)
    return CheckedSource(
        name=str(source.name),
        mark=source.mark,
        times=times,
        ignore=ignore,
        reset=reset,
        scope=scope,
        rules=tuple(_settled(rules)),
        fields=frozenset((*texts.fields, *heads)),
        warnings=tuple(texts.warnings()),
        written=tuple(texts.written),
    )


def _kinds(config: RuleConfig) -> list[Kind]:
    """Return which kinds of rule are written."""
    kinds: list[tuple[Kind, bool]] = [
        ("when", config.when is not None),
        ("pair", config.start is not None or config.end is not None),
        ("group", config.group is not None),
        ("event", config.event is not None),
    ]
    return [kind for kind, is_written in kinds if is_written]


class _RuleCheck:
    """Checks one rule."""

    def __init__(self, texts: Texts, index: int, config: RuleConfig, scoped: bool) -> None:
        self._texts = texts
        self._index = index
        self._config = config
        self._scoped = scoped
        kinds = _kinds(config)
        self._kind: Kind = kinds[0] if kinds else "when"
        filters = (*TEXT_FILTERS, *LINE_FILTERS) if self._kind == "group" else TEXT_FILTERS
        self._parts = PartsCheck(texts, config, f"spans[{index}]", Place(), filters)
        self._check_shape(kinds)
        self._extract = self._extraction()
        groups = self._extract.groups if self._extract else ()
        paired = self._kind == "pair"
        self._now = Place("line", groups, paired=None if paired else False)
        # What is made when a half-span is whole is read from its lines; its ids are the first's.
        self._first = self._now
        if self._kind != "when":
            self._first = Place("first", groups, self._now.paired)
        self._parts.place = Place("both", groups, paired=True) if paired else self._first

    def rule(self, defaults: Defaults) -> Rule:
        """Return the rule; what is wrong with it is in `texts`."""
        config, kind, parts = self._config, self._kind, self._parts
        trace_id = self._id("trace_id")
        key = parts.value("group" if kind == "group" else "key", self._now, TEXT_FILTERS)
        by_trace = kind in ("pair", "event") and key is None and not self._scoped
        shared = _shared_tags(defaults)
        meta = {} if kind == "event" else constant_tags(config, shared)
        conditions: dict[Kind, str] = {"pair": "start", "event": "event"}
        rule = Rule(
            index=self._index,
            kind=kind,
            line=config.mark.line,
            condition=parts.condition(conditions.get(kind, "when"), self._now),
            end=parts.condition("end", self._now),
            key=trace_id if by_trace else key,
            name=parts.name(),
            resource=parts.value("resource"),
            service=parts.value("service"),
            own_service=str(defaults.service or UNNAMED_SERVICE),
            type=parts.value("type"),
            trace_id=trace_id,
            by_trace=by_trace and trace_id is not None,
            span_id=self._id("span_id"),
            parent_id=self._id("parent_id"),
            serves=config.kind in ("server", "consumer"),
            timing=self._timing(),
            error=parts.condition("error", self._now if kind == "group" else None),
            meta=meta,
            tags=parts.tags(meta),
            metrics=parts.metrics(),
            children=self._children(shared),
            extract=self._extract,
            kept=(),
            scoped=self._scoped,
            continues=config.continue_,
            settled=True,
            closes_all=config.closes == "all",
            timeout=config.timeout,
            pause=config.pause,
        )
        return _finished(rule)

    # ── the rule as a whole ───────────────────────────────────────────────────────────────────────

    def _check_shape(self, kinds: list[Kind]) -> None:
        """Report a rule that is not of one kind, or lacks what its kind needs."""
        config, kind = self._config, self._kind
        if len(kinds) != 1:
            what = "the rule is of several kinds" if kinds else "the rule is of no kind"
            self._problem("", what, "write one of `when`, `start` with `end`, `group`, `event`")
            return
        if kind == "pair" and (config.start is None or config.end is None):
            self._problem("", "a start needs its end", "write both `start` and `end`")
        if config.name is None:
            self._problem("", "the rule has no name", "add `name:`")
        if config.parent_id is not None and config.trace_id is None:
            self._problem("parent_id", "means nothing without a trace_id", "add `trace_id:`")
        for name in _FOREIGN[kind]:
            if getattr(config, name) != _ABSENT[name]:
                word = "start/end" if kind == "pair" else kind
                self._problem(name, f"means nothing in a rule of kind {word}", "leave it out")

    def _extraction(self) -> Extract | None:
        config = self._config.extract
        if config is None:
            return None
        pattern = self._texts.pattern(config.pattern, self._path("extract"))
        if pattern is None:
            return None
        if not pattern.groupindex:
            what = "the pattern names no group, so it extracts nothing"
            mark = config.pattern.mark
            self._texts.problem(mark, self._path("extract"), what, "write (?P<name>…)")
        field = Field(str(config.field or "message"))
        self._texts.read((field,))
        return Extract(pattern, field, tuple(pattern.groupindex), early=False)

    def _timing(self) -> Timing:
        config = self._config
        if self._kind != "when":
            return Timing()
        ways = [config.duration is not None, config.from_ is not None, config.instant]
        if sum(ways) != 1:
            what = "the span has more than one duration" if any(ways) else "the duration is missing"
            self._problem("", what, "write one of `duration`, `from`, `instant: true`")
        if config.to is not None and config.from_ is None:
            self._problem("to", "means nothing without `from`", "add `from:`")
        duration, unit = self._parts.duration("duration", self._now)
        start, end = (self._parts.value(name, self._now) for name in ("from_", "to"))
        return Timing(duration, unit, start, end, config.at == "start")

    # ── its values ────────────────────────────────────────────────────────────────────────────────

    def _id(self, name: str) -> Template | None:
        """Return an id's template; what is one field may be of the dialect that its name tells."""
        template = self._parts.value(name, self._first, (*TEXT_FILTERS, *ID_FILTERS))
        single = template.single if template else None
        if template is None or template.dialect or not isinstance(single, Field | Extracted):
            return template
        return replace(template, dialect=_native_dialect(single))

    def _children(self, shared: dict[str, str]) -> tuple[Child, ...]:
        children: list[Child] = []
        ordinal = CHILD_ORDINAL
        for index, config in enumerate(self._config.children):
            children.append(check_child(self._parts, config, index, ordinal, shared))
            ordinal += children[-1].ordinals
        if children and self._config.instant:
            what = "the span is a moment, and can have no children"
            self._problem("children", what, "write `duration`, or remove them")
        return tuple(children)

    def _path(self, name: str) -> str:
        return self._parts.path(name)

    def _problem(self, name: str, what: str, fix: str = "") -> None:
        self._parts.problem(name, what, fix)


def _native_dialect(field: Field | Extracted) -> str | None:
    """Return the dialect of a field: Datadog's own hold decimal ids of any length."""
    if isinstance(field, Field) and field.name.startswith("dd."):
        return "decimal"
    return "b3" if _B3.search(field.name) else None


def _shared_tags(defaults: Defaults) -> dict[str, str]:
    """Return the tags that every span has."""
    tags = {
        "env": defaults.env,
        "version": defaults.version,
        "host": defaults.host,
        **defaults.tags,
    }
    return {str(key): str(text) for key, text in tags.items() if text is not None}


def _settled(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """Yield the rules, knowing of one another whether their spans are final."""
    nested = any(rule.kind == "pair" for rule in rules)
    joined = False
    for rule in rules:
        joined = joined or rule.continues
        open_ended = joined or (nested and rule.within != "")
        yield replace(rule, settled=not (rule.kind == "when" and open_ended))


def _finished(rule: Rule) -> Rule:
    """Return the rule with what follows from the variables that it reads."""
    entry: list[Variable] = [
        *(variable for node in (rule.condition, rule.end) if node for variable in variables(node)),
        *(rule.key.variables() if rule.key else ()),
    ]
    extract = rule.extract
    if extract is not None:
        early = any(isinstance(variable, Extracted) for variable in entry)
        extract = replace(extract, early=early)
    kept: tuple[Variable, ...] = ()
    if rule.kind != "when":
        made = [variable for template in rule.values() for variable in template.variables()]
        made += variables(rule.error) if rule.error and rule.kind != "group" else ()
        made += (variable for child in rule.children for variable in child.variables())
        made = [variable for variable in made if not isinstance(variable, Element)]
        kept = tuple(dict.fromkeys(replace(variable, side="line") for variable in made))
    return replace(rule, extract=extract, kept=kept)
