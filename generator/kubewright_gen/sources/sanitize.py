"""Rebuilds schemas from the keywords that mean something to us; the rest never gets further.

Whatever a CRD or an OpenAPI document holds beside them (extension keys that later tools might obey,
references to other files, combinations of schemas) ends here. What is kept has the right types and
bounded size. Texts keep every character: what writes them escapes them. Equal schemas that one
reader read are the same object, which makes comparing them cheap.

Numbers and lists are brought to the form in which an API server publishes them, so that a schema
from YAML equals the one that a server serves. Go counterpart: ``structuralschema.NewStructural``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args
from urllib.parse import unquote

from kubewright._json import is_array, is_object
from kubewright._shown import shown
from kubewright.schema import GroupVersionKind
from kubewright_gen.documents import JsonType, Rule, Schema
from kubewright_gen.errors import SchemaError
from kubewright_gen.sources.api_names import is_group, is_kind, is_version

__all__ = ["SchemaReader", "read_schema", "read_schemas"]

MAX_DEPTH = 100  # levels; the deepest public CRD has 25
MAX_NODES = 1_000_000  # schemas and values in one document; the largest public one has 60,000
MAX_TEXT = 1024 * 1024  # characters of one text; an API server takes 3 MB for a whole CRD
MAX_TEXTS = 64 * MAX_TEXT  # characters of all descriptions of one document
MAX_NAME = 1024  # characters of the name of a property

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"

_TYPES = frozenset(get_args(JsonType))
_SCHEMA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/~-]{0,511}\Z")
_REF_PREFIXES = ("#/components/schemas/", "#/definitions/")
_CHOICES = {
    "x-kubernetes-list-type": ("atomic", "set", "map"),
    "x-kubernetes-map-type": ("atomic", "granular"),
}
_EXACT = 2**53  # whole numbers up to here are exact in a double, which servers keep bounds in

_FLAGS = {
    "nullable": "nullable",
    "x-kubernetes-int-or-string": "int_or_string",
    "x-kubernetes-preserve-unknown-fields": "preserve_unknown_fields",
    "x-kubernetes-embedded-resource": "embedded_resource",
}
_CONSTRAINTS = {  # in the order in which they are told
    "pattern": "text",
    "minimum": "bound",
    "exclusiveMinimum": "bound or flag",
    "maximum": "bound",
    "exclusiveMaximum": "bound or flag",
    "multipleOf": "bound",
    "minLength": "count",
    "maxLength": "count",
    "minItems": "count",
    "maxItems": "count",
    "uniqueItems": "flag",
    "minProperties": "count",
    "maxProperties": "count",
}
_COMBINATIONS = frozenset({"allOf", "anyOf", "oneOf"})

# what an API server writes into the schemas of embedded resources
_EMBEDDED = {
    "apiVersion": Schema(
        type="string",
        description="apiVersion defines the versioned schema of this representation of an object."
        " More info: https://git.k8s.io/community/contributors/devel/sig-architecture/"
        "api-conventions.md#resources",
    ),
    "kind": Schema(
        type="string",
        description="kind is a string value representing the type of this object. In CamelCase."
        " More info: https://git.k8s.io/community/contributors/devel/sig-architecture/"
        "api-conventions.md#types-kinds",
    ),
    "metadata": Schema(
        ref=OBJECT_META,
        description="Standard object's metadata. More info: https://git.k8s.io/community/"
        "contributors/devel/sig-architecture/api-conventions.md#metadata",
    ),
}


def read_schema(raw: Any, where: str) -> Schema:
    """Read one schema that refers to no other, such as that of a CRD's version.

    Args:
        raw: the JSON of the schema.
        where: the file, for messages.

    Raises:
        SchemaError: it holds wrong types or references, or is beyond the limits.
    """
    return SchemaReader(where).read(raw)


def read_schemas(raw: Mapping[str, Any], where: str) -> dict[str, Schema]:
    """Read the schemas of an OpenAPI document; they refer to each other and to nothing else.

    Args:
        raw: schemas by name.
        where: the file, for messages.

    Raises:
        SchemaError: as for ``read_schema``, or a reference to a schema that is not there.
    """
    reader = SchemaReader(where, names=raw.keys())
    return {name: reader.read_named(name, raw[name]) for name in sorted(raw)}


class SchemaReader:
    """Reads the schemas of one document.

    Args:
        file: the file, for messages.
        names: what ``$ref`` may name; None: there must be none.
        custom: the schemas are those of a CRD: what a server adds to embedded resources is added,
            and what it takes from no CRD is ignored.
    """

    def __init__(
        self, file: str, *, names: Iterable[str] | None = None, custom: bool = False
    ) -> None:
        self._file = file
        self._names = None if names is None else frozenset(names)
        self._custom = custom
        self._path: list[str] = []
        self._depth = 0
        self._nodes = MAX_NODES
        self._texts = MAX_TEXTS
        self._known: dict[Any, Schema] = {}
        self._readers: dict[str, Callable[[dict[str, Any], str, Any], None]] = {
            "type": self._type,
            "description": self._text,
            "format": self._format,
            "$ref": self._ref,
            **dict.fromkeys(_FLAGS, self._flag),
            "default": self._default,
            "properties": self._properties,
            "required": self._required,
            "items": self._items,
            "additionalProperties": self._additional,
            "enum": self._enum,
            **dict.fromkeys(_CHOICES, self._choice),
            "x-kubernetes-list-map-keys": self._map_keys,
            **dict.fromkeys(_CONSTRAINTS, self._constraint),
            "x-kubernetes-validations": self._rules,
            "x-kubernetes-group-version-kind": self._kinds,
        }

    def read(self, raw: Any, place: str = "") -> Schema:
        """Read one schema; ``place`` is where it stands in the file.

        Raises:
            SchemaError: see ``read_schema``.
        """
        self._path = [place] if place else []
        self._depth = 0
        return self._node(raw)

    def read_named(self, name: str, raw: Any) -> Schema:
        """Read a schema of an OpenAPI document.

        Raises:
            SchemaError: see ``read_schema``; or no schema could have that name.
        """
        self._path = []
        if not _SCHEMA_NAME.match(name):
            raise self._error(f"{shown(name)} is no name of a schema")
        schema = self.read(raw, name)
        if name == QUANTITY:
            return Schema(description=schema.description)
        return schema

    def _error(self, problem: str, remedy: str = "") -> SchemaError:
        place = ".".join(step if len(step) < 100 else step[:100] + "…" for step in self._path[:60])
        return SchemaError(problem, file=self._file, place=place, remedy=remedy)

    def _wrong(self, key: str, expected: str, value: Any) -> SchemaError:
        return self._error(f"{key}: expected {expected}, not {shown(value)}")

    def _child(self, step: str, raw: Any) -> Schema:
        self._path.append(step)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"schemas are nested deeper than {MAX_DEPTH} levels")
        child = self._node(raw)
        self._depth -= 1
        self._path.pop()
        return child

    def _spend(self, nodes: int) -> None:
        self._nodes -= nodes
        if self._nodes < 0:
            raise self._error(f"more than {MAX_NODES:,} schemas and values")

    def _node(self, raw: Any) -> Schema:
        self._spend(1)
        if raw is None:
            raw = {}  # `spec:` with nothing after it; a server takes it so
        if not is_object(raw):
            raise self._error(f"expected a schema, not {shown(raw)}")
        found: dict[str, Any] = {}
        readers = self._readers
        for key, value in raw.items():
            reader = readers.get(key)
            if reader is not None and value is not None:
                reader(found, key, value)
        if _COMBINATIONS & raw.keys():
            self._combined(raw, found)
        if found.get("int_or_string"):
            found.pop("type", None)  # a server takes both types, whatever this says
            found.pop("format", None)
        if "constraints" in found:
            found["constraints"] = tuple(
                (key, found["constraints"][key])
                for key in _CONSTRAINTS
                if key in found["constraints"]
            )
        if self._custom and found.get("embedded_resource"):
            found["properties"] = dict(sorted({**found.get("properties", {}), **_EMBEDDED}.items()))
            found["required"] = found.get("required", frozenset()) | {"apiVersion", "kind"}
        return self._shared(found)

    def _shared(self, found: dict[str, Any]) -> Schema:
        """The schema with these fields; equal ones are one object."""
        key = frozenset((name, _identity(name, value)) for name, value in found.items())
        schema = self._known.get(key)
        if schema is None:
            schema = self._known[key] = Schema(**found)
        return schema

    def _combined(self, raw: dict[str, Any], found: dict[str, Any]) -> None:
        parts = raw.get("allOf")
        if is_array(parts) and len(parts) == 1 and is_object(parts[0]) and "$ref" in parts[0]:
            if not found.keys() & {"type", "properties", "ref"}:
                self._ref(found, "$ref", parts[0]["$ref"])
            return
        if "type" in found or "int_or_string" in found:
            return
        for key in ("anyOf", "oneOf"):
            branches = raw.get(key)
            if is_array(branches) and all(is_object(branch) for branch in branches):
                types = [branch.get("type") for branch in branches]
                if sorted(map(str, types)) == ["integer", "string"]:
                    found["int_or_string"] = True

    # one method for each keyword or family of keywords: (where to put it, keyword, value)

    def _text(self, found: dict[str, Any], key: str, value: Any) -> None:
        if not isinstance(value, str):
            raise self._wrong(key, "text", value)
        if len(value) > MAX_TEXT:
            raise self._error(
                f"{key} has {len(value):,} characters; more than {MAX_TEXT:,} are not read",
                "shorten it: no API server takes it",
            )
        self._texts -= len(value)
        if self._texts < 0:
            raise self._error(f"the texts of the schemas have more than {MAX_TEXTS:,} characters")
        if value:
            found[key] = value

    def _type(self, found: dict[str, Any], key: str, value: Any) -> None:
        if is_array(value):  # JSON Schema; Kubernetes' own documents do not have it
            types = [item for item in value if item != "null"]
            if len(types) < len(value):
                found["nullable"] = True
            if len(types) != 1:
                for item in types:
                    self._type({}, key, item)
                if {str(item) for item in types} == {"integer", "string"}:
                    found["int_or_string"] = True
                return
            value = types[0]
        if value == "":
            return
        if not isinstance(value, str) or value not in _TYPES:
            raise self._wrong(key, "one of " + ", ".join(sorted(_TYPES)), value)
        found["type"] = value

    def _format(self, found: dict[str, Any], key: str, value: Any) -> None:
        self._text(found, key, value)
        if value == "int-or-string":
            found["int_or_string"] = True

    def _ref(self, found: dict[str, Any], key: str, value: Any) -> None:
        if not isinstance(value, str):
            raise self._wrong(key, "text", value)
        if not value and self._custom:
            return
        if self._names is None:
            raise self._error("$ref cannot be used in the schema of a CRD")
        name = next((value.removeprefix(p) for p in _REF_PREFIXES if value.startswith(p)), None)
        if name is None:
            raise self._error(
                f"the reference {shown(value)} leads out of the document; nothing is fetched"
            )
        name = unquote(name).replace("~1", "/").replace("~0", "~")
        if name not in self._names:
            raise self._error(f"the reference {shown(value)} names no schema of the document")
        found["ref"] = name

    def _flag(self, found: dict[str, Any], key: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        if value:
            found[_FLAGS[key]] = True

    def _default(self, found: dict[str, Any], key: str, value: Any) -> None:
        self._path.append(key)
        found["default"] = self._data(value, 0)
        found["has_default"] = True
        self._path.pop()

    def _data(self, value: Any, depth: int) -> Any:
        self._spend(1)
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels")
        if is_object(value):
            return {str(key): self._data(value[key], depth + 1) for key in sorted(value)}
        if is_array(value):
            return [self._data(item, depth + 1) for item in value]
        return self._scalar(value)

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, float):
            if not math.isfinite(value):
                raise self._error(f"{value} is no number of JSON")
            return int(value) if value.is_integer() and abs(value) < 1e21 else value
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise self._error(f"a text of {len(value):,} characters is not read")
        if value is None or isinstance(value, str | bool | int):
            return value
        raise self._error(f"{shown(value)} is no JSON")

    def _properties(self, found: dict[str, Any], key: str, value: Any) -> None:
        if not is_object(value):
            raise self._wrong(key, "an object", value)
        for name in value:
            if len(name) > MAX_NAME:
                raise self._error(f"a property's name has more than {MAX_NAME:,} characters")
        if value:
            found["properties"] = {name: self._child(name, value[name]) for name in sorted(value)}

    def _required(self, found: dict[str, Any], key: str, value: Any) -> None:
        names = self._text_list(key, value)
        if names:
            found["required"] = frozenset(names)

    def _text_list(self, key: str, value: Any) -> tuple[str, ...]:
        if not is_array(value) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of texts", value)
        self._spend(len(value))
        return tuple(value)

    def _items(self, found: dict[str, Any], key: str, value: Any) -> None:
        if is_array(value):
            raise self._error("items: a list of schemas cannot be used; give one schema")
        found["items"] = self._child("items", {} if value is True else value)

    def _additional(self, found: dict[str, Any], key: str, value: Any) -> None:
        if value is not False:
            found["additional"] = self._child(key, {} if value is True else value)

    def _enum(self, found: dict[str, Any], key: str, value: Any) -> None:
        if not is_array(value):
            raise self._wrong(key, "a list", value)
        self._spend(len(value))
        if None in value:
            found["nullable"] = True
        members = [item for item in value if item is not None]
        if any(is_object(item) or is_array(item) for item in members):
            return  # a constraint on whole values: the server's business
        if members:
            found["enum"] = tuple(self._scalar(item) for item in members)

    def _choice(self, found: dict[str, Any], key: str, value: Any) -> None:
        if value not in _CHOICES[key]:
            raise self._wrong(key, "one of " + ", ".join(_CHOICES[key]), value)
        found["list_type" if key == "x-kubernetes-list-type" else "map_type"] = value

    def _map_keys(self, found: dict[str, Any], key: str, value: Any) -> None:
        keys = self._text_list(key, value)
        if keys:
            found["list_map_keys"] = keys

    def _constraint(self, found: dict[str, Any], key: str, value: Any) -> None:
        kind = _CONSTRAINTS[key]
        if kind == "text":
            self._text(found.setdefault("constraints", {}), key, value)
            return
        if isinstance(value, bool):
            if "flag" not in kind:
                raise self._wrong(key, "a number", value)
            if not value:
                return
        elif not isinstance(value, int | float) or kind == "flag":
            raise self._wrong(key, "true or false" if kind == "flag" else "a number", value)
        elif kind == "count":
            if value != value // 1 or value < 0:
                raise self._wrong(key, "a whole number that is not negative", value)
            value = int(value)
        else:
            value = self._bound(key, value)
        found.setdefault("constraints", {})[key] = value

    def _bound(self, key: str, value: float) -> int | float:
        if isinstance(value, int) and abs(value) <= _EXACT:
            return value
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._wrong(key, "a number that a double can hold", value)
        return int(number) if number.is_integer() and abs(number) < 1e21 else number

    def _rules(self, found: dict[str, Any], key: str, value: Any) -> None:
        if not is_array(value):
            raise self._wrong(key, "a list", value)
        rules: list[Rule] = []
        for item in value:
            self._spend(1)
            if not is_object(item):
                raise self._wrong(key, "a list of objects", item)
            texts: dict[str, str] = {}
            for name in ("rule", "message"):
                self._text(texts, name, item.get(name) or "")
            rules.append(Rule(texts.get("rule", ""), texts.get("message", "")))
        if rules:
            found["rules"] = tuple(rules)

    def _kinds(self, found: dict[str, Any], key: str, value: Any) -> None:
        if self._custom:
            return
        kinds: list[GroupVersionKind] = []
        for item in value if is_array(value) else [value]:
            self._spend(1)
            parts = (
                [item.get(name) or "" for name in ("group", "version", "kind")]
                if is_object(item)
                else []
            )
            if not parts or not (is_group(parts[0]) and is_version(parts[1]) and is_kind(parts[2])):
                raise self._error(f"{key}: expected group, version and kind of an API object")
            kinds.append(GroupVersionKind(*parts))
        if kinds:
            found["kinds"] = tuple(sorted(set(kinds)))


def _identity(name: str, value: Any) -> Any:
    """Something hashable that is the same for equal values of a field, and only for them."""
    if name == "properties":
        return tuple((key, id(child)) for key, child in value.items())
    if name in ("items", "additional"):
        return id(value)
    if name == "default":
        return json.dumps(value, sort_keys=True)
    if name in ("enum", "constraints"):
        return repr(value)  # 1 and True are equal otherwise
    return value
