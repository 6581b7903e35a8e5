"""What reasons mean, in words, and what to do: for `preview` and `explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logtrace.assemble.decisions import BY_DEFAULT, MECHANISM, RULE_RATE, is_kept
from logtrace.config.model import KeepConfig, RuleConfig
from logtrace.model import Closed, Reject, Span

REJECTED: Mapping[Reject, str] = {
    Reject.EMPTY_LINE: "there is nothing in the line",
    Reject.BAD_JSON: "the line is not JSON from end to end",
    Reject.NOT_AN_OBJECT: "the line is JSON, but not an object",
    Reject.PATTERN_MISMATCH: "the source's pattern does not match the line",
    Reject.NOT_LOGFMT: "the line holds no key=value",
    Reject.BAD_CSV: "a quote is never closed, or misplaced; newlines in values need `multiline`",
    Reject.NO_COLUMNS: "no line before it says what its columns are; name them with `columns`",
    Reject.COLUMN_COUNT: "the line has more or fewer columns than there are names",
    Reject.BAD_ENVELOPE: "the line is not in the envelope that `unwrap` names",
    Reject.NO_TIME: "no time field has a value; name it with time: {field: …}",
    Reject.BAD_TIME: "the time cannot be read; say what it looks like with time: {format: …}",
    Reject.TIME_OUT_OF_RANGE: "the time is before 2000 or after 2099; say its unit with time.format",
    Reject.NO_NAME: "the rule's `name` gives nothing",
    Reject.NO_DURATION: "the rule's `duration` or `from` gives nothing",
    Reject.BAD_DURATION: "the duration cannot be read, is negative, or has no unit",
    Reject.NO_TRACE_ID: "the rule's `trace_id` gives no id",
    Reject.END_WITHOUT_START: "an end whose start never came, or had timed out",
    Reject.EVENT_WITHOUT_SPAN: "an event, and no span was open around it",
    Reject.TOO_MANY_OPEN: "more events than a span may have",
    Reject.RECORD_FULL: "the record of several lines that it goes on is full",
}
"""Why a line gave no span."""

CLOSED: Mapping[Closed, str] = {
    Closed.COMPLETE: "its root had ended, and it was quiet for the wait",
    Closed.IDLE: "no root was known, and nothing came for `traces.idle`",
    Closed.AGE: "`traces.max_age` had passed since its last span",
    Closed.SIZE: "it had `traces.max_spans` spans; the rest follows",
    Closed.EVICTED: "`traces.max_open` were open, and it was quiet longest",
    Closed.LATE: "its spans came after the trace had left",
    Closed.FLUSHED: "the log was at its end",
}
"""Why a trace was closed when it was."""


def rule_text(rule: RuleConfig) -> str:
    """Return what a rule takes, as the configuration says it: `start: …; end: …`."""
    if rule.start is not None:
        return f"start: {rule.start}; end: {rule.end}"
    kind = next(kind for kind in ("when", "group", "event") if getattr(rule, kind) is not None)
    return f"{kind}: {getattr(rule, kind)}"


def decision_text(first: Span, keep: Sequence[KeepConfig] = (), entry: int | None = None) -> str:
    """Return whether a trace is to be kept and who says so; "": nobody did.

    Args:
        first: the first span of the trace, which carries the decision.
        keep: what `traces.keep` says.
        entry: the index of the entry that decided; None: it is not known, or none did.
    """
    if first.meta.get(MECHANISM) == BY_DEFAULT.mechanism:
        return ""
    kept = "kept" if is_kept(first) else "not kept"
    rate = first.metrics.get(RULE_RATE)
    if rate is None:
        return f"{kept}: the log says so"
    share = f"which keeps {percent_of(rate)} of such traces"
    if entry is None:
        return (
            f"{kept}: an entry of `traces.keep` decided when the trace's first spans left, {share}"
        )
    asks = "all traces" if keep[entry].when is None else f"when: {keep[entry].when}"
    return f"{kept}: traces.keep[{entry}] decided, line {keep[entry].mark.line}, {asks}, {share}"


def percent_of(rate: float) -> str:
    """Return `12.5 %` for 0.125."""
    return f"{100 * rate:g} %"


def percent(part: int, whole: int) -> str:
    """Return `99.5 %`; 100 and 0 only where it is all or nothing."""
    if not whole or not part:
        return "-"
    if part == whole:
        return "100 %"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f} %"
