"""What handlers of an informer are: functions of typed objects, or of names alone.

client-go: ``cache.ResourceEventHandlerFuncs``, ``cache.FilteringResourceEventHandler``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kubewright.cache.changes import CacheChange, DeletedObject
from kubewright.cache.entries import Entry
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = ["EventHandler", "Filter", "Handler", "KeyHandler", "filtered"]

T = TypeVar("T", bound=KubernetesObject)


class Handler(Protocol):
    """Takes the changes that one registration gets."""

    def __call__(self, change: CacheChange) -> object:
        """Take one; called by one thread at a time."""
        ...


Filter = Callable[[Entry], bool]
"""Says whether a handler is to know of an object in some state."""


@dataclass(frozen=True, slots=True)
class EventHandler(Generic[T]):
    """Calls typed functions; each object is made for this handler alone."""

    read: Callable[[Entry], T]
    on_add: Callable[[T], object] | None = None
    on_update: Callable[[T, T], object] | None = None
    on_delete: Callable[[DeletedObject[T]], object] | None = None

    def __call__(self, change: CacheChange) -> None:
        """Tell the function whose turn it is."""
        old, new = change.old, change.new
        if change.is_another:
            # it was deleted and made again: the two have no more in common than their name
            self._deleted(old, is_stale=True)
            self._added(new)
        elif old is None:
            self._added(new)
        elif new is None:
            self._deleted(old, is_stale=change.is_stale)
        elif self.on_update is not None:
            self.on_update(self.read(old), self.read(new))

    def _added(self, new: Entry | None) -> None:
        if self.on_add is not None and new is not None:
            self.on_add(self.read(new))

    def _deleted(self, old: Entry | None, *, is_stale: bool) -> None:
        if self.on_delete is not None and old is not None:
            self.on_delete(DeletedObject(old.name, self.read(old), is_stale))


@dataclass(frozen=True, slots=True)
class KeyHandler:
    """Calls a function with the name of whatever changes, and never decodes an object."""

    on_change: Callable[[ObjectName], object]

    def __call__(self, change: CacheChange) -> None:
        """Tell the name."""
        self.on_change(change.name)


@dataclass(frozen=True, slots=True)
class _Filtered:
    handler: Handler
    passes: Filter

    def __call__(self, change: CacheChange) -> None:
        old, new = change.old, change.new
        had = old is not None and self.passes(old)
        has = new is not None and self.passes(new)
        if had and has:
            self.handler(change)
        elif has:
            self.handler(CacheChange(change.name, None, new))
        elif had:
            # the last state that the handler may know, not the one that does not pass
            is_stale = change.is_stale or change.is_another
            self.handler(CacheChange(change.name, old, None, is_stale))


def filtered(handler: Handler, passes: Filter) -> Handler:
    """Let a handler know only of objects while they pass; one that ceases to is told as deleted."""
    return _Filtered(handler, passes)
