"""A session with a real server, informer included, is played again without it."""

from __future__ import annotations

import json
import queue
from pathlib import Path

import pytest

from kubewright import ObjectMeta, connect
from kubewright.rest.client import RESTClient
from kubewright.testing import Replay, recording
from kubewright_k8s import Clientset, SharedInformerFactory
from kubewright_k8s.core_v1 import ConfigMap, Secret
from tests.support.apiserver import Endpoint

pytestmark = pytest.mark.conformance

WAIT = 20.0


def _session(rest: RESTClient, namespace: str) -> list[str]:
    """Change an object when the informer has told of the change before."""
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()
    cs = Clientset(rest)
    maps = cs.core_v1.config_maps(namespace)
    cs.core_v1.secrets(namespace).create(
        Secret(metadata=ObjectMeta(name="s"), string_data={"password": "hunter2"})
    )
    factory = SharedInformerFactory(cs, namespace=namespace)
    factory.core_v1.config_maps.add_event_handler(
        on_add=lambda obj: seen.put(f"added {obj.data}"),
        on_update=lambda old, new: seen.put(f"updated {new.data}"),
        on_delete=lambda obj: seen.put("deleted"),
    )
    told: list[str] = []
    with factory:
        factory.wait_for_cache_sync(WAIT)
        maps.create(ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "1"}))
        told.append(seen.get(timeout=WAIT))
        maps.patch("a", {"data": {"k": "2"}})
        told.append(seen.get(timeout=WAIT))
        maps.delete("a")
        told.append(seen.get(timeout=WAIT))
    return told


def test_an_informer_sees_the_same_when_it_is_played(
    api_server: Endpoint, namespace: str, tmp_path: Path
) -> None:
    file = tmp_path / "session.jsonl"
    kubeconfig = json.loads(api_server.kubeconfig_text())
    with connect(kubeconfig=kubeconfig, wrap=[recording(file)]) as rest:
        recorded = _session(rest, namespace)

    played = _session(RESTClient(Replay(file)), namespace)

    assert recorded == ["added {'k': '1'}", "updated {'k': '2'}", "deleted"]
    assert played == recorded
    text = file.read_text()
    assert not [word for word in ("hunter2", "aHVudGVyMg", api_server.token) if word in text]
