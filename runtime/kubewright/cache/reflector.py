"""Keeps a queue of changes in step with a collection of the server.

client-go: ``cache.Reflector``.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator

import msgspec

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import DecodeError, KubeError
from kubewright.cache.delta_fifo import DeltaFIFO
from kubewright.cache.store import Entry
from kubewright.lister_watcher import ListerWatcher, RawEvent
from kubewright.resuming import ResumingEvents, Snapshot, never

__all__ = ["Reflector"]

logger = logging.getLogger("kubewright.cache")


class Reflector:
    """Lists, watches and lists again where it must, for ever; no error ends it."""

    def __init__(
        self,
        source: ListerWatcher,
        queue: DeltaFIFO,
        *,
        stop: StopToken,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._queue = queue
        self._stop = stop
        self._clock = clock
        self._rand = rand
        self._events: ResumingEvents | None = None

    @property
    def resource_version(self) -> str | None:
        """The version up to which all is in the queue."""
        return None if self._events is None else self._events.resource_version

    @property
    def last_error(self) -> KubeError | None:
        """Why there is nothing new, if the last attempt failed."""
        return None if self._events is None else self._events.last_error

    def run(self) -> None:
        """Work until stopped."""
        self._events = ResumingEvents(
            self._source, stop=self._stop, is_final=never, clock=self._clock, rand=self._rand
        )
        for step in self._events:
            if isinstance(step, Snapshot):
                self._queue.replace(list(_readable(step.items)))
            else:
                self._take(step)

    def _take(self, event: RawEvent) -> None:
        if event.type in ("BOOKMARK", "ERROR"):
            return
        for entry in _readable([event.object]):
            if event.type == "ADDED":
                self._queue.add(entry)
            elif event.type == "MODIFIED":
                self._queue.update(entry)
            else:
                self._queue.delete(entry)


def _readable(items: Iterable[bytes | msgspec.Raw]) -> Iterator[Entry]:
    for item in items:
        try:
            yield Entry.from_json(item)
        except DecodeError:
            logger.exception("an object without readable metadata is left out of the cache")
