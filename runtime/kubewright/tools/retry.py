"""A call that is made again after an error that may pass.

client-go: ``util/retry``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from kubewright._backoff import jittered
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright.errors import ConflictError

__all__ = ["DEFAULT_BACKOFF", "DEFAULT_RETRY", "Backoff", "on_error", "retry_on_conflict"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often, and how long between.

    Attributes:
        steps: attempts, the first one included.
        seconds: before the second attempt.
        factor: by which each wait is longer than the one before.
        jitter: a wait is longer by up to this part of it, so that not all come back at once.
    """

    steps: int
    seconds: float
    factor: float = 1.0
    jitter: float = 0.0

    def waits(self, rand: Callable[[], float] = random.random) -> Iterator[float]:
        """The waits between the attempts, in seconds."""
        seconds = self.seconds
        for _ in range(self.steps - 1):
            yield jittered(seconds, self.jitter, rand=rand)
            seconds *= self.factor


DEFAULT_RETRY: Final = Backoff(steps=5, seconds=0.01, jitter=0.1)
"""For a conflict with somebody who writes now and then; the same as client-go's."""
DEFAULT_BACKOFF: Final = Backoff(steps=4, seconds=0.01, factor=5.0, jitter=0.1)
"""For a conflict with somebody who writes all the time; the same as client-go's."""


def on_error(
    attempt: Callable[[], T],
    is_worth_it: Callable[[Exception], bool],
    *,
    backoff: Backoff = DEFAULT_RETRY,
    clock: Clock = SYSTEM_CLOCK,
    stop: StopToken | None = None,
) -> T:
    """Make a call, and again after an error that is worth it; return what it returned.

    Args:
        attempt: the call.
        is_worth_it: whether the call may be made again after this error.
        backoff: how often, and how long between.
        clock: waits.
        stop: ends the waiting; the last error is then raised.

    Raises:
        Exception: the error of the last attempt, or one that is not worth it.
    """
    waits = backoff.waits()
    while True:
        try:
            return attempt()
        except Exception as error:
            wait = next(waits, None)
            if wait is None or not is_worth_it(error) or clock.wait(wait, stop):
                raise


def retry_on_conflict(
    attempt: Callable[[], T],
    *,
    backoff: Backoff = DEFAULT_RETRY,
    clock: Clock = SYSTEM_CLOCK,
    stop: StopToken | None = None,
) -> T:
    """Read, change and write an object again when somebody else has written it meanwhile.

    .. code-block:: python

        def count() -> None:
            settings = maps.get("settings")
            settings.data["count"] = str(int(settings.data.get("count", "0")) + 1)
            maps.update(settings)

        retry_on_conflict(count)

    Args:
        attempt: reads the object anew each time.
        backoff: how often, and how long between.
        clock: waits.
        stop: ends the waiting.

    Raises:
        ConflictError: of the last attempt.
    """
    return on_error(
        attempt,
        lambda error: isinstance(error, ConflictError),
        backoff=backoff,
        clock=clock,
        stop=stop,
    )
