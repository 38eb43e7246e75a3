"""Strategic merge patches made from two objects: lists are merged by the keys of their items.

Which list is merged by which key the server's OpenAPI says, as it does to kubectl.
apimachinery: ``util/strategicpatch``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from kubewright._json import is_array, is_object
from kubewright.errors import RequestError
from kubewright.schema import GroupVersionKind
from kubewright.tools.patches import Wire, same, wire_of

__all__ = ["PatchSchema", "strategic_merge_patch"]

_REFERENCE: Final = "#/components/schemas/"
_KINDS: Final = "x-kubernetes-group-version-kind"
_MAX_STEPS: Final = 20  # of references; schemas have one or two
_DELETE: Final = "$patch"
_EMPTY: Final[Mapping[str, Any]] = {}


class PatchSchema:
    """How the fields of a type are merged."""

    def __init__(self, schemas: Mapping[str, Any], node: Mapping[str, Any]) -> None:
        """Take the schemas of a document, and the one of the type; `of_kind` finds it."""
        self._schemas = schemas
        self._node = self._resolved(node)
        self._told = node

    @classmethod
    def of_kind(cls, document: Mapping[str, Any], kind: GroupVersionKind) -> Self:
        """Find a kind in an OpenAPI v3 document, such as `OpenAPIClient.document` returns.

        Raises:
            RequestError: it is not there.
        """
        components = document.get("components")
        found = components.get("schemas") if is_object(components) else None
        schemas = found if is_object(found) else {}
        wanted = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        for schema in schemas.values():
            if is_object(schema) and wanted in (schema.get(_KINDS) or ()):
                return cls(schemas, schema)
        raise RequestError(f"the document has no schema of {kind.kind} {kind.api_version}")

    def field(self, name: str) -> PatchSchema:
        """The type of a field, or of what a map holds."""
        properties = self._node.get("properties")
        found = properties.get(name) if is_object(properties) else None
        if not is_object(found):
            found = self._node.get("additionalProperties")
        return PatchSchema(self._schemas, found if is_object(found) else _EMPTY)

    @property
    def items(self) -> PatchSchema:
        """The type of the items of a list."""
        found = self._node.get("items")
        return PatchSchema(self._schemas, found if is_object(found) else _EMPTY)

    @property
    def merges(self) -> bool:
        """Whether a list is merged and not replaced."""
        return "merge" in self._strategies

    @property
    def replaces(self) -> bool:
        """Whether an object is replaced as a whole."""
        return "replace" in self._strategies

    @property
    def retains_keys(self) -> bool:
        """Whether a patch has to say which fields of an object stay."""
        return "retainKeys" in self._strategies

    @property
    def merge_key(self) -> str:
        """The field that tells items of a list apart; empty for a list of plain values."""
        key = self._told.get("x-kubernetes-patch-merge-key")
        return key if isinstance(key, str) else ""

    @property
    def _strategies(self) -> Sequence[str]:
        told = self._told.get("x-kubernetes-patch-strategy")
        return told.split(",") if isinstance(told, str) else ()

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        for _ in range(_MAX_STEPS):
            inner = node.get("allOf")
            target = node.get("$ref")
            if isinstance(target, str):
                found = self._schemas.get(target.removeprefix(_REFERENCE))
            elif is_array(inner) and len(inner) == 1:
                found = inner[0]
            else:
                return node
            node = found if is_object(found) else _EMPTY
        return _EMPTY


def strategic_merge_patch(original: Wire, modified: Wire, schema: PatchSchema) -> dict[str, Any]:
    """Return the patch that makes the one object into the other; empty when they are alike.

    Args:
        original: as it is.
        modified: as it is to be.
        schema: of the kind.
    """
    return _object(wire_of(original), wire_of(modified), schema)


def _object(
    original: dict[str, Any], modified: dict[str, Any], schema: PatchSchema
) -> dict[str, Any]:
    patch: dict[str, Any] = {key: None for key in original if key not in modified}
    for key, value in modified.items():
        before = original.get(key)
        if key in original and same(before, value):
            continue
        below = schema.field(key)
        if is_object(before) and is_object(value):
            patch[key] = _nested(before, value, below)
        elif is_array(before) and is_array(value) and below.merges:
            patch |= _list(key, before, value, below)
        else:
            patch[key] = value
    return patch


def _nested(
    original: dict[str, Any], modified: dict[str, Any], schema: PatchSchema
) -> dict[str, Any]:
    if schema.replaces:
        return {_DELETE: "replace", **modified}
    patch = _object(original, modified, schema)
    if schema.retains_keys:
        patch["$retainKeys"] = sorted(modified)
    return patch


def _list(
    name: str, original: list[Any], modified: list[Any], schema: PatchSchema
) -> dict[str, Any]:
    """The part of a patch that is about one list which is merged."""
    key = schema.merge_key
    if not key:
        return _plain_list(name, original, modified)
    lists = [_by_key(each, key) for each in (original, modified)]
    before, after = lists
    if before is None or after is None:
        # items that cannot be told apart: the list is replaced
        return {name: [{_DELETE: "replace"}, *modified]}
    items = [{_DELETE: "delete", key: value} for value in before if value not in after]
    for value, item in after.items():
        old = before.get(value)
        if old is None:
            items.append(item)
        elif not same(old, item):
            items.append({key: value, **_object(old, item, schema.items)})
    order = {f"$setElementOrder/{name}": [{key: value} for value in after]}
    return {**order, name: items} if items else order


def _by_key(items: list[Any], key: str) -> dict[Any, dict[str, Any]] | None:
    found: dict[Any, dict[str, Any]] = {}
    for item in items:
        value = item.get(key) if is_object(item) else None
        if not isinstance(value, str | int | float) or value in found:
            return None
        found[value] = item
    return found


def _plain_list(name: str, original: list[Any], modified: list[Any]) -> dict[str, Any]:
    added = [value for value in modified if value not in original]
    removed = [value for value in original if value not in modified]
    patch: dict[str, Any] = {f"$setElementOrder/{name}": modified}
    if removed:
        patch[f"$deleteFromPrimitiveList/{name}"] = removed
    if added:
        patch[name] = added
    return patch
