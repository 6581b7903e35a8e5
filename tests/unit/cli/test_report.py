"""The one line that `run --once` and `convert` end with, and the table of `convert --report`."""

from logtrace.cli.report import changes, lost, spans_in_traces, summary
from logtrace.model import Drop, Refusal, Reject, Rewrite
from logtrace.ship.findings import Findings
from tests.support.log import recording_telemetry
from tests.support.traces import span


def test_everything_that_was_read_is_accounted_for() -> None:
    """Kinds in a fixed order, reasons sorted, each with its count."""
    telemetry, _ = recording_telemetry()
    telemetry.lines_read("shop", 12_345, 1)
    telemetry.payload_shipped(1, 2, 100)
    telemetry.lines_rejected("shop", Reject.NO_TIME, 3)
    telemetry.lines_rejected("shop", Reject.BAD_JSON, 1)
    telemetry.lines_unmatched("shop", 4)
    telemetry.lines_ignored("shop", 5)
    telemetry.spans_dropped(Drop.TOO_LARGE, 6)

    assert (
        "12,345 lines; 2 spans in 1 trace shipped; 4 rejected (bad_json 1, no_time 3); "
        "4 unmatched; 5 ignored; 6 spans lost (too_large 6)" == summary(telemetry)
    )


def test_what_was_changed_before_it_was_sent_is_said() -> None:
    """By reason, since nobody sees it otherwise."""
    telemetry, _ = recording_telemetry()
    telemetry.spans_rewritten(Rewrite.SERVICE_NORMALISED, 2)
    telemetry.texts_redacted("emails", 3)

    assert [
        "2 changed as the Agent would (service_normalised 2)",
        "3 redacted (emails 3)",
    ] == list(lost(telemetry))


def test_what_did_not_happen_is_not_mentioned() -> None:
    """Nothing rejected, nothing lost: nothing is said of it."""
    telemetry, _ = recording_telemetry()
    assert ([], "0 lines; 0 spans in 0 traces shipped") == (
        list(lost(telemetry)),
        summary(telemetry),
    )


def test_files_that_could_not_be_read_are_mentioned() -> None:
    """So that nobody takes the rest for all."""
    telemetry, _ = recording_telemetry()
    telemetry.file_failed("/var/log/a", "permission denied")
    assert summary(telemetry).endswith("; some files could not be read: see the log")


def test_one_is_one() -> None:
    """Plurals follow the numbers."""
    assert ["1 span in 1 trace", "2 spans in 1 trace"] == [spans_in_traces(n, 1) for n in (1, 2)]


def test_changes_and_refusals_are_a_table() -> None:
    """Each reason with its count and one example: numbers plain, long texts in part."""
    findings = Findings()
    findings.note(Rewrite.PARENT_CLEARED, "parent_id", 7, 0)
    for _ in range(1234):
        findings.note(Rewrite.TAG_CUT, "meta.stack", "x" * 25_001, "x" * 24_997 + "...")
    findings.refuse(span(name="a\nb"), Refusal.SPAN_ID_ZERO, "span id 0")
    long = f'"{"x" * 59}…"'

    assert [
        "changed, as the Agent would have done it:",
        f"      1,234  tag_cut         meta.stack: {long} (25,001 characters)"
        f" → {long} (25,000 characters)",
        "          1  parent_cleared  parent_id: 7 → 0",
        "left out, since the Agent would have refused it:",
        "          1  span_id_zero  span 'a\\nb': span id 0",
    ] == list(changes(findings))
