"""Generated informers and listers, kept in step by a real server."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kubewright import connect
from kubewright.cache import DeletedObject, SharedIndexInformer
from kubewright.errors import NotFoundError
from kubewright.meta_v1 import ObjectMeta
from kubewright.schema import ObjectName
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.core_v1 import ConfigMap, Node
from kubewright_k8s.core_v1.client import ConfigMapClient
from tests.support.apiserver import Endpoint

pytestmark = pytest.mark.conformance

LIMIT = 20.0  # seconds until a test counts as hung


@dataclass(frozen=True, slots=True)
class Log:
    """What handlers were told, in order."""

    lines: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue[str])

    def on_add(self, obj: ConfigMap) -> None:
        self.lines.put(f"add {obj.metadata.name} {obj.data.get('k', '-')}")

    def on_update(self, old: ConfigMap, new: ConfigMap) -> None:
        self.lines.put(f"update {new.metadata.name} {old.data.get('k')} {new.data.get('k')}")

    def on_delete(self, obj: DeletedObject[ConfigMap]) -> None:
        self.lines.put(f"delete {obj.name.name}")

    def next(self, count: int = 1) -> list[str]:
        return [self.lines.get(timeout=LIMIT) for _ in range(count)]


@pytest.fixture
def config_maps(clientset: Clientset, namespace: str) -> ConfigMapClient:
    return clientset.core_v1.config_maps(namespace)


@pytest.fixture
def factory(clientset: Clientset, namespace: str) -> Iterator[SharedInformerFactory]:
    made = SharedInformerFactory(clientset, namespace=namespace)
    yield made
    made.stop()


def put(config_maps: ConfigMapClient, name: str, value: str, **labels: str) -> None:
    config_maps.apply(
        {"metadata": {"name": name, "labels": labels}, "data": {"k": value}}, field_manager="test"
    )


def test_what_is_there_is_added_before_the_cache_counts_as_synced(
    factory: SharedInformerFactory, config_maps: ConfigMapClient
) -> None:
    for name in ("a", "b", "c"):
        put(config_maps, name, "1")
    log = Log()
    factory.core_v1.config_maps.add_event_handler(on_add=log.on_add)

    with factory:
        factory.wait_for_cache_sync(LIMIT)

        told = [log.lines.get_nowait() for _ in range(3)]

    assert sorted(told) == ["add a 1", "add b 1", "add c 1"]


def test_every_change_is_told_in_order(
    factory: SharedInformerFactory, config_maps: ConfigMapClient
) -> None:
    log = Log()
    factory.core_v1.config_maps.add_event_handler(
        on_add=log.on_add, on_update=log.on_update, on_delete=log.on_delete
    )
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        put(config_maps, "a", "1")
        put(config_maps, "a", "2")
        config_maps.delete("a")
        put(config_maps, "a", "3")

        told = log.next(4)

    assert told == ["add a 1", "update a 1 2", "delete a", "add a 3"]


def test_two_handlers_share_one_informer(
    factory: SharedInformerFactory, config_maps: ConfigMapClient
) -> None:
    logs = Log(), Log()
    for log in logs:
        factory.core_v1.config_maps.add_event_handler(on_add=log.on_add)
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        put(config_maps, "a", "1")

        assert [log.next() for log in logs] == [["add a 1"], ["add a 1"]]


def test_a_key_handler_gets_names(
    factory: SharedInformerFactory, config_maps: ConfigMapClient, namespace: str
) -> None:
    keys: queue.SimpleQueue[ObjectName] = queue.SimpleQueue()
    factory.core_v1.config_maps.add_key_handler(keys.put)
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        put(config_maps, "a", "1")

        assert keys.get(timeout=LIMIT) == ObjectName(namespace, "a")


def test_a_lister_gets_by_namespace_and_selects_by_label(
    clientset: Clientset, config_maps: ConfigMapClient, namespace: str
) -> None:
    put(config_maps, "a", "1", tier="front", test=namespace)
    put(config_maps, "b", "2", tier="back", test=namespace)
    everywhere = SharedInformerFactory(clientset)
    informer = everywhere.core_v1.config_maps
    with everywhere:
        everywhere.wait_for_cache_sync(LIMIT)
        here = informer.lister(namespace)

        assert here.get("a").data == {"k": "1"}
        assert sorted(obj.metadata.name for obj in here.list()) == ["a", "b"]
        assert [o.metadata.name for o in here.list(label_selector="tier in (back)")] == ["b"]
        found = informer.lister.list(label_selector={"test": namespace, "tier": "front"})
        assert [obj.metadata.name for obj in found] == ["a"]
        assert informer.lister("another").list() == []
        with pytest.raises(NotFoundError):
            here.get("c")


def test_a_lister_of_the_cluster_gets_by_name(clientset: Clientset, namespace: str) -> None:
    name = f"node-{namespace}"
    clientset.core_v1.nodes.create(Node(metadata=ObjectMeta(name=name)))
    factory = SharedInformerFactory(clientset)
    nodes = factory.core_v1.nodes
    with factory:
        factory.wait_for_cache_sync(LIMIT)

        assert nodes.lister.get(name).metadata.name == name
    clientset.core_v1.nodes.delete(name)


def test_changing_what_a_lister_gave_changes_no_cache(
    factory: SharedInformerFactory, config_maps: ConfigMapClient, namespace: str
) -> None:
    put(config_maps, "a", "1")
    informer = factory.core_v1.config_maps
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        informer.lister(namespace).get("a").data["k"] = "changed"

        assert informer.lister(namespace).get("a").data == {"k": "1"}


def test_a_factory_stops_promptly_and_leaves_no_thread(
    api_server: Endpoint, namespace: str
) -> None:
    before = set(threading.enumerate())
    with connect(kubeconfig=json.loads(api_server.kubeconfig_text())) as rest:
        factory = SharedInformerFactory(Clientset(rest), namespace=namespace)
        core, apps = factory.core_v1, factory.apps_v1
        informers: list[SharedIndexInformer[Any]] = [
            core.config_maps,
            core.secrets,
            apps.deployments,
        ]
        assert not any(informer.has_synced for informer in informers)
        with factory:
            factory.wait_for_cache_sync(LIMIT)
            assert all(informer.has_synced for informer in informers)

    assert set(threading.enumerate()) == before
