"""What server-side apply can own of the types that all kinds share, in wire form.

For type checkers: these describe dicts as YAML has them, with the names of the wire. At run time
nothing uses them, and generated modules of this kind are imported by nobody.
client-go: ``k8s.io/client-go/applyconfigurations/meta/v1``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

__all__ = [
    "BytesApplyConfiguration",
    "ConditionApplyConfiguration",
    "DeleteOptionsApplyConfiguration",
    "FieldSelectorRequirementApplyConfiguration",
    "GroupResourceApplyConfiguration",
    "LabelSelectorApplyConfiguration",
    "LabelSelectorRequirementApplyConfiguration",
    "MicroTimeApplyConfiguration",
    "ObjectMetaApplyConfiguration",
    "OwnerReferenceApplyConfiguration",
    "PreconditionsApplyConfiguration",
    "QuantityApplyConfiguration",
    "TimeApplyConfiguration",
]

BytesApplyConfiguration: TypeAlias = str
"""Base64."""
MicroTimeApplyConfiguration: TypeAlias = str
"""RFC 3339 with six digits of a second: ``2026-01-31T12:00:00.000000Z``."""
QuantityApplyConfiguration: TypeAlias = str | int | float
"""``"500m"``, ``"1Gi"``, ``2``."""
TimeApplyConfiguration: TypeAlias = str
"""RFC 3339: ``2026-01-31T12:00:00Z``."""


class OwnerReferenceApplyConfiguration(TypedDict, total=False):
    """Of an ``OwnerReference``."""

    apiVersion: str
    kind: str
    name: str
    uid: str
    controller: bool
    blockOwnerDeletion: bool


class ObjectMetaApplyConfiguration(TypedDict, total=False):
    """Of ``ObjectMeta``: what a writer may set, or must name to be sure of what it writes to."""

    name: str
    generateName: str
    namespace: str
    uid: str
    resourceVersion: str
    labels: dict[str, str]
    annotations: dict[str, str]
    ownerReferences: list[OwnerReferenceApplyConfiguration]
    finalizers: list[str]


class LabelSelectorRequirementApplyConfiguration(TypedDict, total=False):
    """Of a ``LabelSelectorRequirement``."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] | str
    values: list[str]


FieldSelectorRequirementApplyConfiguration: TypeAlias = LabelSelectorRequirementApplyConfiguration


class LabelSelectorApplyConfiguration(TypedDict, total=False):
    """Of a ``LabelSelector``."""

    matchLabels: dict[str, str]
    matchExpressions: list[LabelSelectorRequirementApplyConfiguration]


class GroupResourceApplyConfiguration(TypedDict, total=False):
    """Of a ``GroupResource``."""

    group: str
    resource: str


class ConditionApplyConfiguration(TypedDict, total=False):
    """Of a ``Condition``."""

    type: str
    status: Literal["True", "False", "Unknown"] | str
    observedGeneration: int
    lastTransitionTime: TimeApplyConfiguration
    reason: str
    message: str


class PreconditionsApplyConfiguration(TypedDict, total=False):
    """Of ``Preconditions``."""

    uid: str
    resourceVersion: str


class DeleteOptionsApplyConfiguration(TypedDict, total=False):
    """Of ``DeleteOptions``, which an eviction holds."""

    apiVersion: str
    kind: str
    gracePeriodSeconds: int
    preconditions: PreconditionsApplyConfiguration
    orphanDependents: bool
    propagationPolicy: Literal["Orphan", "Background", "Foreground"] | str
    dryRun: list[str]
    ignoreStoreReadErrorWithClusterBreakingPotential: bool
