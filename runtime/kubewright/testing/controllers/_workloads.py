"""Deployments, ReplicaSets and StatefulSets: their pods come up.

kube-controller-manager: ``pkg/controller/deployment``, ``replicaset``, ``statefulset``; kubelet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from kubewright.testing._apiserver.streams import WatchFrame
from kubewright.testing.cluster import FakeCluster
from kubewright.testing.controllers._stand_ins import (
    JSONObject,
    Server,
    StandIn,
    condition,
    meta_of,
    owner_of,
    owner_reference,
    part,
)

__all__ = ["deployments", "pods_path", "put_pod", "replica_sets", "stateful_sets"]

_HASH = "pod-template-hash"


def deployments(cluster: FakeCluster, *, ready: bool = True) -> StandIn:
    """Give each Deployment a ReplicaSet for its present template, with its pods.

    Scaling, a new template, a deleted pod and a deleted Deployment are followed, and the status says
    how many pods are there. `replica_sets` is a part of it.

    Args:
        cluster: those that are made from now on in this one, or changed.
        ready: whether new pods become ready; without it a test sets their status as it likes.
    """
    sets = _ReplicaSets(Server(cluster), ready)
    works = _Deployments(Server(cluster))

    def follow_set(frame: WatchFrame) -> None:
        sets.on_set(frame)
        works.on_set(frame)

    return StandIn(
        cluster,
        {
            "deployments": works.on_deployment,
            "replicasets": follow_set,
            "pods": sets.on_pod,
        },
    )


def replica_sets(cluster: FakeCluster, *, ready: bool = True) -> StandIn:
    """Give each ReplicaSet its pods; see `deployments`."""
    sets = _ReplicaSets(Server(cluster), ready)
    return StandIn(cluster, {"replicasets": sets.on_set, "pods": sets.on_pod})


def stateful_sets(cluster: FakeCluster, *, ready: bool = True) -> StandIn:
    """Give each StatefulSet its pods, ``web-0`` first; no volume claims. See `deployments`."""
    sets = _StatefulSets(Server(cluster), ready)
    return StandIn(cluster, {"statefulsets": sets.on_set, "pods": sets.on_pod})


def pods_path(namespace: str) -> str:
    """Return the path of the pods of a namespace."""
    return f"/api/v1/namespaces/{namespace}/pods"


def put_pod(
    server: Server, owner: Mapping[str, Any], name: str, template: Any, status: JSONObject
) -> None:
    """Store a pod made from the template of its owner."""
    given: JSONObject = part(template, "metadata") or {}
    metadata: JSONObject = {
        **{key: given[key] for key in ("labels", "annotations") if key in given},
        "name": name,
        "namespace": meta_of(owner)[0],
        "ownerReferences": [owner_reference(owner)],
    }
    head = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    server.put({**head, "spec": part(template, "spec") or {}, "status": status})


class _Sets:
    """What is the same for both kinds of sets."""

    plural = ""
    kind = ""

    def __init__(self, server: Server, ready: bool) -> None:
        self._server = server
        self._ready = ready

    def on_set(self, frame: WatchFrame) -> None:
        """Follow a change of a set."""
        namespace, name = meta_of(frame.object)
        if frame.type == "DELETED":
            pods = self._server.owned(pods_path(namespace), frame.object, "Pod")
            self._server.delete(pods_path(namespace), pods)
            return
        current = self._server.get(_path(namespace, self.plural), name)
        if current is not None and "deletionTimestamp" not in current["metadata"]:
            self._reconcile(current)

    def on_pod(self, frame: WatchFrame) -> None:
        """Follow a change of a pod of a set."""
        owner = owner_of(frame.object, self.kind)
        if owner is not None:
            path = _path(meta_of(frame.object)[0], self.plural)
            current = self._server.get(path, str(owner["name"]))
            if current is not None and current["metadata"]["uid"] == owner["uid"]:
                self._reconcile(current)

    def _reconcile(self, owner: JSONObject) -> None:
        namespace, name = meta_of(owner)
        wanted = _replicas(owner)
        pods = {
            pod["metadata"]["name"]: pod
            for pod in self._server.owned(pods_path(namespace), owner, "Pod")
        }
        names = [f"{name}-{index}" for index in range(wanted)]
        template = part(owner, "spec", "template")
        surplus = [pod for pod_name, pod in pods.items() if pod_name not in names]
        missing = [pod_name for pod_name in names if pod_name not in pods]
        self._server.delete(pods_path(namespace), surplus)
        for pod_name in missing:
            put_pod(self._server, owner, pod_name, template, self._pod_status(pod_name))
        if not surplus and not missing:
            # otherwise the pods that were just changed lead here again
            self._server.put_status(owner, self._status(owner, list(pods.values())))

    def _status(self, owner: JSONObject, pods: list[JSONObject]) -> JSONObject:
        ready = sum(map(_is_ready, pods))
        return {
            "replicas": len(pods),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }

    def _pod_status(self, name: str) -> JSONObject:
        now = self._server.now()
        if not self._ready:
            return {"phase": "Pending"}
        names = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
        return {
            "phase": "Running",
            "podIP": _address(name),
            "startTime": now,
            "conditions": [
                {"type": each, "status": "True", "lastTransitionTime": now} for each in names
            ],
        }


class _ReplicaSets(_Sets):
    plural = "replicasets"
    kind = "ReplicaSet"

    def _status(self, owner: JSONObject, pods: list[JSONObject]) -> JSONObject:
        return {**super()._status(owner, pods), "fullyLabeledReplicas": len(pods)}


class _StatefulSets(_Sets):
    plural = "statefulsets"
    kind = "StatefulSet"

    def _status(self, owner: JSONObject, pods: list[JSONObject]) -> JSONObject:
        counts = {"currentReplicas": len(pods), "updatedReplicas": len(pods)}
        return {**super()._status(owner, pods), **counts}


class _Deployments:
    def __init__(self, server: Server) -> None:
        self._server = server

    def on_deployment(self, frame: WatchFrame) -> None:
        """Follow a change of a Deployment."""
        namespace, name = meta_of(frame.object)
        sets = _path(namespace, "replicasets")
        if frame.type == "DELETED":
            self._server.delete(sets, self._server.owned(sets, frame.object, "ReplicaSet"))
            return
        current = self._server.get(_path(namespace, "deployments"), name)
        if current is not None and "deletionTimestamp" not in current["metadata"]:
            self._reconcile(current)

    def on_set(self, frame: WatchFrame) -> None:
        """Follow a change of a ReplicaSet."""
        owner = owner_of(frame.object, "Deployment")
        if owner is not None:
            path = _path(meta_of(frame.object)[0], "deployments")
            current = self._server.get(path, str(owner["name"]))
            if current is not None and current["metadata"]["uid"] == owner["uid"]:
                self._reconcile(current)

    def _reconcile(self, owner: JSONObject) -> None:
        namespace, name = meta_of(owner)
        sets = self._server.owned(_path(namespace, "replicasets"), owner, "ReplicaSet")
        current = f"{name}-{_hash_of(owner)}"
        for each in sets:
            wanted = _replicas(owner) if each["metadata"]["name"] == current else 0
            if _replicas(each) != wanted:
                self._server.put({**each, "spec": {**each["spec"], "replicas": wanted}})
                return  # that change leads here again
        present = next((s for s in sets if s["metadata"]["name"] == current), None)
        if present is None:
            self._server.put(_new_set(owner, current, len(sets) + 1))
            return
        self._server.put_status(owner, self._status(owner, sets, present))

    def _status(self, owner: JSONObject, sets: list[JSONObject], present: JSONObject) -> JSONObject:
        counts: list[JSONObject] = [part(each, "status") or {} for each in sets]
        ready = sum(count.get("readyReplicas", 0) for count in counts)
        wanted = _replicas(owner)
        is_available = ready >= wanted
        now = self._server.now()
        reason = "MinimumReplicasAvailable" if is_available else "MinimumReplicasUnavailable"
        progress = "NewReplicaSetAvailable" if is_available else "ReplicaSetUpdated"
        return {
            "observedGeneration": owner["metadata"].get("generation", 1),
            "replicas": sum(count.get("replicas", 0) for count in counts),
            "updatedReplicas": part(present, "status", "replicas") or 0,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(wanted - ready, 0),
            "conditions": [
                condition(owner, "Available", is_available, reason, now),
                condition(owner, "Progressing", True, progress, now),
            ],
        }


def _new_set(owner: JSONObject, name: str, revision: int) -> JSONObject:
    template: JSONObject = part(owner, "spec", "template") or {}
    digest = {_HASH: _hash_of(owner)}
    metadata: JSONObject = template.get("metadata") or {}
    labels: JSONObject = {**(metadata.get("labels") or {}), **digest}
    selector: JSONObject = part(owner, "spec", "selector") or {}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": meta_of(owner)[0],
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": {
            "replicas": _replicas(owner),
            "selector": {
                **selector,
                "matchLabels": {**(selector.get("matchLabels") or {}), **digest},
            },
            "template": {**template, "metadata": {**metadata, "labels": labels}},
        },
        "status": {"replicas": 0},
    }


def _path(namespace: str, plural: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/{plural}"


def _replicas(obj: Mapping[str, Any]) -> int:
    replicas = part(obj, "spec", "replicas")
    return 1 if replicas is None else int(replicas)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions: list[JSONObject] = part(pod, "status", "conditions") or []
    return any((c["type"], c["status"]) == ("Ready", "True") for c in conditions)


def _hash_of(deployment: Mapping[str, Any]) -> str:
    template = part(deployment, "spec", "template")
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _address(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()
    return f"10.{digest[0]}.{digest[1]}.{digest[2] % 254 + 1}"
