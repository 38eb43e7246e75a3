"""Server-side apply by schema: the same applies to both servers, whole objects compared."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.parts import items_at
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import APPLY, MERGE
from tests.support.same_answers import Send, normal, on_fake, on_server

Step = tuple[str, dict[str, Any], dict[str, Any]]  # manager, configuration, query

POD: dict[str, Any] = {"containers": [{"name": "c", "image": "x"}]}
WORKLOAD = {
    "selector": {"matchLabels": {"a": "b"}},
    "template": {"metadata": {"labels": {"a": "b"}}, "spec": POD},
}


def deployment(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}


def containers(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return deployment(template={"spec": {"containers": list(items), **more}})


def service(*ports: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "spec": {"ports": list(ports), **spec}}


def config_map(metadata: dict[str, Any] | None = None, **data: str) -> dict[str, Any]:
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata or {}}
    return {**head, "data": data} if data else head


def named(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "metadata": {"name": "a", **config.get("metadata", {})}}


BASE: Step = ("a", deployment(**WORKLOAD), {})
ENV = [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]

CASES: dict[str, tuple[str, list[Step]]] = {
    "a deployment": ("/apis/apps/v1/NS/deployments", [BASE]),
    "the same again": ("/apis/apps/v1/NS/deployments", [BASE, BASE]),
    "items of two managers": (
        "/apis/apps/v1/NS/deployments",
        [
            BASE,
            ("b", containers({"name": "d", "image": "d"}), {}),
            ("b", containers({"name": "d", "image": "d", "env": ENV}), {}),
            ("c", containers({"name": "d", "env": ENV[1:]}), {}),
            ("b", deployment(replicas=2), {}),
        ],
    ),
    "ports and their default": (
        "/apis/apps/v1/NS/deployments",
        [
            BASE,
            ("b", containers({"name": "c", "ports": [{"containerPort": 80}]}), {}),
            ("b", containers({"name": "c", "ports": [{"containerPort": 80, "name": "w"}]}), {}),
        ],
    ),
    "conflicts": (
        "/apis/apps/v1/NS/deployments",
        [
            ("a", deployment(**WORKLOAD, replicas=2, paused=True), {}),
            ("b", deployment(replicas=3, paused=False), {}),
            ("b", containers({"name": "c", "image": "y"}), {}),
            ("b", deployment(replicas=3), {"force": "true"}),
            ("a", deployment(**WORKLOAD, paused=True), {}),
        ],
    ),
    "volumes and structs": (
        "/apis/apps/v1/NS/deployments",
        [
            BASE,
            (
                "b",
                containers(
                    {"name": "c", "volumeMounts": [{"name": "v", "mountPath": "/x"}]},
                    volumes=[{"name": "v", "emptyDir": {}}],
                    securityContext={"runAsUser": 5},
                    tolerations=[{"operator": "Exists"}],
                    nodeSelector={"x": "y"},
                ),
                {},
            ),
            ("b", containers(securityContext={"runAsGroup": 6}), {}),
        ],
    ),
    "selectors are one value": (
        "/apis/networking.k8s.io/v1/NS/networkpolicies",
        [
            (
                "a",
                {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "NetworkPolicy",
                    "spec": {
                        "podSelector": {"matchLabels": {"a": "b"}},
                        "ingress": [{"from": [{"podSelector": {}}]}],
                    },
                },
                {},
            ),
        ],
    ),
    "ports of a service": (
        "/api/v1/NS/services",
        [
            ("a", service({"port": 80, "name": "a"}, type="ExternalName", externalName="a.b"), {}),
            ("b", service({"port": 81, "name": "b"}, selector={"x": "y"}), {}),
            ("b", service({"port": 80, "name": "c"}), {}),
            (
                "a",
                service(
                    {"port": 80, "name": "a", "targetPort": "web"},
                    type="ExternalName",
                    externalName="a.b",
                ),
                {},
            ),
        ],
    ),
    "labels, finalizers and data": (
        "/api/v1/NS/configmaps",
        [
            ("a", config_map({"labels": {"x": "1"}, "finalizers": ["a.b/c"]}, k="1", l="2"), {}),
            ("b", config_map({"labels": {"y": "1"}, "finalizers": ["a.b/d"]}, k="1"), {}),
            ("a", config_map({"labels": {}}, l="3"), {}),
            ("b", config_map(), {}),
        ],
    ),
}


@pytest.mark.conformance
@pytest.mark.parametrize("name", list(CASES))
def test_applies(api_server: Endpoint, namespace: str, name: str) -> None:
    path, steps = CASES[name]
    at = path.replace("/NS/", f"/namespaces/{namespace}/") + "/a"

    def ask(send: Send) -> Any:
        return [
            send("PATCH", at, named(config), content_type=APPLY, fieldManager=manager, **query)
            for manager, config, query in steps
        ]

    fake, real = (
        normal(ask(send), namespace) for send in (on_fake(FakeCluster()), on_server(api_server))
    )
    assert _sorted(fake) == _sorted(real)


@pytest.mark.conformance
def test_applies_among_updates(api_server: Endpoint, namespace: str) -> None:
    at = f"/apis/apps/v1/namespaces/{namespace}/deployments"

    def ask(send: Send) -> Any:
        made = {"metadata": {"name": "a"}, "spec": WORKLOAD}
        apply = {"content_type": APPLY, "fieldManager": "m"}
        scale = {"spec": {"replicas": 5}}
        status = {**deployment(), "status": {"replicas": 1}}
        return [
            send("POST", at, made),
            send("PATCH", f"{at}/a", deployment(replicas=1), **apply),
            send("PATCH", f"{at}/a", deployment(replicas=2), **apply),
            send("PATCH", f"{at}/a", scale, content_type=MERGE, fieldManager="z"),
            send("PATCH", f"{at}/a", deployment(replicas=5), **apply),
            send("PATCH", f"{at}/a/status", status, **apply),
            send("PATCH", f"{at}/a", {"metadata": {"managedFields": [{}]}}, content_type=MERGE),
            send("PATCH", f"{at}/a", deployment(paused=True), **apply),
        ]

    fake, real = (
        normal(ask(send), namespace) for send in (on_fake(FakeCluster()), on_server(api_server))
    )
    assert _sorted(fake) == _sorted(real)


def _sorted(answers: list[Any]) -> list[Any]:
    """Put the managed fields in one order: a server sorts them by seconds."""
    for _, body in answers:
        managed = items_at(body, "metadata", "managedFields")
        if managed:
            managed.sort(key=_place)
            body["metadata"]["managedFields"] = managed
    return answers


def _place(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["manager"], entry.get("subresource", "")
