"""The life of the process: start → run → drain → stop; signals, reload, and what systemd is told.

The main thread starts the others and then only waits for signals. A `Session` is one configuration at
work: the pipeline thread reads, maps and assembles; the shipper thread sends; watchdog's threads set
the wake flag. Beside them the admin server answers `logtrace status`, from what the pipeline thread puts
on the board once a second; it outlives reloads. A reload is the end of one session and the start of the
next over the same ledger: what was open is read again, exactly as after a restart, so it needs no code
of its own.

On TERM or INT nothing more is read; what is queued is sent until the deadline; half-done traces are
not shipped, their lines stay open in the ledger. A second signal ends it now.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import logtrace
from logtrace.admin import overview
from logtrace.admin.board import Board
from logtrace.admin.server import NAME as SOCKET
from logtrace.admin.server import AdminServer
from logtrace.assemble.memory import NOTE as MEMORY
from logtrace.clock import MILLISECOND, SECOND, Clock
from logtrace.config.environment import state_directory
from logtrace.config.model import Config
from logtrace.errors import AgentUnavailable, LogtraceError
from logtrace.notify import Notifier
from logtrace.pipeline import Pipeline
from logtrace.routes import build_keep, build_redactor, build_routes
from logtrace.ship.address import agent_url
from logtrace.ship.agent import Agent, identity_headers
from logtrace.ship.quarantine import NAME as QUARANTINE
from logtrace.ship.quarantine import Quarantine
from logtrace.ship.shipper import Shipper
from logtrace.source.files import COMMIT, LogFiles
from logtrace.source.ledger import Ledger
from logtrace.source.wakeup import Wakeup
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry

LONGEST_WAIT = 50 * MILLISECOND
"""How long the pipeline rests at most while traces are open or payloads in flight, and how long it
rests when the shipper has no room."""

LONGEST_REST = 5 * SECOND
"""How long it rests at most in any case: who never moves looks stuck, to systemd and to an operator."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides.

    Attributes:
        once: read everything to its end, ship everything, and stop.
        deadline: nanoseconds to drain within; with `once`, how long the Agent may be away.
        skip: traces that ended more nanoseconds ago are not sent; None: all are.
        config: path of the configuration, for `logtrace status` to show.
    """

    once: bool = False
    deadline: int = 20 * SECOND
    skip: int | None = None
    config: str = ""


class Session:
    """One configuration at work, from the opened ledger to the written checkpoint."""

    def __init__(
        self,
        config: Config,
        options: Options,
        clock: Clock,
        telemetry: Telemetry,
        board: Board | None = None,
    ) -> None:
        """Build everything, start nothing; raises ConfigError or StateError.

        Args:
            config: the configuration.
            options: what the command line decides.
            clock: gives the time.
            telemetry: is told what happens.
            board: where to show how things stand; None: nowhere.
        """
        self._config, self._board = config, board
        self._options, self._clock, self._telemetry = options, clock, telemetry
        stages = Stages(config, telemetry)
        self.state = state = state_directory(config, os.environ)
        first, *more = _connections(config, clock)
        quarantine = Quarantine(state / QUARANTINE, telemetry, clock)
        self.shipper = Shipper(
            first,
            telemetry,
            clock,
            more=tuple(more),
            quarantine=quarantine,
            skip=options.skip,
            redactor=partial(build_redactor, config),
        )
        self.ledger = Ledger.open(state, telemetry)
        stages.assembler.recall(self.ledger.notes.get(MEMORY, b""))
        self.files = LogFiles(config.sources, self.ledger, clock, telemetry, once=options.once)
        self.pipeline = Pipeline(self.files, stages, self.shipper, clock)
        self.wake = threading.Event()
        self.stop = threading.Event()
        self.abandon = threading.Event()
        self.failure: BaseException | None = None
        self.beats = 0
        self.ended = False
        self._threads: list[threading.Thread] = []

    def start(self, news: threading.Event) -> None:
        """Start the threads; when the pipeline's is over, or one failed, `ended` is true, `news` set."""

        def guarded(body: Callable[[], None], is_the_end: bool) -> None:
            try:
                body()
                self.ended = self.ended or is_the_end
            except BaseException as error:  # noqa: BLE001  # carried to the main thread, raised there
                self.failure = self.failure or error
                self.ended = True
            news.set()

        _settle_memory()
        read = self._read_once if self._options.once else self._read
        ship = partial(self.shipper.run, self.abandon)
        self._threads = [
            threading.Thread(target=guarded, args=(read, True), name="pipeline"),
            threading.Thread(target=guarded, args=(ship, False), name="shipper"),
        ]
        for thread in self._threads:
            thread.daemon = True  # a second signal must not wait for a hanging exchange
            thread.start()

    def finish(self) -> int:
        """Drain, write the checkpoint, close; return how many spans were not delivered in time.

        Their lines are open in the ledger. Raises what ended the pipeline, if anything did.
        """
        self.stop.set()
        self.wake.set()
        pipeline, shipper = self._threads
        self._join(pipeline)
        if pipeline.is_alive():
            raise LogtraceError(
                f"the pipeline made no step in {self._options.deadline / SECOND:g} s; "
                "what it had open is in the ledger as of its last checkpoint"
            )
        if self.failure is None:
            self._drain()
            self.ledger.put_note(MEMORY, self.pipeline.stages.assembler.remember())
            self.pipeline.settle()
        self.abandon.set()
        self.shipper.wake()
        self._join(shipper)
        self.files.close()
        self.ledger.close()
        if self.failure is not None:
            raise self.failure
        return self.shipper.pending

    def _drain(self) -> bool:
        """Ship what is queued within the deadline, recording as it goes; return whether all is done.

        A kill meanwhile must not have everything sent again that was acknowledged since the beginning.
        """
        end = self._clock.monotonic() + self._options.deadline
        while True:
            left = end - self._clock.monotonic()
            if self.shipper.drain(max(0, min(left, COMMIT))):
                return True
            self.pipeline.settle()
            self._show()
            if left <= 0:
                return False

    def _join(self, thread: threading.Thread) -> None:
        thread.join(self._options.deadline / SECOND)

    def _read(self) -> None:
        """Read until told to stop; the pipeline thread's body."""
        wakeup = Wakeup(self.files.directories, self.wake, self._telemetry)
        wakeup.start()
        try:
            while not self.stop.is_set():
                if self.wake.is_set():
                    self.wake.clear()
                    self.files.wake()
                worked = self.pipeline.step()
                self.beats += 1
                self._show()
                if not worked:
                    wakeup.idle(self.files.quiet)
                    self._clock.wait(self.wake, min(self.patience(), LONGEST_REST))
        finally:
            wakeup.stop()

    def _show(self) -> None:
        """Put on the board how things stand, if that is due; in the thread that steps the pipeline."""
        board = self._board
        if board is not None and board.due():
            began, limit = self._clock.monotonic(), board.limit
            stages, now = self.pipeline.stages, self._clock.now()
            taken = overview.take(self._config, self.files, stages, now, limit)
            board.publish(taken, limit, began, self.beats)

    def patience(self) -> int:
        """Return for how many nanoseconds there is nothing to do, as far as can be known."""
        if not self.shipper.has_room():
            return LONGEST_WAIT  # however much there is to read
        stages = self.pipeline.stages
        waiting = stages.assembler.open_traces or stages.waiting or self.shipper.pending
        patience = self.files.patience()
        return min(patience, LONGEST_WAIT) if waiting else patience

    def _read_once(self) -> None:
        """Read everything there is, close and ship everything; the thread's body with --once."""
        while not self.stop.is_set():
            worked = self.pipeline.step()
            self.beats += 1
            if not self.shipper.has_room():
                self._deliver()
            elif not worked and not self.files.behind:
                self.pipeline.flush()
                self._deliver()
                return

    def _deliver(self) -> None:
        """Wait until the queue is empty; raises AgentUnavailable at the deadline."""
        if not self._drain():
            raise AgentUnavailable(
                f"{self.shipper.pending} spans could not be delivered: {self.shipper.last_error}; "
                "their lines stay open in the ledger: run it again when the Agent is there"
            )


def _connections(config: Config, clock: Clock) -> list[Agent]:
    """Return a connection to the Agent for each request that may be in flight."""
    agent = config.agent
    url = agent_url(agent.url, os.environ)
    env = os.environ.get("DD_EXTERNAL_ENV", "")
    identity = identity_headers(agent.container_id, agent.entity_id, env)
    return [Agent(url, logtrace.__version__, clock, identity) for _ in range(agent.in_flight)]


def _settle_memory() -> None:
    """Have the cyclic garbage collector leave alone what is there for good, and look more seldom.

    What passes through the stages forms no cycles; looking through it again and again costs a tenth
    of the CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Daemon:
    """Sessions one after the other, and the signals that end them."""

    def __init__(
        self,
        load: Callable[[], Config],
        options: Options,
        clock: Clock,
        telemetry: Telemetry,
        notifier: Notifier,
    ) -> None:
        self._load, self._options = load, options
        self._clock, self._telemetry, self._notifier = clock, telemetry, notifier
        self._news = threading.Event()
        self._signal: signal.Signals | None = None
        self._hung_up = False
        self._board = Board(telemetry, clock, options.config)
        self._admin: AdminServer | None = None

    def run(self) -> None:
        """Run until a signal or, with `once`, the end; raises LogtraceError for what went wrong."""
        self._catch_signals()
        following: Config | None = self._load()
        left = 0
        try:
            while following is not None:
                left, following = self._session(following)
        finally:
            self._serve_from(None)
        self._telemetry.daemon_stopped(left)

    def _session(self, config: Config) -> tuple[int, Config | None]:
        """Run one session; return the spans it left undelivered, and what to go on with."""
        once = self._options.once
        board = None if once else self._board
        session = Session(config, self._options, self._clock, self._telemetry, board)
        self._board.enter(session.state, session.shipper)
        session.start(self._news)
        self._serve_from(None if once else session.state)
        self._telemetry.daemon_started(logtrace.__version__, len(config.sources))
        self._notifier.ready(self._status())
        following = self._watch(session)
        if self._signal is not None:
            self._telemetry.daemon_draining(self._signal.name)
            self._notifier.stopping()
        self._board.turn("draining" if following is None else "reloading")
        return session.finish(), following

    def _serve_from(self, state: Path | None) -> None:
        """Answer `logtrace status` at the socket in a state directory that is locked; None: nowhere."""
        path = state and state / SOCKET
        if self._admin is not None and self._admin.path != path:
            self._admin.stop()
            self._admin = None
        if self._admin is None and path is not None:
            self._admin = AdminServer(path, self._board.answer, self._clock, self._telemetry)
            self._admin.start()

    def _watch(self, session: Session) -> Config | None:
        """Wait until the session is to end; return what to go on with, None to stop.

        The watchdog is told only while the pipeline makes steps: a stuck one is restarted.
        """
        beats = -1
        while self._signal is None and not session.ended:
            if self._clock.wait(self._news, self._notifier.interval):
                self._news.clear()
            elif session.beats != beats:
                beats = session.beats
                self._notifier.alive(self._status())
            if self._hung_up:
                self._hung_up = False
                config = self._reload()
                if config is not None:
                    return config
        return None

    def _reload(self) -> Config | None:
        """Return the changed configuration, or None when it is bad: then nothing changes."""
        self._notifier.reloading(self._clock.monotonic())
        try:
            config = self._load()
            build_routes(config)
            build_redactor(config)
            build_keep(config)
        except LogtraceError as error:
            self._telemetry.reload_failed(str(error))
            self._notifier.ready("reload failed: the old configuration stays in force")
            return None
        self._telemetry.config_reloaded()
        return config

    def _status(self) -> str:
        count = self._telemetry.total
        return (
            f"{count('lines_read')} lines read, {count('spans_shipped')} spans shipped, "
            f"{count('spans_dropped')} lost"
        )

    def _catch_signals(self) -> None:
        def stop(number: int, _frame: object) -> None:
            if self._signal is not None:
                os._exit(1)  # told twice: now; the ledger is as of its last commit
            self._signal = signal.Signals(number)
            self._news.set()

        def reload(_number: int, _frame: object) -> None:
            self._hung_up = True
            self._news.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, reload)
