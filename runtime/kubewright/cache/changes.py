"""What happened to an object in a cache, and what is left of it when only the outcome counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from kubewright.cache.entries import Entry
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = ["CacheChange", "DeletedObject", "merged"]

T = TypeVar("T", bound=KubernetesObject)


@dataclass(frozen=True, slots=True)
class DeletedObject(Generic[T]):
    """What is known of an object that is gone. client-go: ``DeletedFinalStateUnknown``.

    Attributes:
        name: its namespace and name.
        last_known: its last state that reached the cache.
        is_stale: it went unseen, and may have had later states.
    """

    name: ObjectName
    last_known: T
    is_stale: bool


@dataclass(frozen=True, slots=True)
class CacheChange:
    """What happened to one object in the cache: at least one of both states is there.

    Attributes:
        name: of the object.
        old: the state before; ``None`` when the object is new. Of a deletion the last one.
        new: the state after; ``None`` when it is gone.
        is_stale: of a deletion: it went unseen.
        is_resync: nothing happened; it is only said again.
    """

    name: ObjectName
    old: Entry | None
    new: Entry | None
    is_stale: bool = False
    is_resync: bool = False

    @property
    def is_another(self) -> bool:
        """Whether the object was deleted and made again under the same name."""
        return self.old is not None and self.new is not None and self.old.uid != self.new.uid


def merged(first: CacheChange, second: CacheChange) -> CacheChange | None:
    """Return both changes of one object as one; ``None`` if nothing is left to tell."""
    if second.is_resync:
        return first
    if second.new is not None:
        return CacheChange(first.name, first.old, second.new)
    if first.old is None:
        return None
    if second.old is not None and second.old.uid == first.old.uid:
        return CacheChange(first.name, second.old, None, second.is_stale)
    # the one that was known went before the one that is deleted now had come
    return CacheChange(first.name, first.old, None, is_stale=True)
