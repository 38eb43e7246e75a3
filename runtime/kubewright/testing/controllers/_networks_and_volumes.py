"""What a cloud gives: addresses of load balancers, and volumes.

cloud-provider: ``controllers/service``; kube-controller-manager: ``pkg/controller/volume``.
"""

from __future__ import annotations

from itertools import count

from kubewright.testing._apiserver.streams import WatchFrame
from kubewright.testing.cluster import FakeCluster
from kubewright.testing.controllers._stand_ins import JSONObject, Server, StandIn, meta_of, part

__all__ = ["load_balancers", "volume_claims"]


def load_balancers(cluster: FakeCluster, *, hostname: str | None = None) -> StandIn:
    """Give each Service of the type LoadBalancer an address.

    Args:
        cluster: where Services are made from now on.
        hostname: the name that all get; without it each gets an address of 192.0.2.0/24.
    """
    server = Server(cluster)
    numbers = count(1)

    def follow(frame: WatchFrame) -> None:
        namespace, name = meta_of(frame.object)
        service = server.get(f"/api/v1/namespaces/{namespace}/services", name)
        if service is None:
            return
        has_address = bool(part(service, "status", "loadBalancer", "ingress"))
        is_wanted = part(service, "spec", "type") == "LoadBalancer"
        if is_wanted and not has_address:
            ip = f"192.0.2.{(next(numbers) - 1) % 254 + 1}"
            address = {"hostname": hostname} if hostname else {"ip": ip, "ipMode": "VIP"}
            server.put_status(service, {"loadBalancer": {"ingress": [address]}})
        elif has_address and not is_wanted:
            server.put_status(service, {"loadBalancer": {}})

    return StandIn(cluster, {"services": follow})


def volume_claims(cluster: FakeCluster) -> StandIn:
    """Bind each PersistentVolumeClaim to a PersistentVolume made for it; both go together.

    Both have a finalizer that protects them while they are in use; here that is never.
    """
    server = Server(cluster)

    def follow_volume(frame: WatchFrame) -> None:
        _, name = meta_of(frame.object)
        if frame.type != "DELETED":
            path = f"/api/v1/persistentvolumes/{name}"
            server.release(path, frame.object, "kubernetes.io/pv-protection")

    def follow(frame: WatchFrame) -> None:
        namespace, name = meta_of(frame.object)
        volume = f"pv-{namespace}-{name}"
        if frame.type == "DELETED":
            server.delete("/api/v1/persistentvolumes", [{"metadata": {"name": volume}}])
            return
        claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        claim = server.get(claims, name)
        if claim is None:
            return
        server.release(f"{claims}/{name}", claim, "kubernetes.io/pvc-protection")
        if part(claim, "status", "phase") == "Bound":
            return
        _bind(server, claim, volume)

    reactors = {"persistentvolumeclaims": follow, "persistentvolumes": follow_volume}
    return StandIn(cluster, reactors)


def _bind(server: Server, claim: JSONObject, volume: str) -> None:
    """Make the volume that a claim asks for, and bind both."""
    spec: JSONObject = part(claim, "spec") or {}
    modes: list[str] = spec.get("accessModes") or []
    capacity: JSONObject = part(spec, "resources", "requests") or {}
    reference = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": claim["metadata"]["namespace"],
        "name": claim["metadata"]["name"],
        "uid": claim["metadata"]["uid"],
    }
    server.put(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": volume},
            "spec": {"accessModes": modes, "capacity": capacity, "claimRef": reference},
            "status": {"phase": "Bound"},
        }
    )
    status = {"phase": "Bound", "accessModes": modes, "capacity": capacity}
    bound = {**spec, "volumeName": spec.get("volumeName") or volume}
    server.put({**claim, "spec": bound, "status": status})
