"""What is printed at the end: one table, and what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.chaos import plan
from bench.chaos.account import Figures
from bench.chaos.receiver import CUT, TAKEN
from bench.chaos.run import Outcome
from bench.chaos.scene import APPLICATIONS, AUDIT, SOURCES
from logtrace.clock import SECOND

_FATAL = {
    "checkpoint_failed",
    "file_failed",
    "ledger_discarded",
    "lines_lost",
    "reload_failed",
    "spans_dropped",
}
"""Events of the daemon that nothing here gives a reason for."""

_COLUMNS = ("written", "delivered", "destroyed", "lost", "doubled", "by kills", "by cuts")
_MOST = 20


def events(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Yield what the daemon said, in all its lives; a line that is no event as `said`."""
    for line in outcome.scene.daemon_log.read_text(errors="replace").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            yield {"event": "", "said": line}


def failures(outcome: Outcome) -> list[str]:
    """Return everything that should not be."""
    wrong = list(outcome.troubles)
    for application, figures in zip(APPLICATIONS, outcome.account.figures, strict=True):
        wrong += [f"{application.name}: {reason}" for reason in figures.wrong[:_MOST]]
        if len(figures.wrong) > _MOST:
            wrong.append(f"{application.name}: and {len(figures.wrong) - _MOST} more")
        if not figures.delivered:
            wrong.append(f"{application.name}: nothing was delivered")
    for event in events(outcome):
        name = event.get("event")
        torn = name == "lines_rejected" and event.get("source") == AUDIT
        if name in _FATAL or (name == "lines_rejected" and not torn) or "Traceback" in str(event):
            wrong.append(f"the daemon said: {json.dumps(event)[:300]}")
    return wrong


def table(outcome: Outcome) -> str:
    """Return the table."""
    rows: list[tuple[str, ...]] = [("source", *_COLUMNS)]
    total = Figures()
    for source in SOURCES:
        figures = Figures()
        for application in APPLICATIONS:
            if application.source == source:
                _add(figures, outcome.account.figures[application.number])
        _add(total, figures)
        rows.append((source, *_cells(figures)))
    rows.append(("all", *_cells(total)))
    lines = [row[0].ljust(10) + "".join(cell.rjust(11) for cell in row[1:]) for row in rows]
    return "\n".join([*lines, "", *_notes(outcome, total)])


def _add(figures: Figures, more: Figures) -> None:
    figures.written += more.written
    figures.delivered += more.delivered
    figures.destroyed += more.destroyed
    figures.lost += more.lost
    figures.after_kill += more.after_kill
    figures.after_cut += more.after_cut
    figures.worst = max(figures.worst, more.worst)


def _cells(figures: Figures) -> tuple[str, ...]:
    counts = (
        figures.written,
        figures.delivered,
        figures.destroyed,
        figures.lost,
        figures.doubled,
        figures.after_kill,
        figures.after_cut,
    )
    return tuple(f"{count:,}" for count in counts)


def _notes(outcome: Outcome, total: Figures) -> list[str]:
    daemon, payloads = outcome.daemon, outcome.account.payloads
    said = Counter(payload.outcome for payload in payloads)
    came = Counter(event.get("event") for event in events(outcome))
    outages = Counter(window.mode for window in outcome.plan.windows)
    seconds = outcome.limits.length / SECOND
    return [
        f"seed       {outcome.plan.seed}, {seconds:g} s of writing, {outcome.took / SECOND:.0f} s "
        f"in all, {total.written / seconds:,.0f} lines a second",
        f"daemon     {daemon.cpu:.1f} s CPU, {total.written / max(daemon.cpu, 0.01):,.0f} lines per "
        f"CPU second, {daemon.peak:.0f} MB at most, {daemon.starts} starts, "
        f"{outcome.plan.in_flight} in flight",
        f"signals    {daemon.sent[plan.KILL]} kill -9, {daemon.sent[plan.TERM]} SIGTERM, "
        f"{daemon.sent[plan.HUP]} SIGHUP; the oldest acknowledgement that one undid was "
        f"{total.worst / 1e6:.0f} ms old",
        f"rotations  {outcome.rotations} by {outcome.means}; the daemon saw "
        f"{came['file_rotated']} renamed, {came['file_truncated']} cut",
        "outages    " + ", ".join(f"{count} {mode}" for mode, count in sorted(outages.items())),
        f"payloads   {said[TAKEN]} taken, {said[CUT]} taken and cut, "
        f"{len(payloads) - said[TAKEN] - said[CUT]} not taken or not answered",
    ]
