"""Says at once when something happens in a log directory, so that idle files need not be polled often.

Started and stopped by `logtrace.daemon`; sets an event from watchdog's threads and touches nothing else.
Creations, renames and deletions are always reported: they are rare. Modifications are asked of the
kernel only while all is idle: at ten thousand writes a second their events alone cost a fifth of a core.
Everything here is a hint. Where a directory cannot be watched that is said, and its files are found by
the scan.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from watchdog import events
from watchdog.observers import Observer

from logtrace.telemetry import Telemetry

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

DIRECTORY_EVENTS: list[type[events.FileSystemEvent]] = [
    events.FileCreatedEvent,
    events.FileMovedEvent,
    events.FileDeletedEvent,
    events.DirCreatedEvent,
    events.DirMovedEvent,
    events.DirDeletedEvent,
]

ALL_EVENTS = [*DIRECTORY_EVENTS, events.FileModifiedEvent]

FIXES = {
    errno.ENOSPC: "raise the sysctl fs.inotify.max_user_watches",
    errno.EMFILE: "raise the sysctl fs.inotify.max_user_instances",
}

Place = tuple[str, bool]
"""A directory, and whether everything below it counts, too."""


class _Alarm(events.FileSystemEventHandler):
    """Sets the event, whatever happened: what is asked for decides what arrives.

    Attributes:
        watched: the directories that are watched.
        deleted: those of them that were deleted, and with them the watches.
    """

    def __init__(self, event: threading.Event) -> None:
        self.watched: set[str | bytes] = set()
        self.deleted: set[str | bytes] = set()
        self._event = event

    def dispatch(self, event: events.FileSystemEvent) -> None:
        """See watchdog."""
        if isinstance(event, events.DirDeletedEvent) and event.src_path in self.watched:
            self.deleted.add(event.src_path)
        self._event.set()


class Wakeup:
    """Watches on directories.

    Not thread-safe: all methods are for one thread.
    """

    def __init__(
        self,
        directories: Callable[[], Collection[Place]],
        event: threading.Event,
        telemetry: Telemetry,
    ) -> None:
        """Prepare to watch.

        Args:
            directories: gives the places to watch, asked again with each change of `idle`.
            event: is set when something happened.
            telemetry: is told what cannot be watched.
        """
        self._directories, self._telemetry = directories, telemetry
        self._alarm = _Alarm(event)
        self._observer: BaseObserver | None = None
        self._watches: dict[Place, tuple[ObservedWatch, int]] = {}  # and the directory's inode
        self._checked: Collection[Place] = ()
        self._refused: set[Place] = set()
        self._idle = False

    def start(self) -> None:
        """Start watching; what fails is said and does no harm."""
        try:
            observer = Observer()
            observer.start()
        except OSError as error:
            self._fail("", error)
            return
        self._observer = observer
        self._watch(self._directories())

    def idle(self, idle: bool) -> None:
        """Say whether all files are idle: only then are modifications reported, too.

        A modification between the last look at a file and this call is not reported: look at the
        files once more after the first call with True.
        """
        outdated: list[tuple[ObservedWatch, int]] = []
        if idle != self._idle:
            self._idle = idle
            outdated, self._watches = list(self._watches.values()), {}
        self._watch(self._directories())
        for watch, _ in outdated:  # after the new ones: nothing goes unseen between them
            self._unwatch(watch)

    def stop(self) -> None:
        """Stop watching and wait for watchdog's threads."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def _watch(self, places: Collection[Place]) -> None:
        """Watch these places and no others."""
        if self._observer is None:
            return
        self._drop_outdated(places)
        if self._watches.keys() | self._refused == set(places):
            return
        for place in self._watches.keys() - places:
            self._unwatch(self._watches.pop(place)[0])
        self._refused &= set(places)
        self._alarm.watched = {directory for directory, _ in places}
        for place in set(places) - self._watches.keys() - self._refused:
            directory, recursive = place
            inode = _inode(directory)
            try:
                watch = self._observer.schedule(
                    self._alarm,
                    directory,
                    recursive=recursive,
                    event_filter=ALL_EVENTS if self._idle else DIRECTORY_EVENTS,
                )
                self._watches[place] = watch, inode
            except OSError as error:
                self._refused.add(place)
                self._fail(directory, error)

    def _drop_outdated(self, places: Collection[Place]) -> None:
        """Give up watches on what is not at its path any more: it was deleted, or renamed away.

        Another directory may stand there by now. Paths are looked at only after a new scan.
        """
        deleted = set()
        while self._alarm.deleted:
            deleted.add(self._alarm.deleted.pop())
        scanned, self._checked = places is not self._checked, places
        for place, (_, inode) in list(self._watches.items()):
            if place[0] in deleted or (scanned and inode != _inode(place[0])):
                self._unwatch(self._watches.pop(place)[0])

    def _unwatch(self, watch: ObservedWatch) -> None:
        try:
            if self._observer is not None:
                self._observer.unschedule(watch)
        except (KeyError, OSError):  # the directory, and with it the watch, is gone already
            pass

    def _fail(self, directory: str, error: OSError) -> None:
        fix = FIXES.get(error.errno or 0, "")
        self._telemetry.watch_failed(directory, error.strerror or str(error), fix)


def _inode(directory: str) -> int:
    """Return a directory's inode, 0 if there is none."""
    try:
        return os.stat(directory).st_ino
    except OSError:
        return 0
