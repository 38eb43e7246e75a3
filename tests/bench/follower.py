"""Follows all pods with one client and prints what it took as JSON.

Run by the Python of that client's own environment: ``python follower.py CLIENT TASK [OPTION...]``
with KUBECONFIG set. Tasks: ``sync`` (until everything is in the cache), ``flood N`` (N events),
``relist URL`` (until a second list is in the cache), ``many N`` (informers in one process), ``stuck
N`` (events, while a handler hangs). Only the standard library may be imported
above the functions; each client is used as its documentation shows.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from importlib import import_module
from typing import Any

SETTLING = 4.0
WATCHED = 3.0  # seconds of a watch that is no failure: before, clients wait longer to list again
Result = dict[str, object]


def memory(name: str) -> float:
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
    raise OSError(f"/proc/self/status has no {name}")


def settled(seconds: float, count: int) -> Result:
    peak = memory("VmHWM")
    time.sleep(SETTLING)
    return {
        "seconds": seconds,
        "peak": peak,
        "settled": memory("VmRSS"),
        "count": count,
        "threads": threading.active_count(),
    }


def ignore(*_: object) -> None:
    pass


class Counter:
    """Counts calls, and tells when all have come."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.count = 0
        self.first = self.last = 0.0
        self.done = threading.Event()

    def __call__(self, *_: object) -> None:
        if self.count == 0:
            self.first = time.perf_counter()
        self.count += 1
        if self.count >= self.wanted:
            self.last = time.perf_counter()
            self.done.set()

    def result(self) -> Result:
        assert self.done.wait(300), f"{self.count} of {self.wanted} events came"
        return settled(self.last - self.first, self.count)


def pods_informer(options: list[str]) -> Any:
    connect = import_module("kubewright").connect
    k8s = import_module("kubewright_k8s")
    made = import_module("kubewright.cache").InformerOptions(
        compress="compressed" in options,
        watch_list="lists" not in options,
        queue="by object" if "by object" in options else "in order",
    )
    factory = k8s.SharedInformerFactory(k8s.Clientset(connect()), options=made)
    return factory.core_v1.pods


def kubewright_sync(*options: str) -> Result:
    informer = pods_informer(list(options))
    started = time.perf_counter()
    informer.start()
    informer.wait_for_cache_sync(120)
    return settled(time.perf_counter() - started, len(informer.indexer))


def kubewright_flood(events: str, *options: str) -> Result:
    informer = pods_informer(list(options))
    counter = Counter(int(events))
    if "typed" in options:

        def look(_: object, new: Any) -> None:
            counter(new.status.phase)

        informer.add_event_handler(on_update=look)
    else:
        informer.add_key_handler(_after_sync(informer, counter))
    informer.start()
    return counter.result()


def _after_sync(informer: Any, counter: Counter) -> Callable[[object], None]:
    """Leave out the names of the first list, of which there are 200."""
    seen = [0]

    def count(name: object) -> None:
        seen[0] += 1
        if seen[0] > 200:
            counter(name)

    return count


def kubewright_relist(url: str, *options: str) -> Result:
    informer = pods_informer(list(options))
    calls = Counter(1 << 60)
    informer.start()
    informer.wait_for_cache_sync(120)
    informer.add_key_handler(calls).wait(60)
    before = calls.count
    time.sleep(WATCHED)
    started = time.perf_counter()
    urllib.request.urlopen(f"{url}/relist", timeout=10).close()
    while informer.resource_version != "2":
        time.sleep(0.001)
    seconds = time.perf_counter() - started
    return {**settled(seconds, len(informer.indexer)), "calls": calls.count - before}


def kubewright_many(number: str) -> Result:
    connect = import_module("kubewright").connect
    k8s = import_module("kubewright_k8s")
    rest = connect()
    base = memory("VmRSS")
    started = time.perf_counter()
    factories = [k8s.SharedInformerFactory(k8s.Clientset(rest)) for _ in range(int(number))]
    for factory in factories:
        factory.core_v1.pods.add_key_handler(ignore)
        factory.start()
    for factory in factories:
        factory.wait_for_cache_sync(300)
    found = settled(time.perf_counter() - started, len(factories))
    # by now handlers that have nothing to do have no threads
    time.sleep(SETTLING)
    return {**found, "base": base, "threads": threading.active_count()}


class Changes:
    """A source of so many changes of a hundred small objects, which then waits."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._end = threading.Event()
        self.sent = threading.Event()

    def list(self, **_: object) -> Any:
        meta = import_module("kubewright.meta_v1").ListMeta
        return [self._object(name, 1) for name in range(100)], meta(resource_version="1")

    def watch(self, **options: object) -> Any:
        return self if options.get("resource_version") == "1" else Changes(0)

    def __iter__(self) -> Any:
        decode = import_module("kubewright.watch.lister_watcher").decode_frame
        for number in range(self._number):
            obj = self._object(number % 100, number + 2)
            yield decode(b'{"type":"MODIFIED","object":' + obj + b"}")
        self.sent.set()
        self._end.wait()

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        pass

    def close(self) -> None:
        self._end.set()

    def _object(self, name: int, version: int) -> bytes:
        return (
            b'{"metadata":{"name":"w%d","namespace":"shop","uid":"u%d","resourceVersion":"%d"},'
            b'"data":{"text":"%b"}}' % (name, name, version, b"x" * 500)
        )


def kubewright_stuck(number: str) -> Result:
    """One handler hangs while there are very many changes; another one must not care."""
    options = import_module("kubewright.cache").InformerOptions(watch_list=False)
    kind = import_module("kubewright_k8s.core_v1.informer").ConfigMapInformer
    source = Changes(int(number))
    informer = kind(source, options=options)
    go = threading.Event()
    told: dict[str, str] = {}

    def stick(_: object, new: Any) -> None:
        go.wait()
        told[new.metadata.name] = new.metadata.resource_version

    stuck = informer.add_event_handler(on_update=stick)
    calls = Counter(int(number))
    informer.add_event_handler(on_update=calls)
    informer.start()
    while stuck.stats.coalesced < 1000:
        time.sleep(0.001)
    before = memory("VmRSS")
    source.sent.wait()
    during, pending = memory("VmRSS"), stuck.stats.pending
    while informer.handlers[1].stats.pending:
        time.sleep(0.01)
    seconds = calls.last - calls.first if calls.done.is_set() else 0.0
    go.set()
    while stuck.stats.pending:
        time.sleep(0.01)
    time.sleep(0.1)
    truth = {e.name.name: e.resource_version for e in informer.indexer.entries()}
    assert told == truth, "the stuck handler does not end in the truth"
    return {
        **settled(seconds, calls.count),
        "before": before,
        "during": during,
        "pending": pending,
        "coalesced": stuck.stats.coalesced,
    }


def kubernetes_api() -> Any:
    import_module("kubernetes.config").load_kube_config()
    return import_module("kubernetes.client").CoreV1Api()


def kubernetes_sync(count: str) -> Result:
    core = kubernetes_api()
    informer = import_module("kubernetes.informer").SharedInformer(
        list_func=core.list_pod_for_all_namespaces
    )
    started = time.perf_counter()
    informer.start()
    # it does not say when it has synced
    while len(informer.cache.list()) < int(count):
        time.sleep(0.01)
    return settled(time.perf_counter() - started, len(informer.cache.list()))


def kubernetes_flood(events: str) -> Result:
    core = kubernetes_api()
    module = import_module("kubernetes.informer")
    informer = module.SharedInformer(list_func=core.list_pod_for_all_namespaces)
    counter = Counter(int(events))
    informer.add_event_handler(module.MODIFIED, counter)
    informer.start()
    return counter.result()


def lightkube_sync() -> Result:
    client = import_module("lightkube").Client()
    pod = import_module("lightkube.resources.core_v1").Pod
    started = time.perf_counter()
    pods = {(p.metadata.namespace, p.metadata.name): p for p in client.list(pod, namespace="*")}
    return settled(time.perf_counter() - started, len(pods))


def lightkube_flood(events: str) -> Result:
    client = import_module("lightkube").Client()
    pod = import_module("lightkube.resources.core_v1").Pod
    counter = Counter(int(events))
    pods: dict[tuple[str, str], object] = {}
    for _, each in client.watch(pod, namespace="*", resource_version="1"):
        pods[each.metadata.namespace, each.metadata.name] = each
        counter()
        if counter.done.is_set():
            break
    return counter.result()


def main(client: str, task: str, *options: str) -> None:
    tasks: dict[str, Callable[..., Result]] = {
        each.__name__: each
        for each in (
            kubewright_sync,
            kubewright_flood,
            kubewright_relist,
            kubewright_many,
            kubewright_stuck,
            kubernetes_sync,
            kubernetes_flood,
            lightkube_sync,
            lightkube_flood,
        )
    }
    json.dump(tasks[f"{client}_{task}"](*options), sys.stdout)
    sys.stdout.flush()
    # threads of some clients have no end
    import_module("os")._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
