"""What is refused because it is not valid, of built-in kinds: in the words of a real server."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright._json import is_object
from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.parts import items_at
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MAPS, MERGE, call
from tests.support.same_answers import Send, normal, on_fake, on_server

STRATEGIC = "application/strategic-merge-patch+json"

OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "u"}
POD: dict[str, Any] = {"containers": [{"name": "c", "image": "x"}]}
SELECTOR = {"matchLabels": {"a": "b"}}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": POD}
WORKLOAD: dict[str, Any] = {"selector": SELECTOR, "template": TEMPLATE}
JOB = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
BAD_CONTAINER = {
    "name": "a",
    "image": " x",
    "imagePullPolicy": "x",
    "ports": [{"containerPort": 0}, {"containerPort": 70000, "name": "TOO_LONG_NAME_HERE_X"}],
    "env": [{"name": ""}],
    "resources": {"requests": {"cpu": 2}, "limits": {"cpu": "1"}},
    "volumeMounts": [{"name": "v", "mountPath": "/x"}],
}

METADATA: dict[str, dict[str, Any]] = {
    "label": {"labels": {"a b": "c d"}},
    "long labels": {"labels": {"x" * 64: "y" * 64}},
    "label keys": {"labels": {"a/b/c": "", "/x": "", "b/": ""}},
    "label prefix": {"labels": {"A_b/x": "1"}},
    "annotations": {"annotations": {"A B/c": "x", "UPPER.com/x": "1"}},
    "large annotation": {"annotations": {"a": "x" * 300_000}},
    "finalizers": {"finalizers": ["foo", "a b/c"]},
    "both finalizers": {"finalizers": ["orphan", "foregroundDeletion"]},
    "owners": {"ownerReferences": [{"name": "x"}, {**OWNER, "kind": "Event"}]},
    "owner's version": {"ownerReferences": [{**OWNER, "apiVersion": "a/b/c"}]},
    "long name": {"name": "x" * 254},
    "name": {"name": "A.b_"},
}
CREATES: dict[str, tuple[str, dict[str, Any]]] = {
    "namespace's name": ("/api/v1/namespaces", {"metadata": {"name": "a.b"}}),
    "service's name": ("/api/v1/NS/services", {"metadata": {"name": "a.b"}}),
    "role's name": ("/apis/rbac.authorization.k8s.io/v1/NS/roles", {"metadata": {"name": "a%b"}}),
    "set's name": ("/apis/apps/v1/NS/statefulsets", {"metadata": {"name": "a.b"}, "spec": {}}),
    "empty deployment": ("/apis/apps/v1/NS/deployments", {"spec": {}}),
    "empty daemon set": ("/apis/apps/v1/NS/daemonsets", {"spec": {}}),
    "labels of the template": (
        "/apis/apps/v1/NS/replicasets",
        {
            "spec": {
                "replicas": -1,
                "selector": SELECTOR,
                "template": {
                    "metadata": {"labels": {"a": "c"}},
                    "spec": {**POD, "restartPolicy": "Never"},
                },
            }
        },
    ),
    "empty job": ("/apis/batch/v1/NS/jobs", {"spec": {}}),
    "cron job": (
        "/apis/batch/v1/NS/cronjobs",
        {"metadata": {"name": "a" * 53}, "spec": {"schedule": "x", "jobTemplate": {"spec": JOB}}},
    ),
    "empty pod": ("/api/v1/NS/pods", {"spec": {}}),
    "pod": (
        "/api/v1/NS/pods",
        {
            "spec": {
                "containers": [{"name": "A"}, BAD_CONTAINER, {"name": "a", "image": "x"}],
                "restartPolicy": "x",
            }
        },
    ),
    "empty service": ("/api/v1/NS/services", {"spec": {}}),
    "service": (
        "/api/v1/NS/services",
        {"spec": {"type": "x", "ports": [{"port": 0}, {"port": 70000, "protocol": "x"}]}},
    ),
    "empty claim": ("/api/v1/NS/persistentvolumeclaims", {"spec": {}}),
    "config map": ("/api/v1/NS/configmaps", {"data": {"a b": "1"}}),
    "secret": ("/api/v1/NS/secrets", {"type": "kubernetes.io/tls", "data": {"a b": ""}}),
    "empty ingress": ("/apis/networking.k8s.io/v1/NS/ingresses", {"spec": {}}),
    "role": ("/apis/rbac.authorization.k8s.io/v1/NS/roles", {"rules": [{}]}),
    "cluster role binding": ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {}),
    "storage class": ("/apis/storage.k8s.io/v1/storageclasses", {}),
    "event": ("/api/v1/NS/events", {"involvedObject": {"kind": "Pod", "namespace": "other"}}),
    "pod template": ("/api/v1/NS/podtemplates", {"template": {}}),
    "lease": ("/apis/coordination.k8s.io/v1/NS/leases", {"spec": {"leaseDurationSeconds": 0}}),
}
OTHER_SELECTOR = {
    "spec": {
        "selector": {"matchLabels": {"a": "c"}},
        "template": {"metadata": {"labels": {"a": "c"}}},
    }
}
UPDATES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "deployment": ("/apis/apps/v1/NS/deployments", {"spec": WORKLOAD}, OTHER_SELECTOR),
    "daemon set": ("/apis/apps/v1/NS/daemonsets", {"spec": WORKLOAD}, OTHER_SELECTOR),
    "stateful set": (
        "/apis/apps/v1/NS/statefulsets",
        {"spec": {**WORKLOAD, "serviceName": "s"}},
        {"spec": {"serviceName": "t", "podManagementPolicy": "Parallel"}},
    ),
    "address": (
        "/api/v1/NS/services",
        {"spec": {"ports": [{"port": 80}]}},
        {"spec": {"clusterIP": "None"}},
    ),
    "config map": (
        "/api/v1/NS/configmaps",
        {"data": {"a": "1"}, "immutable": True},
        {"data": {"a": "2"}, "immutable": False},
    ),
    "label of a fixed config map": (
        "/api/v1/NS/configmaps",
        {"data": {"a": "1"}, "immutable": True},
        {"metadata": {"labels": {"a": "b"}}},
    ),
    "secret": (
        "/api/v1/NS/secrets",
        {"data": {"a": "eA=="}, "immutable": True},
        {"stringData": {"a": "2"}},
    ),
    "secret's type": ("/api/v1/NS/secrets", {"type": "a/b"}, {"type": "c/d"}),
    "image": (
        "/api/v1/NS/pods",
        {"spec": POD},
        {"spec": {"containers": [{"name": "c", "image": "y"}]}},
    ),
    "container": (
        "/api/v1/NS/pods",
        {"spec": POD},
        {"spec": {"containers": [{"name": "d", "image": "y"}]}},
    ),
    "node": ("/api/v1/NS/pods", {"spec": POD}, {"spec": {"nodeName": "y"}}),
    "claim": (
        "/api/v1/NS/persistentvolumeclaims",
        {"spec": CLAIM},
        {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
    ),
    "completions": ("/apis/batch/v1/NS/jobs", {"spec": JOB}, {"spec": {"completions": 3}}),
    "parallelism": ("/apis/batch/v1/NS/jobs", {"spec": JOB}, {"spec": {"parallelism": 3}}),
    "role": (
        "/apis/rbac.authorization.k8s.io/v1/NS/rolebindings",
        {"roleRef": {"kind": "Role", "name": "a", "apiGroup": "rbac.authorization.k8s.io"}},
        {"roleRef": {"kind": "ClusterRole"}},
    ),
}


def told(answer: tuple[int, Any]) -> Any:
    """What an answer says of the object, without what a real server tells of its internals."""
    status, body = answer
    causes = items_at(body, "details", "causes") if is_object(body) else []
    told = sorted([cause["reason"], _words(cause["message"]), cause["field"]] for cause in causes)
    return [status, told, body.get("reason") if is_object(body) else None]


def _words(message: str) -> str:
    is_internal = '"APIGroup"' in message or '"apiGroup"' in message
    return "a reference to a role" if is_internal else message.partition("\n@@")[0]


def both(api_server: Endpoint, namespace: str, ask: Any) -> list[Any]:
    sends = (on_fake(FakeCluster()), on_server(api_server))
    return [normal(told(ask(send)), namespace) for send in sends]


@pytest.mark.conformance
@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA)
def test_metadata(api_server: Endpoint, namespace: str, metadata: dict[str, Any]) -> None:
    def ask(send: Send) -> Any:
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        return send("POST", path, {"metadata": {"name": "a", **metadata}})

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize("name", list(CREATES))
def test_creates(api_server: Endpoint, namespace: str, name: str) -> None:
    path, obj = CREATES[name]

    def ask(send: Send) -> Any:
        at = path.replace("/NS/", f"/namespaces/{namespace}/")
        return send("POST", at, {**obj, "metadata": obj.get("metadata", {"name": "a"})})

    fake, real = both(api_server, namespace, ask)
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize("name", list(UPDATES))
def test_updates(api_server: Endpoint, namespace: str, name: str) -> None:
    path, obj, patch = UPDATES[name]
    at = path.replace("/NS/", f"/namespaces/{namespace}/")

    def ask(send: Send) -> Any:
        status, answer = send("POST", at, {**obj, "metadata": {"name": "a"}})
        assert status == 201, answer
        content_type = STRATEGIC if name in ("container", "image", "node") else MERGE
        return send("PATCH", f"{at}/a", patch, content_type=content_type)

    fake, real = both(api_server, namespace, ask)
    assert fake == real


def test_a_refusal_names_every_cause() -> None:
    body = {"metadata": {"name": "A", "labels": {"a b": "1"}}}

    status, answer = call(FakeCluster(), "POST", MAPS, body)

    assert (status, answer["reason"]) == (422, "Invalid")
    assert [cause["field"] for cause in answer["details"]["causes"]] == [
        "metadata.name",
        "metadata.labels",
    ]


def test_a_selector_stays_what_it_was() -> None:
    cluster, path = FakeCluster(), "/apis/apps/v1/namespaces/default/deployments"
    call(cluster, "POST", path, {"metadata": {"name": "a"}, "spec": WORKLOAD})

    status, answer = call(cluster, "PATCH", f"{path}/a", OTHER_SELECTOR, MERGE)

    assert (status, answer["message"]) == (
        422,
        'Deployment.apps "a" is invalid: spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: '
        "field is immutable",
    )
