"""What the server in memory says of itself: versions, groups, resources.

apiserver: ``endpoints/discovery`` and ``endpoints/discovery/aggregated``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.documents.archive import packed_document
from kubewright.testing._apiserver.resources import Served, version_order

__all__ = ["KUBERNETES_VERSION", "discover"]

KUBERNETES_VERSION = "v1.37.2"
_AGGREGATED = re.compile(r"g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList")
_READ_WRITE = ("get", "patch", "update")
# where a resource is in several groups, clients take the first
_IN_ORDER = (
    "apiregistration.k8s.io apps events.k8s.io authentication.k8s.io authorization.k8s.io "
    "autoscaling batch certificates.k8s.io networking.k8s.io policy rbac.authorization.k8s.io "
    "storage.k8s.io admissionregistration.k8s.io apiextensions.k8s.io scheduling.k8s.io "
    "coordination.k8s.io node.k8s.io discovery.k8s.io resource.k8s.io flowcontrol.apiserver.k8s.io "
    "storagemigration.k8s.io"
)
_GROUPS = {group: index for index, group in enumerate(_IN_ORDER.split())}
# the order in which servers name the verbs of custom resources
_CUSTOM_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
_SCALE = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
_JSON = "application/json"
# how many segments the paths of documents have at most
_DEEPEST = {"version": 1, "api": 2, "apis": 3}

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
    if not parts or len(parts) > _DEEPEST.get(parts[0], 0):
        return None
    served = sorted(resources, key=lambda r: (r.group, r.plural))
    match parts:
        case ["version"]:
            major, minor = KUBERNETES_VERSION[1:].split(".")[:2]
            version = {"major": major, "minor": minor, "gitVersion": KUBERNETES_VERSION}
            return version, _JSON
        case ["api" | "apis" as root] if _AGGREGATED.search(accept.replace(" ", "")):
            content_type = f"{_JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            return _aggregated([r for r in served if bool(r.group) == (root == "apis")]), (
                content_type
            )
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}, _JSON
        case ["apis"]:
            groups = [_group(name, own) for name, own in _by_group(served).items() if name]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}, _JSON
        case ["apis", group]:
            own = _by_group(served).get(group)
            if own:
                return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, own)}, _JSON
        case ["api", version]:
            return _legacy("", version, served)
        case ["apis", group, version]:
            return _legacy(group, version, served)
        case _:
            pass
    return None


def _by_group(served: Iterable[Served]) -> dict[str, list[Served]]:
    groups: dict[str, list[Served]] = {}
    for resource in sorted(served, key=lambda r: (_GROUPS.get(r.group, len(_GROUPS)), r.group)):
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
    entries = [
        entry
        for resource in served
        if resource.group == group and version in resource.versions
        for entry in _legacy_entries(resource, version)
    ]
    if not entries:
        return None
    # the core group's is of an older version, which had no name
    head = {"kind": "APIResourceList", **({"apiVersion": "v1"} if group else {})}
    group_version = str(GroupVersion(group, version))
    return {**head, "groupVersion": group_version, "resources": entries}, _JSON


def _legacy_entries(resource: Served, version: str) -> Iterator[JSONObject]:
    """Yield a resource and its subresources, in the words of before discovery was aggregated."""
    described = _described(resource, version)
    kept: JSONObject = {
        key: described[key] for key in ("shortNames", "categories") if key in described
    }
    yield {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": described["verbs"],
        **kept,
    }
    own = (resource.group, version)
    for below in described.get("subresources", ()):
        told: JSONObject = below.get("responseKind") or {}
        kind = {key: told[key] for key in ("group", "version") if told.get(key)}
        if (kind.get("group", ""), kind.get("version", "")) == own:
            kind = {}
        yield {
            "name": f"{resource.plural}/{below['subresource']}",
            "singularName": "",
            "namespaced": resource.namespaced,
            **kind,
            "kind": told.get("kind", resource.kind),
            "verbs": below["verbs"],
        }


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
    if resource.is_builtin:
        shipped = _shipped().get((resource.group, version, resource.plural))
        if shipped is not None:
            return shipped
    own = {"group": resource.group, "version": version, "kind": resource.kind}
    entry: JSONObject = {
        "resource": resource.plural,
        "responseKind": own,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": sorted(resource.verbs, key=_CUSTOM_VERBS.index),
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
        "subresources": [
            {
                "subresource": name,
                "responseKind": _SCALE if name == "scale" else own,
                "verbs": list(_READ_WRITE),
            }
            for name in sorted(resource.versions[version].subresources, reverse=True)
        ],
    }
    return {key: value for key, value in entry.items() if value != []}


@cache
def _shipped() -> Mapping[tuple[str, str, str], JSONObject]:
    """Return what a real server tells of each built-in resource; nobody changes it."""
    found: dict[tuple[str, str, str], JSONObject] = {}
    for name in ("api", "apis"):
        document = packed_document(f"discovery/{name}.json") or b"{}"
        for item in msgspec.json.decode(document, type=JSONObject).get("items", ()):
            for version in item["versions"]:
                for entry in version["resources"]:
                    key = item["metadata"]["name"], version["version"], entry["resource"]
                    found[key] = entry
    return found
