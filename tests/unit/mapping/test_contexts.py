"""One row for each dialect that logs have, and what of it is read exactly, hashed, or no id."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping import ids
from logtrace.mapping.contexts import context_of

T128 = "4bf92f3577b34da6a3ce929d0e0e4736"
S64 = "00f067aa0ba902b7"
P64 = "05e3ac9a4f6e3b90"
UUID = "550e8400-e29b-41d4-a716-446655440000"
LOW, HIGH = 0xA3CE929D0E0E4736, "4bf92f3577b34da6"
SPAN, PARENT = 0x00F067AA0BA902B7, 0x05E3AC9A4F6E3B90
ECID = "005^R5zxkXgDT6~FI58Fux00Kww00001V"


def h(text: str) -> int:
    """Return the hash of a text."""
    found = ids.span_id(text, "hash")
    assert found is not None
    return found


def b64(text: str) -> str:
    """Return text in base64."""
    return b64encode(text.encode()).decode()


def hashed(text: str) -> tuple[tuple[int, str], int, int]:
    """Return what all three ids of a text are that is no more than text."""
    return (h(text), ""), h(text), h(text)


EXACT = (LOW, HIGH)
OTLP = "S/kvNXezTaajzpKdDg5HNg=="
EAGLE = "0a0fe8f4" + "1603518343191" + "0012" + "3456"
SW_TRACE = "c2f1d2a0b3c4.73.15959220000010001"
SEGMENT = "c2f1d2a0b3c4.73.15959220000010000"
SW8 = f"1-{b64(SW_TRACE)}-{b64(SEGMENT)}-3-{b64('shop')}-{b64('web-1')}-{b64('/a')}-{b64('b:80')}"

DIALECTS = [
    ("W3C traceparent", f"00-{T128}-{S64}-01", EXACT, SPAN, SPAN),
    ("W3C, invalid", f"00-{'0' * 32}-{'0' * 16}-00", None, None, None),
    ("B3, one header", f"{T128}-{S64}-1-{P64}", EXACT, SPAN, PARENT),
    ("B3, many headers", P64, (PARENT, ""), PARENT, PARENT),
    ("Jaeger", f"{T128}:{S64.lstrip('0')}:{P64.lstrip('0')}:1", EXACT, SPAN, PARENT),
    ("Jaeger, root", f"{T128}%3A1a%3A0%3A1", EXACT, 0x1A, None),
    ("Datadog", str(2**63 + 5), (2**63 + 5, ""), 2**63 + 5, 2**63 + 5),
    ("Datadog, signed", "-5", (2**64 - 5, ""), 2**64 - 5, 2**64 - 5),
    ("Datadog, 128 bits", T128, EXACT, h(T128), h(T128)),
    ("X-Ray", f"Root=1-{T128[:8]}-{T128[8:]};Parent={P64};Sampled=1", EXACT, None, PARENT),
    ("X-Ray, Self", f"Self=1-ab-x;Root=1-{T128[:8]}-{T128[8:]}", EXACT, h("1-ab-x"), None),
    ("Cloud Trace, header", f"{T128}/17;o=1", EXACT, 17, 17),
    ("Cloud Trace, LogEntry", f"projects/p/traces/{T128}", EXACT, None, None),
    ("Sentry", f"{T128}-{S64}-0", EXACT, SPAN, None),
    ("Sentry, baggage", f"sentry-release=1,sentry-trace_id={T128},x=y", EXACT, None, None),
    ("SkyWalking", f"SW_CTX:[a,b,{SW_TRACE},{SEGMENT},0]", (h(SW_TRACE), ""), h(SEGMENT + ".0"), None),
    ("SkyWalking, TID", f"[TID: {SW_TRACE}]", (h(SW_TRACE), ""), None, None),
    ("SkyWalking, header", SW8, (h(SW_TRACE), ""), h(f"{SEGMENT}.3"), h(f"{SEGMENT}.3")),
    ("SkyWalking, none", "SW_CTX:[shop,web-1,N/A,N/A,-1]", None, None, None),
    ("SkyWalking, no TID", "TID: N/A", None, None, None),
    ("SkyWalking, ignored", "Ignored_Trace", None, None, None),
    ("EagleEye, SOFA", EAGLE, (h(EAGLE), ""), h(EAGLE), h(EAGLE)),
    ("EagleEye with process", EAGLE + "7", (h(EAGLE + "7"), ""), h(EAGLE + "7"), h(EAGLE + "7")),
    (".NET, hierarchical", "|root9.1.2.", (h("root9"), ""), h("|root9.1.2."), h("|root9.1.")),
    (".NET, its root", "|root9.", (h("root9"), ""), h("|root9."), None),
    ("Application Insights", f"|{T128}.{S64}.", EXACT, SPAN, None),
    ("ASP.NET RequestId", "0HLV5Q:00000001", *hashed("0HLV5Q:00000001")),
    ("Elastic", T128.upper(), EXACT, h(T128), h(T128)),
    ("OpenTelemetry, base64", OTLP, EXACT, h(OTLP), h(OTLP)),
    ("Sleuth", f"[shop,{T128},{S64},true]", EXACT, SPAN, None),
    ("Micrometer", f"[shop,{T128},{S64}]", EXACT, SPAN, None),
    ("Micrometer, dashed", f"[{T128}-{S64}]", EXACT, SPAN, None),
    ("Sleuth, no trace", "[shop,,,]", None, None, None),
    ("UUID", UUID, (h(UUID), ""), h(UUID), h(UUID)),
    ("UUID in braces", "{" + UUID.upper() + "}", (h(UUID), ""), h(UUID), h(UUID)),
    ("Envoy, decided", f"{UUID[:14]}9{UUID[15:]}", (h(UUID), ""), h(UUID), h(UUID)),
    ("nginx $request_id", T128, EXACT, h(T128), h(T128)),
    ("KSUID", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", *hashed("0ujtsYcgvSTl8PAuAdqWYSMnLOv")),
    ("ObjectId", "507f1f77bcf86cd799439011", *hashed("507f1f77bcf86cd799439011")),
    ("Heroku, a list", f"{UUID},aa,bb", (h(UUID), ""), h(UUID), h(UUID)),
    ("Cloudflare Ray", f"{P64}-FRA", (PARENT, ""), PARENT, None),
    ("WebLogic ECID", ECID, (h(ECID), ""), h(ECID), h(ECID)),
    ("WebLogic ECID, RID", f"{ECID},0:1:2", (h(ECID), ""), h(f"{ECID},0:1:2"), h(f"{ECID},0:1")),
    ("WebLogic, root", f"{ECID},0", (h(ECID), ""), h(f"{ECID},0"), None),
    ("nobody filled it in", "${traceId}", None, None, None),
    ("nor this", "%X{trace_id}", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "trace", "span", "parent"),
    [pytest.param(*row[1:], id=row[0]) for row in DIALECTS],
)
def test_dialects(
    text: str, trace: tuple[int, str] | None, span: int | None, parent: int | None
) -> None:
    """Native ids exactly, other text by its hash, and no id where there is none."""
    assert (trace, span, parent) == (ids.trace_id(text), ids.span_id(text), ids.parent_id(text))


def test_the_same_request_is_the_same_at_each_hop() -> None:
    """With and without a suffix, in a list or alone, as a header or as a field."""
    assert ids.trace_id(f"{P64}-FRA") == ids.trace_id(P64)
    assert ids.trace_id(f"{UUID}, x") == ids.trace_id(UUID)
    assert len({ids.trace_id(f"{UUID[:14]}{digit}{UUID[15:]}") for digit in "49ab"}) == 1
    assert ids.parent_id(SW8) == ids.span_id(f"SW_CTX:[a,b,{SW_TRACE},{SEGMENT},3]")


def test_a_uuid_of_another_version_is_another() -> None:
    """Only what Envoy writes is looked through."""
    assert ids.trace_id(UUID) != ids.trace_id(f"{UUID[:14]}1{UUID[15:]}")


@pytest.mark.parametrize(
    "text",
    [
        "a-b",
        "a,b",
        "a:b",
        "a/b",
        "a=b",
        "|",
        "[",
        "[]",
        "|a",
        "S",
        "TIDY",
        "sw_ctx",
        "1-?-?-1----",
        "t",
    ],
)
def test_other_text_is_no_context(text: str) -> None:
    """However like one it begins."""
    assert context_of(text) is None


MARKS = st.sampled_from([*"[]|,.:;-=/%0ab1fS ", T128, S64, UUID, "SW_CTX:[", "TID:", "Root=", "1-"])


@given(st.lists(MARKS, min_size=1, max_size=14).map("".join))
def test_no_text_raises(text: str) -> None:
    """An id or none, whatever parts stand together."""
    for read in (ids.trace_id, ids.span_id, ids.parent_id):
        read(text)
    if text.strip():
        context_of(text)
