"""How the parts of objects merge: which lists are maps by key, which are sets, which are one value.

apimachinery: ``structured-merge-diff/schema``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewright._json import is_array, is_object

__all__ = ["Shape"]

# Of built-in kinds the server knows this from Go types. By name of the field: the few names that
# mean different things in different kinds are told apart by what the items hold.
_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "conditions": (("type",),),
    "containers": (("name",),),
    "ephemeralContainers": (("name",),),
    "env": (("name",),),
    "hostAliases": (("ip",),),
    "imagePullSecrets": (("name",),),
    "initContainers": (("name",),),
    "ownerReferences": (("uid",),),
    "podIPs": (("ip",),),
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "resourceClaims": (("name",),),
    "secrets": (("name",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "volumeDevices": (("devicePath",),),
    "volumeMounts": (("mountPath",),),
    "volumes": (("name",),),
    "webhooks": (("name",),),
}
_KEY_DEFAULTS: Mapping[str, Any] = {"protocol": "TCP"}
_SETS = frozenset({"finalizers", "loadBalancerSourceRanges"})
_ATOMIC_MAPS = frozenset(
    {
        "configMapKeyRef",
        "fieldRef",
        "labelSelector",
        "namespaceSelector",
        "nodeSelector",
        "objectSelector",
        "podSelector",
        "resourceFieldRef",
        "secretKeyRef",
        "selector",
    }
)
_STRUCTS = frozenset(
    {
        "containers",
        "involvedObject",
        "jobTemplate",
        "metadata",
        "resources",
        "source",
        "spec",
        "status",
        "strategy",
        "template",
        "updateStrategy",
    }
)
_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Shape:
    """One place in an object, and what its schema says of merging it.

    Attributes:
        schema: of a custom resource; None below built-in kinds and metadata.
        name: of the field.
    """

    schema: Mapping[str, Any] | None = None
    name: str = ""
    is_root: bool = field(default=False)

    def child(self, name: str) -> Shape:
        """Return the shape of a field."""
        if self.schema is None or (self.is_root and name == "metadata"):
            return Shape(None, name)
        return Shape(_sub(self.schema, name), name)

    def items(self) -> Shape:
        """Return the shape of the items of a list."""
        if self.schema is None:
            return Shape(None, "")
        items: Any = self.schema.get("items")
        return Shape(items if is_object(items) else _EMPTY, "")

    @property
    def is_always_there(self) -> bool:
        """Whether it is a struct in Go, which nobody adds."""
        return self.is_root or (self.schema is None and self.name in _STRUCTS)

    @property
    def is_atomic_map(self) -> bool:
        """Whether a map is one value, replaced as a whole."""
        if self.schema is None:
            return self.name in _ATOMIC_MAPS
        return self.schema.get("x-kubernetes-map-type") == "atomic"

    @property
    def is_set(self) -> bool:
        """Whether a list is a set."""
        if self.schema is None:
            return self.name in _SETS
        return self.schema.get("x-kubernetes-list-type") == "set"

    def item_key(self, item: Any) -> dict[str, Any] | None:
        """Return what tells an item from the others; None where the list is one value."""
        if not is_object(item):
            return None
        for keys in self._keys():
            found = {key: item.get(key, self._default(key)) for key in keys}
            if all(value is not None for value in found.values()):
                return found
        return None

    def elements(self, items: list[Any]) -> dict[str, Any] | None:
        """Return the items by their path elements, or None where the list is one value."""
        if self.is_set:
            return {f"v:{_compact(item)}": item for item in items}
        if not self._keys():
            return None
        found: dict[str, Any] = {}
        for item in items:
            key = self.item_key(item)
            if key is None:
                return None
            found[f"k:{_compact(key)}"] = item
        return found

    def _keys(self) -> tuple[tuple[str, ...], ...]:
        if self.schema is None:
            return _KEYS.get(self.name, ())
        keys: Any = self.schema.get("x-kubernetes-list-map-keys")
        is_map = self.schema.get("x-kubernetes-list-type") == "map"
        return (tuple(map(str, keys)),) if is_map and is_array(keys) else ()

    def _default(self, key: str) -> Any:
        if self.schema is None:
            return _KEY_DEFAULTS.get(key)
        items = self.items().schema or _EMPTY
        return _sub(items, key).get("default")


def _sub(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    properties: Any = schema.get("properties")
    found: Any = properties.get(name) if is_object(properties) else None
    if found is None:
        found = schema.get("additionalProperties")
    return found if is_object(found) else _EMPTY


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
