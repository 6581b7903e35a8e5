"""The configuration as the stages see it: frozen, checked for shape, defaults filled in.

`config.reader` makes it from YAML; `config.schema` makes the JSON Schema from it. The structs are the
one list of keys that exists: reader, schema and the test of `config.example.yaml` all read it. A
field's description and its YAML name stand here, in `key(...)`; those of rules in `rule_model`, those
of `tests:` in `cases`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from logtrace.clock import SECOND
from logtrace.config.cases import CaseConfig
from logtrace.config.keys import Expression, Pattern, Template, duration, key
from logtrace.config.keys import Section as Section
from logtrace.config.keys import Text as Text
from logtrace.config.rule_model import RULE_KINDS as RULE_KINDS
from logtrace.config.rule_model import SPAN_RULES as SPAN_RULES
from logtrace.config.rule_model import ChildConfig as ChildConfig
from logtrace.config.rule_model import ExtractConfig as ExtractConfig
from logtrace.config.rule_model import RuleConfig as RuleConfig
from logtrace.errors import Mark

READY_FORMATS: Final = ("otlp-json", "datadog-json")
"""Formats whose lines are spans already, so that there are no rules."""

FORMATS: Final = ("json", "logfmt", "regex", "grok", "csv", "tsv", "w3c", *READY_FORMATS)
"""What `format:` may name beside the presets."""

_HEADINGS: Final = {"csv": b"", "tsv": b"", "w3c": b"#Fields:"}


class AgentConfig(Section, frozen=True, kw_only=True):
    """`agent:`."""

    url: Annotated[
        Text | None,
        key(
            "Where the Agent's trace intake is: http://host:port, https://… or unix:///path.",
            reads="url",
        ),
    ] = None
    in_flight: Annotated[
        int,
        key("Requests under way at once; one is enough up to some 50,000 spans a second.", least=1),
    ] = 1
    container_id: Annotated[
        str | None,
        key("Container of the application, for the Agent to tag spans with; absent: none is sent."),
    ] = None
    entity_id: Annotated[
        str | None, key("Likewise as ci-<container id> or in-<cgroup inode>; absent: none is sent.")
    ] = None


class Defaults(Section, frozen=True, kw_only=True):
    """`defaults:`, and the same keys of a source over them."""

    service: Annotated[str | None, key("Service of spans whose rule names none.")] = None
    env: Annotated[str | None, key("Environment, as the tag `env`.")] = None
    version: Annotated[str | None, key("Version of the application, as the tag `version`.")] = None
    host: Annotated[str | None, key("Host the log comes from, as the tag `host`.")] = None
    tags: Annotated[dict[str, str], key("Tags of every span.")] = msgspec.field(
        default_factory=dict
    )


class StateConfig(Section, frozen=True, kw_only=True):
    """`state:`."""

    path: Annotated[
        Text | None,
        key(
            "Directory of the ledger; absent: $STATE_DIRECTORY, else /var/lib/logtrace.",
            reads="path",
        ),
    ] = None


class TimeConfig(Section, frozen=True, kw_only=True):
    """`time:` of a source."""

    field: Annotated[
        Text | None,
        key("Field that holds the line's time; absent: the first present of the usual names."),
    ] = None
    format: Annotated[
        Text | None,
        key(
            "rfc3339, clf, epoch_s, epoch_ms, epoch_us, epoch_ns, tai64n, strptime codes; absent: seen."
        ),
    ] = None
    zone: Annotated[
        Text | None, key("Time zone of times that name none, such as Europe/Berlin.")
    ] = None


class MultilineConfig(Section, frozen=True, kw_only=True):
    """`multiline:` of a source: which lines are one record. A bare pattern is its `start`."""

    start: Annotated[
        Pattern | None,
        key("A line that it is found in begins a record: a regular expression, or timestamp."),
    ] = None
    continue_: Annotated[
        tuple[Pattern, ...],
        key(
            "A line that it is found in goes on with the record before: regular expressions, or "
            "indented, java, python, go, ruby, dotnet.",
            name="continue",
        ),
    ] = ()
    end: Annotated[Pattern | None, key("A line that it is found in is a record's last.")] = None
    max_lines: Annotated[
        int, key("Lines that a record keeps; the others are passed over.", least=1)
    ] = 1000
    max_bytes: Annotated[int, key("Characters that a record keeps.", least=1)] = 1024 * 1024
    timeout: Annotated[int, duration("A record is whole when nothing came for so long.")] = (
        2 * SECOND
    )


class SourceConfig(Section, frozen=True, kw_only=True):
    """One entry of `sources:`, merged with its preset."""

    mark: Mark
    name: Annotated[
        str, key("Names the source in counts and tests; absent: its first path.", required=False)
    ]
    path: Annotated[
        tuple[str, ...],
        key("File or files to tail; * ? [] and ** work.", reads="path", required=True),
    ] = ()
    exclude: Annotated[
        tuple[str, ...], key("Files that `path` names but that are not read.", reads="path")
    ] = ()
    format: Annotated[
        Text,
        key("json, logfmt, regex, grok, csv, tsv, w3c, otlp-json, datadog-json, or a preset."),
    ]
    pattern: Annotated[
        Pattern | None,
        key("For regex: expression with a named group for each field; for grok: %{NAME:field} …."),
    ] = None
    patterns: Annotated[
        dict[str, Pattern], key("For grok: names of your own, and the patterns they stand for.")
    ] = msgspec.field(default_factory=dict)
    columns: Annotated[
        tuple[str, ...],
        key("For csv, tsv and w3c: names of the columns; absent: the log's header says them."),
    ] = ()
    delimiter: Annotated[
        Text | None, key("For csv: the character between two values; absent: a comma.")
    ] = None
    json: Annotated[
        tuple[str, ...], key("Fields whose text is JSON: its parts are `field.part` then.")
    ] = ()
    unwrap: Annotated[
        Literal["docker", "cri", "syslog", "journald", "fluent"] | None,
        key("Envelope around each line: docker (json-file), cri, syslog, journald (JSON), fluent."),
    ] = None
    multiline: Annotated[
        MultilineConfig | None, key("Which lines are one record; absent: each is.", bare="start")
    ] = None
    olddir: Annotated[
        str | None,
        key(
            "Directory that rotated files are moved to; absent: they stay in their own.",
            reads="path",
        ),
    ] = None
    encoding: Annotated[
        str, key("Encoding of the text; utf-16 and utf-32 look for a byte order mark.")
    ] = "utf-8"
    read_from: Annotated[
        Literal["end", "beginning"] | None,
        key(
            "Where to start in a file seen the first time at start-up; absent: end (--once: beginning)."
        ),
    ] = None
    time: Annotated[TimeConfig, key("Where the line's time is.")] = TimeConfig()
    ignore: Annotated[
        Expression | None, key("Lines that it holds for are counted apart and give nothing.")
    ] = None
    scope: Annotated[
        Template | None, key("Start/end rules of one scope nest like a call stack.")
    ] = None
    reset: Annotated[
        Expression | None, key("A line that it holds for ends all open starts: a new process.")
    ] = None
    spans: Annotated[
        tuple[RuleConfig, ...],
        key("Rules, tried in order; the first that matches takes the line.", required=True),
    ] = ()
    defaults: Annotated[
        Defaults,
        key("service, env, version, host and tags over the top-level `defaults`.", flat=True),
    ] = Defaults()

    @property
    def heading(self) -> bytes | None:
        """What begins a line that says how those behind it are to be read.

        b"": it is the first line of each file, whatever it holds; None: there is no such line.
        """
        if self.columns or self.unwrap:
            return None
        return _HEADINGS.get(self.format)


class RedactRule(Section, frozen=True, kw_only=True):
    """One entry of `redact.rules:`."""

    name: Annotated[str, key("Names the rule in the count of its redactions.")]
    pattern: Annotated[Pattern, key("Regular expression, searched for in each text.")]
    with_: Annotated[
        str, key(r"What stands for what was found; \\1 and \\g<name> are its groups.", name="with")
    ] = "<hidden>"


class RedactConfig(Section, frozen=True, kw_only=True):
    """`redact:`: what must not leave the host, in resources, tags and events."""

    credit_cards: Annotated[bool, key("Card numbers, told by their issuer and check digit.")] = True
    tokens: Annotated[
        bool, key("Bearer tokens, keys of well-known services, values of password= and the like.")
    ] = True
    emails: Annotated[bool, key("E-mail addresses.")] = True
    rules: Annotated[tuple[RedactRule, ...], key("Rules of your own.")] = ()


class KeepConfig(Section, frozen=True, kw_only=True):
    """One entry of `traces.keep:`."""

    mark: Mark
    when: Annotated[
        Expression | None,
        key(
            "What has to hold for the whole trace, such as any.error or duration > 1s; absent: all."
        ),
    ] = None
    rate: Annotated[float, key("What part of these traces is kept, from 0 to 1; by the trace id.")]


class TracesConfig(Section, frozen=True, kw_only=True):
    """`traces:`: when a trace is closed."""

    wait: Annotated[
        int | None,
        key(
            "Quiet time after the root has ended: a duration, or adaptive (learnt per root).",
            reads="wait",
            least=0,
        ),
    ] = None
    idle: Annotated[int, duration("A trace without a known root is closed after such quiet.")] = (
        30 * SECOND
    )
    max_age: Annotated[int, duration("A trace this long after its last span is closed.")] = (
        7200 * SECOND
    )
    max_spans: Annotated[int, key("Spans in one chunk; the rest follows as another.", least=1)] = (
        10_000
    )
    max_open: Annotated[int, key("Open traces; above it the quietest is closed.", least=1)] = (
        100_000
    )
    max_bytes: Annotated[
        int,
        key(
            "Bytes of log lines that open traces were made of, and open spans; likewise.",
            least=1 << 20,
        ),
    ] = 64 << 20
    keep: Annotated[
        tuple[KeepConfig, ...],
        key("Which traces are kept: the first entry that holds decides; absent: all are."),
    ] = ()


class Config(Section, frozen=True, kw_only=True):
    """The whole configuration."""

    agent: Annotated[AgentConfig, key("Where to send traces.")] = AgentConfig()
    defaults: Annotated[Defaults, key("What every span gets.")] = Defaults()
    state: Annotated[StateConfig, key("Where positions are kept.")] = StateConfig()
    sources: Annotated[tuple[SourceConfig, ...], key("What to read and how.")] = ()
    traces: Annotated[TracesConfig, key("When a trace is complete.")] = TracesConfig()
    redact: Annotated[RedactConfig, key("What is replaced before it is sent.")] = RedactConfig()
    tests: Annotated[tuple[CaseConfig, ...], key("What `logtrace test` holds the sources to.")] = ()


class Fragment(Section, frozen=True, kw_only=True):
    """A file of conf.d: it may add sources, and tests of them."""

    sources: Annotated[tuple[SourceConfig, ...], key("More to read.")] = ()
    tests: Annotated[tuple[CaseConfig, ...], key("What `logtrace test` holds the sources to.")] = ()
