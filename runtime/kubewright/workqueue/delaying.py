"""A queue to which items can be added for later.

client-go: ``workqueue.TypedDelayingInterface``.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._threads import SupervisedThread
from kubewright.workqueue.metrics import QueueMetrics
from kubewright.workqueue.queue import Order, WorkQueue

__all__ = ["DelayingQueue"]

K = TypeVar("K", bound=Hashable)

_LONGEST_WAIT = 3600.0


class _Due(NamedTuple):
    """When an item is to be added, and with which priority if the queue has priorities."""

    at: float
    priority: float


class DelayingQueue(WorkQueue[K]):
    """A `WorkQueue` with `add_after`; a thread adds what is due, once it was used."""

    def __init__(
        self,
        *,
        order: Order[K] | None = None,
        metrics: QueueMetrics | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Make an empty queue; see `WorkQueue`."""
        super().__init__(order=order, metrics=metrics, clock=clock)
        self._clock = clock
        self._later = threading.Lock()
        self._due: dict[K, _Due] = {}
        # entries of items that have got another time meanwhile stay until they come up
        self._heap: list[tuple[float, int, K]] = []
        self._numbers = itertools.count()
        self._stop = StopToken()
        self._wake = StopToken()
        self._thread: SupervisedThread | None = None

    @property
    def delayed(self) -> int:
        """How many items are there for later."""
        return len(self._due)

    def add_after(self, item: K, seconds: float) -> None:
        """Add an item after a time; of several times the earliest counts.

        Ignored once shut down.
        """
        self._add_after(item, seconds, 0.0)

    def _add_after(self, item: K, seconds: float, priority: float) -> None:
        if self.is_shutting_down:
            return
        if self.metrics is not None:
            with self._lock:
                self.metrics.retried()
        if seconds <= 0:
            self._add_due(item, priority)
        else:
            self._delay(item, self._clock.monotonic() + seconds, priority)

    def _add_due(self, item: K, priority: float) -> None:
        """Add an item whose time has come; the priority is for queues that have them."""
        del priority
        self.add(item)

    def _delay(self, item: K, at: float, priority: float) -> None:
        with self._later:
            known = self._due.get(item)
            if known is None:
                self._due[item] = _Due(at, priority)
            else:
                self._due[item] = _Due(min(at, known.at), max(priority, known.priority))
                if known.at <= at:
                    return
            heapq.heappush(self._heap, (at, next(self._numbers), item))
            if self._thread is None:
                self._thread = SupervisedThread(
                    "delayed items of a queue", self._run, stop=self._stop, clock=self._clock
                )
                self._thread.start()
            elif self._heap[0][2] == item:
                self._wake.stop()

    def shut_down(self) -> None:
        """Take no more items, and drop those that were for later; see `WorkQueue.shut_down`."""
        super().shut_down()
        self._end()

    def shut_down_with_drain(self, timeout: float | None = None) -> bool:
        """As `WorkQueue.shut_down_with_drain`; items that were for later are dropped."""
        self._end()
        return super().shut_down_with_drain(timeout)

    def _end(self) -> None:
        self._stop.stop()
        with self._later:
            self._due.clear()
            self._heap.clear()
            self._wake.stop()

    def _run(self) -> None:
        while not self._stop.is_stopped:
            with self._later:
                due, wait = self._take_due()
                wake = self._wake = StopToken()
            for item, priority in due:
                self._add_due(item, priority)
            if self._stop.is_stopped:
                return
            forget = self._stop.on_stop(wake.stop)
            self._clock.wait(wait, wake)
            forget()

    def _take_due(self) -> tuple[list[tuple[K, float]], float]:
        """Return what is due with its priorities, and the seconds until something else is."""
        now = self._clock.monotonic()
        items: list[tuple[K, float]] = []
        while self._heap:
            at, _, item = self._heap[0]
            due = self._due.get(item)
            if due is None or due.at != at:
                heapq.heappop(self._heap)  # it has another time, or was added already
            elif at <= now:
                heapq.heappop(self._heap)
                del self._due[item]
                items.append((item, due.priority))
            else:
                return items, at - now
        return items, _LONGEST_WAIT
