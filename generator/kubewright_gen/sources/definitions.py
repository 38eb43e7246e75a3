"""A CustomResourceDefinition as data: checked as an API server checks it, as far as it matters.

client-go: ``k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubewright._shown import shown
from kubewright.resource import PrinterColumn, ScalePaths
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import (
    DiscoveredResource,
    DiscoveredSubresource,
)
from kubewright_gen.sources.api_names import is_group, is_kind, is_label
from kubewright_gen.sources.json_objects import JSONObject

__all__ = ["Definition", "DefinitionVersion", "read_definition"]

API_GROUP = "apiextensions.k8s.io"
KIND = "CustomResourceDefinition"
_SCOPES = {"Namespaced": True, "Cluster": False}
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_SUBRESOURCE_VERBS = ("get", "patch", "update")
_SCALE = GroupVersionKind("autoscaling", "v1", "Scale")


@dataclass(frozen=True, slots=True)
class DefinitionVersion:
    """One version of a definition.

    Attributes:
        resource: as discovery would describe it, with what only the definition knows.
        schema: the JSON of the schema, not looked at; None where the definition has none.
        place: where the version stands in the file.
    """

    group_version: GroupVersion
    served: bool
    resource: DiscoveredResource
    schema: Any
    place: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a CustomResourceDefinition says; `file` is where it stands."""

    name: str
    file: str
    list_kind: str
    versions: tuple[DefinitionVersion, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    group: str
    plural: str
    singular: str
    kind: str
    list_kind: str
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    namespaced: bool


def read_definition(crd: JSONObject) -> Definition:
    """Read a CustomResourceDefinition of ``apiextensions.k8s.io/v1``.

    Raises:
        SourceError: it has another version, or something in it that an API server refuses.
    """
    if crd.text("apiVersion", "") != f"{API_GROUP}/v1":
        raise crd.error(
            "apiVersion",
            f"{shown(crd.data.get('apiVersion'))} is not read, only {API_GROUP}/v1",
            remedy="convert it: API servers have not taken v1beta1 since Kubernetes 1.22",
        )
    spec = crd.object("spec")
    names = _read_names(spec)
    metadata = crd.object("metadata")
    expected = f"{names.plural}.{names.group}"
    if metadata.text("name", "") != expected:
        found = shown(metadata.data.get("name"))
        raise metadata.error("name", f"{found} has to be {shown(expected)}: plural and group")
    versions: dict[str, DefinitionVersion] = {}
    for version in spec.objects("versions"):
        read = _read_version(names, version)
        if read.group_version.version in versions:
            raise version.error("name", f"{shown(read.group_version.version)} comes twice")
        versions[read.group_version.version] = read
    if not versions:
        raise spec.error("versions", "there is no version")
    return Definition(expected, crd.file, names.list_kind, tuple(versions.values()))


def _checked(
    parent: JSONObject, key: str, check: Callable[[object], bool], default: str | None = None
) -> str:
    value = parent.text(key, default) or default  # servers take empty text as left out
    if value is None or not check(value):
        raise parent.error(key, f"{shown(value)} is no name that an API server accepts")
    return value


def _read_names(spec: JSONObject) -> _Names:
    group = _checked(spec, "group", is_group)
    if "." not in group:
        raise spec.error("group", f"{shown(group)} has to be a domain with a dot in it")
    scope = spec.text("scope", "")
    if scope not in _SCOPES:
        raise spec.error("scope", f"expected Namespaced or Cluster, not {shown(scope)}")
    names = spec.object("names")
    kind = _checked(names, "kind", is_kind)
    list_kind = _checked(names, "listKind", is_kind, f"{kind}List")
    if list_kind == kind:
        raise names.error("listKind", "has to differ from the kind")
    return _Names(
        group=group,
        plural=_checked(names, "plural", is_label),
        singular=_checked(names, "singular", is_label, kind.lower()),
        kind=kind,
        list_kind=list_kind,
        short_names=_labels(names, "shortNames"),
        categories=_labels(names, "categories"),
        namespaced=_SCOPES[scope],
    )


def _labels(names: JSONObject, key: str) -> tuple[str, ...]:
    labels = names.texts(key)
    for label in labels:
        if not is_label(label):
            raise names.error(key, f"{shown(label)} is no name that an API server accepts")
    return labels


def _read_version(names: _Names, version: JSONObject) -> DefinitionVersion:
    group_version = GroupVersion(names.group, _checked(version, "name", is_label))
    kind = GroupVersionKind(names.group, group_version.version, names.kind)
    schema = version.optional_object("schema")
    subresources, scale_paths = _read_subresources(version, kind)
    resource = DiscoveredResource(
        name=names.plural,
        singular=names.singular,
        kind=kind,
        namespaced=names.namespaced,
        verbs=_VERBS,
        short_names=names.short_names,
        categories=names.categories,
        subresources=subresources,
        printer_columns=tuple(
            _read_column(column) for column in version.objects("additionalPrinterColumns")
        ),
        selectable_fields=tuple(
            field.text("jsonPath") for field in version.objects("selectableFields")
        ),
        scale_paths=scale_paths,
    )
    return DefinitionVersion(
        group_version=group_version,
        served=version.flag("served"),
        resource=resource,
        schema=schema.data.get("openAPIV3Schema") if schema else None,
        place=version.at("schema.openAPIV3Schema"),
    )


def _read_subresources(
    version: JSONObject, kind: GroupVersionKind
) -> tuple[tuple[DiscoveredSubresource, ...], ScalePaths | None]:
    subresources = version.optional_object("subresources")
    if subresources is None:
        return (), None
    found: list[DiscoveredSubresource] = []
    paths = None
    scale = subresources.optional_object("scale")
    if scale is not None:
        found.append(DiscoveredSubresource("scale", _SCALE, _SUBRESOURCE_VERBS))
        paths = ScalePaths(
            spec_replicas=scale.text("specReplicasPath"),
            status_replicas=scale.text("statusReplicasPath"),
            label_selector=scale.text("labelSelectorPath", ""),
        )
    if subresources.optional_object("status") is not None:
        found.append(DiscoveredSubresource("status", kind, _SUBRESOURCE_VERBS))
    return tuple(found), paths


def _read_column(column: JSONObject) -> PrinterColumn:
    return PrinterColumn(
        name=column.text("name"),
        type=column.text("type"),
        json_path=column.text("jsonPath"),
        description=column.text("description", ""),
        format=column.text("format", ""),
        priority=column.integer("priority"),
    )
