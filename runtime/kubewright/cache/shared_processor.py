"""Puts changes into the cache and tells the handlers, in one step.

client-go: ``sharedProcessor`` and ``processDeltas``.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Generic, TypeVar

from kubewright.cache.changes import CacheChange
from kubewright.cache.deltas import Bookmark, Delta, Notifications, ReplacedAll
from kubewright.cache.entries import Entry
from kubewright.cache.indexer import NAMESPACE_INDEX, Indexer
from kubewright.cache.registration import HandlerRegistration
from kubewright.meta_v1 import KubernetesObject

__all__ = ["SharedProcessor"]

T = TypeVar("T", bound=KubernetesObject)


class SharedProcessor(Generic[T]):
    """The cache of an informer and all who hear of it."""

    def __init__(self, indexer: Indexer[T], namespaces: Sequence[str | None] = (None,)) -> None:
        """Prepare.

        Args:
            indexer: the cache.
            namespaces: the parts of it that are filled apart from each other; ``None`` is all.
        """
        self._indexer = indexer
        self._versions = dict.fromkeys(namespaces, "")
        # held while a change goes into the cache and into the backlogs of the handlers, so that a
        # handler that comes late gets what is there and then every change, each once
        self._lock = threading.RLock()
        self._moved = threading.Condition(self._lock)
        self._waiting = 0
        self._is_closed = False
        self._handlers: list[HandlerRegistration] = []
        self._has_synced = False

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in the cache."""
        return self._has_synced

    def handlers(self) -> list[HandlerRegistration]:
        """Return those that are told."""
        with self._lock:
            return list(self._handlers)

    def add(self, registration: HandlerRegistration) -> None:
        """Tell the handler what is there, and from now on what changes."""
        with self._lock:
            self._handlers.append(registration)
            registration.enqueue_all(
                [CacheChange(entry.name, None, entry) for entry in self._indexer.entries()]
            )
            if self._has_synced:
                registration.mark_initial()

    def remove(self, registration: HandlerRegistration) -> bool:
        """Tell the handler no more; return whether it was told so far."""
        with self._lock:
            if registration not in self._handlers:
                return False
            self._handlers.remove(registration)
            return True

    def mark_synced(self) -> None:
        """Note that the first list is in the cache."""
        with self._lock:
            if self._has_synced:
                return
            self._has_synced = True
            for handler in self._handlers:
                handler.mark_initial()

    def process(self, deltas: Notifications, namespace: str | None = None) -> None:
        """Bring the cache up to date, and queue for the handlers what that means.

        Args:
            deltas: what the queue hands out.
            namespace: the part of the cache that they are about.
        """
        with self._lock:
            for delta in deltas:
                version = ""
                if isinstance(delta, Delta):
                    self._apply(delta)
                    if delta.type != "Sync" and not delta.is_stale:
                        version = delta.entry.resource_version
                elif isinstance(delta, ReplacedAll):
                    self._replace(delta, namespace)
                    version = delta.resource_version
                elif isinstance(delta, Bookmark):
                    self._indexer.bookmark(delta.resource_version)
                    version = delta.resource_version
                else:  # SyncAll
                    self._tell_again(self._part(namespace))
                # of this part alone: the indexer's may be of another one
                self._versions[namespace] = version or self._versions[namespace]
            if self._waiting:
                self._moved.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._moved:
            self._is_closed = True
            self._moved.notify_all()

    def wait_until_newer(self, version: int, timeout: float | None) -> bool:
        """Wait until the cache has the state of a version; return whether it has."""

        def is_newer() -> bool:
            return all(
                seen.isdecimal() and int(seen) >= version for seen in self._versions.values()
            )

        with self._moved:
            self._waiting += 1
            try:
                self._moved.wait_for(lambda: self._is_closed or is_newer(), timeout)
                return is_newer()
            finally:
                self._waiting -= 1

    def _part(self, namespace: str | None) -> list[Entry]:
        if namespace is None:
            return self._indexer.entries()
        return self._indexer.entries_by_index(NAMESPACE_INDEX, namespace)

    def _apply(self, delta: Delta) -> None:
        entry = delta.entry
        if delta.type == "Sync":
            self._tell_again([entry])
            return
        if delta.type == "Deleted":
            version = "" if delta.is_stale else entry.resource_version
            old = self._indexer.remove(entry.name, resource_version=version)
            change = _deletion(old, delta)
        else:
            change = _update(self._indexer.put(entry), entry)
        if change is not None:
            for handler in self._handlers:
                handler.enqueue(change)

    def _replace(self, replaced: ReplacedAll, namespace: str | None) -> None:
        before = {entry.name: self._indexer.entry(entry.name) for entry in replaced.entries}
        gone = self._indexer.replace(
            replaced.entries, replaced.resource_version, namespace=namespace
        )
        changes = [CacheChange(old.name, old, None, is_stale=True) for old in gone]
        for entry in replaced.entries:
            change = _update(before[entry.name], entry)
            if change is not None:
                changes.append(change)
        for handler in self._handlers:
            handler.enqueue_all(changes)

    def _tell_again(self, entries: Sequence[Entry]) -> None:
        again = [CacheChange(entry.name, entry, entry, is_resync=True) for entry in entries]
        for handler in self._handlers:
            if handler.is_resyncing:
                handler.enqueue_all(again)


def _update(old: Entry | None, new: Entry) -> CacheChange | None:
    if old is not None and (old.uid, old.resource_version) == (new.uid, new.resource_version):
        # a list, or a watch that was resumed, says what is known already; without a version
        # nobody can tell
        return CacheChange(new.name, old, new) if not new.resource_version else None
    return CacheChange(new.name, old, new)


def _deletion(old: Entry | None, delta: Delta) -> CacheChange | None:
    if old is None:
        return None
    if old.uid != delta.entry.uid:
        # it was deleted, made again and deleted again, and nobody saw the first two
        return CacheChange(old.name, old, None, is_stale=True)
    return CacheChange(old.name, delta.entry, None, is_stale=delta.is_stale)
