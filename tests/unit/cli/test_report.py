"""The one line that `run --once` and `convert` end with."""

from logtrace.cli.report import lost, spans_in_traces, summary
from logtrace.model import Drop, Reject
from tests.support.log import recording_telemetry


def test_everything_that_was_read_is_accounted_for() -> None:
    """Kinds in a fixed order, reasons sorted, each with its count."""
    telemetry, _ = recording_telemetry()
    telemetry.lines_read("shop", 12_345, 1)
    telemetry.payload_shipped(1, 2, 100)
    telemetry.lines_rejected("shop", Reject.NO_TIME, 3)
    telemetry.lines_rejected("shop", Reject.BAD_JSON, 1)
    telemetry.lines_unmatched(4)
    telemetry.lines_ignored(5)
    telemetry.spans_dropped(Drop.TOO_LARGE, 6)

    assert (
        "12,345 lines; 2 spans in 1 trace shipped; 4 rejected (bad_json 1, no_time 3); "
        "4 unmatched; 5 ignored; 6 spans lost (too_large 6)" == summary(telemetry)
    )


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
