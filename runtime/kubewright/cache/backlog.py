"""The changes that wait for one handler, bounded however slow it is.

client-go keeps them without a bound (``buffer.RingGrowing``): a stuck handler takes all memory.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Literal, TypeAlias

from kubewright.cache.changes import CacheChange, merged
from kubewright.schema import ObjectName

__all__ = ["Backlog", "OverflowPolicy", "SyncMark"]

OverflowPolicy: TypeAlias = Literal["coalesce", "block", "fail"]
"""What to do when the limit is reached:

* ``coalesce``: of what comes from now on, keep only the outcome for each object. The handler is told
  less, never anything wrong, and its backlog never exceeds the limit by more than one change an
  object.
* ``block``: make the watch wait, and with it the other handlers of the informer, for a while;
  then coalesce.
* ``fail``: end the delivery to this handler, loudly.
"""


class SyncMark:
    """Stands behind the changes that a handler must hear to have synced."""

    __slots__ = ()


class Backlog:
    """A queue of changes with one reader; order is kept for each object."""

    def __init__(self, *, limit: int, policy: OverflowPolicy, patience: float) -> None:
        """Make an empty one.

        Args:
            limit: changes that are kept one by one.
            policy: what to do with more.
            patience: seconds that ``block`` holds up the watch.
        """
        self._limit = limit
        self._policy = policy
        self._patience = patience
        self._changed = threading.Condition()
        self._ordered: deque[CacheChange | SyncMark] = deque()
        # what came when `_ordered` was full; it goes on until all of it was read
        self._outcomes: dict[ObjectName | SyncMark, CacheChange | SyncMark] = {}
        self._closed = False
        self._gave_up_waiting = False
        self.coalesced = 0

    def __len__(self) -> int:
        """How many changes wait."""
        return len(self._ordered) + len(self._outcomes)

    def put(self, change: CacheChange) -> bool:
        """Keep a change; return whether it could be. It cannot when it is full and is to fail."""
        with self._changed:
            if self._closed:
                return True
            if self._has_room:
                self._ordered.append(change)
            elif self._policy == "fail":
                return False
            elif self._policy == "block" and self._waits_for_room():
                self._ordered.append(change)
            else:
                self._coalesce(change)
            self._changed.notify_all()
            return True

    def put_all(self, changes: Sequence[CacheChange]) -> bool:
        """Keep many changes that come at once, such as a first list, as `put` does.

        Where there is room for one there is room for all of them.
        """
        with self._changed:
            if self._closed:
                return True
            if self._has_room:
                self._ordered.extend(changes)
            elif self._policy == "fail":
                return False
            else:
                for change in changes:
                    self._coalesce(change)
            self._changed.notify_all()
            return True

    def mark(self) -> None:
        """Put a `SyncMark` behind what is there."""
        mark = SyncMark()
        with self._changed:
            if self._outcomes:
                self._outcomes[mark] = mark
            else:
                self._ordered.append(mark)
            self._changed.notify_all()

    def take(self, timeout: float) -> CacheChange | SyncMark | None:
        """Wait for the next change; ``None`` if there is none in time, or it was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self or self._closed, timeout)
            if self._closed:
                return None
            if self._ordered:
                taken = self._ordered.popleft()
                if len(self._ordered) == self._limit - 1:
                    self._changed.notify_all()
                return taken
            self._gave_up_waiting = False
            if not self._outcomes:
                return None
            return self._outcomes.pop(next(iter(self._outcomes)))

    def close(self) -> None:
        """Drop what waits, and wake whoever does."""
        with self._changed:
            self._closed = True
            self._ordered.clear()
            self._outcomes.clear()
            self._changed.notify_all()

    @property
    def _has_room(self) -> bool:
        return not self._outcomes and len(self._ordered) < self._limit

    def _waits_for_room(self) -> bool:
        if self._gave_up_waiting or self._outcomes:
            return False
        self._changed.wait_for(
            lambda: self._closed or len(self._ordered) < self._limit, self._patience
        )
        self._gave_up_waiting = len(self._ordered) >= self._limit
        return not self._gave_up_waiting

    def _coalesce(self, change: CacheChange) -> None:
        before = self._outcomes.get(change.name)
        if not isinstance(before, CacheChange):
            self._outcomes[change.name] = change
            return
        self.coalesced += 1
        outcome = merged(before, change)
        if outcome is None:
            del self._outcomes[change.name]
        else:
            self._outcomes[change.name] = outcome
