"""A queue that makes items wait that failed.

client-go: ``workqueue.TypedRateLimitingInterface``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.workqueue.delaying import DelayingQueue
from kubewright.workqueue.metrics import QueueMetrics
from kubewright.workqueue.queue import Order, QueueShutDown
from kubewright.workqueue.rate_limiters import RateLimiter, default_controller_limiter

__all__ = ["RateLimitingQueue"]

logger = logging.getLogger("kubewright.workqueue")

K = TypeVar("K", bound=Hashable)


class RateLimitingQueue(DelayingQueue[K]):
    """A `DelayingQueue` with `add_rate_limited`: what controllers work off."""

    def __init__(
        self,
        limiter: RateLimiter[K] | None = None,
        *,
        order: Order[K] | None = None,
        metrics: QueueMetrics | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Make an empty queue.

        Args:
            limiter: how long items wait; as client-go's controllers do, if not given.
            order: as of `WorkQueue`.
            metrics: as of `WorkQueue`.
            clock: measures and waits.
        """
        super().__init__(order=order, metrics=metrics, clock=clock)
        self._limiter: RateLimiter[K] = limiter or default_controller_limiter(clock=clock)

    def add_rate_limited(self, item: K) -> None:
        """Add an item that failed, after the wait that the limiter gives it."""
        self.add_after(item, self._limiter.when(item))

    def forget(self, item: K) -> None:
        """Forget the failures of an item; call it when the work has succeeded, or is given up."""
        self._limiter.forget(item)

    def num_requeues(self, item: K) -> int:
        """Return how often an item has failed."""
        return self._limiter.num_requeues(item)

    def process(self, work: Callable[[K], object]) -> None:
        """Work items off until the queue is shut down; any number of threads may call this.

        Args:
            work: is called with one item after the other. One for which it raises comes again
                after a wait that grows.
        """
        while True:
            try:
                item = self.get()
            except QueueShutDown:
                return
            try:
                work(item)
            except Exception:
                logger.exception("the work on %s failed", item)
                self.add_rate_limited(item)
            else:
                self.forget(item)
            finally:
                self.done(item)
