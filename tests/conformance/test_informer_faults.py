"""A real server is killed, stopped and restarted under load; caches are what it then holds."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from kubewright import KubeError, ObjectMeta
from kubewright.cache import DeletedObject, InformerOptions
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.core_v1 import ConfigMap, Namespace
from tests.support.apiserver import APIServer
from tests.support.patience import until_answered

pytestmark = pytest.mark.conformance

LIMIT = 90.0
Key = tuple[str, str]


@pytest.fixture
def clientset(own_api_server: APIServer) -> Iterator[Clientset]:
    config = Config(
        host=own_api_server.url,
        ca_data=own_api_server.ca_data,
        credentials=StaticCredentials(Credentials(token=own_api_server.token)),
        timeout=5.0,
    )
    with RESTClient.for_config(config) as rest:
        yield Clientset(rest)
    own_api_server.resume()


class Replay:
    """What follows from what a handler is told, and what cannot."""

    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        self.contradictions: list[str] = []

    def added(self, obj: ConfigMap) -> None:
        if obj.metadata.name in self.state:
            self.contradictions.append(f"{obj.metadata.name} was there")
        self.state[obj.metadata.name] = obj.metadata.resource_version

    def updated(self, old: ConfigMap, new: ConfigMap) -> None:
        if self.state.get(new.metadata.name) != old.metadata.resource_version:
            self.contradictions.append(f"{new.metadata.name} was not at that version")
        self.state[new.metadata.name] = new.metadata.resource_version

    def deleted(self, gone: DeletedObject[ConfigMap]) -> None:
        if self.state.pop(gone.name.name, None) is None:
            self.contradictions.append(f"{gone.name.name} was not there")


class Writers:
    """Change config maps at random, whatever the server answers, until told to end."""

    def __init__(self, clientset: Clientset, namespace: str) -> None:
        self._config_maps = clientset.core_v1.config_maps(namespace)
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=[seed]) for seed in (1, 2)]
        self.writes = 0
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(LIMIT)

    def _write(self, seed: int) -> None:
        rand = random.Random(seed)
        while not self._ends.is_set():
            name = f"w{rand.randrange(30)}"
            wire: Any = {"metadata": {"name": name}, "data": {"k": str(rand.random())}}
            with suppress(KubeError):
                if rand.random() < 0.3:
                    self._config_maps.delete(name)
                else:
                    self._config_maps.apply(wire, field_manager="writer", force=True)
                self.writes += 1


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(InformerOptions(), id="default"),
        pytest.param(InformerOptions(compress=True, watch_list=False), id="compressed, by lists"),
        pytest.param(InformerOptions(queue="by object"), id="by object"),
    ],
)
def test_caches_are_the_truth_after_kills_and_pauses(
    own_api_server: APIServer, clientset: Clientset, options: InformerOptions
) -> None:
    made = until_answered(
        lambda: clientset.core_v1.namespaces.create(
            Namespace(metadata=ObjectMeta(generate_name="faults-"))
        )
    )
    namespace = made.metadata.name
    factory = SharedInformerFactory(clientset, namespace=namespace, options=options)
    informer = factory.core_v1.config_maps
    replay = Replay()
    informer.add_event_handler(
        on_add=replay.added, on_update=replay.updated, on_delete=replay.deleted
    )
    with factory:
        factory.wait_for_cache_sync(LIMIT)
        writers = Writers(clientset, namespace)
        try:
            time.sleep(0.5)
            own_api_server.kill()
            own_api_server.start()
            time.sleep(0.5)
            own_api_server.pause()
            time.sleep(1.0)
            own_api_server.resume()
            time.sleep(0.5)
            # a graceful end and a new start make it forget what the watches have seen
            own_api_server.restart()
            time.sleep(0.5)
        finally:
            writers.end()
        assert writers.writes > 50

        last = until_answered(
            lambda: clientset.core_v1.config_maps(namespace).apply(
                {"metadata": {"name": "last"}}, field_manager="writer"
            )
        )
        informer.wait_for(last.metadata.resource_version, LIMIT)
        truth = {
            each.metadata.name: each.metadata.resource_version
            for each in until_answered(clientset.core_v1.config_maps(namespace).list)
        }
        cached = {e.name.name: e.resource_version for e in informer.indexer.entries()}
        deadline = time.monotonic() + LIMIT
        while replay.state != truth and time.monotonic() < deadline:
            time.sleep(0.05)

    assert cached == truth
    assert replay.state == truth
    assert replay.contradictions == []
    assert [t.name for t in threading.enumerate() if "configmaps" in t.name] == []
