"""All that a server in memory holds, as manifests."""

from __future__ import annotations

from typing import Any

from kubewright.testing._apiserver.state import FIRST_NAMESPACES, State, view
from kubewright.testing._apiserver.store import JSONObject
from kubewright.testing.manifests import without_server_fields

__all__ = ["dump"]


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
