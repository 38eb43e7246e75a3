"""A queue of changes, one place for each object, between a reflector and the cache.

client-go: ``cache.DeltaFIFO``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kubewright.cache.store import Entry
from kubewright.schema import ObjectName

__all__ = ["Delta", "DeltaFIFO", "DeltaType", "Deltas", "KnownObjects"]

DeltaType: TypeAlias = Literal["Added", "Updated", "Deleted", "Replaced"]


@dataclass(frozen=True, slots=True)
class Delta:
    """One change of one object.

    Attributes:
        type: ``Replaced`` is what a list says: new, changed or as before.
        entry: the state after the change; of ``Deleted`` the last one that is known.
        is_stale: the deletion was found by a list, so there may have been later states.
    """

    type: DeltaType
    entry: Entry
    is_stale: bool = False


Deltas: TypeAlias = Sequence[Delta]
"""The changes of one object since it was last popped, oldest first."""


class KnownObjects(Protocol):
    """What the consumer of the queue has: a list must delete of it what it does not contain."""

    def entries(self) -> list[Entry]:
        """Return everything."""
        ...

    def entry(self, name: ObjectName) -> Entry | None:
        """Return one object."""
        ...


class DeltaFIFO:
    """Hands out changes by object, the one that waits longest first; for many threads."""

    def __init__(self, known: KnownObjects) -> None:
        self._known = known
        self._changed = threading.Condition(threading.RLock())
        # insertion order is the order of the queue
        self._items: dict[ObjectName, list[Delta]] = {}
        self._closed = False
        self._populated = False
        self._initial: set[ObjectName] = set()
        self._news = False

    @property
    def has_synced(self) -> bool:
        """Whether the objects of the first list have all been popped."""
        with self._changed:
            return self._populated and not self._initial

    def __len__(self) -> int:
        """How many objects have changes that wait."""
        with self._changed:
            return len(self._items)

    def add(self, entry: Entry) -> None:
        """Queue a new object."""
        self._queue(Delta("Added", entry))

    def update(self, entry: Entry) -> None:
        """Queue a new state of an object."""
        self._queue(Delta("Updated", entry))

    def delete(self, entry: Entry) -> None:
        """Queue a deletion; of an object that nobody has heard of, it is dropped."""
        with self._changed:
            if entry.name in self._items or self._known.entry(entry.name) is not None:
                self._queue(Delta("Deleted", entry))

    def replace(self, entries: Iterable[Entry]) -> None:
        """Queue a whole list, and the deletion of all that is not in it."""
        with self._changed:
            listed: set[ObjectName] = set()
            for entry in entries:
                listed.add(entry.name)
                self._queue(Delta("Replaced", entry))
            for name, deltas in list(self._items.items()):
                if name not in listed:
                    self._queue(Delta("Deleted", deltas[-1].entry, is_stale=True))
            for entry in self._known.entries():
                if entry.name not in listed and entry.name not in self._items:
                    self._queue(Delta("Deleted", entry, is_stale=True))
            if not self._populated:
                self._populated = True
                self._initial = set(self._items)
            self._news = True
            self._changed.notify()

    def pop(self, process: Callable[[Deltas], object]) -> bool:
        """Wait for changes of an object and process them.

        The queue is locked meanwhile, so that a list that comes in finds either the changes in the
        queue or their outcome in what is known.

        Args:
            process: puts the changes into what is known; must not raise, and call no handlers.

        Returns:
            Whether the queue is still open. It may also return without changes: after a list.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed or self._news)
            self._news = False
            if self._closed:
                return False
            if self._items:
                name = next(iter(self._items))
                process(self._items.pop(name))
                self._initial.discard(name)
            return True

    def close(self) -> None:
        """Let no more be popped; wake whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _queue(self, delta: Delta) -> None:
        with self._changed:
            deltas = self._items.setdefault(delta.entry.name, [])
            if delta.type == "Deleted" and deltas and deltas[-1].type == "Deleted":
                # both say the same; one that the server told knows the last state
                if deltas[-1].is_stale:
                    deltas[-1] = delta
                return
            deltas.append(delta)
            self._changed.notify()
