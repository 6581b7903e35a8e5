"""What the Agent said of itself: asked once, asked again when that may have changed."""

import pytest

from logtrace.errors import AgentUnavailable
from logtrace.ship.encode import V03, V04
from logtrace.ship.handshake import Handshake
from logtrace.ship.replies import Info, Reply
from tests.support.intake import FakeIntake
from tests.support.log import recording_telemetry


def handshake() -> Handshake:
    """Return one that nobody listens to."""
    return Handshake(recording_telemetry()[0])


def agent(*infos: Info | None) -> FakeIntake:
    """Return an Agent that says these things of itself, one after the other."""
    made = FakeIntake()
    made.infos = list(infos)
    return made


def test_it_is_asked_once() -> None:
    """What it said stays true: form, largest request, span events."""
    peer, known = agent(Info("7", ("/v0.4/traces",), 1000, span_events=True)), handshake()
    forms = [known.form(peer) for _ in range(3)]

    assert [V04] * 3 == forms
    assert (1, 1000, True) == (peer.asked, known.limit, known.native_events)


def test_it_is_asked_again_after_a_failure_or_a_change() -> None:
    """Who answers next may be another Agent; a reply with a new state says that it is another."""
    peer, known = agent(Info()), handshake()
    known.form(peer)
    known.forget()
    known.form(peer)
    for state in ("a", "a", "b"):
        known.heard(Reply({}, state), V04)
        known.form(peer)

    assert 3 == peer.asked


def test_a_refused_form_is_not_chosen_again() -> None:
    """Whatever /info says; when both were refused it is an outage, and both are tried again."""
    peer, known = agent(Info("7", ("/v0.4/traces", "/v0.3/traces"))), handshake()
    known.refused(known.form(peer), 415)
    second = known.form(peer)
    known.refused(second, 415)
    with pytest.raises(AgentUnavailable, match="neither"):
        known.form(peer)

    assert V03 == second
    assert V04 == known.form(peer)


def test_it_is_said_once_what_answers() -> None:
    """The same Agent after an outage is no news, another version is."""
    telemetry, log = recording_telemetry()
    known = Handshake(telemetry)
    peer = agent(Info("7"), Info("7"), Info("8"))
    for _ in range(3):
        known.form(peer)
        known.forget()

    assert ["7", "8"] == [fields["version"] for fields in log.named("agent_reached")]


def test_an_agent_that_is_not_there_is_asked_again() -> None:
    """A failure leaves nothing half known."""
    peer, known = agent(None, Info()), handshake()
    with pytest.raises(AgentUnavailable):
        known.form(peer)

    assert V04 == known.form(peer)


def test_one_404_alone_proves_nothing() -> None:
    """A gateway may have answered: the form is given up when it is refused twice in a row."""
    peer, known = agent(Info("7", ("/v0.4/traces", "/v0.3/traces"))), handshake()
    known.refused(known.form(peer), 404)
    again = known.form(peer)
    known.heard(Reply({}), V04)
    known.refused(again, 404)
    forms = [again, known.form(peer)]
    known.refused(V04, 404)

    assert [V04, V04, V03] == [*forms, known.form(peer)]


BOTH = Info("7", ("/v0.4/traces", "/v0.3/traces"))


def refusing(known: Handshake, peer: FakeIntake) -> list[str]:
    """Send a payload to an Agent that says it has v0.4 and has it not; return the paths tried."""
    paths = []
    while True:
        form = known.form(peer)
        paths.append(form.path)
        if form is V03:
            known.heard(Reply({}, peer.state), form)
            return paths
        known.refused(form, 404)


@pytest.mark.parametrize("change", ["outage", "state"])
def test_what_was_refused_is_tried_again_after_a_change(change: str) -> None:
    """A gateway answered for v0.4, or an old Agent: it costs one request to know, each time."""
    peer, known = agent(BOTH), handshake()
    peer.state = "a"
    tried = [refusing(known, peer) for _ in range(3)]
    if change == "outage":
        known.forget()
        known.forget()
    else:
        peer.state = "b"
    tried += [refusing(known, peer) for _ in range(4)]

    old, new = V03.path, V04.path
    assert [[new, new, old], [old], [old], [old], [new, old], [old], [old]] == tried


def test_an_agent_that_has_it_by_now_gets_it() -> None:
    """After an outage, or once it says that it is another."""
    peer, known = agent(BOTH), handshake()
    refusing(known, peer)
    known.forget()
    refusing(known, peer)
    forms = []
    for _ in range(3):
        forms.append(known.form(peer))
        known.heard(Reply({}), forms[-1])

    assert [V04] * 3 == forms
