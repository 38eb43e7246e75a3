"""What the server in memory says of itself: versions, groups, resources.

apiserver: ``endpoints/discovery`` and ``endpoints/discovery/aggregated``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kubewright.testing._apiserver.resources import Served, version_order

__all__ = ["KUBERNETES_VERSION", "discover"]

KUBERNETES_VERSION = "v1.37.2"
_AGGREGATED = re.compile(r"g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList")
_READ_WRITE = ("get", "patch", "update")
_ONLY_CREATED = frozenset({"binding", "eviction", "token"})

JSONObject = dict[str, Any]


def discover(
    parts: list[str], accept: str, resources: Iterable[Served]
) -> tuple[JSONObject, str] | None:
    """Answer a request for a document; return it with its content type.

    Args:
        parts: the segments of the path.
        accept: what the caller can read.
        resources: what is served.

    Returns:
        ``None`` for any other path.
    """
    served = sorted(resources, key=lambda r: (r.group, r.plural))
    plain = "application/json"
    match parts:
        case ["version"]:
            major, minor = KUBERNETES_VERSION[1:].split(".")[:2]
            version = {"major": major, "minor": minor, "gitVersion": KUBERNETES_VERSION}
            return version, plain
        case ["api" | "apis" as root] if _AGGREGATED.search(accept.replace(" ", "")):
            content_type = f"{plain};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            return _aggregated([r for r in served if bool(r.group) == (root == "apis")]), (
                content_type
            )
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}, plain
        case ["apis"]:
            groups = [_group(name, own) for name, own in _by_group(served).items() if name]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}, plain
        case ["apis", group]:
            own = _by_group(served).get(group)
            if own:
                return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, own)}, plain
        case ["api", version]:
            return _legacy("", version, served)
        case ["apis", group, version]:
            return _legacy(group, version, served)
        case _:
            pass
    return None


def _by_group(served: Iterable[Served]) -> dict[str, list[Served]]:
    groups: dict[str, list[Served]] = {}
    for resource in served:
        groups.setdefault(resource.group, []).append(resource)
    return groups


def _versions(served: Iterable[Served]) -> list[str]:
    found = {version for resource in served for version in resource.versions}
    return sorted(found, key=version_order)


def _group(name: str, served: Iterable[Served]) -> JSONObject:
    versions = [
        {"groupVersion": f"{name}/{version}", "version": version} for version in _versions(served)
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _legacy(group: str, version: str, served: list[Served]) -> tuple[JSONObject, str] | None:
    entries: list[JSONObject] = []
    for resource in served:
        if resource.group != group or version not in resource.versions:
            continue
        shared: JSONObject = {"namespaced": resource.namespaced, "kind": resource.kind}
        entry = {
            "name": resource.plural,
            "singularName": resource.singular,
            **shared,
            "verbs": list(resource.verbs),
            "shortNames": list(resource.short_names),
            "categories": list(resource.categories),
        }
        entries.append({key: value for key, value in entry.items() if value != []})
        entries += [
            {"name": f"{resource.plural}/{name}", "singularName": "", **shared, **below}
            for name, below in _subresources(resource, version).items()
        ]
    if not entries:
        return None
    body: JSONObject = {"kind": "APIResourceList", "apiVersion": "v1"}
    group_version = f"{group}/{version}" if group else version
    return {**body, "groupVersion": group_version, "resources": entries}, "application/json"


def _subresources(resource: Served, version: str) -> Mapping[str, JSONObject]:
    found: dict[str, JSONObject] = {}
    for name in sorted(resource.versions[version].subresources, reverse=not resource.is_builtin):
        verbs = ["create"] if name in _ONLY_CREATED else list(_READ_WRITE)
        found[name] = {"verbs": verbs}
        if name == "scale":
            found[name] |= {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    return found


def _aggregated(served: list[Served]) -> JSONObject:
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [
                {
                    "version": version,
                    "resources": [_described(r, version) for r in own if version in r.versions],
                    "freshness": "Current",
                }
                for version in _versions(own)
            ],
        }
        for name, own in _by_group(served).items()
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _described(resource: Served, version: str) -> JSONObject:
    kind = {"group": resource.group, "version": version, "kind": resource.kind}
    entry: JSONObject = {
        "resource": resource.plural,
        "responseKind": kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
        "subresources": [
            {
                "subresource": name,
                "responseKind": {
                    "group": below.get("group", resource.group),
                    "version": below.get("version", version),
                    "kind": below.get("kind", resource.kind),
                },
                "verbs": below["verbs"],
            }
            for name, below in _subresources(resource, version).items()
        ],
    }
    return {key: value for key, value in entry.items() if value != []}
