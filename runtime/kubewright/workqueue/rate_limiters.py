"""How long an item that failed has to wait.

client-go: ``workqueue/default_rate_limiters.go``. All times are in seconds.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright._token_bucket import TokenBucket

__all__ = [
    "BucketLimiter",
    "ExponentialLimiter",
    "FastSlowLimiter",
    "MaxOfLimiter",
    "MaxWaitLimiter",
    "RateLimiter",
    "default_controller_limiter",
]

K = TypeVar("K", bound=Hashable)
K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)


class RateLimiter(Protocol[K_contra]):
    """Decides about waits; for many threads."""

    def when(self, item: K_contra, /) -> float:
        """Return how long an item has to wait now; each call counts as a failure."""
        ...

    def forget(self, item: K_contra, /) -> None:
        """Forget the failures of an item."""
        ...

    def num_requeues(self, item: K_contra, /) -> int:
        """Return how often an item has failed."""
        ...


class _Counting(Generic[K]):
    """Counts the failures of each item."""

    def __init__(self) -> None:
        self._failures: Counter[K] = Counter()
        self._lock = threading.Lock()

    def forget(self, item: K) -> None:
        """Forget the failures of an item."""
        with self._lock:
            self._failures.pop(item, None)

    def num_requeues(self, item: K) -> int:
        """Return how often an item has failed."""
        return self._failures.get(item, 0)

    def _count(self, item: K) -> int:
        """Count a failure, and return how many there were before."""
        with self._lock:
            self._failures[item] += 1
            return self._failures[item] - 1


class ExponentialLimiter(_Counting[K]):
    """Each failure of an item doubles its wait. ``ItemExponentialFailureRateLimiter``."""

    def __init__(self, base: float = 0.005, maximum: float = 1000.0) -> None:
        """Choose the first and the longest wait."""
        super().__init__()
        self._base = base
        self._maximum = maximum

    def when(self, item: K) -> float:
        """Return how long an item has to wait now."""
        failures = self._count(item)
        try:
            return min(math.ldexp(self._base, failures), self._maximum)
        except OverflowError:
            return self._maximum


class FastSlowLimiter(_Counting[K]):
    """Some quick attempts, then slow ones. ``ItemFastSlowRateLimiter``."""

    def __init__(self, fast: float, slow: float, max_fast_attempts: int) -> None:
        """Choose the waits, and how many are the quick ones."""
        super().__init__()
        self._fast = fast
        self._slow = slow
        self._max_fast_attempts = max_fast_attempts

    def when(self, item: K) -> float:
        """Return how long an item has to wait now."""
        return self._fast if self._count(item) < self._max_fast_attempts else self._slow


class BucketLimiter(Generic[K]):
    """So many items a second in all, after a burst. ``BucketRateLimiter``."""

    def __init__(
        self, rate: float = 10.0, burst: int = 100, *, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        """Choose the bucket.

        Args:
            rate: items a second.
            burst: items that need not wait after a pause.
            clock: measures.

        Raises:
            ValueError: either is not above zero.
        """
        self._bucket = TokenBucket(rate, burst, clock)

    def when(self, item: K) -> float:
        """Return how long an item has to wait now; its token is taken."""
        del item
        return self._bucket.take() or 0.0

    def forget(self, item: K) -> None:
        """Nothing: it counts no failures."""

    def num_requeues(self, item: K) -> int:
        """Return 0: it counts no failures."""
        del item
        return 0


class MaxOfLimiter(Generic[K]):
    """The longest of several waits. ``MaxOfRateLimiter``."""

    def __init__(self, *limiters: RateLimiter[K]) -> None:
        """Choose the limiters."""
        self._limiters = limiters

    def when(self, item: K) -> float:
        """Return how long an item has to wait now."""
        return max(limiter.when(item) for limiter in self._limiters)

    def forget(self, item: K) -> None:
        """Forget the failures of an item."""
        for limiter in self._limiters:
            limiter.forget(item)

    def num_requeues(self, item: K) -> int:
        """Return how often an item has failed."""
        return max(limiter.num_requeues(item) for limiter in self._limiters)


class MaxWaitLimiter(Generic[K]):
    """Another limiter's waits, up to a longest. ``WithMaxWaitRateLimiter``."""

    def __init__(self, limiter: RateLimiter[K], maximum: float) -> None:
        """Choose the limiter and the longest wait."""
        self._maximum = maximum
        self._limiter = limiter
        self.forget = limiter.forget
        self.num_requeues = limiter.num_requeues

    def when(self, item: K) -> float:
        """Return how long an item has to wait now."""
        return min(self._limiter.when(item), self._maximum)


def default_controller_limiter(*, clock: Clock = SYSTEM_CLOCK) -> RateLimiter[Hashable]:
    """Return what client-go gives controllers: 5 ms to 1000 s an item, 10 items a second in all."""
    return MaxOfLimiter[Hashable](
        ExponentialLimiter[Hashable](), BucketLimiter[Hashable](clock=clock)
    )
