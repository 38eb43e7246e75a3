"""A queue that hands out every notification, in the order in which they came.

client-go: ``cache.RealFIFO``, what its informers use today. A list is one notification that takes
the place of all that was known at once, so no reader ever sees half of it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from kubewright.cache.deltas import (
    Bookmark,
    Delta,
    KnownObjects,
    Notification,
    Notifications,
    ReplacedAll,
    SyncAll,
)
from kubewright.cache.entries import Entry
from kubewright.schema import ObjectName

__all__ = ["RealFIFO"]

_LARGEST_BATCH = 1000


class RealFIFO:
    """Hands out notifications one by one or in batches; for many threads."""

    def __init__(
        self, known: KnownObjects, *, atomic: bool = True, largest_batch: int = _LARGEST_BATCH
    ) -> None:
        """Make an empty queue.

        Args:
            known: what the consumer has; looked at only when it is not atomic.
            atomic: queue a list and a resync as one notification each; otherwise as deletions of
                what is gone, then one for each object.
            largest_batch: notifications in one batch.
        """
        self._known = known
        self._atomic = atomic
        self._largest_batch = largest_batch
        self._changed = threading.Condition(threading.RLock())
        self._items: deque[Notification] = deque()
        self._closed = False
        self._populated = False
        self._initial = 0  # notifications of the first list that were not processed yet

    @property
    def has_synced(self) -> bool:
        """Whether all that the first list said has been processed."""
        with self._changed:
            return self._populated and self._initial == 0

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def __len__(self) -> int:
        """How many notifications wait."""
        return len(self._items)

    def add(self, entry: Entry) -> None:
        """Queue a new object."""
        self._queue(Delta("Added", entry))

    def update(self, entry: Entry) -> None:
        """Queue a new state of an object."""
        self._queue(Delta("Updated", entry))

    def delete(self, entry: Entry, *, is_stale: bool = False) -> None:
        """Queue a deletion, whether the object is known or not."""
        self._queue(Delta("Deleted", entry, is_stale))

    def bookmark(self, resource_version: str) -> None:
        """Queue that nothing else happened up to a version."""
        with self._changed:
            self._items.append(Bookmark(resource_version))
            self._changed.notify()

    def replace(self, entries: Iterable[Entry], resource_version: str = "") -> None:
        """Queue a whole list, and what it says of objects that are not in it."""
        with self._changed:
            if self._atomic:
                self._items.append(ReplacedAll(list(entries), resource_version))
            else:
                self._items.extend(self._replacing(list(entries)))
            if not self._populated:
                self._populated = True
                self._initial = len(self._items)
            self._changed.notify()

    def resync(self) -> None:
        """Queue what is known once more; one by one, only if nothing waits that is newer."""
        with self._changed:
            if self._atomic:
                self._items.append(SyncAll())
            else:
                waiting = {d.entry.name for d in self._items if isinstance(d, Delta)}
                self._items.extend(
                    Delta("Sync", entry)
                    for entry in self._known.entries()
                    if entry.name not in waiting
                )
            self._changed.notify()

    def pop(self, process: Callable[[Notifications], object], *, block: bool = True) -> bool:
        """Process the notification that waits longest; see `DeltaFIFO.pop`."""
        return self._pop(process, block=block, most=1)

    def pop_batch(self, process: Callable[[Notifications], object], *, block: bool = True) -> bool:
        """Process what waits longest, together with what follows it.

        A batch has each object once; it ends before a second change of one of its objects, before
        and after what concerns all objects, at the end of the first list, and at its largest size.
        """
        return self._pop(process, block=block, most=self._largest_batch)

    def close(self) -> None:
        """Let nobody wait any more; what is queued can still be popped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _queue(self, delta: Delta) -> None:
        with self._changed:
            self._populated = True
            self._items.append(delta)
            self._changed.notify()

    def _pop(self, process: Callable[[Notifications], object], *, block: bool, most: int) -> bool:
        with self._changed:
            if block:
                self._changed.wait_for(lambda: self._items or self._closed)
            if not self._items:
                return False
            batch = self._batch(most) if most > 1 else (self._items[0],)
            for _ in batch:
                self._items.popleft()
            try:
                process(batch)
            finally:
                self._initial = max(self._initial - len(batch), 0)
            return True

    def _batch(self, most: int) -> Sequence[Notification]:
        if self._initial:
            most = min(most, self._initial)
        batch: list[Notification] = []
        names: set[ObjectName] = set()
        for notification in self._items:
            name = notification.entry.name if isinstance(notification, Delta) else None
            if batch and (name is None or name in names):
                break
            batch.append(notification)
            if name is None or len(batch) == most:
                break
            names.add(name)
        return batch

    def _replacing(self, entries: Sequence[Entry]) -> Iterable[Delta]:
        listed = {entry.name for entry in entries}
        last: dict[ObjectName, Delta] = {
            delta.entry.name: delta for delta in self._items if isinstance(delta, Delta)
        }
        gone = [
            delta.entry
            for name, delta in last.items()
            if name not in listed and delta.type != "Deleted"
        ]
        gone += [
            entry
            for entry in self._known.entries()
            if entry.name not in listed and entry.name not in last
        ]
        # deletions first: the opposite of DeltaFIFO
        yield from (Delta("Deleted", entry, is_stale=True) for entry in gone)
        yield from (Delta("Replaced", entry) for entry in entries)
