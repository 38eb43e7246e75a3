"""A queue of changes with one place for each object, between a reflector and a cache.

client-go: ``cache.DeltaFIFO``. An object that changes ten times while it waits is handed out once,
with ten deltas; the order of different objects to each other is that of their first change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from kubewright.cache.deltas import Delta, Deltas, KnownObjects
from kubewright.cache.entries import Entry
from kubewright.schema import ObjectName

__all__ = ["DeltaFIFO"]


class DeltaFIFO:
    """Hands out changes by object, the one that waits longest first; for many threads."""

    def __init__(self, known: KnownObjects) -> None:
        """Make an empty queue.

        Args:
            known: what the consumer has.
        """
        self._known = known
        # re-entrant: what is processed may look into the queue
        self._changed = threading.Condition(threading.RLock())
        # insertion order is the order of the queue
        self._items: dict[ObjectName, list[Delta]] = {}
        self._closed = False
        self._populated = False
        self._initial: set[ObjectName] = set()

    @property
    def has_synced(self) -> bool:
        """Whether the objects of the first list, or all before a direct change, were popped."""
        with self._changed:
            return self._populated and not self._initial

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def __len__(self) -> int:
        """How many objects have changes that wait."""
        with self._changed:
            return len(self._items)

    def names(self) -> list[ObjectName]:
        """Return the names of the objects that wait, the next one first."""
        with self._changed:
            return list(self._items)

    def deltas(self, name: ObjectName) -> Deltas:
        """Return the changes of one object that wait, oldest first."""
        with self._changed:
            return tuple(self._items.get(name, ()))

    def add(self, entry: Entry) -> None:
        """Queue a new object."""
        with self._changed:
            self._populated = True
            self._queue(Delta("Added", entry))

    def update(self, entry: Entry) -> None:
        """Queue a new state of an object."""
        with self._changed:
            self._populated = True
            self._queue(Delta("Updated", entry))

    def delete(self, entry: Entry, *, is_stale: bool = False) -> None:
        """Queue a deletion; of an object that nobody has heard of, it is dropped."""
        with self._changed:
            self._populated = True
            if entry.name in self._items or self._known.entry(entry.name) is not None:
                self._queue(Delta("Deleted", entry, is_stale))

    def replace(self, entries: Iterable[Entry], resource_version: str = "") -> None:
        """Queue a whole list, then the deletion of all that is not in it."""
        del resource_version
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

    def bookmark(self, resource_version: str) -> None:
        """Nothing: changes are kept by object, and versions are not."""

    def resync(self) -> None:
        """Queue what is known once more; an object that has changes waiting is left alone."""
        with self._changed:
            for entry in self._known.entries():
                if entry.name not in self._items:
                    self._queue(Delta("Sync", entry))

    def pop(self, process: Callable[[Deltas], object], *, block: bool = True) -> bool:
        """Process all changes of the object that waits longest.

        The queue is locked meanwhile, so that a list that comes in finds either the changes in the
        queue or their outcome in what is known. What `process` raises goes to the caller; the
        changes are not queued again.

        Args:
            process: puts the changes into what is known; must not block.
            block: wait until there is something.

        Returns:
            Whether there was something; after a wait, ``False`` means that it is closed and empty.
        """
        with self._changed:
            if block:
                self._changed.wait_for(lambda: self._items or self._closed)
            if not self._items:
                return False
            name = next(iter(self._items))
            deltas = self._items.pop(name)
            self._initial.discard(name)
            process(deltas)
            return True

    def close(self) -> None:
        """Let nobody wait any more; what is queued can still be popped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _queue(self, delta: Delta) -> None:
        deltas = self._items.setdefault(delta.entry.name, [])
        if delta.type == "Deleted" and deltas and deltas[-1].type == "Deleted":
            # both say the same; one that the server told knows the last state
            if deltas[-1].is_stale:
                deltas[-1] = delta
            return
        deltas.append(delta)
        self._changed.notify()
