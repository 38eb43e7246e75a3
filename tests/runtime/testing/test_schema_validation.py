"""Custom resources are validated by their schema: in the words of a real server."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MERGE, call
from tests.support.same_answers import Send, normal, on_fake, on_server

GROUP = "checks.example.com"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
TEXT: dict[str, Any] = {"type": "string"}

PROPERTIES: dict[str, Any] = {
    "text": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^a"},
    "short": {"type": "string", "maxLength": 2},
    "number": {"type": "integer", "minimum": 1, "maximum": 10, "multipleOf": 2},
    "open": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "exclusiveMinimum": True,
        "exclusiveMaximum": True,
    },
    "flag": {"type": "boolean"},
    "choice": {"type": "string", "enum": ["a", "b"]},
    "level": {"type": "integer", "enum": [1, 2]},
    "either": {"x-kubernetes-int-or-string": True},
    "maybe": {"type": "string", "nullable": True},
    "items": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "integer"}},
    "set": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
    "map": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": TEXT, "size": {"type": "integer", "maximum": 5}},
        },
    },
    "labels": {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 2,
        "additionalProperties": {"type": "string", "maxLength": 2},
    },
    "nested": {"type": "object", "required": ["a"], "properties": {"a": TEXT, "b": TEXT}},
    "any": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "one": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "all": {"type": "integer", "allOf": [{"minimum": 2}, {"maximum": 4}]},
    "never": {"type": "string", "not": {"enum": ["no"]}},
    "ipv4": {"type": "string", "format": "ipv4"},
    "cidr": {"type": "string", "format": "cidr"},
    "uuid": {"type": "string", "format": "uuid"},
    "time": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "byte": {"type": "string", "format": "byte"},
    "uri": {"type": "string", "format": "uri"},
    "duration": {"type": "string", "format": "duration"},
    "email": {"type": "string", "format": "email"},
    "strange": {"type": "string", "format": "strange"},
    "int32": {"type": "integer", "format": "int32"},
    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "pod": {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    },
}
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"samples.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "samples", "kind": "Sample"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "required": ["spec"],
                        "properties": {
                            "spec": {"type": "object", "properties": PROPERTIES},
                            "status": {
                                "type": "object",
                                "required": ["phase"],
                                "properties": {
                                    "phase": {"type": "string", "enum": ["Ready", "Failed"]},
                                    "count": {"type": "integer", "minimum": 0},
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}

WRONG: dict[str, dict[str, Any]] = {
    "types": {"text": 1, "number": "1", "flag": "true", "items": {}, "labels": [], "free": "x"},
    "more types": {"number": 1.5, "open": "x", "either": {}, "choice": None, "nested": None},
    "large": {"int32": 2**31, "number": 2**40},
    "allowed": {"maybe": None, "either": "5", "open": 0.5, "number": 2.0, "free": {"x": [1]}},
    "too short": {"text": "a"},
    "too long": {"text": "aaaaa", "short": "äöü"},
    "pattern": {"text": "bcd"},
    "numbers": {"number": 11, "open": 0},
    "small numbers": {"number": -1, "open": 1},
    "multiples": {"number": 3},
    "enums": {"choice": "c", "level": 3},
    "few items": {"items": []},
    "many items": {"items": [1, 2, "x"]},
    "a set": {"set": ["a", "b", "a", "a"]},
    "a map": {"map": [{"name": "a"}, {"name": "a"}, {"size": 7}]},
    "few properties": {"labels": {}},
    "many properties": {"labels": {"a": "x", "b": "xxx", "c": 1}},
    "required": {"nested": {"b": "x"}},
    "any of": {"any": {}},
    "one of none": {"one": {}},
    "one of two": {"one": {"a": "x", "b": "y"}},
    "all of": {"all": 1},
    "not": {"never": "no"},
    "formats": {
        "ipv4": "1.2.3",
        "cidr": "1.2.3.4",
        "uuid": "x",
        "time": "2026-01-02",
        "date": "2026-13-01",
        "byte": "%",
        "uri": "a b",
        "duration": "x",
        "email": "x",
        "strange": "anything",
    },
    "right formats": {
        "ipv4": "1.2.3.4",
        "cidr": "10.0.0.0/8",
        "uuid": "0b54d6f0-4b1c-4c0a-9f5e-0d3f0a7f9d11",
        "time": "2026-01-02T03:04:05Z",
        "date": "2026-01-02",
        "byte": "AQI=",
        "uri": "https://example.com/x?y",
        "duration": "1h30m",
        "email": "a@example.com",
    },
    "embedded": {"pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a b": "1"}}}},
    "embedded without a kind": {"pod": {"metadata": {}}},
}


@pytest.fixture(scope="module")
def with_crd(api_server: Endpoint) -> Endpoint:
    answer = api_server.call("POST", CRDS, CRD)
    assert answer.status in (201, 409), answer.body
    for _ in range(1000):
        if api_server.call("GET", f"/apis/{GROUP}/v1/samples").status == 200:
            return api_server
    raise AssertionError("the CRD is not served")


def fake_cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.add_crd(CRD)
    return cluster


def sample(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Sample",
        "metadata": {"name": "a"},
        "spec": spec,
    }


def samples(namespace: str) -> str:
    return f"/apis/{GROUP}/v1/namespaces/{namespace}/samples"


def told(answer: tuple[int, Any]) -> Any:
    """The status and the causes; a server tells those of one object in any order."""
    status, body = answer
    causes = body.get("details", {}).get("causes", [])
    return [status, sorted([c["field"], c["reason"], c["message"]] for c in causes)]


def both(server: Endpoint, namespace: str, ask: Any) -> list[Any]:
    sends = (on_fake(fake_cluster()), on_server(server))
    return [normal(ask(send), namespace) for send in sends]


@pytest.mark.conformance
@pytest.mark.parametrize("spec", WRONG.values(), ids=WRONG)
def test_creates(with_crd: Endpoint, namespace: str, spec: dict[str, Any]) -> None:
    def ask(send: Send) -> Any:
        return told(send("POST", samples(namespace), sample(**spec)))

    fake, real = both(with_crd, namespace, ask)
    assert fake == real


@pytest.mark.conformance
def test_a_resource_without_what_is_required(with_crd: Endpoint, namespace: str) -> None:
    def ask(send: Send) -> Any:
        bare = {key: value for key, value in sample().items() if key != "spec"}
        return told(send("POST", samples(namespace), bare))

    fake, real = both(with_crd, namespace, ask)
    assert fake == real


@pytest.mark.conformance
def test_status(with_crd: Endpoint, namespace: str) -> None:
    def ask(send: Send) -> Any:
        path = samples(namespace)
        send("POST", path, sample())
        return [
            told(send("PATCH", f"{path}/a/status", {"status": status}, content_type=MERGE))
            for status in ({}, {"phase": "x"}, {"phase": "Ready", "count": -1}, {"phase": "Ready"})
        ]

    fake, real = both(with_crd, namespace, ask)
    assert fake == real


def tightened(crd: dict[str, Any]) -> dict[str, Any]:
    """The definition when short texts, and sizes in maps, are shorter still."""
    version = crd["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    spec = schema["properties"]["spec"]
    items = PROPERTIES["map"]["items"]
    size = {
        **items,
        "properties": {**items["properties"], "size": {"type": "integer", "maximum": 1}},
    }
    properties = {
        **spec["properties"],
        "short": {"type": "string", "maxLength": 1},
        "map": {**PROPERTIES["map"], "items": size},
    }
    whole = {
        **schema,
        "properties": {**schema["properties"], "spec": {**spec, "properties": properties}},
    }
    versions = [{**version, "schema": {"openAPIV3Schema": whole}}]
    return {**crd, "spec": {**crd["spec"], "versions": versions}}


def test_what_was_wrong_before_may_stay_as_it_is() -> None:
    cluster, path = fake_cluster(), samples("default")
    call(cluster, "POST", path, sample(short="aa", map=[{"name": "x", "size": 4}]))
    crd = call(cluster, "GET", f"{CRDS}/samples.{GROUP}")[1]
    assert call(cluster, "PUT", f"{CRDS}/samples.{GROUP}", tightened(crd))[0] == 200

    kept = call(cluster, "PATCH", f"{path}/a", {"spec": {"text": "abc"}}, MERGE)
    more = {"spec": {"map": [{"name": "y", "size": 4}, {"name": "x", "size": 4}]}}
    changed = call(cluster, "PATCH", f"{path}/a", {"spec": {"short": "bb"}}, MERGE)
    added = call(cluster, "PATCH", f"{path}/a", more, MERGE)

    assert kept[0] == 200
    assert told(changed) == [
        422,
        [["spec.short", "FieldValueTooLong", "Too long: may not be more than 1 bytes"]],
    ]
    assert [cause[0] for cause in told(added)[1]] == ["spec.map[0].size"]


def test_a_refusal_names_every_cause() -> None:
    status, answer = call(fake_cluster(), "POST", samples("default"), sample(text="b", level=3))

    assert (status, answer["message"]) == (
        422,
        'Sample.checks.example.com "a" is invalid: [spec.text: Invalid value: "b": spec.text in '
        "body should be at least 2 chars long, spec.level: Unsupported value: 3: supported values: "
        '"1", "2"]',
    )
