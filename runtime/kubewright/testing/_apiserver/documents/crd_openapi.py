"""The OpenAPI v3 document of a group version of custom resources.

Its operations are those of a built-in kind under other names. apiextensions-apiserver:
``pkg/controller/openapi/builder``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.documents.archive import openapi_v3
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["custom_document"]

_SCHEMAS: Final = "#/components/schemas/"
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1."
_LIST_META: Final = {"$ref": f"{_SCHEMAS}{_META}ListMeta"}
_OBJECT_META: Final = {"$ref": f"{_SCHEMAS}{_META}ObjectMeta"}
_SCALE: Final = "io.k8s.api.autoscaling.v1.Scale"
_GVK: Final = "x-kubernetes-group-version-kind"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_CONVENTIONS: Final = (
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
)
# a built-in kind with all verbs and nothing of its own
_MODEL: Final = GroupVersion("coordination.k8s.io", "v1")
_MODEL_PATH: Final = "/apis/coordination.k8s.io/v1"
_MODEL_KIND: Final = "io.k8s.api.coordination.v1.Lease"
_SCALED: Final = GroupVersion("apps", "v1")
_WRITTEN: Final = ("application/json", "application/yaml")
_NEVER_CUSTOM: Final = ("protobuf", "stream=watch", "strategic-merge-patch", "cbor")
_OF_SUBRESOURCES: Final = ("get", "put", "patch", "parameters")


def custom_document(group_version: GroupVersion, resources: Iterable[Served]) -> JSONObject:
    """Return the document of the resources that a group version has."""
    paths: JSONObject = {}
    schemas: JSONObject = {}
    model = _document(_MODEL)
    for resource in resources:
        kind = _Kind(group_version, resource)
        paths.update(_paths(kind, model["paths"]))
        schemas.update(_schemas(kind))
        if "scale" in resource.versions[group_version.version].subresources:
            scaled = _document(_SCALED)["components"]["schemas"]
            schemas.update({k: v for k, v in scaled.items() if k.startswith(_SCALE)})
    shared = model["components"]["schemas"]
    _add_references(schemas, [paths, schemas], shared)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind, and how documents call it."""

    group_version: GroupVersion
    resource: Served

    @property
    def schema_name(self) -> str:
        parts = reversed(self.group_version.group.split("."))
        return ".".join((*parts, self.group_version.version, self.resource.kind))

    @property
    def tag(self) -> str:
        title = _title(self.group_version.group)
        return f"{title[:1].lower()}{title[1:]}_{self.group_version.version}"

    @property
    def operation(self) -> str:
        return _title(self.group_version.group) + self.group_version.version.capitalize()

    @property
    def gvk(self) -> JSONObject:
        group, version = self.group_version.group, self.group_version.version
        return {"group": group, "version": version, "kind": self.resource.kind}


def _title(group: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in group.split("."))


@cache
def _document(group_version: GroupVersion) -> JSONObject:
    return msgspec.json.decode(openapi_v3(group_version) or b"{}", type=JSONObject)


def _paths(kind: _Kind, model: Mapping[str, Any]) -> JSONObject:
    resource = kind.resource
    root = f"{kind.group_version.path_prefix}"
    place = "/namespaces/{namespace}" if resource.namespaced else ""
    collection = f"{root}{place}/{resource.plural}"
    model_collection = f"{_MODEL_PATH}/namespaces/{{namespace}}/leases"
    found: JSONObject = {
        collection: _adapted(model[model_collection], kind),
        f"{collection}/{{name}}": _adapted(model[f"{model_collection}/{{name}}"], kind),
    }
    for below in sorted(resource.versions[kind.group_version.version].subresources):
        whole = {
            key: value
            for key, value in model[f"{model_collection}/{{name}}"].items()
            if key in _OF_SUBRESOURCES
        }
        found[f"{collection}/{{name}}/{below}"] = _adapted(whole, kind, below)
    if resource.namespaced:
        everywhere = model[f"{_MODEL_PATH}/leases"]
        found[f"{root}/{resource.plural}"] = _adapted(everywhere, kind)
    return found


def _adapted(value: Any, kind: _Kind, below: str = "") -> Any:
    """Return a part of the model as a part of the kind's own, or of a subresource of it."""
    if is_array(value):
        parts = [_adapted(item, kind, below) for item in value]
        return [part for part in parts if kind.resource.namespaced or not _is_namespace(part)]
    if is_object(value):
        return {
            name: _named(key, item, kind, below)
            for key, item in value.items()
            for name in _content_types(key)
        }
    return value


def _named(key: str, value: Any, kind: _Kind, below: str) -> Any:
    name = kind.resource.kind
    match key:
        case "x-kubernetes-group-version-kind":
            return kind.gvk
        case "tags":
            return [kind.tag]
        case "operationId":
            text = str(value).replace("CoordinationV1", kind.operation).replace("Lease", name)
            text = text if kind.resource.namespaced else text.replace("Namespaced", "")
            return text + below.capitalize()
        case "description" if isinstance(value, str):
            text = value.replace("list or watch objects", "list objects").replace("Lease", name)
            return text.replace("the specified", f"{below} of the specified") if below else text
        case "$ref":
            own = _SCALE if below == "scale" else kind.schema_name
            return str(value).replace(_MODEL_KIND, own)
        case _:
            return _adapted(value, kind, below)


def _content_types(key: str) -> tuple[str, ...]:
    if key == "*/*":
        return _WRITTEN
    return () if any(word in key for word in _NEVER_CUSTOM) and "/" in key else (key,)


def _is_namespace(parameter: Any) -> bool:
    return is_object(parameter) and (parameter.get("in"), parameter.get("name")) == (
        "path",
        "namespace",
    )


def _schemas(kind: _Kind) -> JSONObject:
    served = kind.resource.versions[kind.group_version.version]
    schema = _published(served.schema or {"type": "object"})
    if served.schema is None:
        schema["x-kubernetes-preserve-unknown-fields"] = True
    schema = _with_head(schema)
    schema[_GVK] = [kind.gvk]
    found = {kind.schema_name: schema, f"{kind.schema_name}List": _list_schema(kind)}
    if served.selectable_fields:
        fields = [{"fieldPath": path} for path in sorted(served.selectable_fields)]
        for each in found.values():
            each["x-kubernetes-selectable-fields"] = fields
    return found


def _published(schema: Mapping[str, Any]) -> JSONObject:
    """Return a structural schema as it is published: resources inside it have metadata, too."""
    found: JSONObject = {}
    for key, value in schema.items():
        if key == "properties" and is_object(value):
            found[key] = {name: _published(below) for name, below in value.items()}
        elif key in ("items", "additionalProperties") and is_object(value):
            found[key] = _published(value)
        else:
            found[key] = value
    if schema.get("x-kubernetes-int-or-string") is True:
        found.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    return _with_head(found) if schema.get(_EMBEDDED) is True else found


def _with_head(schema: Mapping[str, Any]) -> JSONObject:
    lease = _document(_MODEL)["components"]["schemas"][_MODEL_KIND]["properties"]
    told = f"Standard object's metadata. More info: {_CONVENTIONS}#metadata"
    head = {
        "apiVersion": lease["apiVersion"],
        "kind": lease["kind"],
        "metadata": {"description": told, "allOf": [_OBJECT_META]},
    }
    given: Any = schema.get("properties")
    return {**schema, "properties": {**(given if is_object(given) else {}), **head}}


def _list_schema(kind: _Kind) -> JSONObject:
    resource = kind.resource
    lease = _document(_MODEL)["components"]["schemas"][_MODEL_KIND]["properties"]
    told = f"Standard list metadata. More info: {_CONVENTIONS}#types-kinds"
    items = f"List of {resource.plural}. More info: {_CONVENTIONS}"
    return {
        "description": f"{resource.list_kind} is a list of {resource.kind}",
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": lease["apiVersion"],
            "items": {
                "description": items,
                "type": "array",
                "items": {"$ref": f"{_SCHEMAS}{kind.schema_name}"},
            },
            "kind": lease["kind"],
            "metadata": {"description": told, "allOf": [_LIST_META]},
        },
        _GVK: [{**kind.gvk, "kind": resource.list_kind}],
    }


def _add_references(schemas: JSONObject, sources: Iterable[Any], shared: Mapping[str, Any]) -> None:
    """Add the shared schemas that are named somewhere, and those that these name."""
    wanted = {name for source in sources for name in _references(source)}
    while missing := [name for name in wanted if name not in schemas and name in shared]:
        for name in missing:
            schemas[name] = shared[name]
            wanted.update(_references(shared[name]))


def _references(value: Any) -> Iterable[str]:
    if is_array(value):
        for item in value:
            yield from _references(item)
    elif is_object(value):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(_SCHEMAS)
        for item in value.values():
            yield from _references(item)
