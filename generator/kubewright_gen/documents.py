"""What every source hands on: a cluster's discovery and schemas, in one shape and checked.

A live cluster, saved documents and CRD YAML all end here, so that everything after it has one
input and cannot tell where it came from. The shapes follow aggregated discovery
(``apidiscovery.k8s.io/v2``) and OpenAPI v3 as an API server publishes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kubewright.resource import PrinterColumn, ScalePaths
from kubewright.schema import GroupVersion, GroupVersionKind

__all__ = [
    "DiscoveredResource",
    "DiscoveredSubresource",
    "Documents",
    "GroupVersionDocument",
    "Rule",
    "Schema",
]

JsonType = Literal["string", "integer", "number", "boolean", "array", "object"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One CEL rule of a schema (``x-kubernetes-validations``)."""

    rule: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema node, rebuilt from the keywords that mean something to us.

    ``ref`` is the name of a schema of the same document (a lone ``allOf: [{$ref}]``, which is how
    servers write a reference with a description, is folded into it). A node that combines schemas
    (``anyOf``, ``oneOf``, ``allOf``, ``not``) keeps no trace of that unless it changes the type:
    such combinations only constrain values, which the server checks.
    """

    type: JsonType | None = None  # None: any JSON, unless ref or int_or_string says more
    ref: str | None = None
    format: str = ""
    description: str = ""
    nullable: bool = False
    has_default: bool = False
    default: Any = None  # JSON; meaningful where has_default
    properties: Mapping[str, Schema] = field(default_factory=dict[str, "Schema"])
    required: frozenset[str] = frozenset()
    items: Schema | None = None
    additional: Schema | None = None  # additionalProperties: a schema; `true` is Schema()
    enum: tuple[Any, ...] = ()  # JSON scalars
    int_or_string: bool = False
    preserve_unknown_fields: bool = False
    embedded_resource: bool = False
    list_type: str = ""
    list_map_keys: tuple[str, ...] = ()
    map_type: str = ""
    constraints: tuple[tuple[str, Any], ...] = ()  # ("pattern", "^a$"), ("minimum", 1), in order
    rules: tuple[Rule, ...] = ()
    kinds: tuple[GroupVersionKind, ...] = ()  # x-kubernetes-group-version-kind


@dataclass(frozen=True, slots=True)
class DiscoveredSubresource:
    """A subresource of a resource, such as ``status`` or ``scale``."""

    name: str
    kind: GroupVersionKind | None  # what it answers with; None when the server does not say
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiscoveredResource:
    """One resource as discovery (and, for custom ones, its definition) describes it."""

    name: str  # plural, lower case: as in URLs
    singular: str
    kind: GroupVersionKind  # of the objects; its group and version can differ from the resource's
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[DiscoveredSubresource, ...] = ()
    printer_columns: tuple[PrinterColumn, ...] = ()
    selectable_fields: tuple[str, ...] = ()  # JSON paths, as written: ".spec.color"
    scale_paths: ScalePaths | None = None


@dataclass(frozen=True, slots=True)
class GroupVersionDocument:
    """Everything about one group version."""

    group_version: GroupVersion
    resources: tuple[DiscoveredResource, ...]  # sorted by name
    schemas: Mapping[str, Schema]  # by their name in the document, such as io.k8s.api.apps.v1.Scale


@dataclass(frozen=True, slots=True)
class Documents:
    """What one or several sources said, sorted by group and version."""

    group_versions: tuple[GroupVersionDocument, ...]
    problems: tuple[str, ...] = ()  # what could not be read while the rest could: one line each
