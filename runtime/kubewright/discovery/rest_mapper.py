"""Finds resources by what people and objects call them.

client-go: ``meta.RESTMapper``, ``restmapper.NewDiscoveryRESTMapper``,
``restmapper.NewDeferredDiscoveryRESTMapper``, ``restmapper.NewShortcutExpander``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence

from kubewright.discovery._names import GroupNames
from kubewright.discovery.apis import APIResource, ServerAPIs
from kubewright.discovery.client import Discovery
from kubewright.discovery.errors import AmbiguousMatchError, NoMatchError
from kubewright.schema import GroupVersion, GroupVersionKind, GroupVersionResource

__all__ = ["RESTMapper"]

Pick = Callable[[ServerAPIs], list[APIResource]]


class RESTMapper:
    """Finds the resource for a name or a kind.

    Where several versions or groups have it, the core group goes first, then the groups in the
    server's order, each with its preferred version. What is not found is looked for once more in
    what the server says then: a CRD may be new.
    """

    def __init__(self, discovery: Discovery) -> None:
        """Take what tells the resources; nothing is sent."""
        self._discovery = discovery

    def find(self, text: str) -> APIResource:
        """Find a resource by what kubectl takes as an argument.

        Args:
            text: a plural, singular or short name (``deploy``), with a group or a beginning of it
                (``deploy.apps``), with version and group (``deployments.v1.apps``), or a kind in
                the same forms.

        Raises:
            NoMatchError: the server has none; the message says what is called alike.
            AmbiguousMatchError: several have that name.
        """
        return self._one(text, lambda apis: _by_argument(apis, text))

    def resource_for(
        self, resource: str, *, group: str | None = None, version: str | None = None
    ) -> APIResource:
        """Find a resource by its plural, singular or short name.

        Args:
            resource: the name.
            group: a group or, where no version is given, the beginning of one; ``None`` for any.
            version: ``None`` for any.

        Raises:
            NoMatchError: the server has none.
            AmbiguousMatchError: several have that name.
        """
        shown = ".".join(filter(None, (resource, version, group)))
        return self._one(shown, lambda apis: _by_resource(apis, resource, group, version))

    def resource_of(self, kind: str, group: str = "", *versions: str) -> APIResource:
        """Find the resource whose objects are of a kind.

        Args:
            kind: such as ``Deployment``; ``DeploymentList`` finds the same.
            group: of the kind, in full; empty for the core group.
            versions: those that will do, the best first; without any, the preferred one.

        Raises:
            NoMatchError: the server has none.
            AmbiguousMatchError: several resources have objects of the kind.
        """
        shown = f"kind {kind} in {GroupVersion(group, versions[0] if versions else '*')}"
        return self._one(shown, lambda apis: _by_kind(apis, kind, group, versions))

    def resource_of_kind(self, kind: GroupVersionKind) -> APIResource:
        """Find the resource of exactly this kind and version; see `resource_of`."""
        return self.resource_of(kind.kind, kind.group, kind.version)

    def resource_at(self, gvr: GroupVersionResource) -> APIResource:
        """Find exactly this resource.

        Raises:
            NoMatchError: the server does not have it.
        """
        return self._one(
            str(gvr), lambda apis: [each for each in apis.resources if each.gvr == gvr]
        )

    def in_category(self, category: str) -> list[APIResource]:
        """Return the resources of a category such as ``all``, at their preferred versions."""
        return [
            each for each in self._discovery.apis().preferred() if category in each.info.categories
        ]

    def _one(self, shown: str, pick: Pick) -> APIResource:
        apis = self._discovery.apis()
        found = pick(apis)
        if not found:
            apis = self._discovery.refresh()
            found = pick(apis)
        if not found:
            raise _no_match(shown, apis)
        if len(found) > 1:
            names = ", ".join(str(each.gvr) for each in found)
            raise AmbiguousMatchError(f"{shown!r} is ambiguous: {names}", found)
        return found[0]


def _by_argument(apis: ServerAPIs, text: str) -> list[APIResource]:
    name, *rest = text.split(".")
    group = ".".join(rest)
    attempts: list[Callable[[], list[APIResource]]] = []
    if len(rest) > 1:
        version, of_version = rest[0], ".".join(rest[1:])
        attempts.append(lambda: _by_resource(apis, name, of_version or None, version))
        attempts.append(lambda: _by_resource(apis, name, group, None))
        attempts.append(lambda: _by_kind(apis, name, of_version, (version,)))
    else:
        attempts.append(lambda: _by_resource(apis, name, group or None, None))
    attempts.append(lambda: _by_kind(apis, name, group, ()))
    for attempt in attempts:
        if found := attempt():
            return found
    return []


def _by_resource(
    apis: ServerAPIs, resource: str, group: str | None, version: str | None
) -> list[APIResource]:
    name, group = GroupNames(apis).expanded(resource, group)
    name = name.lower()
    matching = [each for each in apis.resources if version is None or each.gvr.version == version]
    named = [each for each in matching if name in (each.gvr.resource, each.info.singular)]
    if group is not None:
        exact = [each for each in named if each.gvr.group == group]
        # storageclass.storage finds storageclasses.storage.k8s.io, if nothing is called just so
        beginning = [each for each in named if version is None and each.gvr.group.startswith(group)]
        named = exact or beginning
    return _preferred(apis, named)


def _by_kind(apis: ServerAPIs, kind: str, group: str, versions: Sequence[str]) -> list[APIResource]:
    names = (kind, kind.removesuffix("List"))
    for name in names:
        found = [
            each
            for each in apis.resources
            if each.gvr.group == group and name in (each.kind.kind, each.kind.kind.lower())
        ]
        if versions:
            wanted = next(
                (v for v in versions if any(each.gvr.version == v for each in found)), None
            )
            found = [each for each in found if each.gvr.version == wanted]
        if found:
            return _preferred(apis, found)
    return []


def _preferred(apis: ServerAPIs, found: list[APIResource]) -> list[APIResource]:
    """Narrow down by what goes first, until one is left or nothing more can be said."""
    for group, version in _priorities(apis):
        matching = [
            each
            for each in found
            if each.gvr.group == group and version in (None, each.gvr.version)
        ]
        if len(matching) == 1:
            return matching
        found = matching or found
    return found


def _priorities(apis: ServerAPIs) -> Iterator[tuple[str, str | None]]:
    yield "", "v1"
    for group in apis.groups:
        yield group.name, group.preferred_version
        for version in group.versions:
            if version != group.preferred_version:
                yield group.name, version
    for group in apis.groups:
        yield group.name, None


def _no_match(shown: str, apis: ServerAPIs) -> NoMatchError:
    names = {
        name
        for each in apis.resources
        for name in (each.gvr.resource, each.info.singular, each.kind.kind)
    }
    alike = difflib.get_close_matches(shown.removeprefix("kind ").split(" ")[0], sorted(names), 3)
    hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
    if apis.failures:
        silent = ", ".join(str(each) for each in sorted(apis.failures))
        hint += f"; {silent} did not answer and may have it"
    return NoMatchError(f"the server has no {shown!r}{hint}", apis.failures)
