"""Keeps a queue of changes in step with a collection of the server.

client-go: ``cache.Reflector``.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import KubeError
from kubewright.cache.deltas import DeltaQueue
from kubewright.cache.entries import Entry
from kubewright.errors import StoppedError
from kubewright.watch.errors import ends_reflector
from kubewright.watch.lister_watcher import DEFAULT_PAGE_SIZE, ListerWatcher, Parts
from kubewright.watch.resuming import DEFAULT_IDLE_TIMEOUT, Change, ResumingEvents, Snapshot

__all__ = ["Reflector"]

logger = logging.getLogger("kubewright.cache")


class Reflector:
    """Takes stock, watches, and takes stock again where it must, for ever; no error ends it."""

    def __init__(
        self,
        source: ListerWatcher,
        queue: DeltaQueue,
        read: Callable[[Parts], Entry],
        *,
        stop: StopToken,
        on_queued: Callable[[], object] | None = None,
        on_error: Callable[[KubeError], object] | None = None,
        watch_list: bool = True,
        page_size: int = DEFAULT_PAGE_SIZE,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is sent before it runs.

        Args:
            source: the collection.
            queue: gets what changes.
            read: keeps an object, as `EntryCodec.entry_of` does.
            stop: ends `run` within a second, wherever it is.
            on_queued: called after each change was queued, to consume it in this thread. What it
                raises ends `run`.
            on_error: told of each failure of a list or watch; it goes on all the same.
            watch_list: take stock by a streaming watch where the server can, else by lists.
            page_size: objects in one answer to a list.
            idle_timeout: seconds without a byte after which a connection counts as dead.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
        """
        self._queue = queue
        self._on_queued = on_queued or _nothing
        self._follow: Callable[[], ResumingEvents[Entry]] = lambda: ResumingEvents(
            source,
            read,
            stop=stop,
            resource_version="0",
            idle_timeout=idle_timeout,
            page_size=page_size,
            watch_list=watch_list,
            is_final=ends_reflector,
            on_error=on_error,
            clock=clock,
            rand=rand,
        )
        self._events: ResumingEvents[Entry] | None = None

    @property
    def resource_version(self) -> str | None:
        """The version up to which all is in the queue; ``None`` before the first stock."""
        return None if self._events is None else self._events.resource_version

    @property
    def last_error(self) -> KubeError | None:
        """Why there is nothing new, if the last attempt failed."""
        return None if self._events is None else self._events.last_error

    def run(self) -> None:
        """Work until stopped, or until the client is closed; again, it begins with taking stock."""
        self._events = self._follow()
        try:
            self._run(self._events)
        except StoppedError as error:
            logger.warning("nothing is followed any more: %s", error)

    def _run(self, events: ResumingEvents[Entry]) -> None:
        for step in events:
            if isinstance(step, Snapshot):
                named = [entry for entry in step.items if _has_name(entry)]
                self._queue.replace(named, step.resource_version)
            else:
                self._take(step)
            self._on_queued()

    def _take(self, change: Change[Entry]) -> None:
        if change.type != "BOOKMARK" and not _has_name(change.item):
            return
        if change.type == "ADDED":
            self._queue.add(change.item)
        elif change.type == "MODIFIED":
            self._queue.update(change.item)
        elif change.type == "DELETED":
            self._queue.delete(change.item)
        else:
            self._queue.bookmark(change.item.resource_version)


def _has_name(entry: Entry) -> bool:
    if not entry.name.name:
        logger.warning("an object without a name is left out of the cache")
    return bool(entry.name.name)


def _nothing() -> None:
    pass
