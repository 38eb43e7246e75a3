"""What the server in memory serves, and how a CustomResourceDefinition adds to it.

client-go: ``discovery``; apiextensions-apiserver: ``customresource_handler.go``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.resource import ALL_VERBS, ResourceInfo, ScalePaths
from kubewright.schema import GroupVersion

__all__ = [
    "CRD_GROUP",
    "CRD_PLURAL",
    "Served",
    "ServedVersion",
    "read_crd",
    "served_from",
    "steps_of",
    "version_order",
]

CRD_GROUP = "apiextensions.k8s.io"
CRD_PLURAL = "customresourcedefinitions"

_KUBE_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
_PATH_STEP = re.compile(r"\.([^.\[\]]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVersion:
    """One version of a resource.

    Attributes:
        subresources: such as ``status``.
        scale_paths: of a custom resource with a scale subresource.
        selectable_fields: what field selectors may name, by dots; None: everything.
        schema: the structural schema of a custom resource.
        printer_columns: of a custom resource, as its definition has them.
        deprecation: what to warn of whoever uses it.
    """

    subresources: frozenset[str] = frozenset()
    scale_paths: ScalePaths | None = None
    selectable_fields: frozenset[str] | None = frozenset()
    schema: Mapping[str, Any] | None = None
    printer_columns: tuple[Mapping[str, Any], ...] = ()
    deprecation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One resource in all versions that are served; the objects are the same in each.

    Attributes:
        store: where the objects are; two groups may share one.
        counts_generation: whether ``metadata.generation`` counts changes.
        creates_on_update: whether an update makes what is not there.
    """

    group: str
    plural: str
    singular: str
    kind: str
    list_kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    versions: Mapping[str, ServedVersion]
    storage_version: str
    store: tuple[str, str]
    is_builtin: bool = False
    counts_generation: bool = True
    creates_on_update: bool = False

    def api_version(self, version: str) -> str:
        """Return the ``apiVersion`` of objects in one version."""
        return str(GroupVersion(self.group, version))


def served_from(info: ResourceInfo, subresources: frozenset[str]) -> Served:
    """Serve what a generated client works with.

    Args:
        info: the client's.
        subresources: it is not known from the info; ``scale`` needs its scale paths.
    """
    version = ServedVersion(
        subresources=subresources,
        scale_paths=info.scale_paths,
        selectable_fields=(
            frozenset(path.removeprefix(".") for path in info.selectable_fields) or None
        ),
    )
    return Served(
        group=info.gvr.group,
        plural=info.gvr.resource,
        singular=info.singular or info.kind.kind.lower(),
        kind=info.kind.kind,
        list_kind=f"{info.kind.kind}List",
        namespaced=info.namespaced,
        short_names=info.short_names,
        categories=info.categories,
        verbs=info.verbs,
        versions={info.gvr.version: version},
        storage_version=info.gvr.version,
        store=(info.gvr.group, info.gvr.resource),
    )


def read_crd(crd: Mapping[str, Any]) -> Served:
    """Read a CustomResourceDefinition, ``apiextensions.k8s.io/v1``, that is valid."""
    spec: Any = crd.get("spec")
    names: Any = _at(crd, "spec", "names")
    given: Any = _at(crd, "spec", "versions")
    versions: list[Any] = given if is_array(given) else []
    group, plural, kind = str(spec.get("group")), str(names["plural"]), str(names["kind"])
    stored = [str(v.get("name")) for v in versions if is_object(v) and v.get("storage") is True]
    return Served(
        group=group,
        plural=plural,
        singular=str(names.get("singular") or kind.lower()),
        kind=kind,
        list_kind=str(names.get("listKind") or f"{kind}List"),
        namespaced=spec.get("scope") == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        versions={
            str(v["name"]): _read_version(v, _deprecation(group, kind, v, versions))
            for v in versions
            if is_object(v) and v.get("name") and v.get("served") is True
        },
        storage_version=next(iter(stored), ""),
        store=(group, plural),
    )


def _deprecation(group: str, kind: str, version: Mapping[str, Any], versions: list[Any]) -> str:
    if version.get("deprecated") is not True:
        return ""
    if version.get("deprecationWarning"):
        return str(version["deprecationWarning"])
    better = [
        str(v["name"])
        for v in versions
        if v.get("served") is True
        and v.get("deprecated") is not True
        and version_order(str(v["name"])) < version_order(str(version["name"]))
    ]
    use = f"; use {group}/{min(better, key=version_order)} {kind}" if better else ""
    return f"{group}/{version['name']} {kind} is deprecated{use}"


def version_order(version: str) -> tuple[Any, ...]:
    """Order versions as servers prefer them: GA before beta before alpha, newest first."""
    match = _KUBE_VERSION.fullmatch(version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), "")


def _read_version(version: Mapping[str, Any], deprecation: str) -> ServedVersion:
    given: Any = version.get("subresources")
    below: Mapping[str, Any] = given if is_object(given) else {}
    subresources = {key for key in ("status", "scale") if is_object(below.get(key))}
    scale: Any = below.get("scale")
    selectable: Any = version.get("selectableFields")
    schema: Any = _at(version, "schema", "openAPIV3Schema")
    columns: Any = version.get("additionalPrinterColumns")
    return ServedVersion(
        subresources=frozenset(subresources),
        scale_paths=(
            ScalePaths(
                spec_replicas=str(scale.get("specReplicasPath", "")),
                status_replicas=str(scale.get("statusReplicasPath", "")),
                label_selector=str(scale.get("labelSelectorPath", "")),
            )
            if is_object(scale)
            else None
        ),
        selectable_fields=frozenset(
            str(entry.get("jsonPath", "")).removeprefix(".")
            for entry in (selectable if is_array(selectable) else ())
            if is_object(entry)
        ),
        schema=schema if is_object(schema) else None,
        printer_columns=tuple(filter(is_object, columns)) if is_array(columns) else (),
        deprecation=deprecation,
    )


def steps_of(path: str) -> tuple[str, ...]:
    """Split a simple JSON path, such as ``.spec.replicas``."""
    return tuple(_PATH_STEP.findall(path if path.startswith(".") else f".{path}"))


def _at(value: Any, *steps: str) -> Any:
    for step in steps:
        if not is_object(value):
            return None
        value = value.get(step)
    return value
