"""Only what is known and well formed gets through; everything else is named or dropped."""

from typing import Any

import pytest

from kubewright.schema import GroupVersionKind
from kubewright_gen.documents import Rule, Schema
from kubewright_gen.errors import SchemaError
from kubewright_gen.sources.sanitize import MAX_DEPTH, SchemaReader, read_schema, read_schemas


@pytest.mark.parametrize(
    ("raw", "schema"),
    [
        ({}, Schema()),
        (None, Schema()),
        ({"type": "string", "format": "date-time"}, Schema(type="string", format="date-time")),
        ({"type": ["string", "null"]}, Schema(type="string", nullable=True)),
        ({"type": ["integer", "string"]}, Schema(int_or_string=True)),
        ({"x-kubernetes-int-or-string": True, "type": "string"}, Schema(int_or_string=True)),
        ({"type": "string", "format": "int-or-string"}, Schema(int_or_string=True)),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, Schema(int_or_string=True)),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, Schema(int_or_string=True)),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, Schema()),
        ({"type": "object", "oneOf": [{"required": ["a"]}]}, Schema(type="object")),
        ({"additionalProperties": True}, Schema(additional=Schema())),
        ({"additionalProperties": False}, Schema()),
        ({"items": {"type": "integer"}}, Schema(items=Schema(type="integer"))),
        ({"default": ""}, Schema(has_default=True, default="")),
        ({"default": None}, Schema()),
        (
            {"default": {"b": 1.0, "a": [2.5]}},
            Schema(has_default=True, default={"a": [2.5], "b": 1}),
        ),
        ({"enum": ["a", 1, True]}, Schema(enum=("a", 1, True))),
        ({"enum": ["a", None]}, Schema(enum=("a",), nullable=True)),
        ({"enum": [{"a": 1}]}, Schema()),
        (
            {"maximum": 5.0, "pattern": "^a$", "exclusiveMaximum": False, "minimum": 2**63 - 1},
            Schema(constraints=(("pattern", "^a$"), ("minimum", 2**63), ("maximum", 5))),
        ),
        (
            {"x-kubernetes-validations": [{"rule": "self > 1", "message": "m", "reason": "r"}]},
            Schema(rules=(Rule("self > 1", "m"),)),
        ),
        (
            {"x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]},
            Schema(kinds=(GroupVersionKind("", "v1", "Pod"),)),
        ),
        (
            {"customTypePath": "os.system", "x-python-type": "x", "title": "t", "if": {}},
            Schema(),
        ),
        ({"description": 'a"""\0\n{{'}, Schema(description='a"""\0\n{{')),
    ],
    ids=str,
)
def test_a_schema_is_rebuilt_from_known_keywords(raw: Any, schema: Schema) -> None:
    assert read_schema(raw, "f") == schema


def test_properties_may_be_called_like_keywords() -> None:
    names = ["$ref", "properties", "items", "required", "default", "enum", "allOf", "type"]
    raw = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    read = read_schema(raw, "f")
    assert read.properties == dict.fromkeys(sorted(names), Schema(type="string"))
    assert list(read.properties) == sorted(names)


def test_references_stay_inside_of_the_document() -> None:
    raw: dict[str, Any] = {
        "a.B": {"properties": {"c": {"$ref": "#/definitions/a.C"}}},
        "a.C": {
            "description": "said here",
            "allOf": [{"$ref": "#/components/schemas/a.B"}],
            "default": {},
        },
    }
    assert read_schemas(raw, "f") == {
        "a.B": Schema(properties={"c": Schema(ref="a.C")}),
        "a.C": Schema(ref="a.B", description="said here", has_default=True, default={}),
    }


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        "other.json#/definitions/A",
        "#/definitions/Missing",
        "#/paths/x",
        "#/definitions/A/properties/b",
        7,
    ],
)
def test_other_references_are_errors(reference: object) -> None:
    with pytest.raises(SchemaError, match=r"^f: A\.properties\.x|^f: A\.x"):
        read_schemas({"A": {"properties": {"x": {"$ref": reference}}}}, "f")


def test_a_crd_has_no_references() -> None:
    with pytest.raises(SchemaError, match=r"\$ref cannot be used in the schema of a CRD"):
        read_schema({"properties": {"x": {"$ref": "#/definitions/A"}}}, "f")


def test_an_embedded_resource_of_a_crd_gets_what_the_server_adds() -> None:
    read = SchemaReader("f", custom=True).read(
        {"type": "object", "x-kubernetes-embedded-resource": True, "required": ["spec"]}
    )
    assert list(read.properties) == ["apiVersion", "kind", "metadata"]
    assert read.required == {"apiVersion", "kind", "spec"}


def test_equal_schemas_are_one_object() -> None:
    leaf = {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}}
    read = read_schema({"properties": {"one": leaf, "two": dict(leaf)}}, "f")
    assert read.properties["one"] is read.properties["two"]


def test_equal_looking_values_are_not_one_object() -> None:
    read = read_schema({"properties": {"a": {"enum": [1]}, "b": {"enum": [True]}}}, "f")
    assert [repr(child.enum) for child in read.properties.values()] == ["(1,)", "(True,)"]


KEYWORDS = [
    "type", "format", "description", "nullable", "properties", "required", "items",
    "additionalProperties", "enum", "pattern", "minimum", "maxLength", "uniqueItems",
    "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource", "x-kubernetes-validations",
    "x-kubernetes-group-version-kind",
]  # fmt: skip
ACCEPTED = {
    ("items", "{}"), ("items", "True"), ("additionalProperties", "{}"), ("enum", "[]"),
    ("additionalProperties", "True"), ("properties", "{}"), ("required", "[]"), ("type", "[]"),
    ("x-kubernetes-list-map-keys", "[]"), ("x-kubernetes-validations", "[]"),
    ("x-kubernetes-group-version-kind", "[]"), ("minimum", "7"), ("minimum", "1.5"),
    ("maxLength", "7"), *((keyword, "'x'") for keyword in ("format", "description", "pattern")),
    *((keyword, "True") for keyword in ("nullable", "uniqueItems", "x-kubernetes-int-or-string",
      "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")),
    ("required", "['x']"), ("enum", "['x']"), ("x-kubernetes-list-map-keys", "['x']"),
}  # fmt: skip


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("value", [7, 1.5, True, "x", [], ["x"], {}, [[]], [7]], ids=repr)
def test_wrong_types_are_errors_that_name_the_place(keyword: str, value: object) -> None:
    raw = {"properties": {"spec": {"properties": {"x": {keyword: value}}}}}
    if (keyword, repr(value)) in ACCEPTED or (keyword == "enum" and value in ([7], [[]])):
        read_schema(raw, "f")
        return
    with pytest.raises(SchemaError, match=r"^f: spec\.x"):
        read_schema(raw, "f")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 10**400])
@pytest.mark.parametrize("keyword", ["minimum", "multipleOf"])
def test_bounds_are_numbers_of_json(keyword: str, bad: object) -> None:
    with pytest.raises(SchemaError, match=r"^f: "):
        read_schema({keyword: bad}, "f")


def nested(depth: int) -> dict[str, Any]:
    raw: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        raw = {"type": "object", "properties": {"a": raw}}
    return raw


def nested_default(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return {"default": value}


def test_depth_is_allowed_up_to_the_limit() -> None:
    assert read_schema(nested(MAX_DEPTH), "f").type == "object"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (nested(MAX_DEPTH + 1), "nested deeper than 100 levels"),
        (nested(5000), "nested deeper than 100 levels"),
        (nested_default(5000), "nested deeper than 100 levels"),
        ({"description": "x" * 2_000_000}, "description has 2,000,000 characters"),
        ({"pattern": "x" * 2_000_000}, "pattern has 2,000,000 characters"),
        ({"default": "x" * 2_000_000}, "a text of 2,000,000 characters is not read"),
        ({"properties": {"x" * 2_000: {}}}, "name has more than 1,024 characters"),
        ({"enum": ["x"] * 1_000_001}, "more than 1,000,000 schemas and values"),
    ],
    ids=["one-more", "deep", "default", "description", "pattern", "text", "name", "enum"],
)
def test_what_is_too_large_is_an_error(raw: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        read_schema(raw, "f")
    assert len(str(caught.value)) < 8_000


@pytest.mark.parametrize("name", ["a b", "../x", "a\nb", "", "é", "a'b", "_x", 'a"'])
def test_odd_names_of_schemas_are_errors(name: str) -> None:
    with pytest.raises(SchemaError, match="is no name of a schema"):
        read_schemas({name: {}}, "f")
