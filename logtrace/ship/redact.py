"""Takes out of spans what must not leave the host: what is built in, and what rules name.

Called by the shipper for each span, before `normalise` cuts it: half a card number looks like none.
In: spans, changed in place; only the resource, tags, and what events and links say. Ids, service,
name, env, version and the tags that the Agent reads are left alone. Nothing here raises for what a
span holds; time is linear. What a built-in rule has replaced, it does not find a second time.

    the span's texts, joined ─▶ can any of them hold such a thing? ─▶ no (nearly always): done
                                          │ yes: each text, rule by rule

The question is that of `secrets`; rules of a configuration are tried on each text. No I/O; one
thread at a time, as redactions are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from logtrace.model import Span
from logtrace.patterns.bounded import Bounded, Unusable, build
from logtrace.ship.secrets import BUILT_IN, HIDDEN, Find, suspects
from logtrace.ship.texts import ELLIPSIS

KEPT = 30_000
"""Of a text that is looked into, characters that are kept at most. The Agent keeps fewer, so that it is
still `normalise` that cuts, and counts it."""

BEYOND = 5_000
"""So many more are looked at: what ends behind the cut must be whole to be found."""

_CARD_LIKE, _TOO_LONG = 10**12, 10**19
"""Numbers of 13 to 19 digits."""

UNTOUCHED = frozenset(("env", "version", "span.kind", "http.method", "http.status_code"))
"""Tags that mean something to the Agent, as do those that start with `_dd.`."""


class Rule(NamedTuple):
    """A rule of the configuration.

    Attributes:
        name: counts its redactions.
        pattern: regular expression, searched for in each text.
        replacement: the key `with`: what stands for what was found; may name its groups.
    """

    name: str
    pattern: str
    replacement: str = HIDDEN


Edit = tuple[int, int, str]
"""Where a text is changed, from and to, and what stands there then."""

Seek = Callable[[str], list[Edit]]
"""Gives what a rule changes in a text, in the order of the places; none overlaps another."""


def _hiding(find: Find) -> Seek:
    """Return what hides all that `find` finds."""
    return lambda text: [(start, end, HIDDEN) for start, end in find(text)]


def _own(rule: Rule) -> Seek:
    """Return what applies a rule; raises Unusable."""
    bounded = build(rule.pattern, searched=True, places=True)
    try:
        bounded.pattern.sub(rule.replacement, "")
    except (re.error, IndexError) as error:
        raise Unusable(f"what stands for it cannot be used: {error}") from None
    if bounded.longest is None:
        find = bounded.pattern.finditer
        return lambda text: [_edit(match, rule.replacement) for match in find(text)]
    return lambda text: _in_windows(text, bounded, rule.replacement)


def _edit(match: re.Match[str], replacement: str) -> Edit:
    return match.start(), match.end(), match.expand(replacement)


def _in_windows(text: str, bounded: Bounded, replacement: str) -> list[Edit]:
    """Return the changes of a pattern that costs too much on a long text: in pieces that overlap.

    What is longer than half a piece may be found in parts.
    """
    size = (bounded.longest or KEPT) // 8
    edits: list[Edit] = []
    position = 0
    while position < len(text):
        match = bounded.pattern.search(text, position, position + size)
        if match is None:
            position += size // 2
        elif match.end() == position + size and match.start() > position:
            position = match.start()  # it may go on
        elif match.end() == match.start():
            position = match.end() + 1
        else:
            edits.append(_edit(match, replacement))
            position = match.end()
    return edits


def _edited(text: str, edits: list[Edit], kept: int) -> tuple[str, int]:
    """Return the changed text, and where in it `kept` is: behind each change that begins before it."""
    pieces: list[str] = []
    done = moved = 0
    for start, end, replacement in edits:
        pieces += (text[done:start], replacement)
        done = end
        if start < kept:
            moved += len(replacement) - (min(end, kept) - start)
    return "".join((*pieces, text[done:])), kept + moved


TOGETHER = 8
"""Spans that are asked together whether they say anything that is sought: the more, the cheaper when
none does, and the more are asked again when one does."""


class Redactor:
    """Applies rules, in their order.

    Attributes:
        counts: how often each rule, by its name, has replaced something.
    """

    def __init__(self, rules: Iterable[str | Rule]) -> None:
        """Take names of built-in rules, and rules.

        Raises:
            ValueError: no rule of that name is built in.
            Unusable: a pattern, or what stands for it, cannot be used.
        """
        self.counts: Counter[str] = Counter()
        self._rules: list[tuple[str, int, tuple[Seek, ...]]] = []
        for rule in rules:
            if isinstance(rule, Rule):
                self._rules.append((rule.name, 0, (_own(rule),)))
            elif rule in BUILT_IN:
                bit, finds = BUILT_IN[rule]
                self._rules.append((rule, bit, tuple(_hiding(find) for find in finds)))
            else:
                raise ValueError(f"no rule {rule!r} is built in; one of {', '.join(BUILT_IN)}")
        self._always = any(not bit for _, bit, _ in self._rules)
        self._bits = sum({bit for _, bit, _ in self._rules})

    @property
    def seeks(self) -> bool:
        """Whether there is any rule."""
        return bool(self._rules)

    def take_counts(self) -> Counter[str]:
        """Return `counts`, and begin anew."""
        if not self.counts:
            return self.counts
        counts, self.counts = self.counts, Counter()
        return counts

    def redact(self, text: str) -> str:
        """Return a text with what the rules find in it replaced."""
        found = suspects(text, self._bits) if self._bits else 0
        return self._apply(text, found) if found or self._always else text

    def redact_spans(self, spans: list[Span]) -> None:
        """Do what `redact_span` does to many, which is cheaper: most say nothing that is sought."""
        for start in range(0, len(spans), TOGETHER):
            some = spans[start : start + TOGETHER]
            if self._always or self._may_say_it(some):
                for span in some:
                    self.redact_span(span)

    def _may_say_it(self, spans: list[Span]) -> bool:
        """Return whether any of some spans has to be looked into: what one says, all say together."""
        texts: list[str] = []
        try:
            for span in spans:
                if span.span_events or span.span_links is not None:
                    return True
                texts.append(span.resource)
                texts += span.meta.values()
            return bool(suspects("\n".join(texts), self._bits))
        except (TypeError, AttributeError):  # a value that is no text
            return True

    def redact_span(self, span: Span) -> None:
        """Do the same to all that a span says, in place."""
        try:
            text = "\n".join((span.resource, *span.meta.values()))
            found = suspects(text, self._bits) if self._bits else 0
        except (TypeError, AttributeError):  # a value that is no text: `normalise` will say so
            found = self._bits
        if found or self._always:
            span.resource = self._changed(span.resource, found)
            self._redact_tags(span.meta, found)
        if span.span_events:
            self._redact_map(span.span_events)
        if span.span_links and span.span_links.__class__ is list:
            for link in span.span_links:
                if link.__class__ is dict:
                    self._redact_map(link.get("attributes"))

    def _redact_tags(self, meta: Any, found: int) -> None:
        if meta.__class__ is dict:
            for key, value in meta.items():
                if key not in UNTOUCHED and not str(key).startswith("_dd."):
                    meta[key] = self._changed(value, found)

    def _redact_map(self, map_: Any) -> None:
        """Redact the texts in an event or in attributes, at whatever depth they may stand.

        Numbers too, since among attributes they stay numbers: a card's number is often written as one.
        """
        todo = [map_]
        while todo:
            held = todo.pop()
            if held.__class__ not in (dict, list):
                continue
            for key, value in list(held.items() if held.__class__ is dict else enumerate(held)):
                if value.__class__ is str:
                    held[key] = self.redact(value)
                elif value.__class__ is int:
                    if _CARD_LIKE <= value < _TOO_LONG and key != "time_unix_nano":
                        text = self.redact(str(value))
                        held[key] = value if text == str(value) else text
                else:
                    todo.append(value)

    def _changed(self, value: Any, found: int) -> Any:
        return self._apply(value, found) if value.__class__ is str else value

    def _apply(self, text: str, found: int) -> str:
        cut, kept = len(text) > KEPT, KEPT
        text = text[: KEPT + BEYOND]
        for name, bit, steps in self._rules:
            if not bit or bit & found:
                for seek in steps:
                    if edits := seek(text):
                        self.counts[name] += len(edits)
                        text, kept = _edited(text, edits, kept)
        return text[:kept] + ELLIPSIS if cut else text
