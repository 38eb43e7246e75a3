"""Runs a script on kubewright's caches and queues, and tells what happened as the Go side does.

A script is plain data: a kind and steps; the Go side is in ``clientgo``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from kubewright.cache import (
    Bookmark,
    DeletedObject,
    Delta,
    DeltaFIFO,
    Entry,
    EntryCodec,
    Indexer,
    InformerOptions,
    Notification,
    RealFIFO,
    ReplacedAll,
    SharedIndexInformer,
    Store,
    SyncAll,
)
from kubewright.meta_v1 import KubernetesObject, ListMeta
from kubewright.resource import ResourceInfo
from kubewright.schema import GroupVersionKind, GroupVersionResource, ObjectName
from kubewright.watch.lister_watcher import Page, decode_frame, parts_of
from kubewright.workqueue import QueueShutDown, WorkQueue
from tests.support.following import FastClock
from tests.support.patience import wait_until
from tests.support.scripted import status

__all__ = ["Script", "Step", "run"]

Step = dict[str, Any]
Script = dict[str, Any]

NAMESPACE = "shop"
_WAIT = 20.0


class _Thing(KubernetesObject):
    api_version: str = "example.com/v1"
    kind: str = "Thing"


class _ThingInformer(SharedIndexInformer[_Thing]):
    info = ResourceInfo(
        GroupVersionResource("example.com", "v1", "things"),
        kind=GroupVersionKind("example.com", "v1", "Thing"),
        namespaced=True,
    )
    model = _Thing


def run(script: Script) -> list[str]:
    """Return the trace of a script."""
    runners: dict[str, Callable[[list[Step]], list[str]]] = {
        "delta_fifo": _run_delta_fifo,
        "real_fifo": lambda steps: _run_real_fifo(steps, atomic=False),
        "real_fifo_atomic": lambda steps: _run_real_fifo(steps, atomic=True),
        "indexer": _run_indexer,
        "workqueue": _run_workqueue,
        "informer": _run_informer,
    }
    return runners[script["kind"]](script["steps"])


def _wire(item: Step) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": item.get("name", ""),
        "namespace": NAMESPACE,
        "uid": item.get("uid", ""),
        "resourceVersion": item.get("version", ""),
    }
    if item.get("labels"):
        metadata["labels"] = {"sizes": item["labels"]}
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata}


def _entry(item: Step) -> Entry:
    return EntryCodec(_Thing).entry_of(parts_of(json.dumps(_wire(item)).encode()))


def _words(notification: Notification) -> str:
    if isinstance(notification, ReplacedAll):
        names = ",".join(f"{e.name.name} {e.resource_version}" for e in notification.entries)
        return f"ReplacedAll {names} at {notification.resource_version}"
    if isinstance(notification, SyncAll):
        return "SyncAll"
    if isinstance(notification, Bookmark):
        return f"Bookmark {notification.resource_version}"
    entry = notification.entry
    stale = " stale" if notification.is_stale else ""
    return f"{notification.type} {entry.name.name} {entry.resource_version}{stale}"


def _apply(store: Store[_Thing], notifications: Sequence[Notification]) -> None:
    for each in notifications:
        if isinstance(each, Delta):
            if each.type == "Deleted":
                store.remove(each.entry.name)
            else:
                store.put(each.entry)


class _Popping:
    """Takes what a queue hands out, in words, and keeps the store up to date."""

    def __init__(self) -> None:
        self.store = Store(_Thing)
        self.popped = ""

    def take(self, notifications: Sequence[Notification]) -> None:
        self.popped = ", ".join(map(_words, notifications))
        _apply(self.store, notifications)


def _change(queue: DeltaFIFO | RealFIFO, step: Step) -> None:
    match step["op"]:
        case "add":
            queue.add(_entry(step))
        case "update":
            queue.update(_entry(step))
        case "delete":
            queue.delete(_entry(step))
        case "tombstone":
            queue.delete(_entry(step), is_stale=True)
        case "replace":
            queue.replace([_entry(item) for item in step["items"]], step["version"])
        case "resync":
            queue.resync()
        case "bookmark":
            queue.bookmark(step["version"])
        case _:
            pass


def _run_delta_fifo(steps: list[Step]) -> list[str]:
    popping = _Popping()
    fifo = DeltaFIFO(popping.store)
    trace: list[str] = []
    for step in steps:
        _change(fifo, step)
        match step["op"]:
            case "synced":
                trace.append(f"synced {str(fifo.has_synced).lower()}")
            case "pop":
                trace.append(popping.popped if fifo.pop(popping.take, block=False) else "empty")
            case "drain":
                drained: list[str] = []
                while fifo.pop(popping.take, block=False):
                    drained.append(popping.popped)
                trace += sorted(drained)
            case _:
                pass
    return trace


def _run_real_fifo(steps: list[Step], *, atomic: bool) -> list[str]:
    popping = _Popping()
    fifo = RealFIFO(popping.store, atomic=atomic)
    trace: list[str] = []
    for step in steps:
        _change(fifo, step)
        match step["op"]:
            case "synced":
                trace.append(f"synced {str(fifo.has_synced).lower()}")
            case "drain" | "batches":
                pop = fifo.pop if step["op"] == "drain" else fifo.pop_batch
                drained: list[str] = []
                while pop(popping.take, block=False):
                    drained.append(popping.popped)
                if not atomic:
                    drained.sort(key=lambda text: text.split()[1])
                trace += drained
            case _:
                pass
    return trace


def _by_sizes(thing: _Thing) -> list[str]:
    sizes = thing.metadata.labels.get("sizes", "")
    return sizes.split("+") if sizes else []


def _sorted(entries: Sequence[Entry]) -> str:
    return ",".join(sorted(f"{e.name.name} {e.resource_version}" for e in entries))


def _run_indexer(steps: list[Step]) -> list[str]:
    indexer = Indexer(_Thing)
    trace: list[str] = []
    for step in steps:
        match step["op"]:
            case "add":
                indexer.put(_entry(step))
            case "delete":
                indexer.remove(ObjectName(NAMESPACE, step["name"]))
            case "replace":
                indexer.replace([_entry(item) for item in step["items"]], step["version"])
            case "add_indexers":
                try:
                    indexer.add_indexers({step["value"]: _by_sizes})
                except ValueError:
                    trace.append("conflict")
            case "by_index" | "index" | "values":
                trace.append(_ask(indexer, step))
            case "list":
                trace.append(_sorted(indexer.entries()))
            case _:
                raise ValueError(step["op"])
    return trace


def _ask(indexer: Indexer[_Thing], step: Step) -> str:
    try:
        if step["op"] == "by_index":
            return _sorted(indexer.entries_by_index("sizes", step["value"]))
        if step["op"] == "values":
            return ",".join(sorted(indexer.index_values("sizes")))
        found = indexer.index("sizes", _Thing.from_wire(_wire(step)))
        return _sorted([indexer.entry_from(thing) for thing in found])
    except KeyError:
        return "" if step["op"] == "values" else "no index"


def _run_workqueue(steps: list[Step]) -> list[str]:
    queue = WorkQueue[str]()
    trace: list[str] = []
    for step in steps:
        match step["op"]:
            case "add":
                queue.add(step["name"])
            case "done":
                queue.done(step["name"])
            case "shut_down":
                queue.shut_down()
            case "len":
                trace.append(str(len(queue)))
            case "get":
                try:
                    trace.append(queue.get(0))
                except TimeoutError:
                    trace.append("empty")
                except QueueShutDown:
                    trace.append("shut down")
            case _:
                raise ValueError(step["op"])
    return trace


class _Source:
    """Plays a script: "list" answers the next list, what follows goes into the watch after it."""

    def __init__(self, steps: list[Step]) -> None:
        self._lists: list[Page] = []
        self._watches: list[list[bytes]] = []
        self._end = threading.Event()
        kinds = {"add": "ADDED", "update": "MODIFIED", "delete": "DELETED", "bookmark": "BOOKMARK"}
        for step in steps:
            if step["op"] == "list":
                items = [json.dumps(_wire(item)).encode() for item in step["items"]]
                self._lists.append((items, ListMeta(resource_version=step["version"])))
                self._watches.append([])
                continue
            kind, obj = kinds.get(step["op"], "ERROR"), _wire(step)
            if kind == "ERROR":
                obj = status(410, "Expired")
            self._watches[-1].append(json.dumps({"type": kind, "object": obj}).encode())

    def list(self, **_: Any) -> Page:
        return self._lists.pop(0)

    def watch(self, **_: Any) -> _Events:
        return _Events(self._watches.pop(0) if self._watches else [])


class _Events:
    def __init__(self, frames: list[bytes]) -> None:
        self._frames = frames
        self._end = threading.Event()

    def __iter__(self) -> Any:
        yield from map(decode_frame, self._frames)
        self._end.wait()

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        pass

    def close(self) -> None:
        self._end.set()


def _run_informer(steps: list[Step]) -> list[str]:
    trace: list[str] = []

    def state(thing: _Thing) -> str:
        return f"{thing.metadata.uid} {thing.metadata.resource_version}"

    def deleted(gone: DeletedObject[_Thing]) -> None:
        stale = " stale" if gone.is_stale else ""
        trace.append(f"delete {gone.name.name} {state(gone.last_known)}{stale}")

    options = InformerOptions(watch_list=False)
    informer = _ThingInformer(_Source(steps), options=options, clock=FastClock())
    told = informer.add_event_handler(
        on_add=lambda thing: trace.append(f"add {thing.metadata.name} {state(thing)}"),
        on_update=lambda old, new: trace.append(
            f"update {new.metadata.name} {state(old)} > {state(new)}"
        ),
        on_delete=deleted,
    )
    with informer:
        informer.wait_for(steps[-1]["version"], _WAIT)
        # what was queued before is told before this
        told.wait(_WAIT)
        wait_until(lambda: told.stats.pending == 0)
        threading.Event().wait(0.05)
        return [*trace, f"store {_sorted(informer.indexer.entries())}"]
