"""Makes each informer once, so that all who need a resource share one watch and one cache.

client-go: ``informers.SharedInformerFactory``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any, TypeVar

from kubewright._closing import Running
from kubewright.cache.list_watch import InformerSource
from kubewright.cache.options import InformerOptions
from kubewright.cache.shared_informer import CacheSyncError, SharedIndexInformer
from kubewright.selectors import FieldSelector, Selector
from kubewright.watch.lister_watcher import ListerWatcher

__all__ = ["InformerFactory"]

InformerT = TypeVar("InformerT", bound=SharedIndexInformer[Any])


class InformerFactory(Running):
    """The informers of one scope; the base of a generated package's ``SharedInformerFactory``.

    Ask for informers and add handlers first; then ``with factory:`` starts them, and stops them
    at its end. An informer that is asked for within starts at once.
    """

    def __init__(
        self,
        *,
        namespace: str | Iterable[str] | None = None,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
        options: InformerOptions | None = None,
    ) -> None:
        """Choose what the informers see.

        Args:
            namespace: of namespaced resources, only this one, or these: each has its own watch.
            label_selector: only what matches.
            field_selector: only what matches; the server must know the field for each resource.
            options: of all informers for which `configure` says nothing else.

        Raises:
            ValueError: there is no namespace among those to see, or an empty one.
        """
        self._namespaces = _namespaces(namespace)
        self._label_selector = label_selector
        self._field_selector = field_selector
        self._options = options or InformerOptions()
        self._own_options: dict[type[SharedIndexInformer[Any]], InformerOptions] = {}
        self._lock = threading.Lock()
        self._informers: dict[type[SharedIndexInformer[Any]], SharedIndexInformer[Any]] = {}
        self._started = False

    def configure(self, kind: type[SharedIndexInformer[Any]], options: InformerOptions) -> None:
        """Let the informer of one kind differ from the others.

        Args:
            kind: a generated class of informers.
            options: instead of the factory's.

        Raises:
            RuntimeError: it was asked for already.
        """
        with self._lock:
            if kind in self._informers:
                raise RuntimeError(f"the {kind.__name__} is made already; configure it before")
            self._own_options[kind] = options

    def informer_for(self, kind: type[InformerT], source: InformerSource) -> InformerT:
        """Return the shared informer of a kind, making it at the first call.

        Args:
            kind: a generated class of informers.
            source: where it gets its objects from: the client of all namespaces, or of the cluster.
        """
        with self._lock:
            informer = self._informers.get(kind)
            if informer is None:
                informer = self._informers[kind] = kind(
                    self._collections(kind, source),
                    options=self._own_options.get(kind, self._options),
                )
                if self._started:
                    informer.start()
        if not isinstance(informer, kind):
            raise TypeError(f"{kind.__name__} is not the class that its informer was made of")
        return informer

    def _collections(
        self, kind: type[SharedIndexInformer[Any]], source: InformerSource
    ) -> ListerWatcher | dict[str, ListerWatcher]:
        def collection(namespace: str | None) -> ListerWatcher:
            return source.lister_watcher(
                namespace=namespace,
                label_selector=self._label_selector,
                field_selector=self._field_selector,
            )

        if self._namespaces is None or not kind.info.namespaced:
            return collection(None)
        return {namespace: collection(namespace) for namespace in self._namespaces}

    def start(self) -> None:
        """Start all informers that were asked for; those that run already are left alone."""
        with self._lock:
            self._started = True
            informers = list(self._informers.values())
        for informer in informers:
            informer.start()

    def stop(self) -> None:
        """Stop all informers for good."""
        with self._lock:
            self._started = False
            informers = list(self._informers.values())
        for informer in informers:
            informer.request_stop()
        for informer in informers:
            informer.stop()

    def wait_for_cache_sync(self, timeout: float | None = None) -> None:
        """Wait until all caches have everything and the handlers have heard of it.

        Args:
            timeout: seconds, for all together.

        Raises:
            CacheSyncError: some had not in time; it names each and what went wrong there.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            informers = list(self._informers.values())
        failures: list[str] = []
        for informer in informers:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            try:
                informer.wait_for_cache_sync(left)
            except CacheSyncError as error:
                failures.append(str(error))
        if failures:
            raise CacheSyncError("; ".join(failures))


def _namespaces(namespace: str | Iterable[str] | None) -> list[str] | None:
    if namespace is None:
        return None
    names = [namespace] if isinstance(namespace, str) else sorted(set(namespace))
    if not names or "" in names:
        raise ValueError("the namespace is empty: leave it out to see all namespaces")
    return names
