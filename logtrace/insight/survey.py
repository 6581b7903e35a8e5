"""Reads files to their end and gathers what there is to be seen: for `preview`.

The same way from line to span as `convert` and the daemon take. Memory is bounded whatever the files
hold; see `coverage`, `shapes` and `kept`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from logtrace import logs, mapping
from logtrace.assemble.decisions import is_kept
from logtrace.clock import SystemClock
from logtrace.config.model import Config
from logtrace.insight.coverage import Coverage
from logtrace.insight.given import Files, as_sent, traces
from logtrace.insight.kept import Slowest
from logtrace.insight.record_texts import texts_in
from logtrace.insight.watched import watch
from logtrace.model import Closed
from logtrace.routes import build_redactor
from logtrace.ship.findings import Findings
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry


class Survey:
    """What some files would become.

    Attributes:
        files: the files, which know where a record number's line stands.
        coverage: what became of every line.
        slowest: traces to be shown.
        findings: what was changed and what was left out before sending.
        redacted: how often each rule of `redact` replaced something.
        closed: how many traces, or chunks of them, were closed for which reason.
        spans: how many spans would be sent.
        unkept: how many of the traces are sent with the word that they are not to be kept.
        telemetry: what was counted on the way.
    """

    def __init__(
        self, config: Config, files: Sequence[str], source: str | None, limit: int
    ) -> None:
        """Prepare to read; for `files` and `source` see `given.Files`, for `limit` `kept.Slowest`.

        Raises:
            ConfigError: the configuration cannot be compiled.
            UsageError: it is not clear of which source a file is.
        """
        self.telemetry = Telemetry(logs.silent(), SystemClock())
        self.files = Files(config, files, source, self.telemetry)
        self.slowest = Slowest(limit)
        self.findings = Findings()
        self.closed: Counter[Closed] = Counter()
        self.spans = 0
        self.unkept = 0
        self._redactor = build_redactor(config)
        self._stages = Stages(config, self.telemetry)
        texts = texts_in(self._stages)
        self.coverage = Coverage((mapping.check(each) for each in config.sources), texts)
        watch(self._stages, self.coverage, config.traces.max_open)

    @property
    def redacted(self) -> Counter[str]:
        """See the class."""
        return self._redactor.counts

    def read(self) -> None:
        """Read all files to their end; raises SourceError."""
        for closed in traces(self._stages, self.files):
            for trace in closed:
                prepared = as_sent(trace, self._redactor)
                if prepared.findings:
                    self.findings.add(prepared.findings)
                if prepared.spans:
                    self.closed[trace.reason] += 1
                    self.spans += len(prepared.spans)
                    self.unkept += not is_kept(prepared.spans[0])
                    self.slowest.add(prepared.spans, trace.numbers, trace.reason)
