"""Random definitions, as odd as they can be: a safe package whose models lose nothing, or an error."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kubewright.model import Model
from kubewright_gen.errors import GeneratorError
from kubewright_gen.resolve.shapes import is_class
from kubewright_gen.sources.sanitize import read_schema
from tests.support.packages import (
    JSONObject,
    crd,
    documents_of,
    imported,
    models_of,
    package_of,
    touch,
)

NASTY = [
    "from", "class", "None", "self", "model_config", "modelFields", "schema", "copy", "list", "dict",
    "kind", "metadata", "apiVersion", "to_json", "_", "__init__", "", " ", "3d", "proxyURL",
    "proxyUrl", "proxy_url", "a-b", "a.b", "$ref", "x-kube", "İ", "ﬁ", "e\u0301", "é", "名", "²",
    '"', '"""', "\\", "\n", "\0", "\u202e", "{{ a }}", "{% b", "'", "#", "\ud800", "items", "value",
]  # fmt: skip
texts = st.sampled_from(NASTY) | st.text(max_size=12) | st.text(string.ascii_letters, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
scalars = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "number", "boolean"])},
    optional={
        "format": st.sampled_from(["date-time", "byte", "int32", "int-or-string", "x"]) | texts,
        "enum": st.lists(texts | st.integers(-3, 3) | st.none() | st.booleans(), max_size=4),
        "pattern": texts,
        "default": json_values,
        "nullable": st.booleans(),
        "minimum": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "maxLength": st.integers(0, 3),
        "x-kubernetes-int-or-string": st.booleans(),
    },
)
anything = st.just({"x-kubernetes-preserve-unknown-fields": True})


def containers(inner: st.SearchStrategy[JSONObject]) -> st.SearchStrategy[JSONObject]:
    """Objects, lists and maps of schemas."""
    common: dict[str, st.SearchStrategy[Any]] = {
        "description": texts,
        "default": json_values,
        "nullable": st.booleans(),
        "x-kubernetes-preserve-unknown-fields": st.just(value=True),
        "customTypePath": texts,
        "title": texts,
        "x-kubernetes-validations": st.lists(
            st.fixed_dictionaries({"rule": texts, "message": texts}), max_size=1
        ),
    }
    objects: dict[str, st.SearchStrategy[Any]] = {
        "type": st.just("object"),
        "properties": st.dictionaries(texts, inner, max_size=6),
    }
    lists: dict[str, st.SearchStrategy[Any]] = {"type": st.just("array"), "items": inner}
    maps: dict[str, st.SearchStrategy[Any]] = {
        "type": st.just("object"),
        "additionalProperties": inner | st.booleans(),
    }
    embedded: JSONObject = {"type": "object", "x-kubernetes-embedded-resource": True}
    required = st.lists(texts, max_size=2)
    return st.one_of(
        st.fixed_dictionaries(objects, optional={**common, "required": required}),
        st.fixed_dictionaries(lists, optional=common),
        st.fixed_dictionaries(maps, optional=common),
        st.just(embedded),
    )


schemas = st.recursive(scalars | anything, containers, max_leaves=12)
kinds = st.sampled_from(
    ["Thing", "Model", "Any", "Field", "List", "ObjectMeta", "REST", "Cluster", "A-b", "X", "None"]
)


def matching(schema: JSONObject) -> st.SearchStrategy[Any]:
    """Values as the schema has them, and now and then others, as a newer server sends them."""
    kind = schema.get("type")
    if kind == "object" and schema.get("properties"):
        known = {name: matching(inner) for name, inner in schema["properties"].items()}
        value: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=known)
    elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        value = st.dictionaries(texts, matching(schema["additionalProperties"]), max_size=2)
    elif kind == "array":
        value = st.lists(matching(schema["items"]), max_size=2)
    elif kind == "integer":
        value = st.integers(-(2**53), 2**53)
    elif kind == "number":
        value = st.floats(allow_nan=False, allow_infinity=False)
    elif kind == "boolean":
        value = st.booleans()
    elif kind == "string":
        value = texts | st.sampled_from(["2020-01-01T00:00:00Z", "AAE=", *schema.get("enum", [])])
    else:
        value = json_values
    return value | value | json_values


def sendable(value: Any) -> bool:
    """Whether JSON on the wire can have it: no lone surrogates."""
    try:
        repr(value).encode()
    except UnicodeEncodeError:
        return False
    return "\\ud" not in repr(value)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), schema=containers(schemas), kind=kinds)
def test_a_definition_gives_a_package_whose_models_lose_nothing_or_an_error(
    data: st.DataObject, schema: JSONObject, kind: str
) -> None:
    definition = crd(schema, kind=kind, plural=f"{kind.lower()}s")
    assume(sendable(schema))
    files, message = outcome(definition)
    assert message.isprintable()
    assume(files)
    with imported(files, "random_package") as modules:
        models = models_of(modules["example_com_v1.models"])
        for model in models.values():
            model.model_rebuild(force=True)
            assert model().to_wire().keys() <= {"apiVersion", "kind"}
        root = next(model for model in models.values() if model().to_wire().get("kind") == kind)
        spec = data.draw(matching(schema))
        assume(sendable(spec))
        comes_back(root, {"spec": spec, "unknown": [None]})
        if is_class(read_schema(schema, "f")):
            read: Any = root.from_wire({"spec": {}})
            assert wire_names(read.spec.__class__) >= schema["properties"].keys()


def outcome(definition: JSONObject) -> tuple[dict[str, str], str]:
    """The files of the package, or the message if it is refused."""
    try:
        return package_of(documents_of(definition), "random_package"), ""
    except GeneratorError as error:
        return {}, str(error)


def comes_back(model: type[Model], wire: JSONObject) -> None:
    read = model.from_wire(wire)
    assert read.to_wire() == wire
    touch(read)
    assert read.to_wire() == wire


def wire_names(model: type[Model]) -> set[str]:
    everything = model.from_wire({})
    for name in model.model_fields:
        setattr(everything, name, None)
    return set(everything.to_wire())
