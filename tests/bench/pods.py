"""Pods such as a busy cluster holds: about 12.9 kB of compact JSON, half of it managedFields.

A server makes the managedFields from who wrote what: the pod, its status and an annotation are
written by three managers, as a controller, a kubelet and a network plugin would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["NAMESPACES", "Write", "namespaces", "writes_of"]

Json = dict[str, Any]

NAMESPACES = 20
_NODES = 100
_STARTED = "2026-03-01T09:{minute:02d}:{second:02d}Z"
_REGISTRY = "images.example.com/shop"


@dataclass(frozen=True, slots=True)
class Write:
    """One request that brings a pod into the server."""

    method: str
    path: str
    body: Json
    content_type: str = "application/json"


def namespaces() -> list[str]:
    """The namespaces that the pods are in."""
    return [f"team-{number:02d}" for number in range(NAMESPACES)]


def writes_of(index: int) -> Iterator[Write]:
    """The requests for one pod; the same for the same number."""
    pod = _pod(index)
    meta = pod["metadata"]
    path = f"/api/v1/namespaces/{meta['namespace']}/pods"
    own = f"{path}/{meta['name']}"
    merge = "application/merge-patch+json"
    yield Write("POST", f"{path}?fieldManager=kube-controller-manager", pod)
    status = {"status": _status(index, pod)}
    yield Write("PATCH", f"{own}/status?fieldManager=kubelet", status, merge)
    if index % 2:
        network = {"metadata": {"annotations": {"k8s.v1.cni.cncf.io/network-status": _cni(index)}}}
        yield Write("PATCH", f"{own}?fieldManager=multus", network, merge)


def _pod(index: int) -> Json:
    app = f"{('checkout', 'catalog', 'payments', 'search', 'mailer')[index % 5]}-{index % 40:02d}"
    replica_set = f"{app}-{_digest('rs', index % 200, 9)}"
    token = f"kube-api-access-{_digest('token', index, 5)}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(index, app, replica_set),
        "spec": {
            "serviceAccountName": app,
            "nodeName": f"node-{index % _NODES:03d}",
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 45,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "fsGroup": 10001},
            "initContainers": [_container("migrate", app, index, token, probes=False)],
            "containers": [
                _container("app", app, index, token),
                _container("proxy", "envoy", index, token, probes=False),
            ],
            "volumes": _volumes(app, token),
            "tolerations": [
                {"key": "dedicated", "operator": "Equal", "value": "web", "effect": "NoSchedule"},
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists"}
                | {"effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists"}
                | {"effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
    }


def _metadata(index: int, app: str, replica_set: str) -> Json:
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": replica_set,
        "uid": _uid("owner", index % 200),
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "name": f"{replica_set}-{index:05d}",
        "namespace": namespaces()[index % NAMESPACES],
        "labels": {
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/instance": f"{app}-production",
            "app.kubernetes.io/version": f"1.{index % 40}.{index % 7}",
            "app.kubernetes.io/part-of": "shop",
            "app.kubernetes.io/managed-by": "Helm",
            "pod-template-hash": replica_set.rpartition("-")[2],
        },
        "annotations": {
            "checksum/config": _digest("config", index % 40, 64),
            "prometheus.io/scrape": "true",
            "prometheus.io/port": "9102",
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
        },
        "ownerReferences": [owner],
    }


def _container(name: str, image: str, index: int, token: str, *, probes: bool = True) -> Json:
    found: Json = {
        "name": name,
        "image": f"{_REGISTRY}/{image}:v1.{index % 40}.{index % 7}",
        "imagePullPolicy": "IfNotPresent",
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "DATABASE_PASSWORD"}
            | {"valueFrom": {"secretKeyRef": {"name": "database", "key": "password"}}},
        ],
        "resources": {
            "requests": {"cpu": f"{50 + index % 8 * 25}m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "512Mi"},
        },
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/app", "readOnly": True},
            {"name": "cache", "mountPath": "/var/cache/app"},
            {"name": token, "readOnly": True}
            | {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    if probes:
        found["ports"] = [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
        check = {"path": "/healthz", "port": "http", "scheme": "HTTP"}
        found["livenessProbe"] = {"httpGet": check, "periodSeconds": 10, "failureThreshold": 6}
        found["readinessProbe"] = {"httpGet": check, "periodSeconds": 5, "timeoutSeconds": 2}
    return found


def _volumes(app: str, token: str) -> list[Json]:
    sources: list[Json] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {
            "configMap": {
                "name": "kube-root-ca.crt",
                "items": [{"key": "ca.crt", "path": "ca.crt"}],
            }
        },
        {
            "downwardAPI": {
                "items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]
            }
        },
    ]
    return [
        {"name": "config", "configMap": {"name": app, "defaultMode": 420}},
        {"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": token, "projected": {"defaultMode": 420, "sources": sources}},
    ]


def _status(index: int, pod: Json) -> Json:
    started = _STARTED.format(minute=index % 60, second=index % 59)
    address = f"10.{index % 200}.{index // 250 % 250}.{index % 250}"
    phase = "Running" if index % 20 else "Pending"
    ready = phase == "Running"
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady")
    return {
        "phase": phase,
        "conditions": [
            {"type": kind, "status": str(ready), "lastTransitionTime": started}
            for kind in (*conditions, "PodScheduled")
        ],
        "hostIP": f"192.168.{index % _NODES}.10",
        "hostIPs": [{"ip": f"192.168.{index % _NODES}.10"}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": started,
        "qosClass": "Burstable",
        "initContainerStatuses": [_ended(each, started) for each in pod["spec"]["initContainers"]],
        "containerStatuses": [
            _running(each, started, ready=ready) for each in pod["spec"]["containers"]
        ],
    }


def _running(container: Json, started: str, *, ready: bool) -> Json:
    return {
        **_identity(container),
        "ready": ready,
        "started": ready,
        "restartCount": 0,
        "state": {"running": {"startedAt": started}},
        "lastState": {},
    }


def _ended(container: Json, started: str) -> Json:
    times = {"startedAt": started, "finishedAt": started}
    ended = {"exitCode": 0, "reason": "Completed", **times}
    return {
        **_identity(container),
        "ready": True,
        "restartCount": 0,
        "state": {"terminated": {**ended, "containerID": _identity(container)["containerID"]}},
        "lastState": {},
    }


def _identity(container: Json) -> Json:
    image: str = container["image"]
    return {
        "name": container["name"],
        "image": image,
        "imageID": f"{image.rpartition(':')[0]}@sha256:{_digest(image, 0, 64)}",
        "containerID": f"containerd://{_digest(image, 1, 64)}",
    }


def _cni(index: int) -> str:
    mac = f"0a:58:0a:{index % 200:02x}:{index // 250 % 250:02x}:{index % 250:02x}"
    return f'[{{"name":"cluster","interface":"eth0","mac":"{mac}","default":true,"dns":{{}}}}]'


def _uid(kind: str, number: int) -> str:
    digest = _digest(kind, number, 32)
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))


def _digest(kind: str, number: int, length: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:length]
