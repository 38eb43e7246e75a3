"""A queue in which each item is once, and that never hands one out to two workers.

client-go: ``workqueue.Typed``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.workqueue.metrics import QueueMetrics, Timekeeper

__all__ = ["FirstInFirstOut", "Order", "QueueShutDown", "WorkQueue"]

K = TypeVar("K", bound=Hashable)


class QueueShutDown(Exception):  # noqa: N818 - not an error: the end of the work
    """The queue was shut down and has nothing left."""


class Order(Protocol[K]):
    """Which of the waiting items comes next; called under the queue's lock."""

    def push(self, item: K, /) -> None:
        """Let an item wait that does not."""
        ...

    def touch(self, item: K, /) -> None:
        """An item that waits was added again."""
        ...

    def pop(self) -> K:
        """Return the next item, which waits no more."""
        ...

    def __len__(self) -> int:
        """How many items wait."""
        ...


class FirstInFirstOut(Generic[K]):
    """The item that waits longest comes next."""

    def __init__(self) -> None:
        self._items: deque[K] = deque()

    def push(self, item: K) -> None:
        """Let an item wait that does not."""
        self._items.append(item)

    def pop(self) -> K:
        """Return the item that waits longest."""
        return self._items.popleft()

    def touch(self, item: K) -> None:
        """Nothing: it keeps its place."""

    def __len__(self) -> int:
        return len(self._items)


class WorkQueue(Generic[K]):
    """Items to work on; for many threads.

    An item that is added while it waits waits once. One that is added while a worker has it comes
    again when the worker is done with it.

    Attributes:
        metrics: that are told what happens, if any.
    """

    def __init__(
        self,
        *,
        order: Order[K] | None = None,
        metrics: QueueMetrics | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Make an empty queue.

        Args:
            order: which item comes next; first in, first out if not given.
            metrics: told what happens.
            clock: measures for the metrics.
        """
        self._order: Order[K] = FirstInFirstOut() if order is None else order
        self._lock = threading.Lock()
        self._waits = threading.Condition(self._lock)
        self._is_worked_off = threading.Condition(self._lock)
        self._dirty: set[K] = set()
        self._processing: set[K] = set()
        self._is_shutting_down = False
        self._drains = False
        self.metrics = metrics
        self._times = None if metrics is None else Timekeeper[K](metrics, clock)
        if metrics is not None:
            metrics.reports(self.report)

    @property
    def is_shutting_down(self) -> bool:
        """Whether it takes no more items."""
        return self._is_shutting_down

    @property
    def processing(self) -> int:
        """How many items workers have."""
        return len(self._processing)

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._order)

    def add(self, item: K) -> None:
        """Let an item be worked on; ignored once shut down."""
        with self._lock:
            self._add(item)

    def get(self, timeout: float | None = None) -> K:
        """Wait for the next item; the caller must call `done` with it.

        Raises:
            QueueShutDown: there will be no more.
            TimeoutError: there was none for so many seconds.
        """
        with self._lock:
            if not self._order:
                self._wait(timeout)
            item = self._order.pop()
            self._processing.add(item)
            self._dirty.remove(item)
            if self._times is not None:
                self._times.started(item, len(self._dirty))
            return item

    def done(self, item: K) -> None:
        """Say that the work on an item has ended, however; ignored for one that nobody has.

        client-go lets an item that waits and that nobody has wait twice then.
        """
        with self._lock:
            if item not in self._processing:
                return
            self._processing.remove(item)
            if self._times is not None:
                self._times.finished(item)
            if item in self._dirty:
                self._push(item)
            elif not self._processing and self._is_shutting_down:
                self._is_worked_off.notify_all()

    def report(self) -> None:
        """Tell the metrics of work that goes on, which nothing else tells while it is stuck.

        Call it before the metrics are read.
        """
        with self._lock:
            if self._times is not None:
                self._times.report()

    def shut_down(self) -> None:
        """Take no more items; what waits can still be had, and a drain that waits is given up."""
        self._shut_down(drains=False)

    def shut_down_with_drain(self, timeout: float | None = None) -> bool:
        """Take no more items, and wait until the workers are done with what they have.

        Args:
            timeout: seconds to wait at most.

        Returns:
            Whether they are.
        """
        self._shut_down(drains=True)
        with self._lock:
            self._is_worked_off.wait_for(
                lambda: not self._drains or not (self._processing or self._order), timeout
            )
            return not self._processing

    def _shut_down(self, *, drains: bool) -> None:
        with self._lock:
            self._is_shutting_down = True
            self._drains = drains
            self._waits.notify_all()
            self._is_worked_off.notify_all()

    def _wait(self, timeout: float | None) -> None:
        if not self._waits.wait_for(lambda: self._order or self._is_shutting_down, timeout):
            raise TimeoutError(f"no item for {timeout} s")
        if not self._order:
            raise QueueShutDown

    def _add(self, item: K) -> None:
        if self._is_shutting_down:
            return
        if item in self._dirty:
            if item not in self._processing:
                self._order.touch(item)
            return
        self._dirty.add(item)
        if self._times is not None:
            self._times.added(item, len(self._dirty))
        if item not in self._processing:
            self._push(item)

    def _push(self, item: K) -> None:
        self._order.push(item)
        self._waits.notify()
