"""A cache that follows the server, shared by everybody who reads it or wants to hear of changes.

    Reflector ─► DeltaFIFO ─► Indexer ─► handlers

The reflector has a thread, the way from the queue into the indexer has one, and each handler has
one. client-go: ``cache.SharedIndexInformer``.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Generic, Self, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.cache.delta_fifo import Delta, DeltaFIFO, Deltas
from kubewright.cache.handlers import (
    Change,
    DeletedObject,
    EventHandler,
    Handler,
    HandlerRegistration,
    KeyHandler,
)
from kubewright.cache.indexer import Indexer, Indexers
from kubewright.cache.reflector import Reflector
from kubewright.lister_watcher import ListerWatcher
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName

__all__ = ["CacheSyncError", "SharedIndexInformer"]

logger = logging.getLogger("kubewright.cache")

T = TypeVar("T", bound=KubernetesObject)

_STOP_TIMEOUT = 1.0


class CacheSyncError(KubeError, TimeoutError):
    """A cache did not have everything in time, or was stopped before."""


class SharedIndexInformer(Generic[T]):
    """Keeps a cache in step with the server and tells handlers what changes.

    Attributes:
        info: the resource.
        model: what its objects are.
        indexer: the cache.
    """

    info: ClassVar[ResourceInfo]
    model: type[T]

    def __init__(
        self,
        source: ListerWatcher,
        *,
        indexers: Indexers[T] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; `start` starts.

        Args:
            source: the collection to follow.
            indexers: further indexes of the cache.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
        """
        self.indexer: Indexer[T] = Indexer(self.model, indexers)
        self._stop = StopToken()
        self._queue = DeltaFIFO(self.indexer)
        self._reflector = Reflector(source, self._queue, stop=self._stop, clock=clock, rand=rand)
        name = f"{self.info}"
        self._threads = (
            SupervisedThread(f"reflector {name}", self._reflector.run, stop=self._stop),
            SupervisedThread(f"cache {name}", self._pop_all, stop=self._stop),
        )
        # held while a change goes into the cache and into the queues of the handlers, so that a
        # handler that comes late gets what is there and then every change, each once
        self._lock = threading.Lock()
        self._handlers: list[HandlerRegistration] = []
        self._started = False
        self._has_synced = False
        # also set when stopped, so that nobody waits for what cannot come any more
        self._settled = threading.Event()

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in the cache; each registration tells it of its handler."""
        return self._has_synced

    @property
    def resource_version(self) -> str | None:
        """The version up to which the server has told; ``None`` before the first list."""
        return self._reflector.resource_version

    @property
    def last_error(self) -> KubeError | None:
        """Why the cache is not up to date, if the last attempt to reach the server failed."""
        return self._reflector.last_error

    def add_event_handler(
        self,
        *,
        on_add: Callable[[T], object] | None = None,
        on_update: Callable[[T, T], object] | None = None,
        on_delete: Callable[[DeletedObject[T]], object] | None = None,
    ) -> HandlerRegistration:
        """Call these on every change, in order, in a thread of their own.

        A handler that comes late hears of all objects that are there as added. The objects are
        the handler's own.

        Raises:
            RuntimeError: the informer was stopped.
        """
        return self._add(EventHandler(self.indexer.read, on_add, on_update, on_delete))

    def add_key_handler(self, on_change: Callable[[ObjectName], object]) -> HandlerRegistration:
        """Call this with the name of whatever changes; most often the ``add`` of a work queue.

        Raises:
            RuntimeError: the informer was stopped.
        """
        return self._add(KeyHandler(on_change))

    def remove_event_handler(self, registration: HandlerRegistration) -> None:
        """Tell the handler no more; one that was removed before is ignored."""
        with self._lock:
            if registration not in self._handlers:
                return
            self._handlers.remove(registration)
        registration.stop()

    def start(self) -> None:
        """Start to list and watch, in threads; once started, this does nothing.

        Raises:
            RuntimeError: the informer was stopped.
        """
        with self._lock:
            self._check_not_stopped()
            if self._started:
                return
            self._started = True
            handlers = list(self._handlers)
        for handler in handlers:
            handler.start()
        for thread in self._threads:
            thread.start()

    def request_stop(self) -> None:
        """Begin to stop for good, and do not wait."""
        with self._lock:
            handlers = list(self._handlers)
        # the handlers first: a change that nobody will hear of needs no delivery
        for handler in handlers:
            handler.stop()
        self._stop.stop()
        self._queue.close()
        self._settled.set()

    def stop(self, timeout: float = _STOP_TIMEOUT) -> None:
        """Stop for good: end the watch and the threads, and wait so many seconds for each.

        A handler that is at work is not interrupted. It may itself call this.
        """
        self.request_stop()
        with self._lock:
            joins = [thread.join for thread in self._threads]
            joins += [handler.join for handler in self._handlers]
        ended = [join(timeout) for join in joins]
        if not all(ended):
            logger.info("the informer of %s stops while a thread is at work", self.info)

    def wait_for_cache_sync(self, timeout: float | None = None) -> None:
        """Wait until the first list is in the cache and the handlers have heard of it.

        Raises:
            CacheSyncError: that was not so in time; it tells what went wrong last.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        self._settled.wait(timeout)
        with self._lock:
            handlers = list(self._handlers)
        for handler in handlers:
            handler.wait(None if deadline is None else max(deadline - time.monotonic(), 0.0))
        if self._stop.is_stopped or not self._has_synced or not all(h.has_synced for h in handlers):
            raise CacheSyncError(self._why_not(timeout))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _why_not(self, timeout: float | None) -> str:
        if self._stop.is_stopped:
            return f"the informer of {self.info} was stopped before its cache had everything"
        if self._has_synced:
            return f"a handler of {self.info} has not heard of everything after {timeout} s"
        reason = f": {self.last_error}" if self.last_error is not None else ""
        return f"the cache of {self.info} does not have everything after {timeout} s{reason}"

    def _check_not_stopped(self) -> None:
        if self._stop.is_stopped:
            raise RuntimeError(f"the informer of {self.info} was stopped; make another one")

    def _add(self, handler: Handler) -> HandlerRegistration:
        with self._lock:
            self._check_not_stopped()
            name = f"handler {len(self._handlers) + 1} of {self.info}"
            registration = HandlerRegistration(handler, name=name)
            self._handlers.append(registration)
            for entry in self.indexer.entries():
                registration.enqueue(Change(None, entry))
            if self._has_synced:
                registration.enqueue(None)
            started = self._started
        if started:
            registration.start()
        return registration

    def _pop_all(self) -> None:
        while self._queue.pop(self._process):
            if not self._has_synced and self._queue.has_synced:
                self._mark_synced()

    def _mark_synced(self) -> None:
        with self._lock:
            self._has_synced = True
            for handler in self._handlers:
                handler.enqueue(None)
        self._settled.set()

    def _process(self, deltas: Deltas) -> None:
        with self._lock:
            for delta in deltas:
                for change in self._store(delta):
                    for handler in self._handlers:
                        handler.enqueue(change)

    def _store(self, delta: Delta) -> list[Change]:
        """Put one change into the cache, and say what it means to who knew the cache before."""
        new = delta.entry
        if delta.type == "Deleted":
            old = self.indexer.remove(new.name)
            if old is None:
                return []
            if old.uid != new.uid:
                # it was deleted, made again and deleted again, and nobody saw the first two
                return [Change(old, None, is_stale=True)]
            return [Change(new, None, is_stale=delta.is_stale)]
        old = self.indexer.put(new)
        if old is None:
            return [Change(None, new)]
        if old.uid != new.uid:
            return [Change(old, None, is_stale=True), Change(None, new)]
        if old.resource_version == new.resource_version != "":
            return []
        return [Change(old, new)]
