"""Resources told from the paths of an OpenAPI document, where there is no discovery beside it.

Short names, categories and irregular singulars are not in there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, DiscoveredSubresource
from kubewright_gen.sources.api_names import is_group, is_kind, is_version

__all__ = ["resources_of_paths"]

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[a-z0-9.-]+))/(?P<version>[a-z0-9-]+)/(?P<watch>watch/)?"
    r"(?P<namespaced>namespaces/\{namespace\}/)?"
    r"(?P<resource>[a-z0-9-]+)(?:/\{name\}(?:/(?P<subresource>[a-z0-9-]+))?(?:/\{path\})?)?/?\Z"
)
_VERBS = {
    "delete": "delete",
    "deletecollection": "deletecollection",
    "get": "get",
    "list": "list",
    "patch": "patch",
    "post": "create",
    "put": "update",
    "watch": "watch",
    "watchlist": "watch",
}
_MAYBE_WATCH = "watch?"  # the list takes the parameter
_METHODS = ("delete", "get", "patch", "post", "put")
_SCALE = GroupVersionKind("autoscaling", "v1", "Scale")


@dataclass(slots=True)
class _Found:
    """What the paths said so far about a resource or a subresource."""

    kinds: dict[str, GroupVersionKind] = field(default_factory=dict[str, GroupVersionKind])
    verbs: set[str] = field(default_factory=set[str])
    namespaced: bool = False
    subresources: dict[str, _Found] = field(default_factory=dict[str, "_Found"])

    @property
    def kind(self) -> GroupVersionKind | None:
        return next((self.kinds[verb] for verb in sorted(self.kinds)), None)


def resources_of_paths(paths: Mapping[str, Any]) -> dict[GroupVersion, list[DiscoveredResource]]:
    """Tell the resources from paths and their ``x-kubernetes-`` extensions.

    Args:
        paths: the ``paths`` of an OpenAPI document, v2 or v3.
    """
    found: dict[GroupVersion, dict[str, _Found]] = {}
    watched: set[GroupVersion] = set()
    for path in sorted(paths):
        match = _PATH.match(path)
        operations = paths[path]
        if match is None or not is_object(operations):
            continue
        group_version = GroupVersion(match["group"] or "", match["version"])
        if match["watch"]:
            watched.add(group_version)
        if not (is_group(group_version.group) and is_version(group_version.version)):
            continue
        resource = found.setdefault(group_version, {}).setdefault(match["resource"], _Found())
        resource.namespaced |= bool(match["namespaced"])
        if match["subresource"]:
            resource = resource.subresources.setdefault(match["subresource"], _Found())
        _read_operations(resource, operations)
    return {
        group_version: _resources(resources, has_watch_paths=group_version in watched)
        for group_version, resources in found.items()
    }


def _read_operations(found: _Found, operations: dict[str, Any]) -> None:
    for method in _METHODS:
        operation = operations.get(method)
        if not is_object(operation):
            continue
        action = operation.get("x-kubernetes-action")
        verb = _VERBS.get(method if action == "connect" else str(action))
        if verb is None:
            continue
        found.verbs.add(verb)
        if verb == "list" and _takes_watch(operation):
            found.verbs.add(_MAYBE_WATCH)
        kind = operation.get("x-kubernetes-group-version-kind")
        if is_object(kind):
            parts = [str(kind.get(name, "")) for name in ("group", "version", "kind")]
            if is_group(parts[0]) and is_version(parts[1]) and is_kind(parts[2]):
                found.kinds[verb] = GroupVersionKind(*parts)


def _takes_watch(operation: dict[str, Any]) -> bool:
    parameters = operation.get("parameters")
    return is_array(parameters) and any(
        is_object(parameter)
        and (parameter.get("name") == "watch" or "/watch-" in str(parameter.get("$ref")))
        for parameter in parameters
    )


def _resources(found: dict[str, _Found], *, has_watch_paths: bool) -> list[DiscoveredResource]:
    resources: list[DiscoveredResource] = []
    for name in sorted(found):
        resource = found[name]
        kind = resource.kind
        if kind is None:
            continue
        verbs = resource.verbs - {_MAYBE_WATCH}
        # custom resources can be watched, and have no paths of their own for it
        if _MAYBE_WATCH in resource.verbs and not has_watch_paths:
            verbs.add("watch")
        resources.append(
            DiscoveredResource(
                name=name,
                singular=kind.kind.lower(),
                kind=kind,
                namespaced=resource.namespaced,
                verbs=tuple(sorted(verbs)),
                subresources=tuple(
                    DiscoveredSubresource(
                        sub,
                        # the paths of custom resources name the resource's kind here
                        _SCALE if sub == "scale" and part.kind == kind else part.kind,
                        tuple(sorted(part.verbs)),
                    )
                    for sub, part in sorted(resource.subresources.items())
                ),
            )
        )
    return resources
