"""The documentation of a kind and of its fields, out of the server's OpenAPI.

client-go: what ``kubectl explain`` makes of ``openapi3``.
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewright._json import is_array, is_object
from kubewright._shown import one_line
from kubewright.schema import GroupVersionKind
from kubewright_gen.errors import SourceError

__all__ = ["Field", "Schemas", "explained", "find_field"]

_WIDTH = 80
_REFERENCE = "#/components/schemas/"
_MAX_DEPTH = 40  # of references and of wrappers; schemas have two or three

Node = Mapping[str, Any]


class Schemas:
    """The schemas of one OpenAPI document."""

    def __init__(self, document: Node) -> None:
        """Take a document of OpenAPI v3."""
        components = document.get("components")
        schemas = components.get("schemas") if is_object(components) else None
        self._schemas: Node = schemas if is_object(schemas) else {}

    def of_kind(self, kind: GroupVersionKind) -> Node:
        """The schema of a kind.

        Raises:
            SourceError: there is none.
        """
        wanted = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        for schema in self._schemas.values():
            kinds = schema.get("x-kubernetes-group-version-kind") if is_object(schema) else None
            if is_object(schema) and is_array(kinds) and wanted in kinds:
                return schema
        raise SourceError(f"the server's OpenAPI has no schema of {kind.kind} {kind.api_version}")

    def resolved(self, node: Node) -> tuple[Node, str]:
        """Follow references; return what they lead to, and the name of the last one.

        The description beside a reference goes before that of what it leads to.
        """
        name, said = "", ""
        for _ in range(_MAX_DEPTH):
            said = said or _text(node, "description")
            target = node.get("$ref")
            inner = node.get("allOf")
            if isinstance(target, str) and target.startswith(_REFERENCE):
                name = target.removeprefix(_REFERENCE)
                node = _object(self._schemas.get(name))
            elif is_array(inner) and len(inner) == 1:
                node = _object(inner[0])
            else:
                break
        return ({**node, "description": said} if said else node), name

    def type_name(self, node: Node, depth: int = 0) -> str:
        """How a type is called in a terminal: ``[]Container``, ``map[string]string``."""
        found, name = self.resolved(node)
        if depth > _MAX_DEPTH:
            return "..."
        if name:
            return name.rpartition(".")[2]
        if is_object(items := found.get("items")):
            return f"[]{self.type_name(items, depth + 1)}"
        if is_object(values := found.get("additionalProperties")):
            return f"map[string]{self.type_name(values, depth + 1)}"
        if found.get("x-kubernetes-int-or-string") or found.get("format") == "int-or-string":
            return "IntOrString"
        return _text(found, "type") or "Any"

    def fields(self, node: Node) -> dict[str, Node]:
        """The fields of a type, or of what a list or map of it holds."""
        for _ in range(_MAX_DEPTH):
            node, _name = self.resolved(node)
            properties = node.get("properties")
            if is_object(properties):
                return {name: _object(field) for name, field in sorted(properties.items())}
            inner = node.get("items", node.get("additionalProperties"))
            if not is_object(inner):
                break
            node = inner
        return {}

    def required(self, node: Node) -> frozenset[str]:
        """The names of the fields that a type must have."""
        for _ in range(_MAX_DEPTH):
            node, _name = self.resolved(node)
            required = node.get("required")
            if is_array(required):
                return frozenset(name for name in required if isinstance(name, str))
            inner = node.get("items", node.get("additionalProperties"))
            if not is_object(inner):
                break
            node = inner
        return frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is to be explained.

    Attributes:
        name: empty for the whole kind.
        node: its schema.
        is_required: whether what it is in must have it.
    """

    name: str
    node: Node
    is_required: bool = False


def find_field(schemas: Schemas, root: Node, path: Sequence[str], place: str) -> Field:
    """Follow a path of names, through lists and maps.

    Args:
        schemas: of the document.
        root: where the path starts.
        path: the names.
        place: what to call the root in messages.

    Raises:
        SourceError: there is no such field; the message says what is called alike.
    """
    field = Field("", root)
    for name in path:
        fields = schemas.fields(field.node)
        if name not in fields:
            alike = difflib.get_close_matches(name, fields, 3)
            hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
            raise SourceError(f"{one_line(place)} has no field {one_line(name)!r}{hint}")
        field = Field(name, fields[name], name in schemas.required(field.node))
        place = f"{place}.{name}"
    return field


def explained(
    schemas: Schemas, kind: GroupVersionKind, field: Field, *, recursive: bool
) -> Iterator[str]:
    """The lines that explain a kind or one of its fields."""
    node, _ = schemas.resolved(field.node)
    if kind.group:
        yield f"GROUP:      {kind.group}"
    yield f"KIND:       {kind.kind}"
    yield f"VERSION:    {kind.version}"
    yield ""
    if field.name:
        yield f"FIELD: {_titled(schemas, field)}"
        yield from _enum(node, "")
        yield ""
    yield "DESCRIPTION:"
    yield from _paragraphs(_text(node, "description") or "<empty>", "    ")
    fields = schemas.fields(field.node)
    if fields:
        yield ""
        yield "FIELDS:"
        yield from _fields(schemas, field.node, "  ", recursive=recursive, above=())


def _fields(
    schemas: Schemas, node: Node, indent: str, *, recursive: bool, above: tuple[str, ...]
) -> Iterator[str]:
    required = schemas.required(node)
    for name, field in schemas.fields(node).items():
        found, _ = schemas.resolved(field)
        yield f"{indent}{_titled(schemas, Field(name, field, name in required))}"
        if not recursive:
            yield from _enum(found, f"{indent}  ")
            yield from _paragraphs(_text(found, "description") or "<no description>", f"{indent}  ")
            yield ""
            continue
        type_name = schemas.type_name(field)
        if type_name in above:
            yield f"{indent}  ..."  # it holds itself
        elif len(above) < _MAX_DEPTH:
            inside = (*above, type_name)
            yield from _fields(schemas, field, f"{indent}  ", recursive=True, above=inside)


def _titled(schemas: Schemas, field: Field) -> str:
    required = " -required-" if field.is_required else ""
    return one_line(f"{field.name} <{schemas.type_name(field.node)}>{required}")


def _enum(node: Node, indent: str) -> Iterator[str]:
    values = node.get("enum")
    if is_array(values) and values:
        yield one_line(f"{indent}enum: {', '.join(map(str, values))}")


def _paragraphs(text: str, indent: str) -> Iterator[str]:
    for line in text.splitlines():
        wrapped = textwrap.wrap(
            one_line(line), _WIDTH, break_long_words=False, break_on_hyphens=False
        )
        yield from (f"{indent}{part}".rstrip() for part in wrapped or [""])


def _text(node: Node, key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Node:
    return value if is_object(value) else {}
