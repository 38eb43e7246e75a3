"""An informer on a faulty server: what it holds and tells, against the truth."""

from __future__ import annotations

import os
import random
import threading
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self

from kubewright._clock import StopToken
from kubewright.cache import DeletedObject, InformerOptions, SharedIndexInformer
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.typed import AllNamespaces, ResourceClient
from tests.support.scripted import WIDGET, WIDGETS, Widget

__all__ = ["INFO", "FastClock", "Following", "Replay", "Truth", "informer_threads", "open_sockets"]

Key = tuple[str, str]
INFO = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)


class Widgets(ResourceClient[Widget]):
    info = INFO
    model = Widget


class AllWidgets(AllNamespaces[Widget, Widgets]):
    info = INFO
    model = Widget
    client = Widgets


class WidgetInformer(SharedIndexInformer[Widget]):
    info = INFO
    model = Widget


class Truth(Protocol):
    """A server with faults, which knows what an informer's cache should hold."""

    @property
    def requests(self) -> list[Any]:
        """What was asked."""
        ...

    def client(self) -> RESTClient:
        """Connect to it."""
        ...

    def versions(self) -> dict[Key, str]:
        """What there is, in short."""
        ...

    def contents(self) -> dict[Key, dict[str, Any]]:
        """What there is."""
        ...


class FastClock:
    """The machine's clock, some times faster: waits are as many times shorter."""

    def __init__(self, times: float = 50.0) -> None:
        self._times = times

    def monotonic(self) -> float:
        return time.monotonic() * self._times

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        if stop is not None:
            return stop.wait(max(seconds, 0.0) / self._times)
        time.sleep(max(seconds, 0.0) / self._times)
        return False


class Replay:
    """A handler that keeps what follows from what it is told, and what cannot follow."""

    def __init__(self) -> None:
        self.objects: dict[Key, Widget] = {}
        self.contradictions: list[str] = []
        self.calls = 0

    def versions(self) -> dict[Key, str]:
        return {key: obj.metadata.resource_version for key, obj in self.objects.copy().items()}

    def added(self, obj: Widget) -> None:
        self.calls += 1
        key = _key(obj)
        if key in self.objects:
            self.contradictions.append(f"{key} is added and was there")
        self.objects[key] = obj

    def updated(self, old: Widget, new: Widget) -> None:
        self.calls += 1
        before = self.objects.get(_key(new))
        if before is None or before != old:
            self.contradictions.append(f"{_key(new)} is updated and was not so before")
        elif before.metadata.uid != new.metadata.uid:
            self.contradictions.append(f"{_key(new)} is another object and was not deleted")
        self.objects[_key(new)] = new

    def deleted(self, gone: DeletedObject[Widget]) -> None:
        self.calls += 1
        before = self.objects.pop((gone.name.namespace, gone.name.name), None)
        if before is None or before.metadata.uid != gone.last_known.metadata.uid:
            self.contradictions.append(f"{gone.name} is deleted and was not there")


class Following:
    """An informer on a server, with a replaying handler; a context manager."""

    def __init__(
        self, server: Truth, *, namespaces: list[str] | None = None, **options: Any
    ) -> None:
        self.server = server
        self.rest = server.client()
        client = AllWidgets(self.rest)
        seed = random.Random(7)
        sources: Any = client.lister_watcher()
        if namespaces is not None:
            sources = {each: client.lister_watcher(namespace=each) for each in namespaces}
        chosen: dict[str, Any] = {"idle_timeout": 0.5, **options}
        self.informer = WidgetInformer(
            sources,
            options=InformerOptions(**chosen),
            clock=FastClock(),
            rand=seed.random,
        )
        self.replay = Replay()
        self.keys: list[Any] = []
        self.informer.add_event_handler(
            on_add=self.replay.added, on_update=self.replay.updated, on_delete=self.replay.deleted
        )
        self.informer.add_key_handler(self.keys.append)

    def __enter__(self) -> Self:
        self.informer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.informer.stop()
        self.rest.close()

    def cached(self) -> dict[Key, str]:
        """The cache in short."""
        return {
            (entry.name.namespace, entry.name.name): entry.resource_version
            for entry in self.informer.indexer.entries()
        }

    def until_true(self, limit: float = 15.0) -> None:
        """Wait until the cache and what the handler was told are the truth."""
        deadline = time.monotonic() + limit
        while True:
            truth = self.server.versions()
            if self.cached() == truth == self.replay.versions():
                break
            if time.monotonic() > deadline:
                asked = self.server.requests[-30:]
                for what, found in (
                    ("the cache", self.cached()),
                    ("what the handler was told", self.replay.versions()),
                ):
                    differing = dict(set(truth.items()) ^ set(found.items()))
                    assert not differing, (
                        f"{what} is not the truth in {len(differing)} objects, such as"
                        f" {sorted(differing)[:3]}; at {self.informer.resource_version};"
                        f" last error: {self.informer.last_error}; last asked: {asked}"
                    )
            time.sleep(0.005)
        assert self.replay.contradictions == []
        contents = {_key(obj): obj.to_wire() for obj in self.informer.indexer.values()}
        assert contents == self.server.contents()


def open_sockets() -> int:
    """How many sockets this process has."""
    count = 0
    for number in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
        except OSError:
            continue
    return count


def informer_threads() -> list[str]:
    """The names of threads that belong to informers."""
    return [t.name for t in threading.enumerate() if "widgets" in t.name]


def _key(obj: Widget) -> Key:
    return obj.metadata.namespace, obj.metadata.name
