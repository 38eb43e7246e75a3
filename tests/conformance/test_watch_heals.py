"""Watches and informers of a real API server that is killed, paused, and forgets versions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from kubewright.cache import DeletedObject
from kubewright.meta_v1 import ObjectMeta
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright.watch import Watch
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.core_v1 import ConfigMap, Namespace
from kubewright_k8s.core_v1.client import ConfigMapClient
from tests.support.apiserver import APIServer
from tests.support.patience import until_answered

pytestmark = pytest.mark.conformance

LIMIT = 30.0  # seconds until a test counts as hung


@pytest.fixture
def server(own_api_server: APIServer) -> Iterator[APIServer]:
    yield own_api_server
    own_api_server.resume()


@pytest.fixture
def clientset(server: APIServer) -> Iterator[Clientset]:
    config = Config(
        host=server.url,
        ca_data=server.ca_data,
        credentials=StaticCredentials(Credentials(token=server.token)),
    )
    with RESTClient.for_config(config) as rest:
        yield Clientset(rest)


@pytest.fixture
def config_maps(clientset: Clientset) -> ConfigMapClient:
    made = clientset.core_v1.namespaces.create(
        Namespace(metadata=ObjectMeta(generate_name="heals-"))
    )
    return clientset.core_v1.config_maps(made.metadata.name)


def put(config_maps: ConfigMapClient, name: str, **data: str) -> None:
    wanted = ConfigMap.from_wire({"metadata": {"name": name}, "data": data})
    until_answered(lambda: config_maps.apply(wanted, field_manager="test"))


def told(watch: Watch[ConfigMap], count: int) -> list[str]:
    # by hand: a for loop would ask for one event too many
    return [f"{e.type} {e.object.metadata.name}" for e in (next(watch) for _ in range(count))]


def test_a_watch_tells_what_is_there_and_then_what_changes(config_maps: ConfigMapClient) -> None:
    put(config_maps, "a")
    with config_maps.watch(timeout=LIMIT) as watch:
        first = told(watch, 1)
        put(config_maps, "a", key="value")
        config_maps.delete("a")

        assert first + told(watch, 2) == ["ADDED a", "MODIFIED a", "DELETED a"]


def test_a_watch_lives_through_a_restart(server: APIServer, config_maps: ConfigMapClient) -> None:
    put(config_maps, "before")
    with config_maps.watch(timeout=LIMIT) as watch:
        first = told(watch, 1)
        server.restart()
        put(config_maps, "after")

        assert first + told(watch, 1) == ["ADDED before", "ADDED after"]


def test_a_version_that_a_restart_made_the_server_forget_is_healed(
    server: APIServer, config_maps: ConfigMapClient
) -> None:
    for name in ("gone", "changed", "same"):
        put(config_maps, name)
    since = config_maps.list()
    config_maps.delete("gone")
    put(config_maps, "changed", key="value")
    put(config_maps, "new")
    server.restart()
    events = config_maps.lister_watcher().watch(resource_version=since.metadata.resource_version)
    first = next(iter(events))
    events.close()
    # else the server still knows the version, and this test would prove nothing
    assert (first.type, bytes(first.object["code"])) == ("ERROR", b"410")

    with config_maps.watch(since=since, timeout=LIMIT) as watch:
        assert sorted(told(watch, 3)) == ["ADDED new", "DELETED gone", "MODIFIED changed"]


def test_a_silent_connection_is_left(server: APIServer, config_maps: ConfigMapClient) -> None:
    put(config_maps, "a")
    watch = Watch(
        config_maps.lister_watcher(),
        ConfigMap,
        info=config_maps.info,
        idle_timeout=0.5,
        timeout=LIMIT,
    )
    with watch:
        first = told(watch, 1)
        server.pause()
        threading.Timer(1.5, server.resume).start()
        threading.Timer(1.6, put, (config_maps, "b")).start()

        assert first + told(watch, 1) == ["ADDED a", "ADDED b"]


def test_stopping_wakes_a_watch_that_waits(config_maps: ConfigMapClient) -> None:
    put(config_maps, "a")
    watch = config_maps.watch(timeout=LIMIT)
    told(watch, 1)
    threading.Timer(0.2, watch.stop).start()
    started = time.monotonic()

    assert list(watch) == []
    assert time.monotonic() - started < 1.2


def test_an_informer_lives_through_a_restart(
    server: APIServer, clientset: Clientset, config_maps: ConfigMapClient
) -> None:
    for name in ("gone", "stays"):
        put(config_maps, name)
    deleted = threading.Event()
    added = threading.Event()

    def on_add(obj: ConfigMap) -> None:
        if obj.metadata.name == "new":
            added.set()

    def on_delete(obj: DeletedObject[ConfigMap]) -> None:
        if obj.name.name == "gone":
            deleted.set()

    factory = SharedInformerFactory(clientset, namespace=config_maps.namespace)
    informer = factory.core_v1.config_maps
    informer.add_event_handler(on_add=on_add, on_delete=on_delete)
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        server.restart()
        config_maps.delete("gone")
        put(config_maps, "new")

        assert deleted.wait(LIMIT)
        assert added.wait(LIMIT)
        assert config_maps.namespace is not None
        cached = informer.lister(config_maps.namespace).list()
        assert sorted(obj.metadata.name for obj in cached) == ["new", "stays"]
