"""What the Agent would refuse is left out here, what it would change behind a 200 is changed here.

Called by the shipper for each trace before it is encoded, and by `convert`. A 200 of the Agent means
decoded, not kept: its normaliser runs later, out of sight. So its rules are applied before sending and
each application is counted: what is sent is what the Agent keeps.

    prepare ─▶ each span: as it should be? ─▶ nothing to do (nearly always)
                 │ an odd text, time or tag ─▶ mend
                 │ an odd id, a wrong type ─▶ examine all ─▶ refuse (left out) or mend

`prepare` trusts that mapping gives fields their types; `examine` trusts nothing, and is for payloads
that the Agent has refused. Both change spans in place, and nothing more the second time: a trace may
pass here again. Any thread.
"""

from __future__ import annotations

from logtrace.model import Rewrite, Span, Trace
from logtrace.ship import mend
from logtrace.ship.findings import Findings, Prepared
from logtrace.ship.mend import RESOURCE_CHARACTERS, STATUS, VALUE_CHARACTERS, YEAR_2000
from logtrace.ship.refusals import refuse, trace_id_of

_HALF = 2**62
"""A start and a duration below it add up to a time that the Agent can have."""

_services = mend.service.right
_names = mend.name.right
_types = mend.span_type.right
_environments = mend.environment.right
_codes = mend.status_code.right
_has_keys = mend.right_keys.issuperset


def prepare(spans: list[Span], now: int) -> Prepared:
    """Make the spans of one trace what the Agent keeps, those that it would refuse left out.

    Args:
        spans: all of one trace id; changed in place.
        now: the wall-clock time, for spans that have no start that can be.
    """
    findings: Findings | None = None
    trace_id = spans[0].trace_id if spans else 1
    try:
        for span in spans:
            if span.trace_id != trace_id or not span.span_id or not trace_id:
                break
            meta = span.meta
            if not (
                span.service in _services
                and span.name in _names
                and ("env" not in meta or meta["env"] in _environments)
            ):
                findings = findings or Findings()
                mend.spell(span, findings)
            if not (
                0 < len(span.resource) <= RESOURCE_CHARACTERS
                and (span.type in _types or mend.has_sql(span))
                and YEAR_2000 <= span.start < _HALF
                and 0 <= span.duration < _HALF
                and not span.parent_id == trace_id == span.span_id
                and ((_has_keys(meta) and _has_keys(span.metrics)) or mend.has_right_tags(span))
                and (STATUS not in meta or meta[STATUS] in _codes)
                and len("".join([*meta.values()])) <= VALUE_CHARACTERS
                and not span.span_events
                and span.span_links is None
            ):
                findings = findings or Findings()
                mend.mend(span, now, findings)
        else:
            return Prepared(spans, findings or None)
    except (TypeError, AttributeError):  # a value of a wrong type: the complete check names it
        pass
    return _examine(spans, now, findings or Findings())


def note_shared_ids(trace: Trace, findings: Findings) -> None:
    """Note each span whose id one before it has, as the Agent does, which keeps them; once."""
    trace.shared_ids = False
    seen = set[int]()
    for span in trace.spans:
        if span.span_id in seen:
            findings.note(Rewrite.DUPLICATE_SPAN_ID, "span_id", span.span_id, span.span_id)
        seen.add(span.span_id)


def examine(spans: list[Span], now: int) -> Prepared:
    """Do what `prepare` does, after a complete check of every span."""
    return _examine(spans, now, Findings())


def _examine(spans: list[Span], now: int, findings: Findings) -> Prepared:
    trace_id = trace_id_of(spans)
    kept = []
    for span in spans:
        wrong = refuse(span, trace_id)
        if wrong is None:
            mend.mend(span, now, findings)
            kept.append(span)
        else:
            findings.refuse(span, *wrong)
    return Prepared(kept if len(kept) < len(spans) else spans, findings or None)
