"""An informer of custom resources, on a real server that is killed and compacts what it keeps."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from kubewright import KubeError, ObjectMeta
from kubewright.cache import InformerOptions
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from tests.support.apiserver import APIServer
from tests.support.following import AllWidgets, Replay, WidgetInformer, informer_threads
from tests.support.generating import install_crds
from tests.support.patience import until_answered, wait_until
from tests.support.scripted import Widget

pytestmark = pytest.mark.conformance

LIMIT = 90.0
NAMESPACE = "default"
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"size": {"type": "integer"}},
                    }
                },
            }
        ],
    },
}


@pytest.fixture
def server() -> Iterator[APIServer]:
    # what happened is forgotten within two seconds; the default is five minutes
    with APIServer(flags=("--etcd-compaction-interval=1s",)) as server:
        yield server
        server.resume()


@pytest.fixture
def rest(server: APIServer) -> Iterator[RESTClient]:
    config = Config(
        host=server.url,
        ca_data=server.ca_data,
        credentials=StaticCredentials(Credentials(token=server.token)),
        timeout=5.0,
    )
    with RESTClient.for_config(config) as rest:
        install_crds(rest, [DEFINITION])
        yield rest


def write(rest: RESTClient, ends: threading.Event, seed: int) -> None:
    """Change widgets at random, whatever the server answers, until told to end."""
    widgets = AllWidgets(rest)(NAMESPACE)
    rand = random.Random(seed)
    while not ends.is_set():
        name = f"w{rand.randrange(30)}"
        with suppress(KubeError):
            if rand.random() < 0.3:
                widgets.delete(name)
            else:
                made = Widget(metadata=ObjectMeta(name=name), size=rand.randrange(1000))
                widgets.apply(made, field_manager="writer", force=True)


def test_caches_are_the_truth_after_kills_and_compactions(
    server: APIServer, rest: RESTClient
) -> None:
    widgets = AllWidgets(rest)
    informers: list[WidgetInformer] = []
    replays: list[Replay] = []
    for options in (
        InformerOptions(),
        InformerOptions(watch_list=False, compress=True),
        InformerOptions(queue="by object"),
    ):
        informer, replay = WidgetInformer(widgets.lister_watcher(), options=options), Replay()
        informer.add_event_handler(
            on_add=replay.added, on_update=replay.updated, on_delete=replay.deleted
        )
        informer.start()
        informers.append(informer)
        replays.append(replay)
    ends = threading.Event()
    writers = [threading.Thread(target=write, args=[rest, ends, seed]) for seed in (1, 2)]
    try:
        for informer in informers:
            informer.wait_for_cache_sync(LIMIT)
        for writer in writers:
            writer.start()
        time.sleep(3.0)  # longer than what is remembered
        server.kill()
        server.start()
        server.pause()
        time.sleep(1.0)
        server.resume()
        time.sleep(3.0)
        server.kill()
        server.start()
        time.sleep(0.5)
        ends.set()
        for writer in writers:
            writer.join(LIMIT)

        found = until_answered(widgets.list)
        truth = {
            (w.metadata.namespace, w.metadata.name): w.metadata.resource_version for w in found
        }
        assert truth
        wait_until(lambda: all(each.versions() == truth for each in replays), limit=LIMIT)
        for informer in informers:
            cached = {
                (e.name.namespace, e.name.name): e.resource_version
                for e in informer.indexer.entries()
            }
            assert cached == truth
        assert [replay.contradictions for replay in replays] == [[], [], []]
    finally:
        ends.set()
        for informer in informers:
            informer.stop()
    wait_until(lambda: informer_threads() == [])
