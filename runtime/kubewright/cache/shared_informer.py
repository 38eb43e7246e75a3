"""A cache that follows the server, shared by everybody who reads it or wants to hear of changes.

    Reflector ─► DeltaQueue ─► SharedProcessor ─► Indexer, handlers

One thread for each namespace that is followed does all of this; a handler has a thread of its own
while there is something to tell it. client-go: ``cache.SharedIndexInformer``.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._closing import Running
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.cache.backlog import OverflowPolicy
from kubewright.cache.changes import DeletedObject
from kubewright.cache.entries import Entry, EntryCodec
from kubewright.cache.feed import Feed
from kubewright.cache.handlers import EventHandler, Handler, KeyHandler, filtered
from kubewright.cache.indexer import Indexer, Indexers
from kubewright.cache.options import InformerOptions
from kubewright.cache.registration import HandlerRegistration
from kubewright.cache.shared_processor import SharedProcessor
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.resource_version import version_number
from kubewright.schema import ObjectName
from kubewright.selectors import Selector, label_requirements
from kubewright.watch.lister_watcher import ListerWatcher

__all__ = ["DEFAULT_BACKLOG", "CacheSyncError", "SharedIndexInformer"]

logger = logging.getLogger("kubewright.cache")

T = TypeVar("T", bound=KubernetesObject)

DEFAULT_BACKLOG = 10_000
"""Changes that wait for a handler one by one."""
_PATIENCE = 10.0
_STOP_TIMEOUT = 1.0


class CacheSyncError(KubeError, TimeoutError):
    """A cache did not have everything in time, or was stopped before."""


class SharedIndexInformer(Running, Generic[T]):
    """Keeps a cache in step with the server and tells handlers what changes.

    Attributes:
        info: the resource.
        model: what its objects are.
        indexer: the cache.
    """

    info: ResourceInfo
    model: type[T]

    def __init__(
        self,
        source: ListerWatcher | Mapping[str, ListerWatcher],
        *,
        indexers: Indexers[T] | None = None,
        options: InformerOptions | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; `start` starts.

        Args:
            source: the collection to follow, or several, each by its namespace.
            indexers: further indexes of the cache.
            options: how objects are kept and told.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
        """
        options = options or InformerOptions()
        codec = EntryCodec(
            self.model,
            transform=options.transform,
            kind=self.info.kind.kind,
            keep_managed_fields=options.keep_managed_fields,
            compress=options.compress,
        )
        self.indexer: Indexer[T] = Indexer(self.model, indexers, codec=codec)
        self._clock = clock
        self._resync = options.resync
        self._stop = StopToken()
        sources = dict(source) if isinstance(source, Mapping) else {None: source}
        self._processor = SharedProcessor(self.indexer, list(sources))
        self._feeds = [
            Feed(
                each,
                self._processor,
                codec,
                self.indexer,
                name=f"{self.info}" if namespace is None else f"{self.info} in {namespace}",
                namespace=namespace,
                options=options,
                stop=self._stop,
                on_synced=self._feed_synced,
                clock=clock,
                rand=rand,
            )
            for namespace, each in sources.items()
        ]
        self._lock = threading.Lock()
        self._started = False
        self._resyncing: SupervisedThread | None = None
        self._names = 0
        # also set when stopped, so that nobody waits for what cannot come any more
        self._settled = threading.Event()

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in the cache; each registration tells it of its handler."""
        return self._processor.has_synced

    @property
    def is_stopped(self) -> bool:
        """Whether it was told to stop, for good."""
        return self._stop.is_stopped

    @property
    def resource_version(self) -> str | None:
        """The version up to which the server has told; ``None`` before the first list."""
        versions = [feed.resource_version for feed in self._feeds]
        known = [version for version in versions if version]
        if len(known) < len(versions):
            return None
        return min(known, key=lambda text: (len(text), text))

    @property
    def last_error(self) -> KubeError | None:
        """Why the cache is not up to date, if the last attempt to reach the server failed."""
        return next((feed.last_error for feed in self._feeds if feed.last_error), None)

    @property
    def handlers(self) -> list[HandlerRegistration]:
        """Who is told of changes."""
        return self._processor.handlers()

    def add_event_handler(
        self,
        *,
        on_add: Callable[[T], object] | None = None,
        on_update: Callable[[T, T], object] | None = None,
        on_delete: Callable[[DeletedObject[T]], object] | None = None,
        where: Callable[[T], bool] | None = None,
        label_selector: Selector | None = None,
        resync: float | None = None,
        backlog: int = DEFAULT_BACKLOG,
        when_full: OverflowPolicy = "coalesce",
    ) -> HandlerRegistration:
        """Call these on every change, in order, in a thread of their own.

        A handler that comes late hears of all objects that are there as added. The objects are
        the handler's own. An object that was deleted and made again is told as both.

        Args:
            on_add: a new object; of those that were there first, before the registration's
                `has_synced`.
            on_update: the state before and after. Both are the same in a resync.
            on_delete: what is known of an object that is gone.
            where: only objects that pass; one that ceases to is told as deleted.
            label_selector: the same by labels, which costs no decoding.
            resync: seconds after which everything is told again; the informer's, if not given.
            backlog: changes that may wait one by one.
            when_full: what then happens; see `OverflowPolicy`.

        Raises:
            RuntimeError: the informer was stopped.
            SelectorError: the selector is none.
        """
        handler = EventHandler(self.indexer.read, on_add, on_update, on_delete)
        return self._add(
            handler,
            where=where,
            label_selector=label_selector,
            resync=resync,
            backlog=backlog,
            when_full=when_full,
        )

    def add_key_handler(
        self,
        on_change: Callable[[ObjectName], object],
        *,
        where: Callable[[T], bool] | None = None,
        label_selector: Selector | None = None,
        resync: float | None = None,
        backlog: int = DEFAULT_BACKLOG,
        when_full: OverflowPolicy = "coalesce",
    ) -> HandlerRegistration:
        """Call this with the name of whatever changes; most often the ``add`` of a work queue.

        No object is decoded for it, unless there is a `where`. The arguments are those of
        `add_event_handler`.

        Raises:
            RuntimeError: the informer was stopped.
            SelectorError: the selector is none.
        """
        return self._add(
            KeyHandler(on_change),
            where=where,
            label_selector=label_selector,
            resync=resync,
            backlog=backlog,
            when_full=when_full,
        )

    def remove_event_handler(self, registration: HandlerRegistration) -> None:
        """Tell the handler no more; one that was removed before is ignored."""
        if self._processor.remove(registration):
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
            for handler in self.handlers:
                handler.start()
            self._ensure_resyncing()
        for feed in self._feeds:
            feed.start()

    def request_stop(self) -> None:
        """Begin to stop for good, and do not wait."""
        # the handlers first: a change that nobody will hear of needs no delivery
        for handler in self.handlers:
            handler.stop()
        self._stop.stop()
        self._processor.close()
        self._settled.set()

    def stop(self, timeout: float = _STOP_TIMEOUT) -> None:
        """Stop for good: end the watch and the threads, and wait so many seconds for each.

        A handler that is at work is not interrupted. It may itself call this.
        """
        self.request_stop()
        joins = [feed.join for feed in self._feeds]
        joins += [handler.join for handler in self.handlers]
        if self._resyncing is not None:
            joins.append(self._resyncing.join)
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
        handlers = self.handlers
        for handler in handlers:
            handler.wait(None if deadline is None else max(deadline - time.monotonic(), 0.0))
        if self._stop.is_stopped or not self.has_synced or not all(h.has_synced for h in handlers):
            raise CacheSyncError(self._why_not(timeout, handlers))

    def wait_for(self, resource_version: str, timeout: float | None = None) -> None:
        """Wait until the cache has what was written: the version is that of the written object.

        Where the informer selects by labels or fields, and what was written is not selected, it
        can take until the next bookmark, about a minute.

        Raises:
            CacheSyncError: that was not so in time, or before it was stopped.
            ValueError: it is no resource version.
        """
        if not self._processor.wait_until_newer(version_number(resource_version), timeout):
            raise CacheSyncError(
                f"the cache of {self.info} is at version {self.indexer.resource_version or 'none'}"
                f" and not at {resource_version} after {timeout} s"
            )

    def _why_not(self, timeout: float | None, handlers: list[HandlerRegistration]) -> str:
        if self._stop.is_stopped:
            return f"the informer of {self.info} was stopped before its cache had everything"
        if self.has_synced:
            slow = next(handler for handler in handlers if not handler.has_synced)
            return str(slow.error or f"{slow.name} has not heard of everything after {timeout} s")
        reason = f": {self.last_error}" if self.last_error is not None else ""
        return f"the cache of {self.info} does not have everything after {timeout} s{reason}"

    def _check_not_stopped(self) -> None:
        if self._stop.is_stopped:
            raise RuntimeError(f"the informer of {self.info} was stopped; make another one")

    def _add(
        self,
        handler: Handler,
        *,
        where: Callable[[T], bool] | None,
        label_selector: Selector | None,
        resync: float | None,
        backlog: int,
        when_full: OverflowPolicy,
    ) -> HandlerRegistration:
        if where is not None or label_selector is not None:
            handler = filtered(handler, self._filter(where, label_selector))
        with self._lock:
            self._check_not_stopped()
            self._names += 1
            registration = HandlerRegistration(
                handler,
                name=f"handler {self._names} of {self.info}",
                clock=self._clock,
                limit=backlog,
                policy=when_full,
                patience=_PATIENCE,
                resync=self._resync if resync is None else resync,
            )
            self._processor.add(registration)
            if self._started:
                registration.start()
                self._ensure_resyncing()
        return registration

    def _filter(
        self, where: Callable[[T], bool] | None, label_selector: Selector | None
    ) -> Callable[[Entry], bool]:
        matches = label_requirements(label_selector).matches

        def passes(entry: Entry) -> bool:
            return matches(entry.labels) and (where is None or where(self.indexer.read(entry)))

        return passes

    def _feed_synced(self) -> None:
        if all(feed.has_synced for feed in self._feeds):
            self._processor.mark_synced()
            self._settled.set()

    def _ensure_resyncing(self) -> None:
        if self._resyncing is None and any(handler.resync for handler in self.handlers):
            self._resyncing = SupervisedThread(
                f"resync {self.info}", self._resync_for_ever, stop=self._stop
            )
            self._resyncing.start()

    def _resync_for_ever(self) -> None:
        while True:
            periods = [handler.resync for handler in self.handlers if handler.resync]
            # the shortest period decides how exact the others are
            if self._clock.wait(min(periods, default=1.0), self._stop):
                return
            due = [handler for handler in self.handlers if handler.is_resync_due()]
            if due:
                for feed in self._feeds:
                    feed.resync()
