"""Checks the keys that rules and their children have alike: values, durations, tags, metrics.

Used by `rules` for a rule and, here, for each of its children. In: one section of the configuration and
where its fields are read; out: bound templates. Problems are collected in `texts`, nothing raises.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

from logtrace.config.model import ChildConfig, RuleConfig, Text
from logtrace.mapping import runtime, templates, values
from logtrace.mapping.checked import Child
from logtrace.mapping.nodes import INDEX, Node
from logtrace.mapping.templates import Template
from logtrace.mapping.texts import Place, Texts

UNUSABLE = Template(("unusable",))
"""Stands for a name that has a problem, so that the problems behind it are found too."""

_MOST_TRIED = 3
"""Values of a metric for which it is tried whether they can make a number."""

TAGS = {"peer": "peer.service", "host": "host", "thread": "thread.name"}
"""Keys that are tags by another name, and from which parents are inferred."""


class PartsCheck:
    """Checks one section.

    Attributes:
        place: where the fields are read of what its span is made of.

    Args:
        path: of its key in the source, such as `spans[0]`.
        filters: those that have a meaning in its templates.
    """

    def __init__(
        self,
        texts: Texts,
        config: RuleConfig | ChildConfig,
        path: str,
        place: Place,
        filters: tuple[str, ...],
    ) -> None:
        self.place = place
        self._texts = texts
        self._config = config
        self._path = path
        self._filters = filters

    def inner(self, config: ChildConfig, path: str, place: Place) -> PartsCheck:
        """Return the check of a section within this one."""
        return PartsCheck(self._texts, config, path, place, self._filters)

    def condition(self, name: str, place: Place | None = None) -> Node | None:
        """Return the tree of a condition."""
        text = getattr(self._config, name)
        return self._texts.expression(text, self.path(name), place or self.place)

    def value(
        self, name: str, place: Place | None = None, filters: tuple[str, ...] | None = None
    ) -> Template | None:
        """Return the parts of a template."""
        text = getattr(self._config, name)
        return self._texts.template(
            text, self.path(name), place or self.place, filters or self._filters
        )

    def name(self) -> Template:
        """Return the operation name."""
        return self.value("name") or UNUSABLE

    def duration(self, name: str, place: Place | None = None) -> tuple[Template | None, int | None]:
        """Return a duration's value and the nanoseconds in what it counts, None: its text says so."""
        template = self.value(name, place)
        if template is None:
            return None, None
        template, unit = templates.split_unit(template)
        if unit is None and not _may_last(template):
            fix = "write a value and its unit, such as `{took_ms} ms`"
            self.problem(name, f"{str(getattr(self._config, name))!r} is no duration", fix)
        return template, unit

    def tags(self, constants: dict[str, str]) -> dict[str, Template]:
        """Return the tags that depend on the line; those that do not are added to `constants`.

        Those of `peer`, `host` and `thread` are among them, unless `tags` names them too.
        """
        named = {key: self.value(name) for name, key in TAGS.items() if self._has(name)}
        result: dict[str, Template] = {}
        for key, template in (named | self.table("tags")).items():
            if template is None:
                continue
            if template.constant is None:
                result[key] = template
            else:
                constants[key] = template.constant
        return result

    def _has(self, name: str) -> bool:
        return getattr(self._config, name, None) is not None

    def metrics(self) -> dict[str, Template]:
        """Return the metrics."""
        result = self.table("metrics")
        for key, template in result.items():
            if not _may_count(template):
                text, path = self._config.metrics[key], self.path(f"metrics.{key}")
                fix = "leave out what stands beside the value" if template.expressions else ""
                self._texts.problem(text.mark, path, f"{str(text)!r} is no number", fix)
        return result

    def table(self, name: str) -> dict[str, Template]:
        """Return the templates of a key that has many."""
        texts: dict[str, Text] = getattr(self._config, name)
        made = {
            str(key): self._texts.template(
                text, self.path(f"{name}.{key}"), self.place, self._filters
            )
            for key, text in texts.items()
        }
        return {key: template for key, template in made.items() if template is not None}

    def path(self, name: str) -> str:
        """Return the path of a key of the section, or of itself for ""."""
        return f"{self._path}.{name.rstrip('_')}".rstrip(".")

    def problem(self, name: str, what: str, fix: str = "") -> None:
        """Report what is wrong with one key, or with the whole section where `name` is empty."""
        value: Any = getattr(self._config, name) if name else None
        mark = value.mark if isinstance(value, Text) else self._config.mark
        self._texts.problem(mark, self.path(name), what, fix)


def check_child(
    parent: PartsCheck, config: ChildConfig, index: int, ordinal: int, shared: dict[str, str]
) -> Child:
    """Return one child of a rule; what is wrong with it is in the texts of `parent`.

    Args:
        parent: the check of the rule.
        config: the child.
        index: its place in the rule.
        ordinal: what its first span id is derived from.
        shared: tags of every span.
    """
    path = parent.path(f"children[{index}]")
    lists = parent.inner(config, path, parent.place).table("each")
    place = replace(parent.place, elements=(*config.each, INDEX) if config.each else ())
    check = parent.inner(config, path, place)
    if INDEX in config.each:
        what = "`each.index` is the place in the lists, and no list"
        check.problem("each", what, "give the list another name")
    duration, unit = check.duration("duration")
    offset, offset_unit = check.duration("offset")
    meta = constant_tags(config, shared)
    return Child(
        path=path,
        line=config.mark.line,
        ordinal=ordinal,
        lists=lists,
        condition=check.condition("when"),
        name=check.name(),
        resource=check.value("resource"),
        service=check.value("service"),
        type=check.value("type"),
        duration=duration or UNUSABLE,
        unit=unit,
        place=config.place,
        offset=offset,
        offset_unit=offset_unit,
        error=check.condition("error"),
        meta=meta,
        tags=check.tags(meta),
        metrics=check.metrics(),
    )


def constant_tags(config: RuleConfig | ChildConfig, shared: dict[str, str]) -> dict[str, str]:
    """Return the tags that every span of a rule or child has, those of all spans among them."""
    return shared | ({} if config.kind is None else {"span.kind": str(config.kind)})


def _may_last(duration: Template) -> bool:
    """Return whether a template that ends in text can make a duration, tried with numbers."""
    if duration.parts and not isinstance(duration.parts[-1], str):
        return True
    samples = (
        "".join(part if isinstance(part, str) else number for part in duration.parts)
        for number in ("1", "01")
    )
    return any(values.duration(sample, None) is not None for sample in samples)


def _may_count(metric: Template) -> bool:
    """Return whether a template can make a number, tried with numbers and nothing at all."""
    if len(metric.expressions) > _MOST_TRIED or metric.single is not None:
        return True
    for samples in product(("1", "01", ""), repeat=len(metric.expressions)):
        given = iter(samples)
        text = "".join(part if isinstance(part, str) else next(given) for part in metric.parts)
        if runtime.metric(text) is not None:
            return True
    return False
