"""CustomResourceDefinitions: what is refused, whose names are taken, and what versions say."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from kubewright.testing._apiserver.parts import items_at
from tests.support.apiserver import Endpoint
from tests.support.fake_cluster import MERGE, call
from tests.support.same_answers import Send, normal, on_fake, on_server

AT = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
TEXT = {"type": "string"}


def version(name: str = "v1", schema: Any = None, **more: Any) -> dict[str, Any]:
    whole = {"openAPIV3Schema": schema or {"type": "object"}}
    return {"name": name, "served": True, "storage": True, "schema": whole, **more}


def definition(*versions: dict[str, Any], group: str = "x.example.com", **spec: Any) -> Any:
    names = {"plural": "things", "kind": "Thing", **spec.pop("names", {})}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": names,
            "versions": list(versions) or [version()],
            **spec,
        },
    }


def of(**properties: Any) -> Any:
    return definition(version(schema={"type": "object", "properties": properties}))


REFUSED: dict[str, dict[str, Any]] = {
    "another name": {**definition(), "metadata": {"name": "foo.x.example.com"}},
    "no schema": definition({"name": "v1", "served": True, "storage": True}),
    "an unknown scope": definition(scope="x"),
    "a group without a dot": definition(group="nodots"),
    "kind": definition(names={"kind": "thing_x"}),
    "a name of a version": definition(version("V_1"), version("v1", storage=False)),
    "an array": definition(version(schema={"type": "array", "items": TEXT})),
    "not structural": of(
        a={"properties": {"b": {}}},
        c={"type": "array"},
        d={"type": "object", "properties": {"x": TEXT}, "additionalProperties": TEXT},
    ),
    "an unknown type": of(a={"type": "foo"}),
    "a reference": of(a={"$ref": "#/x"}),
    "a wrong default": of(
        spec={"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}}
    ),
    "unique items": of(a={"type": "array", "items": TEXT, "uniqueItems": True}),
    "additional properties": definition(
        version(schema={"type": "object", "additionalProperties": TEXT})
    ),
    "a map without keys": of(
        a={"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}}
    ),
    "a key that may be absent": of(
        a={
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["n"],
            "items": {"type": "object", "properties": {"n": TEXT}},
        }
    ),
    "any of with types": of(a={"type": "string", "anyOf": [TEXT, {"description": "x"}]}),
    "an empty scale": definition(version(subresources={"scale": {}})),
    "paths of the scale": definition(
        version(subresources={"scale": {"specReplicasPath": "spec.x", "statusReplicasPath": ".x"}})
    ),
    "a column": definition(
        version(additionalPrinterColumns=[{"name": "a", "type": "x", "jsonPath": "a"}])
    ),
    "metadata": of(
        metadata={
            "type": "object",
            "properties": {"labels": {"type": "object", "additionalProperties": TEXT}},
        }
    ),
}
CHANGES: dict[str, dict[str, Any]] = {
    "group": {"group": "z.example.com"},
    "scope": {"scope": "Cluster"},
    "plural": {"names": {"plural": "x"}},
    "kind": {"names": {"kind": "X"}},
    "the stored version": {"versions": [version("v2")]},
    "a description": {
        "versions": [version("v1", {"type": "object", "description": "x"})],
    },
}


def told(answer: tuple[int, Any]) -> Any:
    """The causes; of those that show the server's own types, the field is enough."""
    status, body = answer
    causes = items_at(body, "details", "causes")
    # a server also looks at what it keeps of versions of old
    shown = [cause for cause in causes if cause["field"] != "spec.version"]
    return [
        status,
        sorted([c["field"], c["reason"], c["message"].partition('"Name"')[0]] for c in shown),
    ]


def both(api_server: Endpoint, namespace: str, ask: Any) -> list[Any]:
    sends = (on_fake(FakeCluster()), on_server(api_server))
    return [normal(ask(send), namespace) for send in sends]


@pytest.mark.conformance
@pytest.mark.parametrize("crd", REFUSED.values(), ids=REFUSED)
def test_creates(api_server: Endpoint, namespace: str, crd: dict[str, Any]) -> None:
    def ask(send: Send) -> Any:
        return told(send("POST", AT, crd))

    fake, real = both(api_server, namespace, ask)
    assert fake[0] == 422
    assert fake == real


@pytest.mark.conformance
@pytest.mark.parametrize("spec", CHANGES.values(), ids=CHANGES)
def test_updates(api_server: Endpoint, namespace: str, spec: dict[str, Any]) -> None:
    group = f"{namespace}.example.com"

    def ask(send: Send) -> Any:
        assert send("POST", AT, definition(group=group))[0] == 201
        path = f"{AT}/things.{group}"
        for _ in range(1000):
            conditions = items_at(send("GET", path)[1], "status", "conditions")
            if any(condition["type"] == "Established" for condition in conditions):
                break
        answer = told(send("PATCH", path, {"spec": spec}, content_type=MERGE))
        send("DELETE", path)
        return answer

    fake, real = both(api_server, namespace, ask)
    assert fake == real


def test_names_that_are_taken_are_not_accepted_until_they_are_free() -> None:
    cluster = FakeCluster()
    cluster.add_crd(definition(names={"shortNames": ["th"]}))
    cluster.add_crd(definition(names={"plural": "others", "shortNames": ["th", "ot"]}))
    path = "/apis/x.example.com/v1/others"

    status = call(cluster, "GET", f"{AT}/others.x.example.com")[1]["status"]
    before = call(cluster, "GET", path)[0]
    call(cluster, "DELETE", f"{AT}/things.x.example.com")

    assert [(c["type"], c["status"], c["reason"], c["message"]) for c in status["conditions"]] == [
        ("NamesAccepted", "False", "ListKindConflict", '"ThingList" is already in use'),
        ("Established", "False", "NotAccepted", "not all names are accepted"),
    ]
    assert status["acceptedNames"] == {"plural": "others", "kind": ""}
    assert (before, call(cluster, "GET", path)[0]) == (404, 200)


def test_versions_of_a_definition() -> None:
    cluster = FakeCluster()
    old = version("v1", storage=False, deprecated=True, deprecationWarning="use v2")
    older = version("v1beta1", storage=False, deprecated=True)
    gone = version("v1alpha1", storage=False, served=False)
    cluster.add_crd(definition(version("v2"), old, older, gone))
    root = "/apis/x.example.com"
    body = {"apiVersion": "x.example.com/v2", "kind": "Thing", "metadata": {"name": "a"}}
    assert call(cluster, "POST", f"{root}/v2/namespaces/default/things", body)[0] == 201
    send = on_fake(cluster)

    answers = {
        name: send("GET", f"{root}/{name}/namespaces/default/things/a")
        for name in ("v2", "v1", "v1beta1", "v1alpha1")
    }

    assert {name: answer[0] for name, answer in answers.items()} == {
        "v2": 200,
        "v1": 200,
        "v1beta1": 200,
        "v1alpha1": 404,
    }
    assert {name: answer.warnings for name, answer in answers.items()} == {
        "v2": [],
        "v1": ['299 - "use v2"'],
        "v1beta1": [
            '299 - "x.example.com/v1beta1 Thing is deprecated; use x.example.com/v2 Thing"'
        ],
        "v1alpha1": [],
    }
    assert answers["v1"][1]["apiVersion"] == "x.example.com/v1"
