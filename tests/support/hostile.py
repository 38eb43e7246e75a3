"""Documents that try to run code, to write elsewhere, to fetch something, or to wear us out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from kubewright._json import is_array, is_object
from tests.support.packages import JSONObject, crd

__all__ = ["CANARY", "DOCUMENTS", "PAYLOADS", "Hostile", "definition"]

CANARY = "kubewright_canary"
PAYLOADS = {
    "docstring": f'"""\nimport os\nos.environ["{CANARY}"] = "1"\n"""',
    "quotes": f"'''\"\"\"'; __import__('os').environ.__setitem__('{CANARY}', '1') #",
    "backslash": f'\\"""\n__import__("os").environ["{CANARY}"] = "1"\n#\\',
    "template": "{{ cycler.__init__.__globals__.os.environ.update(" + CANARY + "='1') }}{% raw %}",
    "default": f'") = __import__("os").environ.__setitem__("{CANARY}", "1") #',
    "class": f"X(object):\n    __import__('os').putenv('{CANARY}', '1')\nclass Y",
    "lines": f"a\r\n\x0b\x0c\x1c\x85\u2028\u2029import os; os.environ['{CANARY}'] = '1'",
    "bidi": "\u202e\u2066 if True: pass \u2069\u202c\u200b\ufeff\x00\x1b]0;x\x07",
}


def definition() -> JSONObject:
    """A definition with text wherever there can be one."""
    made = crd(
        {
            "type": "object",
            "description": "What is wanted.",
            "properties": {
                "name": {"type": "string", "pattern": "^a$", "format": "f", "title": "t"},
                "choice": {"type": "string", "enum": ["a", "b"], "default": "a"},
                "inner": {
                    "type": "object",
                    "default": {"key": "value"},
                    "required": ["key"],
                    "properties": {"key": {"type": "string", "example": "e"}},
                },
                "items": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["key"],
                    "items": {"type": "object", "properties": {"key": {"type": "string"}}},
                },
            },
            "x-kubernetes-validations": [
                {
                    "rule": "self.a",
                    "message": "m",
                    "messageExpression": "m",
                    "fieldPath": ".a",
                    "reason": "FieldValueInvalid",
                }
            ],
            "externalDocs": {"url": "u", "description": "d"},
        },
        names={"singular": "thing", "shortNames": ["th"], "categories": ["all"], "listKind": "Ts"},
        more={
            "additionalPrinterColumns": [
                {"name": "n", "type": "string", "jsonPath": ".a", "description": "d", "format": ""}
            ],
            "selectableFields": [{"jsonPath": ".spec.name"}],
            "subresources": {
                "status": {},
                "scale": {
                    "specReplicasPath": ".a",
                    "statusReplicasPath": ".b",
                    "labelSelectorPath": ".c",
                },
            },
        },
    )
    made["metadata"]["annotations"] = {"a": "b"}
    made["status"] = {"storedVersions": ["v1"]}
    return made


Step = str | int


def places(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Where the texts of a document are."""
    if isinstance(value, str):
        yield path
    elif is_array(value):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
    elif is_object(value):
        for key, item in value.items():
            yield from places(item, (*path, key))


def with_text(document: JSONObject, place: tuple[Step, ...], text: str) -> JSONObject:
    changed = copy.deepcopy(document)
    holder: Any = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = text
    spec = changed["spec"]
    changed["metadata"]["name"] = f"{spec['names']['plural']}.{spec['group']}"
    return changed


def with_property(name: str, schema: JSONObject | None = None) -> JSONObject:
    return crd({"type": "object", "properties": {name: schema or {"type": "string"}}})


def with_keyword(key: str, value: Any) -> JSONObject:
    """The key in every schema: root, spec, text, object."""
    inner = {"type": "object", "properties": {"a": {"type": "string"}}, key: value}
    made = crd(
        {
            "type": "object",
            key: value,
            "properties": {"text": {"type": "string", key: value}, "inner": inner},
        }
    )
    made["spec"]["versions"][0]["schema"]["openAPIV3Schema"][key] = value
    return made


@dataclass(frozen=True)
class Hostile:
    """A document, made when it is needed."""

    name: str
    data: Callable[[], bytes]
    openapi: bool = False


def as_json(document: JSONObject) -> bytes:
    return json.dumps(document).encode()


def texts() -> Iterator[Hostile]:
    """Every payload in every text of a definition; the names of payloads and places are the id."""
    document = definition()
    for index, place in enumerate(places(document)):
        where = ".".join(map(str, place)).replace("versions.0.schema.openAPIV3Schema", "schema")
        # each place gets two payloads, and neighbours others; the descriptions below get all
        for name in (list(PAYLOADS) * 2)[index % len(PAYLOADS) :][:2]:
            data = with_text(document, place, PAYLOADS[name])
            yield Hostile(f"text {where} {name}", partial(as_json, data))
    place = ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec")
    for name, payload in PAYLOADS.items():
        data = with_text(document, (*place, "description"), payload)
        yield Hostile(f"description {name}", partial(as_json, data))
        data = with_property(payload, {"type": "object", "properties": {payload: {}}})
        yield Hostile(f"property {name}", partial(as_json, data))
        data = with_keyword("default", {payload: [payload]})
        yield Hostile(f"default {name}", partial(as_json, data))
        data = with_keyword("enum", [payload, "a"])
        yield Hostile(f"enum {name}", partial(as_json, data))


CODE = f"__import__('os').environ.__setitem__('{CANARY}', '1')"
KEYWORDS: dict[str, Any] = {
    "customTypePath": "os.system",
    "customBasePath": "subprocess.Popen",
    "x-python-type": f"os; {CODE}",
    "x-python-import": {"module": "os", "name": f"system; {CODE}"},
    "x-enum-varnames": [f"a = {CODE}"],
    "x-enumNames": [CODE],
    "x-kube": {"value": CODE, "doc": CODE, "alias": CODE, "name": CODE, "optional": True},
    "x-is-classvar": True,
    "x-model-type": CODE,
    "default_factory": f"lambda: {CODE}",
    "default-factory": CODE,
    "title": f"A:\n    {CODE}\nclass B",
    "$id": "http://127.0.0.1:1/schema",
    "$schema": "http://127.0.0.1:1/schema",
    "$ref": "http://127.0.0.1:1/schema#/definitions/A",
    "$dynamicRef": "http://127.0.0.1:1/schema",
    "$recursiveRef": "file:///etc/passwd",
    "$anchor": "../../../a",
    "$defs": {"A": {"$ref": "file:///etc/passwd"}},
    "definitions": {"A": {"$ref": "http://127.0.0.1:1/x"}},
    "allOf": [{"$ref": "http://127.0.0.1:1/x"}, {"customTypePath": "os.system"}],
    "anyOf": [{"$ref": "file:///etc/passwd"}, {"type": "string"}],
    "oneOf": [{"$ref": "../../secret.yaml"}],
    "not": {"$ref": "file:///etc/passwd"},
    "if": {"$ref": "file:///etc/passwd"},
    "patternProperties": {CODE: {"$ref": "http://127.0.0.1:1/x"}},
    "propertyNames": {"$ref": "http://127.0.0.1:1/x"},
    "dependencies": {"a": {"$ref": "http://127.0.0.1:1/x"}},
    "discriminator": {"propertyName": CODE, "mapping": {"a": "http://127.0.0.1:1/x"}},
    "externalDocs": {"url": "http://127.0.0.1:1/x"},
    "extends": "os.system",
    "javaType": "java.lang.Runtime",
    "tsType": CODE,
    "format": CODE,
    "type": CODE,
    "required": [CODE],
    "pattern": f'")\n{CODE}\n("',
    "minimum": float("1e308"),
    "maximum": 10**400,
    "maxLength": -1,
    "multipleOf": "1",
    "enum": [None, True, 1.5, 10**400, "", {}],
    "default": {"a": [10**400, -(10**400)]},
    "items": [{"type": "string"}],
    "properties": [CODE],
    "additionalProperties": CODE,
    "x-kubernetes-validations": CODE,
    "x-kubernetes-list-map-keys": [7],
    "nullable": "yes",
    "__class__": "os.system",
    "__proto__": {"polluted": True},
}


def keywords() -> Iterator[Hostile]:
    for key, value in KEYWORDS.items():
        data = with_keyword(key, value)
        yield Hostile(f"keyword {key}", partial(as_json, data))


NAMES = {
    "parent": "../../escaped",
    "absolute": "/tmp/kubewright_escaped",
    "backslash": "..\\..\\escaped",
    "dots": "..",
    "dot": ".",
    "empty": "",
    "space": "a b",
    "nul": "a\x00b",
    "newline": "a\nimport os",
    "percent": "%2e%2e%2f",
    "url": "http://127.0.0.1:1/x",
    "code": f"a; {CODE}",
    "long": "a" * 5000,
    "dunder": "__init__",
    "keyword": "class",
    "unicode": "\uff43\uff4c\uff41\uff53\uff53",
    "windows": "con",
    "leading dash": "-rf",
    "number": 7,
    "list": ["a"],
}


def names() -> Iterator[Hostile]:
    for position in ("group", "kind", "plural", "singular", "version", "listKind", "scope"):
        for name, text in NAMES.items():
            made = definition()
            spec = made["spec"]
            if position == "version":
                spec["versions"][0]["name"] = text
            elif position in ("group", "scope"):
                spec[position] = text
            else:
                spec["names"][position] = text
            made["metadata"]["name"] = f"{spec['names']['plural']}.{spec['group']}"
            yield Hostile(f"{position} {name}", partial(as_json, made))
    for name in ("shortNames", "categories"):
        made = definition()
        made["spec"]["names"][name] = ["../../escaped"]
        yield Hostile(f"{name} parent", partial(as_json, made))


def nested(depth: int, schema: Callable[[Any], Any]) -> bytes:
    """A definition with a schema in a schema, written without recursion."""
    mark = json.dumps("MARK")
    head, tail = json.dumps(schema("MARK")).split(mark)
    whole = head * depth + json.dumps({"type": "string"}) + tail * depth
    return as_json(crd({"type": "object", "properties": {"a": "HERE"}})).replace(
        b'"HERE"', whole.encode()
    )


def as_yaml(head: str, schema: str) -> bytes:
    return (
        f"{head}\n"
        "apiVersion: apiextensions.k8s.io/v1\n"
        "kind: CustomResourceDefinition\n"
        "metadata: {name: things.example.com}\n"
        "spec:\n"
        "  group: example.com\n"
        "  scope: Namespaced\n"
        "  names: {kind: Thing, plural: things}\n"
        "  versions:\n"
        "  - name: v1\n"
        "    served: true\n"
        "    storage: true\n"
        "    schema:\n"
        "      openAPIV3Schema:\n"
        "        type: object\n"
        "        properties:\n"
        "          spec:\n"
        "            type: object\n"
        f"            properties: {schema}\n"
    ).encode()


def bomb(levels: int) -> str:
    lines = ["x-bomb:", "  a0: &a0 {a: {type: string}}"]
    for level in range(1, levels):
        same = ", ".join(f"{name}: {{properties: *a{level - 1}}}" for name in "abcdefghij")
        lines.append(f"  a{level}: &a{level} {{{same}}}")
    return "\n".join(lines)


def sizes() -> Iterator[Hostile]:
    shapes: dict[str, Callable[[Any], Any]] = {
        "properties": lambda inner: {"type": "object", "properties": {"a": inner}},
        "items": lambda inner: {"type": "array", "items": inner},
        "additionalProperties": lambda inner: {"type": "object", "additionalProperties": inner},
        "allOf": lambda inner: {"allOf": [inner]},
        "default": lambda inner: {"default": {"a": [inner]}},
    }
    for name, shape in shapes.items():
        for depth in (60, 1_000, 100_000):
            yield Hostile(f"depth {name} {depth}", partial(nested, depth, shape))
    yield Hostile(
        "100 MB of description", lambda: as_json(with_keyword("description", "a " * 12_500_000))
    )
    yield Hostile("10 MB of pattern", lambda: as_json(with_keyword("pattern", "(" * 2_500_000)))
    yield Hostile("a property's name of 1 MB", lambda: as_json(with_property("a" * 1_000_000)))
    yield Hostile(
        "100,000 members of an enum",
        lambda: as_json(
            with_property("a", {"type": "string", "enum": [f"v{i}" for i in range(100_000)]})
        ),
    )
    yield Hostile(
        "300 properties that meet in one name",
        lambda: as_json(
            crd({"type": "object", "properties": {"$" * i: {"type": "string"} for i in range(300)}})
        ),
    )
    yield Hostile(
        "a word without an end",
        lambda: as_json(with_keyword("description", "a" * 500_000)),
    )


def yamls() -> Iterator[Hostile]:
    named = {
        "python object": as_yaml("x: !!python/object/apply:os.system ['true']", "{}"),
        "python name": as_yaml("x: !!python/name:os.system", "{}"),
        "python tag in a description": as_yaml(
            "", "{a: {type: string, description: !!python/object/new:os.system [x]}}"
        ),
        "own tag": as_yaml("x: !Ref a", "{}"),
        "binary": as_yaml("", "{a: {description: !!binary aGk=}}"),
        "set": as_yaml("x: !!set {a, b}", "{}"),
        "directive": as_yaml(
            '%TAG ! tag:yaml.org,2002:python/object/apply:\n---\nx: !os.system ["a"]', "{}"
        ),
        "bomb": as_yaml(bomb(10), "*a9"),
        "small bomb": as_yaml(bomb(3), "*a2"),
        "loop": as_yaml("x: &x {a: {type: object, properties: *x}}", "*x"),
        "loop of a list": as_yaml("x: &x [*x]", "{}"),
        "merge": as_yaml("x: &x {a: {type: string}}", "{<<: *x}"),
        "merge bomb": as_yaml(
            "x: &x {a: {type: string}}",
            "{" + ", ".join(["<<: [" + ", ".join(["*x"] * 500) + "]"]) + "}",
        ),
        "merge of a text": as_yaml("", "{<<: text}"),
        "unknown alias": as_yaml("", "*nowhere"),
        "keys of many kinds": as_yaml("", "{1: {}, true: {}, null: {}, 1.5: {}}"),
        "a key that is a list": as_yaml("", "{[a]: {}}"),
        "duplicate keys": as_yaml("", "{a: {type: string}, a: {type: integer}}"),
        "not a number": as_yaml("", "{a: {type: number, maximum: .nan}}"),
        "infinity": as_yaml("", "{a: {type: number, default: .inf}}"),
        "huge integer": as_yaml("", "{a: {type: integer, default: " + "9" * 10_000 + "}}"),
        "huge exponent": as_yaml("", "{a: {type: number, minimum: 1e999999999}}"),
        "base 60": as_yaml("", "{a: {type: integer, default: " + ":".join(["59"] * 500) + "}}"),
        "timestamp": as_yaml("", "{a: {type: string, default: 2020-01-01}}"),
        "NUL": as_yaml("", '{a: {description: "\\0"}}'),
        "bare NUL": as_yaml("", "{a: {description: \0}}"),
        "lone surrogate": as_yaml("", '{"\\ud800": {type: string, description: "\\udfff"}}'),
        "surrogate in JSON": as_json(
            with_property("\ud800", {"default": "\udc00", "enum": ["\ud800"]})
        ),
        "not UTF-8": b"\xff\xfe\xfa" + as_yaml("", "{}"),
        "UTF-16": as_yaml("", "{}").decode().encode("utf-16"),
        "UTF-7": b"+ADw-script+AD4-",
        "deep flow": b"[" * 100_000,
        "deep block": b"\n".join(b" " * i + b"a:" for i in range(2_000)),
        "deep JSON": b'{"a":' * 100_000,
        "many documents": b"---\n" * 200_000,
        "many anchors": b"\n".join(b"a%d: &a%d x" % (i, i) for i in range(20_000)),
        "template": as_yaml("", "{{ .Values.schema | toYaml }}"),
        "nothing": b"",
        "a text": b"../../../etc/passwd",
        "JSON with NaN": as_json(with_keyword("default", float("nan"))),
        "JSON twice": b'{"kind": "a", "kind": "b"}',
    }
    for name, data in named.items():
        yield Hostile(f"yaml {name}", partial(bytes, data))


def openapi_document(**schemas: Any) -> bytes:
    kind = {
        "type": "object",
        "properties": {
            "metadata": {
                "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
            },
            "a": {"$ref": "#/components/schemas/A"},
        },
        "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Thing"}],
    }
    named: JSONObject = {
        "io.x.v1.Thing": kind,
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object"},
        **schemas,
    }
    operation = {
        "x-kubernetes-action": "list",
        "x-kubernetes-group-version-kind": {"group": "x.io", "version": "v1", "kind": "Thing"},
    }
    paths = {"/apis/x.io/v1/things": {"get": operation}}
    return json.dumps(
        {"openapi": "3.0.0", "paths": paths, "components": {"schemas": named}}
    ).encode()


def chain(length: int, **last: Any) -> JSONObject:
    """Classes that hold each other, the first called A."""
    links: JSONObject = {
        f"N{i}": {
            "type": "object",
            "properties": {
                "next": {"allOf": [{"$ref": f"#/components/schemas/N{i + 1}"}], "default": {}}
            },
        }
        for i in range(length)
    }
    first = {"$ref": "#/components/schemas/N0"}
    return {"A": {"type": "object", "properties": {"n": first}}, **links, f"N{length}": last}


def openapis() -> Iterator[Hostile]:
    ref = "#/components/schemas/"
    named: dict[str, Callable[[], bytes]] = {
        **{
            f"reference {target}": partial(openapi_document, A={"$ref": target})
            for target in (
                "http://127.0.0.1:1/x.json#/A",
                "https://127.0.0.1:1/x.json",
                "file:///etc/passwd",
                "/etc/passwd",
                "../../secret.json#/A",
                "other.yaml",
                "#/paths/~1x",
                "#/components/schemas/Nowhere",
                "#",
                "",
                "//127.0.0.1:1/x",
            )
        },
        "reference to itself": lambda: openapi_document(A={"$ref": f"{ref}A"}),
        "references in a ring": lambda: openapi_document(
            A={"$ref": f"{ref}B"}, B={"$ref": f"{ref}C"}, C={"$ref": f"{ref}A"}
        ),
        "lists of itself": lambda: openapi_document(
            A={"type": "array", "items": {"$ref": f"{ref}A"}}
        ),
        "maps of itself": lambda: openapi_document(
            A={"type": "object", "additionalProperties": {"$ref": f"{ref}A"}}
        ),
        "an object that is its own default": lambda: openapi_document(
            A={
                "type": "object",
                "properties": {"a": {"allOf": [{"$ref": f"{ref}A"}], "default": {}}},
            }
        ),
        "objects that are each other's default": lambda: openapi_document(
            A={
                "type": "object",
                "properties": {"b": {"allOf": [{"$ref": f"{ref}B"}], "default": {}}},
            },
            B={
                "type": "object",
                "properties": {"a": {"allOf": [{"$ref": f"{ref}A"}], "default": {}}},
            },
        ),
        "a chain of 400 classes": lambda: openapi_document(**chain(400, type="string")),
        "a chain of 2,000 names": lambda: openapi_document(
            A={"$ref": f"{ref}N0"},
            **{f"N{i}": {"$ref": f"{ref}N{i + 1}"} for i in range(2_000)},
            N2000={"type": "string"},
        ),
        **{
            f"schema called {name[:12]!r}": partial(
                openapi_document,
                A={"$ref": f"{ref}{name}"},
                **{name: {"type": "object", "properties": {"a": {}}}},
            )
            for name in (*PAYLOADS.values(), "../../escaped", "a/b", "os.system", "Model", "")
        },
        "kind of code": lambda: openapi_document(A={}).replace(b'"Thing"', b'"Thing(os)"'),
        "group of dots": lambda: openapi_document(A={}).replace(b'"x.io"', b'"../.."'),
    }
    for name, data in named.items():
        yield Hostile(f"openapi {name}", data, openapi=True)


DOCUMENTS = [*texts(), *keywords(), *names(), *sizes(), *yamls(), *openapis()]
