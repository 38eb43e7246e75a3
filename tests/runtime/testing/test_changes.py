"""A function is told of each change, as a controller in the cluster would be."""

from __future__ import annotations

import threading

from kubewright import ObjectMeta
from kubewright.testing import FakeCluster, WatchFrame
from kubewright_k8s.core_v1 import ConfigMap
from kubewright_k8s.fake import FakeClientset

A = ConfigMap(metadata=ObjectMeta(name="a"))


def test_changes_are_told_in_order_and_reads_are_none() -> None:
    cs = FakeClientset()
    maps = cs.core_v1.config_maps("default")
    told: list[str] = []

    def note(frame: WatchFrame) -> None:
        told.append(f"{frame.type} {frame.object['kind']} {frame.object['metadata']['name']}")

    with cs.cluster.on_change("configmaps", note):
        maps.create(A)
        maps.patch("a", {"data": {"k": "v"}})
        maps.list()
        maps.delete("a")
    maps.create(A)

    assert told == ["ADDED ConfigMap a", "MODIFIED ConfigMap a", "DELETED ConfigMap a"]


def test_what_follows_has_happened_when_the_answer_comes() -> None:
    cs = FakeClientset()

    def copy(frame: WatchFrame) -> None:
        metadata = {**frame.object["metadata"], "name": "copy"}
        if frame.object["metadata"]["name"] == "a":
            cs.cluster.add({**frame.object, "metadata": metadata})

    cs.cluster.on_change("configmaps", copy)
    cs.core_v1.config_maps("default").create(A)

    names = [m.metadata.name for m in cs.core_v1.config_maps("default").list()]
    assert names == ["a", "copy"]


def test_threads_that_write_at_once_are_told_of_one_by_one() -> None:
    cluster = FakeCluster()
    told: list[str] = []
    cluster.on_change("configmaps", lambda frame: told.append(frame.object["metadata"]["name"]))

    def write(name: str) -> None:
        cluster.add(ConfigMap(metadata=ObjectMeta(name=name)))

    threads = [threading.Thread(target=write, args=[f"a{i}"]) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(told) == [f"a{i}" for i in range(8)]
