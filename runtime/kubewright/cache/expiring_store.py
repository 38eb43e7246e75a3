"""A store that forgets what nobody has renewed for a while.

client-go: ``cache.ExpirationCache``, ``cache.NewTTLStore``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.cache.store import Store
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = ["ExpiringStore"]

T = TypeVar("T", bound=KubernetesObject)


class ExpiringStore(Generic[T]):
    """Objects by name, each for a time; safe for many threads."""

    def __init__(
        self,
        model: type[T],
        *,
        seconds: float | Callable[[T], float],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Make an empty store.

        Args:
            model: what the objects are.
            seconds: how long an object is kept after it was added, or a function that says it of
                an object.
            clock: measures.
        """
        self._store: Store[T] = Store(model)
        self._seconds = seconds
        self._clock = clock
        # in the order in which they were added
        self._ends: dict[ObjectName, float] = {}
        self._lock = threading.Lock()

    def add(self, obj: T) -> None:
        """Keep an object, or keep it for longer."""
        seconds = self._seconds(obj) if callable(self._seconds) else self._seconds
        with self._lock:
            self._store.add(obj)
            self._ends[obj.object_name] = self._clock.monotonic() + seconds

    def get(self, name: ObjectName) -> T | None:
        """Return a copy of the object; ``None`` if it is not there any more."""
        with self._lock:
            self._forget_if_expired(name)
            return self._store.get(name)

    def values(self) -> list[T]:
        """Return a copy of each object that is still there."""
        with self._lock:
            self._forget_expired()
            return self._store.values()

    def names(self) -> list[ObjectName]:
        """Return the names of the objects that are still there."""
        with self._lock:
            self._forget_expired()
            return self._store.names()

    def remove(self, name: ObjectName) -> None:
        """Forget an object."""
        with self._lock:
            self._ends.pop(name, None)
            self._store.remove(name)

    def __len__(self) -> int:
        return len(self.names())

    def _forget_expired(self) -> None:
        for name in list(self._ends):
            self._forget_if_expired(name)

    def _forget_if_expired(self, name: ObjectName) -> None:
        end = self._ends.get(name)
        if end is not None and self._clock.monotonic() >= end:
            del self._ends[name]
            self._store.remove(name)
