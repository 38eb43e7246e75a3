"""From a schema node to the type of a field, and to what stands there when it is absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubewright_gen.documents import Schema
from kubewright_gen.resolve.docs import describe
from kubewright_gen.resolve.ir import Field, Presence, TypeRef
from kubewright_gen.resolve.naming import distinct, field_name, wire_alias
from kubewright_gen.resolve.shapes import is_class

__all__ = ["Types", "fields_of"]

ANY = TypeRef("any")
_FREE_OBJECT = TypeRef("map", item=ANY)
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_FORMATS = {"date-time": "kubewright.scalars.Time", "byte": "kubewright.scalars.Bytes"}
_ZEROS = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
_MAX_MEMBERS = 1_000  # of an enum; longer ones help nobody
_MAX_NAMES = 8  # a type that is no class can have that many, one for the other
_VALUES = ("kubewright.scalars.", "kubewright.quantity.")


class Types:
    """Types of schema nodes, in the module of one group version."""

    def __init__(
        self,
        named: Callable[[str], TypeRef | Schema | None],
        inline: Callable[[Schema], str],
    ) -> None:
        self._named = named  # a class, or the schema of what is no class, or nothing
        self._inline = inline  # the class of an inline object

    def of(self, schema: Schema, names: tuple[str, ...] = ()) -> TypeRef:
        """The type of a node."""
        if schema.ref is not None:
            return self._reference(schema.ref, names)
        if schema.int_or_string:
            return TypeRef("int_or_string")
        if schema.enum:
            return _enum(schema)
        if is_class(schema):
            return TypeRef("local", self._inline(schema))
        if schema.type == "array":
            return TypeRef(
                "list", item=ANY if schema.items is None else self.of(schema.items, names)
            )
        if schema.type == "object":
            return self._map(schema, names)
        if schema.type == "string" and schema.format in _FORMATS:
            return TypeRef("external", _FORMATS[schema.format])
        return _scalar(schema)

    def _map(self, schema: Schema, names: tuple[str, ...]) -> TypeRef:
        if schema.additional is None:
            return _FREE_OBJECT
        return TypeRef("map", item=self.of(schema.additional, names))

    def _reference(self, name: str, names: tuple[str, ...]) -> TypeRef:
        found = self._named(name)
        if isinstance(found, TypeRef):
            return found
        # nowhere to be found, or a type that holds only itself
        if found is None or name in names or len(names) >= _MAX_NAMES:
            return ANY
        return self.of(found, (*names, name))


def _enum(schema: Schema) -> TypeRef:
    """An open enum of strings or integers; others are what their values are."""
    if len(schema.enum) > _MAX_MEMBERS:
        return _scalar(schema)
    for scalar, name in ((str, "str"), (int, "int")):
        fits = schema.type is None or _SCALARS.get(schema.type) == name
        if fits and all(type(value) is scalar for value in schema.enum):
            return TypeRef("enum", name, values=tuple(dict.fromkeys(schema.enum)))
    return _scalar(schema)


def _scalar(schema: Schema) -> TypeRef:
    return TypeRef("scalar", _SCALARS[schema.type]) if schema.type in _SCALARS else ANY


def fields_of(
    schema: Schema, types: Types, *, named: bool, kind: bool, notes: Callable[[str], None]
) -> Iterator[Field]:
    """The fields of a class in the order of their wire names.

    Args:
        schema: of the class.
        types: of the module.
        named: whether the document names the schema, as it does those of Go types: there, a zero
            default tells a value from a pointer.
        kind: whether the class has apiVersion, kind and metadata from the runtime.
        notes: is told of names that had to be told apart.
    """
    wire_names = [name for name in sorted(schema.properties) if not (kind and name in _COMMON)]
    plain = {name: field_name(name) for name in wire_names}
    # Of siblings that meet in one name, one that is spelled so on the wire comes first, since a
    # constructor takes wire names too; then the one that needs no alias.
    order = sorted(
        wire_names, key=lambda n: (plain[n] != n, wire_alias(plain[n], n) is not None, n)
    )
    taken = _KIND_NAMES if kind else ()
    unique = dict(zip(order, distinct((plain[n] for n in order), taken), strict=True))
    for wire_name in wire_names:
        name = unique[wire_name]
        if name != plain[wire_name]:
            notes(f"field {wire_name!r} is called {name!r}: {plain[wire_name]!r} is taken")
        yield _field(wire_name, name, schema, types, named=named, kind=kind)


_COMMON = {"apiVersion", "kind", "metadata"}
_KIND_NAMES = {"api_version", "kind", "metadata", "object_name"}


def _field(
    wire_name: str, name: str, parent: Schema, types: Types, *, named: bool, kind: bool
) -> Field:
    schema = parent.properties[wire_name]
    kind_of = types.of(schema)
    presence, default = _presence(
        schema,
        kind_of,
        required=wire_name in parent.required,
        named=named,
        there=kind and wire_name == "status",
    )
    optional = schema.nullable or presence == "optional"
    if optional:
        kind_of = TypeRef(kind_of.form, kind_of.name, kind_of.item, kind_of.values, optional=True)
    alias = wire_alias(name, wire_name)
    return Field(name, wire_name, alias, kind_of, presence, describe(schema), default)


def _presence(
    schema: Schema, kind: TypeRef, *, required: bool, named: bool, there: bool
) -> tuple[Presence, Any]:
    """How the field starts: see `kubewright_gen.resolve.ir.Presence`."""
    zero = named and schema.has_default and _is_zero(schema.default)
    if required and (zero or not schema.has_default):
        return "required", None
    if schema.nullable:
        return "optional", None
    free = kind.form == "map" and schema.additional is None and schema.ref is None
    if kind.form in ("list", "map") and not free:
        return "empty", None
    value = kind.form == "external" and kind.name.startswith(_VALUES)
    if kind.form in ("local", "external") and not value and (zero or there):
        return "empty", None
    if zero and kind.form in ("scalar", "enum") and type(schema.default) in _ZEROS[kind.name]:
        return "constant", schema.default
    return "optional", None


def _is_zero(value: Any) -> bool:
    return value in ({}, "") or (type(value) in (int, bool) and not value)
