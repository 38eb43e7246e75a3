"""All that a server in memory holds, as manifests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kubewright._json import is_object
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.custom.schema import fill_and_prune
from kubewright.testing._apiserver.kinds.typed import WrongTypeError, is_typed, typed
from kubewright.testing._apiserver.parts import without_server_fields
from kubewright.testing._apiserver.state import FIRST_NAMESPACES, State, view
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["dump", "put"]


def dump(state: State, *, server_fields: bool) -> list[JSONObject]:
    """Return every object in the version that it is stored in, by group, kind, namespace and name.

    Args:
        state: of the server.
        server_fields: keep what the server adds to metadata, and the namespaces it begins with.
    """
    by_store = {resource.store: resource for resource in reversed(state.resources.values())}
    found: list[JSONObject] = []
    for _, resource in sorted(by_store.items(), key=lambda item: (item[1].group, item[1].kind)):
        for _, obj in state.store.objects(resource.store):
            shown: Any = view(obj, resource, resource.storage_version)
            if not server_fields:
                shown = without_server_fields(shown)
                if _is_first_namespace(shown):
                    continue
            found.append(shown)
    return found


def put(state: State, wire: Mapping[str, Any]) -> None:
    """Store an object as it is, with what every object has; nothing where it is there already.

    Raises:
        ValueError: its kind is not served, it has no name, or a value is of a wrong type.
    """
    group = GroupVersion.parse(str(wire.get("apiVersion", ""))).group
    kind = wire.get("kind")
    resource = next(
        (r for r in state.resources.values() if (r.group, r.kind) == (group, kind)), None
    )
    given: Any = wire.get("metadata")
    metadata: dict[str, Any] = dict(given) if is_object(given) else {}
    if resource is None or not metadata.get("name"):
        what = "has no metadata.name" if resource else "is of no kind that is served"
        raise ValueError(f"the object {wire.get('apiVersion')} {kind} {what}")
    if resource.namespaced:
        metadata.setdefault("namespace", "default")
    metadata = {"uid": state.new_uid(), "creationTimestamp": state.now()} | metadata
    if resource.counts_generation:
        metadata.setdefault("generation", 1)
    obj = msgspec.json.decode(msgspec.json.encode({**wire, "metadata": metadata}, enc_hook=str))
    if resource.is_builtin and is_typed(obj["apiVersion"], obj["kind"]):
        try:
            obj, _ = typed(obj)
        except WrongTypeError as error:
            raise ValueError(f"the object {kind} {metadata['name']}: {error}") from error
    version = resource.versions.get(str(obj["apiVersion"]).rpartition("/")[2])
    if not resource.is_builtin and version is not None:
        obj, _ = fill_and_prune(obj, version.schema)
    key = (metadata["namespace"] if resource.namespaced else "", metadata["name"])
    new = {k: v for k, v in obj.items() if k not in ("apiVersion", "kind")}
    present = state.get(resource, key)
    if present is None or _unversioned(new) != _unversioned(present):
        state.put(resource, key, new)


def _is_first_namespace(obj: JSONObject) -> bool:
    name = obj["metadata"]["name"]
    return (
        obj
        == {
            "kind": "Namespace",
            "apiVersion": "v1",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        and name in FIRST_NAMESPACES
    )


def _unversioned(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in obj["metadata"].items() if k != "resourceVersion"}
    return {**obj, "metadata": metadata}
