"""What all stand-ins share: to be in place, to read, to write, to own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from kubewright._closing import Closing
from kubewright._json import is_object
from kubewright.errors import NotFoundError
from kubewright.rest.request import Request
from kubewright.testing._apiserver.streams import WatchFrame
from kubewright.testing.cluster import FakeCluster

__all__ = ["Server", "StandIn", "condition", "meta_of", "owner_of", "owner_reference", "part"]

JSONObject = dict[str, Any]


class StandIn(Closing):
    """A stand-in that works; leave the ``with`` block, or call `close`, to end it."""

    def __init__(
        self, cluster: FakeCluster, reactors: Mapping[str, Callable[[WatchFrame], object]]
    ) -> None:
        self._names = ", ".join(reactors)
        self._reactions = [
            cluster.on_change(resource, function) for resource, function in reactors.items()
        ]

    def close(self) -> None:
        """End it; what it made stays."""
        for reaction in self._reactions:
            reaction.close()

    def __repr__(self) -> str:
        return f"<StandIn that follows {self._names}>"


class Server:
    """A stand-in's way to the objects: not recorded, and met by no reactor."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster

    def now(self) -> str:
        """Return the time as in metadata."""
        return self._cluster.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, collection: str, name: str) -> JSONObject | None:
        """Return an object, or None."""
        try:
            answer = self._cluster.unrecorded.send(Request("GET", f"{collection}/{name}"))
        except NotFoundError:
            return None
        obj: JSONObject = msgspec.json.decode(answer.body)
        return obj

    def owned(self, collection: str, owner: Mapping[str, Any], kind: str) -> list[JSONObject]:
        """Return the objects of a collection that an owner controls, by name."""
        answer = self._cluster.unrecorded.send(Request("GET", collection))
        found: list[JSONObject] = []
        for item in msgspec.json.decode(answer.body)["items"]:
            reference = owner_of(item, str(owner["kind"]))
            if reference is not None and reference.get("uid") == owner["metadata"]["uid"]:
                found.append({"apiVersion": _version_in(collection), "kind": kind, **item})
        return found

    def put(self, obj: Mapping[str, Any]) -> None:
        """Store an object as it is, status included."""
        self._cluster.add(obj)

    def put_status(self, obj: Mapping[str, Any], status: JSONObject) -> None:
        """Store what an object is now; nothing where it is that already."""
        self.put({**obj, "status": {**(part(obj, "status") or {}), **status}})

    def release(self, path: str, obj: Mapping[str, Any], finalizer: str) -> None:
        """Let an object go that is being deleted, as far as one finalizer is concerned."""
        metadata = obj["metadata"]
        left = [name for name in metadata.get("finalizers") or () if name != finalizer]
        if "deletionTimestamp" in metadata and left != metadata.get("finalizers"):
            body = msgspec.json.encode({"metadata": {"finalizers": left or None}})
            content_type = "application/merge-patch+json"
            self._cluster.unrecorded.send(
                Request("PATCH", path, body=body, content_type=content_type)
            )

    def delete(self, collection: str, objects: Iterable[Mapping[str, Any]]) -> None:
        """Delete objects of a collection."""
        for obj in objects:
            path = f"{collection}/{obj['metadata']['name']}"
            try:
                self._cluster.unrecorded.send(Request("DELETE", path))
            except NotFoundError:
                continue


def meta_of(obj: Mapping[str, Any]) -> tuple[str, str]:
    """Return namespace and name."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def part(obj: Mapping[str, Any], *path: str) -> Any:
    """Return what is at a path, or None."""
    value: Any = obj
    for key in path:
        value = value.get(key) if is_object(value) else None
    return value


def owner_of(obj: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """Return the reference to the controller of an object, if it is of a kind."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if is_object(reference) and reference.get("controller") and reference.get("kind") == kind:
            return reference
    return None


def owner_reference(owner: Mapping[str, Any]) -> JSONObject:
    """Return the reference of a controller."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition(
    old: Mapping[str, Any], kind: str, is_true: bool, reason: str, now: str
) -> JSONObject:
    """Return a condition of a status, with the time of its last transition."""
    status = "True" if is_true else "False"
    before: Iterable[Mapping[str, Any]] = part(old, "status", "conditions") or ()
    since = next(
        (c["lastTransitionTime"] for c in before if (c["type"], c["status"]) == (kind, status)),
        now,
    )
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": since}


def _version_in(collection: str) -> str:
    parts = collection.strip("/").split("/")
    return parts[1] if parts[0] == "api" else f"{parts[1]}/{parts[2]}"
