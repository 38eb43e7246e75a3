"""What the server in memory knows, and who watches it; all of it guarded by one lock."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kubewright._clock import Clock
from kubewright.testing._apiserver.builtin import builtin_resources
from kubewright.testing._apiserver.parts import items_at
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL, Served, read_crd
from kubewright.testing._apiserver.selection import Selection
from kubewright.testing._apiserver.store import Change, JSONObject, Key, Store
from kubewright.testing._apiserver.streams import WatchStream

__all__ = ["FIRST_NAMESPACES", "OpenWatch", "State", "push", "random_uid", "view"]

# a name made from generateName has this many characters of its own, from this alphabet
_SUFFIX = 5
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_PREFIX = 58
_CRDS = (CRD_GROUP, CRD_PLURAL)
_NAMESPACES = ("", "namespaces")
FIRST_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


@dataclass(frozen=True, slots=True, eq=False)
class OpenWatch:
    """A watch, and how it sees the objects."""

    resource: Served
    version: str
    selection: Selection
    with_bookmarks: bool
    stream: WatchStream


class State:
    """Objects, resources and open watches.

    Its methods are called with `lock` held.
    """

    def __init__(
        self, *, clock: Clock, rand: Callable[[], float], new_uid: Callable[[], str]
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.store = Store()
        self.resources = {(r.group, r.plural): r for r in builtin_resources()}
        self.watches: list[OpenWatch] = []
        self.observers: list[Callable[[Served, Change], object]] = []
        self._rand = rand
        self.new_uid = new_uid
        for name in FIRST_NAMESPACES:
            self.put(self.resources[_NAMESPACES], ("", name), self._namespace(name))

    def now(self) -> str:
        """Return the time as in metadata: whole seconds, UTC."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def generated_name(self, prefix: str) -> str:
        """Return a name as the server makes it from ``generateName``."""
        suffix = (_ALPHABET[int(self._rand() * len(_ALPHABET))] for _ in range(_SUFFIX))
        return prefix[:_LONGEST_PREFIX] + "".join(suffix)

    def get(self, resource: Served, key: Key) -> JSONObject | None:
        """Return an object as it is stored."""
        return self.store.get(resource.store, key)

    def put(self, resource: Served, key: Key, obj: JSONObject) -> JSONObject:
        """Store an object, tell who watches, and serve what it defines."""
        change = self.store.put(resource.store, key, obj)
        self._tell(resource, change)
        if resource.store == _CRDS and _is_established(change.obj):
            self.serve(read_crd(change.obj))
        return change.obj

    def remove(self, resource: Served, key: Key, last: JSONObject) -> JSONObject:
        """Remove an object, tell who watches, and clean up after it."""
        change = self.store.remove(resource.store, key, last)
        self._tell(resource, change)
        if resource.store == _CRDS:
            self._stop_serving(read_crd(change.obj))
        elif key[0]:
            self.finish_namespace(key[0])
        return change.obj

    def serve(self, resource: Served) -> None:
        """Serve a resource from now on, or as it is now."""
        self.resources[resource.group, resource.plural] = resource

    def objects_in(self, namespace: str) -> Iterable[tuple[Served, Key, JSONObject]]:
        """Return every object of a namespace."""
        by_store = {resource.store: resource for resource in self.resources.values()}
        for kind in self.store.kinds():
            for key, obj in self.store.objects(kind):
                if key[0] == namespace:
                    yield by_store[kind], key, obj

    def finish_namespace(self, namespace: str) -> None:
        """Remove a namespace that is ending, when the last of its objects is gone."""
        key = ("", namespace)
        obj = self.store.get(_NAMESPACES, key)
        if obj is None or "deletionTimestamp" not in obj["metadata"]:
            return
        if not obj["metadata"].get("finalizers") and not self.store.holds_any_in(namespace):
            self.remove(self.resources[_NAMESPACES], key, obj)

    def bookmark(self, watch: OpenWatch, *, ends_initial_events: bool = False) -> None:
        """Tell one watch up to which version it knows everything."""
        metadata: JSONObject = {"resourceVersion": str(self.store.version)}
        if ends_initial_events:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        bare: JSONObject = {"metadata": metadata}
        watch.stream.push("BOOKMARK", view(bare, watch.resource, watch.version))

    def close_watch(self, stream: WatchStream) -> None:
        """Forget a watch that was closed; takes the lock by itself."""
        with self.lock:
            self.watches = [watch for watch in self.watches if watch.stream is not stream]

    def _tell(self, resource: Served, change: Change) -> None:
        for watch in self.watches:
            if watch.resource.store == change.kind:
                push(watch, change)
        for observe in self.observers:
            observe(resource, change)

    def _stop_serving(self, resource: Served) -> None:
        self.resources.pop((resource.group, resource.plural), None)
        for key, obj in self.store.objects(resource.store):
            self.remove(resource, key, obj)
        for watch in self.watches:
            if watch.resource.store == resource.store:
                watch.stream.end()

    def _namespace(self, name: str) -> JSONObject:
        return {
            "metadata": {
                "name": name,
                "uid": self.new_uid(),
                "creationTimestamp": self.now(),
                "labels": {"kubernetes.io/metadata.name": name},
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }


def push(watch: OpenWatch, change: Change) -> None:
    """Tell one watch of a change, if that is its business."""
    event = watch.selection.event_of(change)
    if event is not None:
        watch.stream.push(event[0], view(event[1], watch.resource, watch.version))


def view(obj: JSONObject, resource: Served, version: str) -> JSONObject:
    """Return an object as one version of its resource shows it; nothing is converted."""
    head = {"kind": resource.kind, "apiVersion": resource.api_version(version)}
    return head | {key: value for key, value in obj.items() if key not in head}


def _is_established(crd: JSONObject) -> bool:
    conditions = items_at(crd, "status", "conditions")
    refused = [c for c in conditions if c.get("type") == "Established" and c["status"] == "False"]
    return not refused


def random_uid() -> str:
    """Return a new uid."""
    return str(uuid.uuid4())
