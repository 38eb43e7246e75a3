"""The type of a field, what it starts with, and what it is called beside its siblings."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright_gen.documents import Schema
from kubewright_gen.resolve.fields import Types, fields_of
from kubewright_gen.resolve.ir import Field, TypeRef

TEXT = Schema(type="string")
STR, INT = TypeRef("scalar", "str"), TypeRef("scalar", "int")
ANY = TypeRef("any")
NAMED: dict[str, TypeRef | Schema] = {
    "a.Class": TypeRef("local", "Class"),
    "a.Time": TypeRef("external", "kubewright.scalars.Time"),
    "a.Meta": TypeRef("external", "kubewright.meta_v1.Meta"),
    "a.Word": Schema(type="string", enum=("x",)),
    "a.Other": Schema(ref="a.Word"),
    "a.Loop": Schema(ref="a.Loop"),
    "a.Nest": Schema(type="array", items=Schema(ref="a.Nest")),
}


def types() -> Types:
    return Types(NAMED.get, lambda _: "Inline")


def enum(name: str, *values: Any) -> TypeRef:
    return TypeRef("enum", name, values=values)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (TEXT, STR),
        (Schema(type="integer", format="int64"), INT),
        (Schema(type="number"), TypeRef("scalar", "float")),
        (Schema(type="boolean"), TypeRef("scalar", "bool")),
        (Schema(type="string", format="date-time"), TypeRef("external", "kubewright.scalars.Time")),
        (Schema(type="string", format="byte"), TypeRef("external", "kubewright.scalars.Bytes")),
        (Schema(type="string", format="password"), STR),
        (Schema(), ANY),
        (Schema(preserve_unknown_fields=True), ANY),
        (Schema(int_or_string=True), TypeRef("int_or_string")),
        (Schema(int_or_string=True, enum=(1, "a")), TypeRef("int_or_string")),
        (Schema(type="string", enum=("a", "b", "a")), enum("str", "a", "b")),
        (Schema(enum=("a",)), enum("str", "a")),
        (Schema(type="integer", enum=(1, 2)), enum("int", 1, 2)),
        (Schema(type="number", enum=(1, 2)), TypeRef("scalar", "float")),
        (Schema(type="boolean", enum=(True,)), TypeRef("scalar", "bool")),
        (Schema(type="string", enum=("a", 1)), STR),
        (Schema(enum=("a", 1)), ANY),
        (Schema(type="string", enum=tuple(map(str, range(2_000)))), STR),
        (Schema(type="array", items=TEXT), TypeRef("list", item=STR)),
        (Schema(type="array"), TypeRef("list", item=ANY)),
        (
            Schema(type="array", items=Schema(type="array", items=TEXT)),
            TypeRef("list", item=TypeRef("list", item=STR)),
        ),
        (Schema(type="object"), TypeRef("map", item=ANY)),
        (Schema(type="object", additional=TEXT), TypeRef("map", item=STR)),
        (Schema(type="object", properties={"a": TEXT}), TypeRef("local", "Inline")),
        (Schema(ref="a.Class"), NAMED["a.Class"]),
        (Schema(ref="a.Other"), enum("str", "x")),
        (Schema(ref="a.Loop"), ANY),
        (Schema(ref="a.Nest"), TypeRef("list", item=ANY)),
        (Schema(ref="a.Nowhere"), ANY),
    ],
)
def test_the_type_of(schema: Schema, kind: TypeRef) -> None:
    assert types().of(schema) == kind


def one_field(schema: Schema, *, named: bool = False, required: bool = False) -> Field:
    parent = Schema(
        type="object", properties={"f": schema}, required=frozenset({"f"} if required else ())
    )
    (field,) = fields_of(parent, types(), named=named, kind=False, notes=lambda _: None)
    return field


def default(value: Any, **more: Any) -> Schema:
    return Schema(has_default=True, default=value, **more)


@pytest.mark.parametrize(
    ("schema", "named", "required", "start"),
    [
        (TEXT, False, False, ("optional", None, True)),
        (TEXT, False, True, ("required", None, False)),
        (Schema(type="string", nullable=True), False, True, ("required", None, True)),
        (default("a", type="string"), False, True, ("optional", None, True)),
        (default("a", type="string"), True, False, ("optional", None, True)),
        (default("", type="string"), True, False, ("constant", "", False)),
        (default("", type="string"), True, True, ("required", None, False)),
        (default("", type="string"), False, False, ("optional", None, True)),
        (default(0, type="integer"), True, False, ("constant", 0, False)),
        (default(False, type="boolean"), True, False, ("constant", False, False)),
        (default(0, type="boolean"), True, False, ("optional", None, True)),
        (default("", type="integer"), True, False, ("optional", None, True)),
        (default("", ref="a.Word"), True, False, ("constant", "", False)),
        (Schema(type="array"), False, False, ("empty", None, False)),
        (Schema(type="array", nullable=True), False, False, ("optional", None, True)),
        (Schema(type="object", additional=TEXT), False, False, ("empty", None, False)),
        (Schema(type="object"), False, False, ("optional", None, True)),
        (Schema(ref="a.Class"), True, False, ("optional", None, True)),
        (default({}, ref="a.Class"), True, False, ("empty", None, False)),
        (default({}, ref="a.Meta"), True, False, ("empty", None, False)),
        (default({}, ref="a.Time"), True, False, ("optional", None, True)),
        (
            default({}, type="object", properties={"a": TEXT}),
            False,
            False,
            ("optional", None, True),
        ),
    ],
)
def test_a_field_starts_with(
    schema: Schema, named: bool, required: bool, start: tuple[str, Any, bool]
) -> None:
    field = one_field(schema, named=named, required=required)

    assert (field.presence, field.default, field.type.optional) == start


@pytest.mark.parametrize(
    ("wire_names", "names"),
    [
        (["b", "a"], {"a": "a", "b": "b"}),
        (["proxyURL", "proxyUrl"], {"proxyURL": "proxy_url_2", "proxyUrl": "proxy_url"}),
        (["proxyURL", "proxy_url"], {"proxyURL": "proxy_url_2", "proxy_url": "proxy_url"}),
        (
            ["fooBar", "foo_bar", "foo_bar_2"],
            {"fooBar": "foo_bar_3", "foo_bar": "foo_bar", "foo_bar_2": "foo_bar_2"},
        ),
        (["from", "from_"], {"from": "from_2", "from_": "from_"}),
        (["3d", "3D"], {"3D": "field_3_d", "3d": "field_3_d_2"}),
    ],
)
def test_siblings_that_meet_are_told_apart(wire_names: list[str], names: dict[str, str]) -> None:
    schema = Schema(type="object", properties=dict.fromkeys(wire_names, TEXT))
    fields = fields_of(schema, types(), named=False, kind=False, notes=lambda _: None)

    assert {field.wire_name: field.name for field in fields} == names


def test_a_user_is_told_of_names_that_had_to_be_told_apart() -> None:
    notes: list[str] = []
    schema = Schema(type="object", properties=dict.fromkeys(["proxyURL", "proxyUrl"], TEXT))
    list(fields_of(schema, types(), named=False, kind=False, notes=notes.append))

    assert notes == ["field 'proxyURL' is called 'proxy_url_2': 'proxy_url' is taken"]


def test_what_every_object_has_is_no_field_of_a_kind_and_its_names_are_taken() -> None:
    names = ["apiVersion", "kind", "metadata", "objectName", "spec"]
    schema = Schema(type="object", properties=dict.fromkeys(names, TEXT))
    fields = fields_of(schema, types(), named=True, kind=True, notes=lambda _: None)

    assert [field.name for field in fields] == ["object_name_2", "spec"]


def test_the_status_of_a_kind_is_there_when_the_server_sent_none() -> None:
    schema = Schema(type="object", properties={"status": Schema(ref="a.Class")})
    (field,) = fields_of(schema, types(), named=True, kind=True, notes=lambda _: None)

    assert field.presence == "empty"
