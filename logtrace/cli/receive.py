"""`logtrace receive`: a strict stand-in for the Agent on this machine, that shows what it gets."""

from __future__ import annotations

import signal
from collections import Counter
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING

import click

from logtrace.model import Span

if TYPE_CHECKING:
    from rich.console import Console

    from logtrace.web.receiver import Delivery

BACKLOG = 1_000
"""Payloads that wait to be printed; more are received and counted, but not shown."""

TRACES_SHOWN = 20
"""Traces of one payload that are drawn."""


@click.command("receive")
@click.option("--port", type=click.IntRange(0, 65535), default=8126, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--quiet", is_flag=True, help="Print no traces, only what is refused or changed.")
@click.option(
    "--replay",
    metavar="FILE",
    type=click.Path(),
    help="Show the traces of a quarantine file, and why they were refused; receive nothing.",
)
def command(port: int, host: str, quiet: bool, replay: str | None) -> None:
    """Receive traces as the Agent would, and show each.

    What the real Agent would refuse, drop or rewrite is said in words: it answers 200 to much that it
    then throws away. The newest traces are also on a web page, at the address that is printed first.
    """
    from rich.console import Console

    from logtrace.web.receiver import Receiver, listen

    console = Console(highlight=False, markup=False, emoji=False)
    show = Show(console, quiet)
    if replay is not None:
        from logtrace.web.replay import deliveries

        for said, delivery in deliveries(replay):
            console.print(said, style="bold")
            show.take(delivery)
            show.print(delivery)
        click.echo(show.summary())
        return
    receiver = Receiver(listen(host, port), delivered=show.take)
    receiver.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a summary then, too
    click.echo(f"listening on {receiver.url} (open it in a browser; Ctrl-C ends)")
    try:
        show.run()
    except KeyboardInterrupt:
        click.echo()
    finally:
        receiver.stop()
    click.echo(show.summary())


class Show:
    """Prints deliveries in the main thread; counts them in the threads of the receiver."""

    def __init__(self, console: Console, quiet: bool) -> None:
        self._console, self._quiet = console, quiet
        self._waiting: Queue[Delivery] = Queue(BACKLOG)
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def take(self, delivery: Delivery) -> None:
        """Count a delivery and have it printed; called from many threads."""
        verdict = delivery.verdict
        self._counts["payloads"] += 1
        self._counts["refused"] += bool(delivery.refused)
        self._counts["traces"] += len(delivery.traces)
        self._counts["spans"] += sum(map(len, delivery.traces))
        self._counts["dropped"] += len(verdict.dropped)
        self._reasons.update(verdict.reasons())
        try:
            self._waiting.put_nowait(delivery)
        except Full:
            self._counts["not shown"] += 1

    def run(self) -> None:
        """Print what comes, until interrupted."""
        while True:
            try:
                self.print(self._waiting.get(timeout=1))
            except Empty:
                continue

    def print(self, delivery: Delivery) -> None:
        """Print one delivery: its traces, and what is wrong with it."""
        from logtrace.web.text import count_text, visible

        verdict = delivery.verdict
        if not self._quiet:
            self._draw(verdict.traces)
        if delivery.refused:
            self._console.print(f"refused: {visible(delivery.refused, 400)}", style="bold red")
        for dropped in verdict.dropped:
            words = f"the Agent would drop a trace: {dropped.reason}: {dropped.detail}"
            self._console.print(visible(words, 400), style="red")
        for (reason, field), count in Counter(
            (note.reason, note.field) for note in verdict.rewritten
        ).items():
            example = next(
                note for note in verdict.rewritten if (note.reason, note.field) == (reason, field)
            )
            words = f"{example.before!r} → {example.after!r}"
            times = f" ({count} times)" if count > 1 else ""
            self._console.print(
                visible(f"the Agent would change {field}: {reason}: {words}{times}", 400),
                style="yellow",
            )
        if verdict.duplicates:
            of = count_text(verdict.duplicates, "span")
            self._console.print(f"{of} with the id of another: duplicate_span_id", style="yellow")

    def _draw(self, traces: list[list[Span]]) -> None:
        from logtrace.web.text import count_text
        from logtrace.web.waterfall import Waterfall

        for spans in traces[:TRACES_SHOWN]:
            self._console.print(Waterfall(spans))
            self._console.print()
        more = len(traces) - TRACES_SHOWN
        if more > 0:
            self._console.print(f"and {count_text(more, 'more trace')}", style="dim")

    def summary(self) -> str:
        """Return, in one line, what came."""
        from logtrace.web.text import count_text

        counts = self._counts
        parts = [
            f"{count_text(counts['spans'], 'span')} in {count_text(counts['traces'], 'trace')} received"
        ]
        parts += [
            f"{count_text(counts[what], noun)} {words}"
            for what, noun, words in (
                ("refused", "payload", "refused"),
                ("dropped", "trace", "the Agent would drop"),
                ("not shown", "payload", "not shown"),
            )
            if counts[what]
        ]
        if self._reasons:
            reasons = ", ".join(
                f"{reason} {count}" for reason, count in sorted(self._reasons.items())
            )
            parts.append(f"changes: {reasons}")
        return "; ".join(parts)
