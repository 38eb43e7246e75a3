"""Watching a collection: an iterator of typed events that heals itself.

client-go: ``watch.Interface``, ``watch.RetryWatcher``; unlike the latter it survives a version
that the server has forgotten, by listing again and telling the difference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from kubewright._backoff import BackoffPolicy
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright.meta_v1 import KubernetesObject, ObjectList
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName
from kubewright.watch.errors import ErrorPolicy, ends_watch
from kubewright.watch.lister_watcher import EventType, ListerWatcher, ObjectHead, Parts, head_of
from kubewright.watch.resuming import DEFAULT_IDLE_TIMEOUT, Change, ResumingEvents, Snapshot

__all__ = ["EventType", "Watch", "WatchEvent"]

T = TypeVar("T", bound=KubernetesObject)
_Identity = tuple[str, str, str]
"""Namespace, name and uid: an object that was deleted and made again is another one."""


@dataclass(frozen=True, slots=True)
class WatchEvent(Generic[T]):
    """One change of one object.

    Attributes:
        type: ``BOOKMARK`` comes only to those who ask for it.
        object: as it is after the change; of ``DELETED`` the last state. Of ``BOOKMARK`` only
            the resource version counts.
        is_synthetic: the server did not tell this change: it was found by a list, the first one
            or one after a gap. The object of such a ``DELETED`` has only the metadata that name
            it, with the last version that was seen.
    """

    type: EventType
    object: T
    is_synthetic: bool = False


class Watch(Generic[T]):
    """Iterates over the changes of a collection for ever, in one thread; any thread may stop it.

    Without a resource version it first yields every object that is there as ``ADDED``. It resumes
    by itself after broken, silent and ended connections, and after a gap too long for the server
    it yields what changed meanwhile. For that it remembers names and versions, not objects.

    Iterating raises `UnauthorizedError`, `ForbiddenError`, `NotFoundError` and what else another
    attempt would not change, and `UnreachableError` as long as the server never answered.
    """

    def __init__(
        self,
        source: ListerWatcher,
        model: type[T],
        *,
        info: ResourceInfo | None = None,
        since: ObjectList[T] | None = None,
        resource_version: str | None = None,
        bookmarks: bool = False,
        timeout: float | None = None,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        is_final: ErrorPolicy = ends_watch,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
        backoff: BackoffPolicy | None = None,
    ) -> None:
        """Prepare; nothing is sent before the first event is asked for.

        Args:
            source: what to watch.
            model: what the objects are.
            info: names the kind of objects of which only the name is known.
            since: a list that the caller has: only what changed after it is told.
            resource_version: the same without the list itself. After a gap, the watch can then
                not tell the deletion of an object that it has never seen.
            bookmarks: yield ``BOOKMARK`` events too.
            timeout: seconds after which the iteration ends.
            idle_timeout: seconds without a byte after which a connection counts as dead.
            is_final: which errors are raised.
            clock: measures and waits.
            rand: spreads waits; gives numbers from 0 to 1.
            backoff: waits after failures.
        """
        self._model = model
        self._info = info
        self._bookmarks = bookmarks
        self._stop = StopToken()
        self._known: dict[_Identity, str] = {}
        if since is not None:
            resource_version = since.metadata.resource_version
            for obj in since:
                meta = obj.metadata
                self._known[meta.namespace, meta.name, meta.uid] = meta.resource_version
        self._resuming = ResumingEvents(
            source,
            _Seen,
            stop=self._stop,
            resource_version=resource_version,
            timeout=timeout,
            idle_timeout=idle_timeout,
            is_final=is_final,
            clock=clock,
            rand=rand,
            backoff=backoff,
        )
        self._events = self._run()

    @property
    def resource_version(self) -> str | None:
        """The version up to which the server has told; ``None`` before the first list."""
        return self._resuming.resource_version

    def stop(self) -> None:
        """End the iteration, from any thread; a read that waits is woken."""
        self._stop.stop()

    def __iter__(self) -> Iterator[WatchEvent[T]]:
        return self

    def __next__(self) -> WatchEvent[T]:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> Iterator[WatchEvent[T]]:
        for step in self._resuming:
            events = self._catch_up(step) if isinstance(step, Snapshot) else self._told(step)
            for event in events:
                if self._stop.is_stopped:
                    return
                yield event

    def _told(self, change: Change[_Seen]) -> Iterator[WatchEvent[T]]:
        seen = change.item
        if change.type == "BOOKMARK":
            if self._bookmarks:
                yield WatchEvent("BOOKMARK", self._model.from_parts(seen.parts))
            return
        if change.type == "DELETED":
            self._known.pop(seen.identity, None)
        elif self._known.get(seen.identity) == seen.resource_version != "":
            return  # told already
        else:
            self._known[seen.identity] = seen.resource_version
        yield WatchEvent(change.type, self._model.from_parts(seen.parts))

    def _catch_up(self, snapshot: Snapshot[_Seen]) -> Iterator[WatchEvent[T]]:
        """Tell what the server could not: the difference between a list and what is known."""
        before = self._known
        self._known = {}
        changed: list[tuple[EventType, Parts]] = []
        for seen in snapshot.items:
            self._known[seen.identity] = seen.resource_version
            version = before.pop(seen.identity, None)
            if version is None:
                changed.append(("ADDED", seen.parts))
            elif version != seen.resource_version:
                changed.append(("MODIFIED", seen.parts))
        # deletions first: an object may have been made again under the same name
        for identity, version in before.items():
            yield WatchEvent("DELETED", self._remains(identity, version), is_synthetic=True)
        for event_type, parts in changed:
            yield WatchEvent(event_type, self._model.from_parts(parts), is_synthetic=True)

    def _remains(self, identity: _Identity, version: str) -> T:
        namespace, name, uid = identity
        metadata = {"name": name, "namespace": namespace, "uid": uid, "resourceVersion": version}
        wire: dict[str, object] = {"metadata": {k: v for k, v in metadata.items() if v}}
        if self._info is not None:
            wire = {
                "apiVersion": self._info.kind.api_version,
                "kind": self._info.kind.kind,
                **wire,
            }
        return self._model.from_json(msgspec.json.encode(wire))


class _Seen:
    """An object as it came, and what it is called."""

    __slots__ = ("_head", "parts")

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._head: ObjectHead = head_of(parts)

    @property
    def name(self) -> ObjectName:
        return ObjectName(self._head.namespace, self._head.name)

    @property
    def identity(self) -> _Identity:
        return self._head.namespace, self._head.name, self._head.uid

    @property
    def resource_version(self) -> str:
        return self._head.resource_version
