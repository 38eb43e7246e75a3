"""Threads whose work must live: it is started again after an exception that nobody expected.

client-go: ``wait.BackoffUntil`` and ``utilruntime.HandleCrash``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kubewright._backoff import Backoff
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken

__all__ = ["SupervisedThread"]

logger = logging.getLogger("kubewright.threads")


class SupervisedThread:
    """Runs a function in a daemon thread until it returns, or until stopped.

    An exception is logged, and the function called again after a wait that grows.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        *,
        stop: StopToken,
        clock: Clock = SYSTEM_CLOCK,
        backoff: Backoff | None = None,
    ) -> None:
        """Prepare; `start` starts.

        Args:
            name: of the thread, for logs and debuggers.
            work: returns soon once the token is stopped.
            stop: after it, the work is not called again.
            clock: waits.
            backoff: how long, between attempts.
        """
        self._work = work
        self._stop = stop
        self._clock = clock
        self._backoff = backoff or Backoff(clock=clock)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; may be called once."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread was started and has not ended."""
        return self._thread.is_alive()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; return whether it has ended. In the thread itself: do not wait."""
        if self._thread is threading.current_thread():
            return False
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_stopped:
            try:
                self._work()
            except Exception:
                wait = self._backoff.next()
                logger.exception("%s failed and starts again in %.1f s", self._thread.name, wait)
                self._clock.wait(wait, self._stop)
            else:
                return
