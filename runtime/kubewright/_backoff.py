"""How long to wait before the next attempt.

client-go: ``wait.Backoff`` and ``wait.NewExponentialBackoffManager``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from kubewright._clock import SYSTEM_CLOCK, Clock

__all__ = ["Backoff", "BackoffPolicy", "jittered"]


def jittered(seconds: float, share: float, *, rand: Callable[[], float] = random.random) -> float:
    """Return the time, longer by a random part of up to ``share`` of it.

    Clients that failed together must not come back together.
    """
    return seconds * (1.0 + share * rand())


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffPolicy:
    """Waits that grow; all in seconds.

    Attributes:
        initial: the first wait.
        maximum: no wait grows beyond it, before jitter.
        factor: each wait is this many times the one before.
        jitter: a random part of the wait that is added, at most this share of it.
        reset_after: a pause of this length between attempts makes the next wait the first again.
    """

    initial: float = 0.8
    maximum: float = 30.0
    factor: float = 2.0
    jitter: float = 1.0
    reset_after: float = 120.0


class Backoff:
    """The waits of one loop; for one thread."""

    def __init__(
        self,
        policy: BackoffPolicy | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        self._policy = policy or BackoffPolicy()
        self._clock = clock
        self._rand = rand
        self._next = self._policy.initial
        self._asked: float | None = None

    def next(self) -> float:
        """Return the seconds to wait now, and make the next answer longer."""
        policy, now = self._policy, self._clock.monotonic()
        if self._asked is not None and now - self._asked > policy.reset_after:
            self.reset()
        self._asked = now
        wait = min(self._next, policy.maximum)
        self._next = min(wait * policy.factor, policy.maximum)
        return jittered(wait, policy.jitter, rand=self._rand)

    def reset(self) -> None:
        """Start again with the first wait, after a success."""
        self._next = self._policy.initial
