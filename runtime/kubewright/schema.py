"""Names of things in the Kubernetes API.

client-go: ``k8s.io/apimachinery/pkg/runtime/schema`` and ``cache.ObjectName``.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GroupVersion", "GroupVersionKind", "GroupVersionResource", "ObjectName"]


@dataclass(frozen=True, slots=True, order=True)
class GroupVersion:
    """An API group at one version, such as ``apps/v1``; the core group's name is empty."""

    group: str
    version: str

    @classmethod
    def parse(cls, api_version: str) -> GroupVersion:
        """Read the wire form.

        Raises:
            ValueError: there is more than one slash, or no version.
        """
        group, slash, version = api_version.rpartition("/")
        if not version or "/" in group or (slash and not group):
            raise ValueError(f"{api_version!r} is no apiVersion: expected 'v1' or 'group/v1'")
        return cls(group, version)

    @property
    def api_version(self) -> str:
        """The wire form: ``apps/v1``, or ``v1`` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def path_prefix(self) -> str:
        """The path under which the group version is served."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def __str__(self) -> str:
        return self.api_version


@dataclass(frozen=True, slots=True, order=True)
class GroupVersionKind:
    """A kind of object, such as ``apps/v1`` ``Deployment``."""

    group: str
    version: str
    kind: str

    @property
    def group_version(self) -> GroupVersion:
        """The group and version alone."""
        return GroupVersion(self.group, self.version)

    @property
    def api_version(self) -> str:
        """The wire form of the group and version: ``apps/v1``, or ``v1`` for the core group."""
        return self.group_version.api_version


@dataclass(frozen=True, slots=True, order=True)
class GroupVersionResource:
    """A REST collection, such as ``apps/v1`` ``deployments``."""

    group: str
    version: str
    resource: str

    @property
    def group_version(self) -> GroupVersion:
        """The group and version alone."""
        return GroupVersion(self.group, self.version)

    @property
    def api_version(self) -> str:
        """The wire form of the group and version: ``apps/v1``, or ``v1`` for the core group."""
        return self.group_version.api_version

    @property
    def path_prefix(self) -> str:
        """The path under which the group version is served."""
        return self.group_version.path_prefix

    def __str__(self) -> str:
        return f"{self.resource}.{self.version}.{self.group or 'core'}"


@dataclass(frozen=True, slots=True, order=True)
class ObjectName:
    """The namespace and name of an object; the key of caches and of work queues.

    The namespace of cluster-scoped objects is empty. client-go: ``cache.ObjectName``.
    """

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name
