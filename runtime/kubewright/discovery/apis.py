"""What discovery says, as values; and how they are read from aggregated discovery.

client-go: ``metav1.APIGroup``, ``metav1.APIResource``, ``discovery.SplitGroupsAndResources``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kubewright.errors import DecodeError
from kubewright.resource import ResourceInfo
from kubewright.schema import GroupVersion, GroupVersionKind, GroupVersionResource

__all__ = ["APIGroup", "APIResource", "APISubresource", "ServerAPIs", "read_apis"]


@dataclass(frozen=True, slots=True)
class APISubresource:
    """A part of a resource with a path of its own, such as ``status`` or ``scale``.

    Attributes:
        name: the last segment of its path.
        kind: what it answers with; ``None`` when the server does not say.
        verbs: what the server serves, sorted.
    """

    name: str
    kind: GroupVersionKind | None
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class APIResource:
    """One resource of one group version, with its subresources."""

    info: ResourceInfo
    subresources: tuple[APISubresource, ...] = ()

    @property
    def gvr(self) -> GroupVersionResource:
        """The group, the version and the plural."""
        return self.info.gvr

    @property
    def kind(self) -> GroupVersionKind:
        """What the objects are."""
        return self.info.kind

    def subresource(self, name: str) -> APISubresource | None:
        """The subresource of that name, if the server has it."""
        return next((each for each in self.subresources if each.name == name), None)


@dataclass(frozen=True, slots=True)
class APIGroup:
    """A group with its versions, as the server orders them.

    Attributes:
        name: empty for the core group.
        versions: the best first.
        preferred_version: the first that can be had.
    """

    name: str
    versions: tuple[str, ...]
    preferred_version: str


@dataclass(frozen=True, slots=True)
class ServerAPIs:
    """Everything that a server serves.

    Attributes:
        groups: in the server's order, the core group first.
        resources: of all versions, in the server's order.
        failures: the group versions whose server did not answer, each with what went wrong; their
            resources are missing, or are those of an earlier answer.
    """

    groups: tuple[APIGroup, ...]
    resources: tuple[APIResource, ...]
    failures: Mapping[GroupVersion, str] = field(default_factory=dict[GroupVersion, str])

    def of(self, group_version: GroupVersion) -> tuple[APIResource, ...]:
        """The resources of one group version."""
        return tuple(each for each in self.resources if each.gvr.group_version == group_version)

    def preferred(self) -> tuple[APIResource, ...]:
        """Each resource once, at its group's preferred version or else at the best that has it."""
        best = {group.name: group.preferred_version for group in self.groups}
        chosen: dict[tuple[str, str], APIResource] = {}
        for each in self.resources:
            key = each.gvr.group, each.gvr.resource
            if key not in chosen or each.gvr.version == best[each.gvr.group]:
                chosen[key] = each
        return tuple(chosen.values())


class _Metadata(msgspec.Struct):
    name: str = ""


class _Kind(msgspec.Struct):
    group: str = ""
    version: str = ""
    kind: str = ""


class _Subresource(msgspec.Struct, rename="camel"):
    subresource: str
    response_kind: _Kind | None = None
    verbs: list[str] | None = None


class _Resource(msgspec.Struct, rename="camel"):
    resource: str
    response_kind: _Kind | None = None
    scope: str = ""
    singular_resource: str = ""
    verbs: list[str] | None = None
    short_names: list[str] | None = None
    categories: list[str] | None = None
    subresources: list[_Subresource] | None = None


class _Version(msgspec.Struct):
    version: str
    freshness: str = "Current"
    resources: list[_Resource] | None = None


class _Group(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    versions: list[_Version] | None = None


def read_apis(
    items: Iterable[dict[str, Any]], failures: Mapping[GroupVersion, str] | None = None
) -> ServerAPIs:
    """Read the items of aggregated discovery.

    Args:
        items: of the core group, and of the others.
        failures: group versions that are known to be missing.

    Raises:
        DecodeError: they are something else.
    """
    try:
        read = msgspec.convert(list(items), list[_Group])
    except msgspec.ValidationError as error:
        raise DecodeError(f"the server's discovery cannot be read: {error}") from error
    failed = dict(failures or {})
    groups: list[APIGroup] = []
    resources: list[APIResource] = []
    for group in read:
        name, versions = group.metadata.name, group.versions or []
        for version in versions:
            group_version = GroupVersion(name, version.version)
            if version.freshness == "Stale":
                failed.setdefault(group_version, "the server behind this API does not answer")
            resources.extend(_resources(group_version, version.resources or []))
        if versions:
            names = tuple(version.version for version in versions)
            current = [version.version for version in versions if version.freshness != "Stale"]
            groups.append(APIGroup(name, names, next(iter(current), names[0])))
    return ServerAPIs(tuple(groups), tuple(resources), failed)


def _resources(group_version: GroupVersion, items: list[_Resource]) -> Iterator[APIResource]:
    for item in items:
        kind = _kind(item.response_kind, group_version)
        if kind is None:
            continue  # nothing can be made of its answers
        info = ResourceInfo(
            GroupVersionResource(group_version.group, group_version.version, item.resource),
            kind=kind,
            namespaced=item.scope == "Namespaced",
            singular=item.singular_resource or kind.kind.lower(),
            verbs=_sorted(item.verbs),
            short_names=tuple(item.short_names or ()),
            categories=tuple(item.categories or ()),
        )
        below = [
            APISubresource(
                sub.subresource, _kind(sub.response_kind, group_version), _sorted(sub.verbs)
            )
            for sub in item.subresources or ()
        ]
        yield APIResource(info, tuple(below))


def _kind(kind: _Kind | None, group_version: GroupVersion) -> GroupVersionKind | None:
    if kind is None or not kind.kind:
        return None
    if not kind.version:  # stands for the group version itself
        return GroupVersionKind(group_version.group, group_version.version, kind.kind)
    return GroupVersionKind(kind.group, kind.version, kind.kind)


def _sorted(verbs: list[str] | None) -> tuple[str, ...]:
    return tuple(sorted(set(verbs or ())))
