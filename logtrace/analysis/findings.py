"""All that is odd in a source's rules, as warnings; called by `check`. Pure."""

from __future__ import annotations

from logtrace.analysis.conditions import condition_findings
from logtrace.analysis.defaults import default_findings
from logtrace.analysis.fields import field_findings
from logtrace.analysis.ids import id_findings
from logtrace.analysis.multiline import multiline_findings
from logtrace.analysis.overrides import folded
from logtrace.analysis.reach import reach_findings
from logtrace.analysis.source import KnownSource
from logtrace.analysis.times import time_findings
from logtrace.analysis.words import word_findings
from logtrace.config.model import SourceConfig
from logtrace.errors import Problem
from logtrace.mapping import CheckedSource
from logtrace.model import Parser


def findings(config: SourceConfig, checked: CheckedSource, parser: Parser) -> list[Problem]:
    """Return a warning for each thing in a source that cannot be what is meant, each once.

    Args:
        config: the source as it is written.
        checked: its rules.
        parser: made for the fields that they read.
    """
    source = KnownSource(config, checked, parser)
    judges = (
        *(default_findings, field_findings, id_findings, time_findings),
        *(word_findings, multiline_findings),
        *(condition_findings, reach_findings),
    )
    # Rules that share a part by a YAML alias share its mistakes, too.
    found = {(each.mark, each.what): each for judge in judges for each in judge(source)}
    return list(folded(source, list(found.values())))
