"""What a queue tells of itself.

client-go: ``workqueue.MetricsProvider``. There, a loop updates the gauges of work that goes on twice
a second, until the queue is shut down; here, who wants to know asks, and work that is stuck shows
during a shut-down too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from kubewright._clock import Clock

__all__ = ["QueueMetrics", "RecordedMetrics", "Timekeeper"]

K = TypeVar("K", bound=Hashable)


class QueueMetrics(Protocol):
    """Gets told; called under the queue's lock, so it must be quick."""

    def depth(self, items: int) -> None:
        """So many items wait, or are to come again after the work on them."""
        ...

    def added(self) -> None:
        """An item was added that did not wait."""
        ...

    def waited(self, seconds: float) -> None:
        """An item was handed out after so long."""
        ...

    def worked(self, seconds: float) -> None:
        """The work on an item has taken so long."""
        ...

    def retried(self) -> None:
        """An item was added for later, after a failure or not."""
        ...

    def unfinished(self, total: float, longest: float) -> None:
        """Work that goes on: the seconds that all of it and the longest of it has taken."""
        ...

    def reports(self, report: Callable[[], None]) -> None:
        """A queue gives its `WorkQueue.report`, which calls `unfinished`; not under its lock."""
        ...


class RecordedMetrics:
    """Keeps the figures, for who looks at them; for many threads.

    Attributes:
        items: that wait, or are to come again after the work on them.
        adds: items that were added.
        retries: items that were added for later.
        handed_out: items that workers got.
        queue_seconds: for which those had waited, all together.
        work_seconds: that the work on items has taken, all together.
        finished: items that were worked on.
        unfinished_seconds: of the work that went on at the last `WorkQueue.report`.
        longest_seconds: of the one item on which the work went on longest then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.items = 0
        self.adds = 0
        self.retries = 0
        self.handed_out = 0
        self.queue_seconds = 0.0
        self.work_seconds = 0.0
        self.finished = 0
        self.unfinished_seconds = 0.0
        self.longest_seconds = 0.0

    def depth(self, items: int) -> None:
        """So many items wait, or are to come again."""
        self.items = items

    def added(self) -> None:
        """An item was added."""
        with self._lock:
            self.adds += 1

    def waited(self, seconds: float) -> None:
        """An item was handed out."""
        with self._lock:
            self.queue_seconds += seconds
            self.handed_out += 1

    def worked(self, seconds: float) -> None:
        """The work on an item has ended."""
        with self._lock:
            self.work_seconds += seconds
            self.finished += 1

    def retried(self) -> None:
        """An item was added for later."""
        with self._lock:
            self.retries += 1

    def unfinished(self, total: float, longest: float) -> None:
        """Work goes on."""
        self.unfinished_seconds = total
        self.longest_seconds = longest

    def reports(self, report: Callable[[], None]) -> None:
        """Nothing: who looks at the figures asks the queue first."""


class Timekeeper(Generic[K]):
    """Measures for the metrics of one queue; called under its lock."""

    def __init__(self, metrics: QueueMetrics, clock: Clock) -> None:
        self.metrics = metrics
        self._clock = clock
        self._added: dict[K, float] = {}
        self._started: dict[K, float] = {}

    def added(self, item: K, depth: int) -> None:
        """An item was added, and is one of so many."""
        self._added.setdefault(item, self._clock.monotonic())
        self.metrics.added()
        self.metrics.depth(depth)

    def started(self, item: K, depth: int) -> None:
        """An item was handed out, and so many are left."""
        now = self._clock.monotonic()
        self._started[item] = now
        self.metrics.waited(now - self._added.pop(item, now))
        self.metrics.depth(depth)

    def finished(self, item: K) -> None:
        """The work on an item has ended."""
        now = self._clock.monotonic()
        self.metrics.worked(now - self._started.pop(item, now))

    def report(self) -> None:
        """Tell what goes on."""
        now = self._clock.monotonic()
        running = [now - started for started in self._started.values()]
        self.metrics.unfinished(sum(running), max(running, default=0.0))
