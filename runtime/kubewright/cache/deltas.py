"""What a reflector tells a cache, and what the two queues between them have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kubewright.cache.entries import Entry
from kubewright.schema import ObjectName

__all__ = [
    "Bookmark",
    "Delta",
    "DeltaQueue",
    "DeltaType",
    "Deltas",
    "KnownObjects",
    "Notification",
    "Notifications",
    "ReplacedAll",
    "SyncAll",
]

DeltaType: TypeAlias = Literal["Added", "Updated", "Deleted", "Replaced", "Sync"]


@dataclass(frozen=True, slots=True)
class Delta:
    """One change of one object.

    Attributes:
        type: ``Replaced`` is what a list says: new, changed or as before. ``Sync`` says again what
            is known.
        entry: the state after the change; of ``Deleted`` the last one that is known.
        is_stale: the deletion was found by a list, so there may have been later states.
            client-go: ``DeletedFinalStateUnknown``.
    """

    type: DeltaType
    entry: Entry
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class ReplacedAll:
    """A whole list takes the place of all that was known, in one step."""

    entries: Sequence[Entry]
    resource_version: str


@dataclass(frozen=True, slots=True)
class SyncAll:
    """All that is known is to be said again."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Nothing else happened up to a version."""

    resource_version: str


Notification: TypeAlias = Delta | ReplacedAll | SyncAll | Bookmark
Notifications: TypeAlias = Sequence[Notification]
"""What is processed in one step, oldest first."""
Deltas: TypeAlias = Sequence[Delta]
"""The changes of one object, oldest first."""


class KnownObjects(Protocol):
    """What the consumer of a queue has: a list must delete of it what it does not contain."""

    def entries(self) -> list[Entry]:
        """Return everything."""
        ...

    def entry(self, name: ObjectName) -> Entry | None:
        """Return one object."""
        ...


class DeltaQueue(Protocol):
    """Takes what a reflector says, in order, and hands it to one consumer; for many threads."""

    @property
    def has_synced(self) -> bool:
        """Whether all that the first list said has been processed."""
        ...

    def __len__(self) -> int:
        """How much waits."""
        ...

    def add(self, entry: Entry) -> None:
        """Queue a new object."""
        ...

    def update(self, entry: Entry) -> None:
        """Queue a new state of an object."""
        ...

    def delete(self, entry: Entry) -> None:
        """Queue a deletion."""
        ...

    def replace(self, entries: Iterable[Entry], resource_version: str = "") -> None:
        """Queue a whole list, and the deletion of all that is not in it."""
        ...

    def bookmark(self, resource_version: str) -> None:
        """Queue that nothing else happened up to a version."""
        ...

    def resync(self) -> None:
        """Queue what is known once more."""
        ...

    def pop(self, process: Callable[[Notifications], object], *, block: bool = True) -> bool:
        """Process what waits longest.

        Args:
            process: puts it into what is known.
            block: wait until there is something.

        Returns:
            Whether something was processed. After a wait, ``False`` means that it is closed and
            empty.
        """
        ...

    def close(self) -> None:
        """Let nobody wait any more; what is queued can still be popped."""
        ...
