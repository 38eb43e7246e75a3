"""Deletion with its options, on the server in memory and on a real one."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MAPS, MERGE, call, config_map
from tests.support.same_answers import Answer, Send, normal, on_fake, on_server

PODS = "/api/v1/namespaces/default/pods"

OPTIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "foreground": {"propagationPolicy": "Foreground"},
    "orphan": {"propagationPolicy": "Orphan"},
    "background": {"propagationPolicy": "Background"},
    "an unknown policy": {"propagationPolicy": "x"},
    "orphan dependents": {"orphanDependents": True},
    "no orphans": {"orphanDependents": False},
    "both": {"orphanDependents": True, "propagationPolicy": "Orphan"},
    "grace": {"gracePeriodSeconds": 5},
    "negative grace": {"gracePeriodSeconds": -1},
    "dry run": {"dryRun": ["All"]},
    "an unknown dry run": {"dryRun": ["x"]},
    "uid": {"preconditions": {"uid": "x"}},
    "version": {"preconditions": {"resourceVersion": "1"}},
    "another kind": {"kind": "Foo", "apiVersion": "v1"},
    "an unknown option": {"foo": 1},
}


def pod(node: str = "n1", **spec: Any) -> dict[str, Any]:
    containers = [{"name": "c", "image": "x"}]
    return {"metadata": {"name": "p"}, "spec": {"containers": containers, "nodeName": node, **spec}}


GRACE: list[tuple[Any, str, list[dict[str, Any]]]] = [
    (pod(""), "", [{}]),
    (pod(), "", [{}, {}, {"gracePeriodSeconds": 60}, {"gracePeriodSeconds": 10}]),
    (pod(), "", [{}, {"gracePeriodSeconds": 0}]),
    (pod(terminationGracePeriodSeconds=0), "", [{}]),
    (pod(), "", [{"gracePeriodSeconds": 5, "propagationPolicy": "Foreground"}]),
    (pod(), "", [{"dryRun": "All"}]),
    (pod(), "Succeeded", [{}]),
]


def ending(answer: Answer) -> Any:
    """How an object ends, as far as an answer shows it; else the answer."""
    status, body = answer
    if body.get("kind") == "Status":
        return [status, body]
    metadata = body["metadata"]
    shown = ("finalizers", "deletionGracePeriodSeconds", "generation")
    return [status, "deletionTimestamp" in metadata, [metadata.get(key) for key in shown]]


def both(api_server: Endpoint, namespace: str, ask: Any) -> list[Any]:
    sends = (on_fake(FakeCluster()), on_server(api_server))
    return [normal(ask(send), namespace) for send in sends]


@pytest.mark.conformance
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("finalizers", [[], ["x.io/y"]], ids=["free", "held"])
def test_options(
    api_server: Endpoint, namespace: str, options: dict[str, Any], finalizers: list[str]
) -> None:
    def ask(send: Send) -> Any:
        maps = f"/api/v1/namespaces/{namespace}/configmaps"
        send("POST", maps, config_map("a", finalizers=finalizers))
        deleted = send("DELETE", f"{maps}/a", options)
        return [ending(deleted), ending(send("GET", f"{maps}/a"))]

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
def test_the_last_policy_counts(api_server: Endpoint, namespace: str) -> None:
    def ask(send: Send) -> Any:
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        send("POST", path, config_map("a"))
        policies = ("Foreground", "Orphan", "Foreground", "Background")
        return [ending(send("DELETE", f"{path}/a", propagationPolicy=each)) for each in policies]

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("body", "phase", "queries"),
    GRACE,
    ids=["unscheduled", "less and less", "at once", "no grace", "foreground", "dry", "over"],
)
def test_grace_of_pods(
    api_server: Endpoint, namespace: str, body: Any, phase: str, queries: list[dict[str, Any]]
) -> None:
    def ask(send: Send) -> Any:
        path = f"/api/v1/namespaces/{namespace}/pods"
        send("POST", path, body)
        if phase:
            send("PATCH", f"{path}/p/status", {"status": {"phase": phase}}, content_type=MERGE)
        deleted = [ending(send("DELETE", f"{path}/p", **query)) for query in queries]
        return [*deleted, ending(send("GET", f"{path}/p"))]

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
def test_an_eviction_begins_to_delete(api_server: Endpoint, namespace: str) -> None:
    def ask(send: Send) -> Any:
        path = f"/api/v1/namespaces/{namespace}/pods"
        send("POST", path, pod())
        evicted = send("POST", f"{path}/p/eviction", {"metadata": {"name": "p"}})
        return [evicted, ending(send("GET", f"{path}/p"))]

    fake, real = both(api_server, namespace, ask)
    assert fake == real


def test_a_scheduled_pod_ends_when_its_kubelet_says_so() -> None:
    cluster = FakeCluster()
    call(cluster, "POST", PODS, pod())

    call(cluster, "DELETE", f"{PODS}/p")
    present = call(cluster, "GET", f"{PODS}/p")[1]["metadata"]
    call(cluster, "DELETE", f"{PODS}/p", gracePeriodSeconds=0)

    assert present["deletionGracePeriodSeconds"] == 30
    assert call(cluster, "GET", f"{PODS}/p")[0] == 404


def test_without_a_collector_a_foreground_deletion_waits() -> None:
    cluster = FakeCluster()
    call(cluster, "POST", MAPS, config_map("a"))

    call(cluster, "DELETE", f"{MAPS}/a", propagationPolicy="Foreground")

    finalizers = call(cluster, "GET", f"{MAPS}/a")[1]["metadata"]["finalizers"]
    assert finalizers == ["foregroundDeletion"]
