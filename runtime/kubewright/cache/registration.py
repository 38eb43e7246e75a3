"""Delivery of changes to one handler, in order, in a thread of its own while there is work.

client-go: ``processorListener`` and ``cache.ResourceEventHandlerRegistration``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from kubewright._clock import Clock, StopToken
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.cache.backlog import Backlog, OverflowPolicy, SyncMark
from kubewright.cache.changes import CacheChange
from kubewright.cache.handlers import Handler
from kubewright.schema import ObjectName

__all__ = ["HandlerOverflowError", "HandlerRegistration", "HandlerStats"]

logger = logging.getLogger("kubewright.cache")

# An informer of a quiet resource needs no thread: it ends when nothing comes, and starts again.
_IDLE_SECONDS = 5.0
_SHORTEST_RESYNC = 1.0


class HandlerOverflowError(KubeError):
    """A handler that was to fail when it is too slow was too slow."""


@dataclass(frozen=True, slots=True)
class HandlerStats:
    """What became of the changes for one handler.

    Attributes:
        pending: changes that wait.
        delivered: changes that were handed to it, with those at which it failed.
        failed: changes at which it raised.
        coalesced: changes that were told together with a later one, because it was too slow.
        last_failure: the object at which it last raised, and what.
    """

    pending: int
    delivered: int
    failed: int
    coalesced: int
    last_failure: tuple[ObjectName, BaseException] | None


class HandlerRegistration:
    """A handler of an informer: its backlog and its thread.

    A slow handler delays no other. What a handler raises is logged with the name of the object and
    counted, and the next change is delivered.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        name: str,
        clock: Clock,
        limit: int,
        policy: OverflowPolicy,
        patience: float,
        resync: float,
    ) -> None:
        """Prepare; nothing is delivered before it is started.

        Args:
            handler: what to call.
            name: of the thread, and in messages.
            clock: measures resyncs.
            limit: changes that wait one by one.
            policy: what happens with more.
            patience: seconds for which it may hold up the others, if it may.
            resync: seconds after which all that is there is told again; 0 for never.
        """
        if limit < 1:
            raise ValueError("the limit of a backlog is at least 1")
        self.name = name
        self._handler = handler
        self._backlog = Backlog(limit=limit, policy=policy, patience=patience)
        self._clock = clock
        self.resync = max(resync, _SHORTEST_RESYNC) if resync > 0 else 0.0
        self._next_resync = 0.0
        self.is_resyncing = False
        self._has_synced = False
        # also set when stopped, so that nobody waits for what cannot come any more
        self._settled = threading.Event()
        self._stop = StopToken()
        self._stop.on_stop(self._settle)
        self._lock = threading.Lock()
        self._thread: SupervisedThread | None = None
        self._started = False
        self._delivered = 0
        self._failed = 0
        self._last_failure: tuple[ObjectName, BaseException] | None = None
        self.error: HandlerOverflowError | None = None

    @property
    def has_synced(self) -> bool:
        """Whether the handler was told of all objects that were there first."""
        return self._has_synced

    @property
    def stats(self) -> HandlerStats:
        """What became of its changes so far."""
        return HandlerStats(
            pending=len(self._backlog),
            delivered=self._delivered,
            failed=self._failed,
            coalesced=self._backlog.coalesced,
            last_failure=self._last_failure,
        )

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until `has_synced`, for at most so many seconds; return whether it is.

        It does not wait on once stopped.
        """
        self._settled.wait(timeout)
        return self._has_synced

    def start(self) -> None:
        """Begin to deliver."""
        self._next_resync = self._clock.monotonic() + self.resync
        with self._lock:
            self._started = True
            self._ensure_thread()

    def enqueue(self, change: CacheChange) -> None:
        """Deliver a change after all that were queued before."""
        if not self._backlog.put(change):
            self._overflow()
        elif self._thread is None:
            self._wake()

    def enqueue_all(self, changes: Sequence[CacheChange]) -> None:
        """Deliver many changes that came at once."""
        if not changes:
            return
        if not self._backlog.put_all(changes):
            self._overflow()
        elif self._thread is None:
            self._wake()

    def mark_initial(self) -> None:
        """Note that everything that was there first has been queued."""
        self._backlog.mark()
        self._wake()

    def is_resync_due(self) -> bool:
        """Whether all that is there is to be told again now; if so, the next time is set."""
        now = self._clock.monotonic()
        self.is_resyncing = self.resync > 0 and now >= self._next_resync
        if self.is_resyncing:
            self._next_resync = now + self.resync
        return self.is_resyncing

    def stop(self) -> None:
        """Deliver no more; what is queued is dropped."""
        self._stop.stop()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended."""
        thread = self._thread
        return thread is None or thread.join(timeout)

    def _overflow(self) -> None:
        if self.error is None:
            self.error = HandlerOverflowError(
                f"{self.name} is too slow: its backlog is full, and it gets no more changes"
            )
            logger.error("%s", self.error)
            self.stop()

    def _wake(self) -> None:
        with self._lock:
            self._ensure_thread()

    def _ensure_thread(self) -> None:
        if self._thread is None and self._started and not self._stop.is_stopped and self._backlog:
            self._thread = SupervisedThread(self.name, self._run, stop=self._stop)
            self._thread.start()

    def _settle(self) -> None:
        self._settled.set()
        self._backlog.close()

    def _run(self) -> None:
        while True:
            change = self._backlog.take(_IDLE_SECONDS)
            if change is None:
                if self._may_end():
                    return
                continue
            if isinstance(change, SyncMark):
                self._has_synced = True
                self._settled.set()
            else:
                self._deliver(change)

    def _may_end(self) -> bool:
        with self._lock:
            # who queues something from now on starts another thread; what came before is for this
            this, self._thread = self._thread, None
            if self._backlog and not self._stop.is_stopped:
                self._thread = this
                return False
            return True

    def _deliver(self, change: CacheChange) -> None:
        self._delivered += 1
        try:
            self._handler(change)
        except BaseException as error:  # SystemExit, too, would end no more than this thread
            self._failed += 1
            self._last_failure = change.name, error
            logger.exception("%s failed for %s", self.name, change.name)
