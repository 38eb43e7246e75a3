"""One collection on its way into a cache: reflector, queue, and the thread that moves both.

client-go: ``cache.Controller``, which has a thread on each side of the queue. Here the thread that
reads from the server also empties the queue: a cache that is slow makes the server wait instead of
the memory grow, and no change waits for another thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kubewright._clock import Clock, StopToken
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.cache.delta_fifo import DeltaFIFO
from kubewright.cache.deltas import Bookmark, DeltaQueue, Notifications
from kubewright.cache.entries import Entry, EntryCodec
from kubewright.cache.indexer import NAMESPACE_INDEX, Indexer
from kubewright.cache.options import InformerOptions
from kubewright.cache.real_fifo import RealFIFO
from kubewright.cache.reflector import Reflector
from kubewright.cache.shared_processor import SharedProcessor
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName
from kubewright.watch.lister_watcher import ListerWatcher

__all__ = ["Feed"]

T = TypeVar("T", bound=KubernetesObject)


class Feed:
    """Keeps the cache, or one namespace of it, in step with one collection."""

    def __init__(
        self,
        source: ListerWatcher,
        processor: SharedProcessor[T],
        codec: EntryCodec[T],
        indexer: Indexer[T],
        *,
        name: str,
        namespace: str | None,
        options: InformerOptions,
        stop: StopToken,
        on_synced: Callable[[], object],
        clock: Clock,
        rand: Callable[[], float],
    ) -> None:
        self._processor: SharedProcessor[Any] = processor
        self._namespace = namespace
        self._stop = stop
        self._on_synced = on_synced
        self._has_synced = False
        self._tells_version = options.queue == "by object"
        known = indexer if namespace is None else _InNamespace(indexer, namespace)
        in_order = options.queue == "in order"
        self._queue: DeltaQueue = RealFIFO(known) if in_order else DeltaFIFO(known)
        self._reflector = Reflector(
            source,
            self._queue,
            codec.entry_of,
            stop=stop,
            on_queued=self._drain,
            on_error=options.on_error,
            watch_list=options.watch_list,
            idle_timeout=options.idle_timeout,
            clock=clock,
            rand=rand,
        )
        self._thread = SupervisedThread(
            f"reflector {name}", self._reflector.run, stop=stop, clock=clock
        )

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in the cache."""
        return self._has_synced

    @property
    def resource_version(self) -> str | None:
        """The version up to which the server has told."""
        return self._reflector.resource_version

    @property
    def last_error(self) -> KubeError | None:
        """Why there is nothing new, if the last attempt failed."""
        return self._reflector.last_error

    def start(self) -> None:
        """Start to follow."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended."""
        return self._thread.join(timeout)

    def resync(self) -> None:
        """Tell what is in the cache again to the handlers whose time it is."""
        self._queue.resync()
        self._drain()

    def _drain(self) -> None:
        while len(self._queue) and not self._stop.is_stopped:
            self._queue.pop(self._process, block=False)
        version = self._reflector.resource_version
        if self._tells_version and version is not None and not len(self._queue):
            # all up to the version is in the cache, which the queue does not say
            self._process([Bookmark(version)])
        if not self._has_synced and self._queue.has_synced:
            self._has_synced = True
            self._on_synced()

    def _process(self, deltas: Notifications) -> None:
        self._processor.process(deltas, self._namespace)


class _InNamespace:
    """The part of a cache that one collection fills."""

    def __init__(self, indexer: Indexer[Any], namespace: str) -> None:
        self._indexer = indexer
        self._namespace = namespace

    def entries(self) -> list[Entry]:
        """Return everything in the namespace."""
        return self._indexer.entries_by_index(NAMESPACE_INDEX, self._namespace)

    def entry(self, name: ObjectName) -> Entry | None:
        """Return one object."""
        return self._indexer.entry(name)
