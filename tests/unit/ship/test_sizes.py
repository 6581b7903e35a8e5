"""How large traces will be, and how large a payload is to be."""

from logtrace.ship.sizes import PAYLOAD_BYTES, Aim, Sizes

MIB = 2**20


def test_the_larger_of_two_estimates_counts() -> None:
    """Many spans of short lines, or few of long ones: neither is taken for small."""
    sizes = Sizes()
    sizes.learn(spans=1000, size=50_000, body=400_000)

    assert 400 * 50 == sizes.expect(50, 0)
    assert 4 * 24_000 == sizes.expect(1, 24_000)
    assert (PAYLOAD_BYTES // 400, PAYLOAD_BYTES // 4) == (
        sizes.spans(PAYLOAD_BYTES),
        sizes.lines(PAYLOAD_BYTES),
    )


def test_short_lines_do_not_make_long_ones_count_for_more() -> None:
    """A short line gives a span that is larger than it; a long one does not."""
    sizes = Sizes()
    sizes.learn(spans=1000, size=100_000, body=300_000)

    assert 24_000 == sizes.expect(1, 24_000)


def test_what_waits_is_never_taken_for_less_than_its_lines() -> None:
    """However little was taken from the lines before: the next may be others."""
    sizes = Sizes()
    sizes.learn(spans=10, size=100 * MIB, body=5_000)

    assert 50 * MIB == sizes.expect(1, 50 * MIB)
    assert 4 * PAYLOAD_BYTES == sizes.lines(PAYLOAD_BYTES)


def test_a_payload_weighs_what_it_weighs() -> None:
    """One odd span alone changes little, a megabyte of them changes all."""
    sizes = Sizes()
    for _ in range(20):
        sizes.learn(spans=2000, size=600_000, body=600_000)
    usual = sizes.spans(PAYLOAD_BYTES)
    sizes.learn(spans=1, size=20, body=900)
    after_one = sizes.spans(PAYLOAD_BYTES)
    for _ in range(20):
        sizes.learn(spans=80, size=2 * MIB, body=2 * MIB)

    assert usual - 5 < after_one <= usual
    assert 70 < sizes.spans(PAYLOAD_BYTES) < 90


def test_after_a_bout_of_refusals_payloads_grow_again() -> None:
    """As far down as it went, six payloads that are taken bring it up again."""
    aim = Aim()
    for _ in range(20):
        aim.refused(aim.bytes)
    least = aim.bytes
    grown = []
    while aim.bytes < PAYLOAD_BYTES:
        aim.taken(aim.bytes)
        grown.append(aim.bytes)

    assert PAYLOAD_BYTES // 64 == least
    assert [2 * least << i for i in range(6)] == grown


def test_a_small_payload_that_is_taken_says_nothing() -> None:
    """Only one of about the size that was aimed at does."""
    aim = Aim()
    aim.refused(PAYLOAD_BYTES)
    for _ in range(100):
        aim.taken(aim.bytes // 2 - 1)

    assert PAYLOAD_BYTES // 2 == aim.bytes


def test_a_limit_that_stays_is_run_into_seldom() -> None:
    """A proxy takes a megabyte for good: after a while one payload of fifty is refused."""
    aim = Aim()
    refused = []
    for number in range(1000):
        if aim.bytes > MIB:
            aim.refused(aim.bytes)
            refused.append(number)
        else:
            aim.taken(aim.bytes)

    assert 5 < len(refused) < 30
    assert MIB == aim.bytes


def test_a_limit_that_is_gone_is_forgotten() -> None:
    """A payload of the full size that is taken makes the next refusal the first one again."""
    aim = Aim()
    for _ in range(3):
        aim.refused(aim.bytes)
        while aim.bytes < PAYLOAD_BYTES:
            aim.taken(aim.bytes)
    aim.taken(aim.bytes)
    aim.refused(aim.bytes)
    aim.taken(aim.bytes)

    assert PAYLOAD_BYTES == aim.bytes
