import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.model import Records, Reject
from tests.support.lines import Joining, batch, enveloped, parser


def places(records: Records) -> list[object]:
    """Return what became of each line: a row's number of keys or items, a reason, or `...`."""
    found: dict[int, object] = dict(zip(records.lines, map(len, records.rows), strict=True)) | dict(
        records.rejects
    )
    found |= dict.fromkeys(records.skipped, ...)
    return [found[index] for index in range(len(records.batch.lines))]


@pytest.mark.parametrize(
    ("form", "lines", "expected"),
    [
        (
            "otlp-json",
            [
                '{"resourceSpans":[]}',
                '{"resource_spans":[],"x":1}',
                '{"resourceLogs":[]}',
                "[1]",
                "{",
                "",
            ],
            [1, 2, ..., Reject.NOT_AN_OBJECT, Reject.BAD_JSON, Reject.EMPTY_LINE],
        ),
        (
            "datadog-json",
            [
                "[[{}]]",
                '{"traces":[]}',
                '{"trace_id":1}',
                '{"message":"x"}',
                "[]",
                "7",
                "[1",
                "\ufeff[[{}],[]]",
            ],
            [1, 1, 1, ..., ..., Reject.NOT_AN_OBJECT, Reject.BAD_JSON, 2],
        ),
    ],
)
def test_what_holds_spans(form: str, lines: list[str], expected: list[object]) -> None:
    """Other JSON of the same program is skipped; what is none, or of another kind, is rejected."""
    assert expected == places(parser(form).parse(batch(*lines)))


def test_in_an_envelope() -> None:
    """A container may write its spans to its standard output."""
    made = Joining("otlp-json", "", unwrap="docker")
    lines = batch(enveloped('{"resourceSpans":[]}\n'), enveloped("x\n"))
    (records,) = made.joiner.take(lines).records

    assert [{"resourceSpans": []}] == records.rows
    assert [(1, Reject.BAD_JSON)] == records.rejects


@given(st.sampled_from(["otlp-json", "datadog-json"]), st.lists(st.binary(max_size=12), max_size=5))
def test_every_line_is_in_one_place(form: str, lines: list[bytes]) -> None:
    """Whatever it holds."""
    given_lines = [line.replace(b"\n", b"") for line in lines]
    assert len(lines) == len(places(parser(form).parse(batch(*given_lines))))
