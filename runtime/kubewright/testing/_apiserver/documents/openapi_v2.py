"""One OpenAPI v2 document out of the v3 documents of all group versions, for older clients.

kube-openapi: ``pkg/builder``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["swagger"]

_V3: Final = "#/components/schemas/"
_V2: Final = "#/definitions/"
# keywords that v2 does not know; a schema without them takes more, never less
_ONLY_V3: Final = frozenset({"anyOf", "nullable", "not", "oneOf"})
_METHODS: Final = frozenset({"delete", "get", "patch", "post", "put"})


def swagger(documents: Iterable[Mapping[str, Any]], version: str) -> JSONObject:
    """Return the document.

    Args:
        documents: OpenAPI v3.
        version: of Kubernetes: ``1.37``.
    """
    paths: JSONObject = {}
    definitions: JSONObject = {}
    for document in documents:
        paths |= {path: _path(item) for path, item in document["paths"].items()}
        schemas: Mapping[str, Any] = document["components"]["schemas"]
        definitions |= {name: _schema(schema) for name, schema in schemas.items()}
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": dict(sorted(paths.items())),
        "definitions": dict(sorted(definitions.items())),
    }


def _schema(schema: Mapping[str, Any]) -> JSONObject:
    found: JSONObject = {}
    for key, value in schema.items():
        match key:
            case "$ref":
                found[key] = str(value).replace(_V3, _V2)
            case "allOf" if is_array(value) and len(value) == 1:
                # v3 wraps a reference like this to say more beside it
                found |= _schema(value[0])
            case "properties" if is_object(value):
                found[key] = {name: _schema(below) for name, below in value.items()}
            case "items" | "additionalProperties" if is_object(value):
                found[key] = _schema(value)
            case _ if key not in _ONLY_V3:
                found[key] = value
            case _:
                pass
    if schema.get("x-kubernetes-int-or-string") is True:
        found.pop("type", None)
    return found


def _path(item: Mapping[str, Any]) -> JSONObject:
    found = {key: _operation(value) for key, value in item.items() if key in _METHODS}
    return {**found, **_parameters(item.get("parameters", ()))}


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> JSONObject:
    flat = [
        {**{k: v for k, v in each.items() if k != "schema"}, **each.get("schema", {})}
        for each in parameters
    ]
    return {"parameters": flat} if flat else {}


def _operation(operation: Mapping[str, Any]) -> JSONObject:
    found = dict(operation)
    body: Any = found.pop("requestBody", None)
    found |= _parameters(found.pop("parameters", ()))
    if is_object(body):
        content = _first_content(body)
        required = {"required": True} if body.get("required") else {}
        entry = {"name": "body", "in": "body", **required, **content}
        found["parameters"] = [entry, *found.get("parameters", ())]
        found["consumes"] = list(body.get("content", {}))
    responses: Mapping[str, Any] = operation.get("responses", {})
    found["responses"] = {
        code: {"description": each.get("description", ""), **_first_content(each)}
        for code, each in responses.items()
    }
    produced = {kind for each in responses.values() for kind in each.get("content", {})}
    return {**found, "produces": sorted(produced), "schemes": ["https"]}


def _first_content(message: Mapping[str, Any]) -> JSONObject:
    """Return the schema of a body, which is the same in each of its content types."""
    for content in message.get("content", {}).values():
        if "schema" in content:
            return {"schema": _schema(content["schema"])}
    return {}
