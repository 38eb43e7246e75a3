"""What discovery, or a CRD, says of one resource; generated clients carry it.

client-go: ``metav1.APIResource``, and the parts of a CustomResourceDefinition that a client needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kubewright.schema import GroupVersionKind, GroupVersionResource

__all__ = ["ALL_VERBS", "PrinterColumn", "ResourceInfo", "ScalePaths", "is_built_in"]

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
"""What nearly every resource serves."""

# The groups that the API server itself serves from Go types. No rule on the name tells them: CRDs
# have groups such as gateway.networking.k8s.io.
_BUILT_IN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)


def is_built_in(group: str) -> bool:
    """Whether the API server serves the group itself, from Go types; no CRD is in such a group."""
    return group in _BUILT_IN_GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterColumn:
    """A column that ``kubectl get`` shows for objects of a CRD."""

    name: str
    type: str
    json_path: str
    format: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalePaths:
    """Where the objects of a CRD keep what their ``scale`` subresource shows; JSON paths."""

    spec_replicas: str
    status_replicas: str
    label_selector: str = ""


@dataclass(frozen=True, slots=True)
class ResourceInfo:
    """One resource of one group version.

    Attributes:
        gvr: the group, the version and the plural.
        kind: what the objects are; may be of another group version than the resource.
        namespaced: whether the objects live in namespaces.
        singular: the name for one object, in lower case.
        verbs: what the server serves, sorted.
        short_names: other names that ``kubectl`` takes, such as ``deploy``.
        categories: groups of resources that ``kubectl`` takes, such as ``all``.
        printer_columns: of a CRD.
        selectable_fields: the JSON paths of a CRD that field selectors may use, as written there.
        scale_paths: of a CRD with a scale subresource.
    """

    gvr: GroupVersionResource
    kind: GroupVersionKind = field(kw_only=True)
    namespaced: bool = field(kw_only=True)
    singular: str = field(default="", kw_only=True)
    verbs: tuple[str, ...] = field(default=ALL_VERBS, kw_only=True)
    short_names: tuple[str, ...] = field(default=(), kw_only=True)
    categories: tuple[str, ...] = field(default=(), kw_only=True)
    printer_columns: tuple[PrinterColumn, ...] = field(default=(), kw_only=True)
    selectable_fields: tuple[str, ...] = field(default=(), kw_only=True)
    scale_paths: ScalePaths | None = field(default=None, kw_only=True)

    @property
    def takes_strategic_merge(self) -> bool:
        """Whether the server knows strategic merge patches of it: built-in groups, never CRDs."""
        return is_built_in(self.gvr.group)

    def __str__(self) -> str:
        return str(self.gvr)
