"""Delivery of changes to one handler, in order, in a thread of its own.

client-go: ``cache.ResourceEventHandler``, ``processorListener``, ``DeletedFinalStateUnknown``.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kubewright._clock import StopToken
from kubewright._threads import SupervisedThread
from kubewright.cache.store import Entry
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = [
    "Change",
    "DeletedObject",
    "EventHandler",
    "Handler",
    "HandlerRegistration",
    "KeyHandler",
]

logger = logging.getLogger("kubewright.cache")

T = TypeVar("T", bound=KubernetesObject)


@dataclass(frozen=True, slots=True)
class DeletedObject(Generic[T]):
    """What is known of an object that is gone.

    Attributes:
        name: its namespace and name.
        last_known: its last state that reached the cache.
        is_stale: it went unseen, and may have had later states.
    """

    name: ObjectName
    last_known: T
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one object in the cache: at least one of both states is there.

    Attributes:
        old: the state before; ``None`` when the object is new.
        new: the state after; ``None`` when it is gone.
        is_stale: of a deletion: it went unseen.
    """

    old: Entry | None
    new: Entry | None
    is_stale: bool = False

    @property
    def name(self) -> ObjectName:
        """Of the object."""
        entry = self.new or self.old
        if entry is None:
            raise ValueError("a change without any state")
        return entry.name


class Handler(Protocol):
    """Takes the changes that one registration gets."""

    def __call__(self, change: Change) -> object:
        """Take one; called by one thread at a time."""
        ...


@dataclass(frozen=True, slots=True)
class EventHandler(Generic[T]):
    """Calls typed functions; each object is made for this handler alone."""

    read: Callable[[Entry], T]
    on_add: Callable[[T], object] | None = None
    on_update: Callable[[T, T], object] | None = None
    on_delete: Callable[[DeletedObject[T]], object] | None = None

    def __call__(self, change: Change) -> None:
        """Tell the function whose turn it is."""
        old, new = change.old, change.new
        if old is None and new is not None:
            if self.on_add is not None:
                self.on_add(self.read(new))
        elif old is not None and new is not None:
            if self.on_update is not None:
                self.on_update(self.read(old), self.read(new))
        elif old is not None and self.on_delete is not None:
            self.on_delete(DeletedObject(old.name, self.read(old), change.is_stale))


@dataclass(frozen=True, slots=True)
class KeyHandler:
    """Calls a function with the name of whatever changes, and never decodes an object."""

    on_change: Callable[[ObjectName], object]

    def __call__(self, change: Change) -> None:
        """Tell the name."""
        self.on_change(change.name)


class HandlerRegistration:
    """A handler of an informer: its queue and its thread.

    A slow handler delays no other. What a handler raises is logged with the name of the object,
    and the next change is delivered.
    """

    def __init__(self, handler: Handler, *, name: str) -> None:
        self._handler = handler
        self._changed = threading.Condition()
        # a None marks the end of what was there first
        self._queue: deque[Change | None] = deque()
        self._has_synced = False
        # also set when stopped, so that nobody waits for what cannot come any more
        self._settled = threading.Event()
        self._stop = StopToken()
        self._stop.on_stop(self._wake)
        self._thread = SupervisedThread(name, self._run, stop=self._stop)

    @property
    def has_synced(self) -> bool:
        """Whether the handler was told of all objects that were there first."""
        return self._has_synced

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until `has_synced`, for at most so many seconds; return whether it is. It does not wait on once stopped."""
        self._settled.wait(timeout)
        return self._has_synced

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def enqueue(self, change: Change | None) -> None:
        """Deliver a change after all that were queued before; ``None`` marks the first ones' end."""
        with self._changed:
            self._queue.append(change)
            self._changed.notify()

    def stop(self) -> None:
        """Deliver no more; what is queued is dropped."""
        self._stop.stop()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended."""
        return self._thread.join(timeout)

    def _wake(self) -> None:
        self._settled.set()
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        while (change := self._next()) is not _END:
            if change is None:
                self._has_synced = True
                self._settled.set()
                continue
            try:
                self._handler(change)
            except Exception:
                logger.exception("a handler failed for %s", change.name)

    def _next(self) -> Change | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stop.is_stopped)
            return _END if self._stop.is_stopped else self._queue.popleft()


_END = Change(None, None)
