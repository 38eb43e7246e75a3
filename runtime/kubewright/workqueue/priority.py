"""A queue in which some items come before others, and none waits for ever.

client-go has none; the one of controller-runtime keeps old items of low priority waiting as long as
there are others.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable
from typing import Generic, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.workqueue.metrics import QueueMetrics
from kubewright.workqueue.rate_limiters import RateLimiter
from kubewright.workqueue.rate_limiting import RateLimitingQueue

__all__ = ["PriorityOrder", "PriorityQueue"]

K = TypeVar("K", bound=Hashable)


class PriorityOrder(Generic[K]):
    """The item of the highest priority comes next, and waiting raises it.

    All items rise at the same rate, so what counts is the priority less the time of arrival: it
    does not change while an item waits, and a heap keeps it.
    """

    def __init__(self, *, rise: float = 1.0, clock: Clock = SYSTEM_CLOCK) -> None:
        """Make an empty order.

        Args:
            rise: priority that an item gains in a second of waiting.
            clock: measures.
        """
        self._rise = rise
        self._clock = clock
        self._wanted: dict[K, float] = {}
        self._arrived: dict[K, float] = {}
        self._ranks: dict[K, float] = {}
        self._handed_out: dict[K, float] = {}
        # entries of items that have got a better rank stay until they come up
        self._heap: list[tuple[float, int, K]] = []
        self._numbers = itertools.count()

    def want(self, item: K, priority: float) -> None:
        """Give an item a priority for when it is pushed or touched; the highest counts."""
        self._wanted[item] = max(priority, self._wanted.get(item, priority))

    def push(self, item: K) -> None:
        """Let an item wait that does not."""
        self._arrived[item] = self._clock.monotonic()
        self._rank(item)

    def touch(self, item: K) -> None:
        """An item that waits was added again: its priority may be higher, its age stays."""
        self._rank(item)

    def pop(self) -> K:
        """Return the next item."""
        while True:
            rank, _, item = heapq.heappop(self._heap)
            if self._ranks.get(item) == rank:
                del self._ranks[item], self._arrived[item]
                self._handed_out[item] = self._wanted.pop(item, 0.0)
                return item

    def handed_out(self, item: K) -> float:
        """Return the priority with which an item was popped; 0 when that is forgotten."""
        return self._handed_out.get(item, 0.0)

    def forget(self, item: K) -> None:
        """Forget the priority with which an item was popped."""
        self._handed_out.pop(item, None)

    def __len__(self) -> int:
        return len(self._ranks)

    def _rank(self, item: K) -> None:
        # the smallest comes first; among equals the one that came first
        rank = self._rise * self._arrived[item] - self._wanted.get(item, 0.0)
        if self._ranks.get(item) != rank:
            self._ranks[item] = rank
            heapq.heappush(self._heap, (rank, next(self._numbers), item))


class PriorityQueue(RateLimitingQueue[K]):
    """A `RateLimitingQueue` whose items have priorities; 0 if not given, higher comes first.

    An item that is added for later by its worker, after a failure for instance, keeps its priority.
    """

    def __init__(
        self,
        limiter: RateLimiter[K] | None = None,
        *,
        rise: float = 1.0,
        metrics: QueueMetrics | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Make an empty queue.

        Args:
            limiter: as of `RateLimitingQueue`.
            rise: priority that an item gains in a second of waiting.
            metrics: as of `WorkQueue`.
            clock: measures and waits.
        """
        self._priorities: PriorityOrder[K] = PriorityOrder(rise=rise, clock=clock)
        super().__init__(limiter, order=self._priorities, metrics=metrics, clock=clock)

    def add(self, item: K, priority: float = 0.0) -> None:
        """Let an item be worked on; added again, the higher of its priorities counts."""
        with self._lock:
            if not self.is_shutting_down:
                self._priorities.want(item, priority)
                self._add(item)

    def add_after(self, item: K, seconds: float, priority: float | None = None) -> None:
        """Add an item after a time; see `DelayingQueue.add_after`.

        Args:
            item: of several times the earliest counts, of several priorities the highest.
            seconds: until it is added.
            priority: if not given, the one with which a worker has the item, else 0.
        """
        if priority is None:
            with self._lock:
                priority = self._priorities.handed_out(item)
        self._add_after(item, seconds, priority)

    def add_rate_limited(self, item: K, priority: float | None = None) -> None:
        """Add an item that failed; see `RateLimitingQueue.add_rate_limited` and `add_after`."""
        self.add_after(item, self._limiter.when(item), priority)

    def done(self, item: K) -> None:
        """Say that the work on an item has ended; see `WorkQueue.done`."""
        with self._lock:
            self._priorities.forget(item)
        super().done(item)

    def _add_due(self, item: K, priority: float) -> None:
        self.add(item, priority)
