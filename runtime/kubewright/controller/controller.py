"""A queue of names, filled by informers and worked off by a function.

controller-runtime: ``internal/controller`` and ``builder``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.cache import DeletedObject, HandlerRegistration, SharedIndexInformer
from kubewright.controller.mapping import owner_names
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName
from kubewright.selectors import Selector
from kubewright.workqueue import QueueShutDown, RateLimitingQueue, RecordedMetrics

__all__ = ["Controller", "ControllerStats", "Reconcile", "Requeue"]

logger = logging.getLogger("kubewright.controller")

T = TypeVar("T", bound=KubernetesObject)


@dataclass(frozen=True, slots=True)
class Requeue:
    """What a reconcile function returns to be called again though nothing changed.

    Attributes:
        after: in so many seconds; without it, after a wait that grows each time.
    """

    after: float | None = None


class Reconcile(Protocol):
    """Brings one object to what it should be; called again after each change of it."""

    def __call__(self, name: ObjectName, /) -> Requeue | None:
        """Look at the object and act. To raise is to be called again after a wait that grows."""
        ...


@dataclass(frozen=True, slots=True)
class ControllerStats:
    """What a controller has done.

    Attributes:
        succeeded: calls that returned.
        failed: calls that raised.
        requeued: calls that returned a `Requeue`.
        working: calls that go on now.
        waiting: names in the queue.
        last_failure: the name for which a call last raised, and what.
    """

    succeeded: int
    failed: int
    requeued: int
    working: int
    waiting: int
    last_failure: tuple[ObjectName, Exception] | None


_Names: TypeAlias = Callable[[Any], Iterable[ObjectName]]


class Controller:
    """Calls a function with the name of each object that needs a look.

    .. code-block:: python

        controller = Controller("websites", reconcile, workers=2)
        controller.watches(factory.web_example_com_v1.websites)
        controller.owns(factory.apps_v1.deployments, websites.info)
        with factory:
            controller.run(stop)

    No name is with two workers at once.

    Attributes:
        name: in logs, names of threads and metrics.
        queue: the names that wait; a program may add its own.
    """

    def __init__(
        self,
        name: str,
        reconcile: Reconcile,
        *,
        workers: int = 1,
        queue: RateLimitingQueue[ObjectName] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Prepare; `run` works.

        Args:
            name: of the controller.
            reconcile: is called with names.
            workers: calls that may go on at once.
            queue: instead of one with client-go's limits; `HealthServer` tells its figures if it has
                `RecordedMetrics`.
            clock: measures and waits.

        Raises:
            ValueError: there is no worker.
        """
        if workers < 1:
            raise ValueError("a controller needs at least one worker")
        self.name = name
        if queue is None:
            queue = RateLimitingQueue(metrics=RecordedMetrics(), clock=clock)
        self.queue = queue
        self._reconcile = reconcile
        self._workers = workers
        self._registrations: list[HandlerRegistration] = []
        self._informers: list[SharedIndexInformer[Any]] = []
        self._lock = threading.Lock()
        self._is_ready = False
        self._succeeded = self._failed = self._requeued = 0
        self._last_failure: tuple[ObjectName, Exception] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether its caches have everything and its workers work."""
        return self._is_ready

    @property
    def stats(self) -> ControllerStats:
        """What it has done so far."""
        return ControllerStats(
            succeeded=self._succeeded,
            failed=self._failed,
            requeued=self._requeued,
            working=self.queue.processing,
            waiting=len(self.queue),
            last_failure=self._last_failure,
        )

    def watches(
        self,
        informer: SharedIndexInformer[T],
        names: Callable[[T], Iterable[ObjectName]] | None = None,
        *,
        where: Callable[[T], bool] | None = None,
        label_selector: Selector | None = None,
    ) -> Self:
        """Look at an object when it changes, or at others because of it.

        Args:
            informer: tells the changes.
            names: of those to look at; the object itself if not given. Of a change both states are
                asked, so that nobody is forgotten who was meant before.
            where: only for objects that pass.
            label_selector: the same by labels.
        """
        if names is None:
            registration = informer.add_key_handler(
                self.queue.add, where=where, label_selector=label_selector
            )
        else:
            registration = self._map(informer, names, where, label_selector)
        self._registrations.append(registration)
        self._informers.append(informer)
        return self

    def owns(
        self,
        informer: SharedIndexInformer[T],
        owner: ResourceInfo,
        *,
        controller_only: bool = True,
    ) -> Self:
        """Look at the owner of an object when the object changes.

        Args:
            informer: of what is owned.
            owner: the kind of the owner, as ``informer.info`` has it.
            controller_only: only the one owner that controls the object.
        """
        return self.watches(informer, owner_names(owner, controller_only=controller_only))

    def run(
        self, stop: StopToken, *, sync_timeout: float = 60.0, drain_timeout: float = 30.0
    ) -> None:
        """Wait for the caches, work until stopped, and let the workers end what they began.

        The informers are started by their factory. It may be run once.

        Args:
            stop: ends it.
            sync_timeout: seconds for the caches.
            drain_timeout: seconds for calls that go on when it is stopped.

        Raises:
            CacheSyncError: a cache did not have everything in time.
        """
        forget = stop.on_stop(self.queue.shut_down)
        try:
            if self._waits_for_caches(stop, sync_timeout):
                self._work(stop, drain_timeout)
        finally:
            forget()
            self.queue.shut_down()
            self._is_ready = False
            for informer, registration in zip(self._informers, self._registrations, strict=True):
                informer.remove_event_handler(registration)

    def _waits_for_caches(self, stop: StopToken, timeout: float) -> bool:
        for informer in self._informers:
            try:
                informer.wait_for_cache_sync(timeout)
            except KubeError:
                if stop.is_stopped:
                    return False
                raise
        return not stop.is_stopped

    def _work(self, stop: StopToken, drain_timeout: float) -> None:
        threads = [
            SupervisedThread(
                f"worker {number + 1} of {self.name}", self._work_off, stop=StopToken()
            )
            for number in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        self._is_ready = True
        logger.info("%s works, with %d workers", self.name, self._workers)
        stop.wait()
        self._is_ready = False
        if not self.queue.shut_down_with_drain(drain_timeout):
            logger.warning("%s ends while workers are at work", self.name)
        for thread in threads:
            thread.join(1.0)

    def _work_off(self) -> None:
        while True:
            try:
                name = self.queue.get()
            except QueueShutDown:
                return
            try:
                self._look_at(name)
            finally:
                self.queue.done(name)

    def _look_at(self, name: ObjectName) -> None:
        try:
            result = self._reconcile(name)
        except Exception as error:
            logger.exception("%s failed for %s", self.name, name)
            with self._lock:
                self._failed += 1
                self._last_failure = name, error
            self.queue.add_rate_limited(name)
            return
        with self._lock:
            self._succeeded += 1
            self._requeued += result is not None
        if result is None:
            self.queue.forget(name)
        elif result.after is None:
            self.queue.add_rate_limited(name)
        else:
            # a wait that was asked for is no failure
            self.queue.forget(name)
            self.queue.add_after(name, result.after)

    def _map(
        self,
        informer: SharedIndexInformer[T],
        names: _Names,
        where: Callable[[T], bool] | None,
        label_selector: Selector | None,
    ) -> HandlerRegistration:
        def add(*objs: T) -> None:
            for name in dict.fromkeys(name for obj in objs for name in names(obj)):
                self.queue.add(name)

        def deleted(gone: DeletedObject[T]) -> None:
            add(gone.last_known)

        return informer.add_event_handler(
            on_add=add, on_update=add, on_delete=deleted, where=where, label_selector=label_selector
        )
