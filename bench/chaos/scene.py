"""The files of a run: three sources, the applications that write them, the daemon's configuration.

    orders   two applications, each with a log of its own: JSON, native ids, traces of several lines, and
             one trace for each application that never goes quiet. Rotated by rename.
    billing  one application: text, a start and an end line for each span, some far apart. Rotated by
             rename.
    audit    one application: JSON, no ids, a trace for each line. Rotated by copytruncate.

Every line bears the number of its application and its own, counted from 0 without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ORDERS, BILLING, AUDIT = "orders", "billing", "audit"
SOURCES = (ORDERS, BILLING, AUDIT)

_CONFIG = r"""
agent: {{url: "http://127.0.0.1:{port}", in_flight: {in_flight}}}
defaults: {{env: chaos}}
state: {{path: "{state}"}}
traces: {{wait: 500ms, idle: 4s, max_spans: 2000}}
sources:
  - name: orders
    path: ["{files[0]}", "{files[1]}"]
    service: orders
    format: json
    read_from: beginning
    spans:
      - when: op == "order"
        name: order.step
        trace_id: "{{trace}}"
        span_id: "{{span}}"
        parent_id: "{{parent}}"
        duration: "{{took_ms}} ms"
        metrics: {{app: "{{app}}", last: "{{seq}}"}}
  - name: billing
    path: "{files[2]}"
    service: billing
    format: regex
    pattern: '^(?P<time>\S+) app=(?P<app>\d+) seq=(?P<seq>\d+) (?P<verb>begin|end) job (?P<job>\d+)'
    read_from: beginning
    spans:
      - start: verb == "begin"
        end: verb == "end"
        key: "{{job}}"
        name: billing.job
        timeout: 1h
        metrics: {{app: "{{app}}", first: "{{start.seq}}", last: "{{seq}}"}}
  - name: audit
    path: "{files[3]}"
    service: audit
    format: json
    read_from: beginning
    spans:
      - when: op == "audit"
        name: audit.entry
        instant: true
        metrics: {{app: "{{app}}", last: "{{seq}}"}}
"""


@dataclass(frozen=True, slots=True)
class Application:
    """Something that writes lines.

    Attributes:
        number: its index in `APPLICATIONS`.
        source: which source reads its log.
        name: of the log, without `.log`.
    """

    number: int
    source: str
    name: str


APPLICATIONS = (
    Application(0, ORDERS, "web-1"),
    Application(1, ORDERS, "web-2"),
    Application(2, BILLING, "jobs"),
    Application(3, AUDIT, "trail"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything is."""

    root: Path

    def prepare(self) -> None:
        """Make the directories, and empty logs."""
        for application in APPLICATIONS:
            log = self.log(application)
            log.parent.mkdir(parents=True, exist_ok=True)
            log.touch()

    def folder(self, source: str) -> Path:
        """Return the directory of a source's logs, the rotated ones too."""
        return self.root / source

    def log(self, application: Application) -> Path:
        """Return the log that an application writes, under its live name."""
        return self.folder(application.source) / f"{application.name}.log"

    def files(self, application: Application) -> list[Path]:
        """Return all files that hold an application's lines, rotated ones too."""
        return sorted(self.folder(application.source).glob(f"{application.name}.log*"))

    @property
    def config(self) -> Path:
        """The daemon's configuration."""
        return self.root / "logtrace.yaml"

    @property
    def daemon_log(self) -> Path:
        """What the daemon writes to standard error, over all its starts."""
        return self.root / "daemon.log"

    @property
    def deliveries(self) -> Path:
        """What the receiver took: see `receiver`."""
        return self.root / "deliveries.bin"

    @property
    def payloads(self) -> Path:
        """What became of each payload: see `receiver`."""
        return self.root / "payloads.jsonl"

    def configure(self, port: int, in_flight: int) -> None:
        """Write the daemon's configuration."""
        files = [self.log(application) for application in APPLICATIONS]
        self.config.write_text(
            _CONFIG.format(port=port, in_flight=in_flight, state=self.root / "state", files=files)
        )
