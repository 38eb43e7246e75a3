"""Aggregated discovery as data: which resources there are, how they are called, what they can do.

client-go: ``k8s.io/client-go/discovery`` (``SplitGroupsAndResources``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kubewright._shown import shown
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, DiscoveredSubresource
from kubewright_gen.errors import SourceError
from kubewright_gen.sources.api_names import is_group, is_kind, is_label, is_resource, is_version
from kubewright_gen.sources.json_objects import JSONObject

__all__ = ["DiscoveredGroupVersion", "read_discovery"]

_VERB = re.compile(r"[a-z]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class DiscoveredGroupVersion:
    """One group version in discovery.

    Attributes:
        resources: those that can be used; the names of the others are in the problems.
        problems: one line each.
    """

    group_version: GroupVersion
    resources: tuple[DiscoveredResource, ...]
    problems: tuple[str, ...]


def read_discovery(document: JSONObject) -> Iterator[DiscoveredGroupVersion]:
    """Read an ``APIGroupDiscoveryList`` of ``apidiscovery.k8s.io/v2`` (or ``v2beta1``).

    Raises:
        SourceError: it is something else, or names groups and versions that cannot be.
    """
    if document.text("kind", "") != "APIGroupDiscoveryList":
        raise document.error(
            "kind", f"expected APIGroupDiscoveryList, not {shown(document.data.get('kind'))}"
        )
    for item in document.objects("items"):
        metadata = item.optional_object("metadata")
        group = metadata.text("name", "") if metadata else ""
        if not is_group(group):
            raise item.error("metadata.name", f"{shown(group)} cannot be a group")
        for version in item.objects("versions"):
            name = version.text("version", "")
            if not is_version(name):
                raise version.error("version", f"{shown(name)} cannot be a version")
            yield _read_version(GroupVersion(group, name), version)


def _read_version(group_version: GroupVersion, version: JSONObject) -> DiscoveredGroupVersion:
    problems: list[str] = []
    if version.text("freshness", "") == "Stale":
        problems.append(
            f"{group_version}: the server behind this API does not answer; what it said before is"
            " used as far as it is known"
        )
    resources: dict[str, DiscoveredResource] = {}
    for item in version.objects("resources"):
        try:
            resource = _read_resource(group_version, item)
        except SourceError as error:
            # custom.metrics.k8s.io and its like have resources that no client could have a name for
            problems.append(f"{group_version}: a resource is left out: {error.problem}")
            continue
        if resource.name in resources:
            raise item.error("resource", f"{shown(resource.name)} comes twice")
        resources[resource.name] = resource
    ordered = tuple(resources[name] for name in sorted(resources))
    return DiscoveredGroupVersion(group_version, ordered, tuple(problems))


def _read_resource(group_version: GroupVersion, item: JSONObject) -> DiscoveredResource:
    name = item.text("resource")
    if not is_resource(name):
        raise item.error("resource", f"{shown(name)} cannot be a name in a path")
    kind = _read_kind(group_version, item)
    if kind is None:
        raise item.error("responseKind", f"{shown(name)} has no kind")
    scope = item.text("scope", "")
    if scope not in ("Namespaced", "Cluster"):
        raise item.error("scope", f"{shown(scope)} is no scope of {shown(name)}")
    singular = item.text("singularResource", "") or kind.kind.lower()
    subresources = [_read_subresource(group_version, sub) for sub in item.objects("subresources")]
    return DiscoveredResource(
        name=name,
        singular=singular if is_resource(singular) else kind.kind.lower(),
        kind=kind,
        namespaced=scope == "Namespaced",
        verbs=_read_verbs(item),
        short_names=tuple(short for short in item.texts("shortNames") if is_label(short)),
        categories=tuple(label for label in item.texts("categories") if is_label(label)),
        subresources=tuple(sorted(subresources, key=lambda subresource: subresource.name)),
    )


def _read_subresource(group_version: GroupVersion, item: JSONObject) -> DiscoveredSubresource:
    name = item.text("subresource")
    if not is_resource(name):
        raise item.error("subresource", f"{shown(name)} cannot be a name in a path")
    return DiscoveredSubresource(name, _read_kind(group_version, item), _read_verbs(item))


def _read_verbs(item: JSONObject) -> tuple[str, ...]:
    verbs = item.texts("verbs")
    if not all(_VERB.match(verb) for verb in verbs):
        raise item.error("verbs", "there is something among them that is no verb")
    return tuple(sorted(set(verbs)))


def _read_kind(group_version: GroupVersion, item: JSONObject) -> GroupVersionKind | None:
    kind = item.optional_object("responseKind")
    if kind is None or not kind.text("kind", ""):
        return None
    name, version = kind.text("kind"), kind.text("version", "")
    # an empty version stands for the group version itself
    group = kind.text("group", "") if version else group_version.group
    version = version or group_version.version
    if not (is_kind(name) and is_group(group) and is_version(version)):
        raise kind.error("kind", f"{shown(name)} cannot be a kind")
    return GroupVersionKind(group, version, name)
